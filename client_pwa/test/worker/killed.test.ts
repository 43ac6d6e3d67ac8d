/**
 * A tab that is killed at each moment of a save, of a pull and of a push: what it had said stands, once. Its first load is
 * in `killed-loading.test.ts`.
 */
import { afterEach, expect, test, vi } from 'vitest';
import { type Save, Store } from '../../src/store/store.ts';
import type {
  EncounterAmendment,
  EncounterDraft,
  ObservationDraft,
} from '../../src/worker/protocol.ts';
import { Association, NOBODY, NOTHING, PIN, STRUCTURE, type Tablet, pieces } from './kit.ts';
import { broughtUpToDate, killedAtEachMoment, Life, reopened } from './mortal.ts';
import { accessOf, care, deviceOf, notesOn, Ward } from './ward.ts';

// A test of these is a hundred short lives.
vi.setConfig({ testTimeout: 60_000 });

afterEach(() => {
  vi.restoreAllMocks();
});

const DRAFTS = { name: 'encounters' };
const MET: EncounterDraft = {
  ...NOBODY,
  people: [{ alias: 'Momo' }],
  anonymous: { man: 2 },
  items: pieces({ crack_kit: 2, tips: 1 }),
  needs: ['shelter'],
  note: 'Tousse beaucoup.',
  referral: { structure: STRUCTURE, needs: ['shelter'], consent: 'spoken' },
};
/** What `MET` is in the log. */
const OPS_OF_MET = [
  ...['contact', 'distribution', 'distribution', 'encounter', 'person', 'person'],
  ...['referral', 'referral_move', 'request'],
];

type Evening = {
  readonly association: Association;
  readonly awa: Tablet;
  readonly patrol: string;
};

async function evening(): Promise<Evening> {
  const association = await Association.found();
  const awa = await association.tablet('Awa');
  const patrol = await awa.openRound();
  await awa.sync();
  return { association, awa, patrol };
}

/** Returns what begins each time from the same profile and the same server, with the vault open. */
function fromHere({ association, awa }: Evening, line: 'up' | 'down') {
  const { server } = association;
  const putBack = server.backup();
  return async () => {
    putBack();
    const tablet = await awa.clone();
    const life = await Life.begin(tablet);
    server.fault = () => 'down';
    await tablet.call('vault.unlock', { pin: PIN });
    await tablet.sync();
    server.fault = () => (line === 'up' ? null : 'down');
    return { tablet, life };
  };
}

/** The kinds that were logged after the evening's beginning, in the order of their names. */
function loggedSince(association: Association, beginning: number): string[] {
  return association.server.kinds().slice(beginning).sort();
}

/** `left` are the drafts that the save itself leaves. */
async function killedWhileSaving(left: string | null = null): Promise<number> {
  const began = await evening();
  const { association, awa, patrol } = began;
  await awa.call('draft.put', { ...DRAFTS, body: '["Momo"]' });
  const beginning = association.server.kinds().length;
  return killedAtEachMoment<'saved'>(
    fromHere(began, 'down'),
    async (tablet, heard) => {
      await tablet.call('encounter.save', { ...MET, patrol, drafts: left });
      heard('saved');
      await tablet.call('draft.put', { ...DRAFTS, body: null });
    },
    async (killed, answers, moment) => {
      const tablet = await reopened(killed);
      const { encounters } = await tablet.call('view.patrol', null);
      const draft = await tablet.call('draft.get', DRAFTS);
      expect([encounters.length, draft === null ? 1 : 0], `${moment}`).toEqual(
        answers.length === 1 ? [1, 1] : encounters.length === 1 ? [1, 1] : [0, 0],
      );
      await broughtUpToDate(tablet);
      const once = encounters.length === 1 ? [...OPS_OF_MET].sort() : [];
      expect(loggedSince(association, beginning), `${moment}`).toEqual(once);
    },
  );
}

test('killed at any moment of a save, an encounter is whole or still a draft: never both, nor neither', async () => {
  expect(await killedWhileSaving()).toBeGreaterThanOrEqual(6);
});

/** What was seen of a place, with what was picked up there: of each kind one row, and of material two. */
async function killedWhileObserving(
  save = (tablet: Tablet, seen: ObservationDraft): Promise<unknown> =>
    tablet.call('observation.save', seen),
): Promise<number> {
  const began = await evening();
  const { association, awa, patrol } = began;
  const draft = { name: 'observation' };
  await awa.call('draft.put', { ...draft, body: '{"seen":9}' });
  const beginning = association.server.kinds().length;
  const items = pieces({ used_syringes: 3, used_pipes: 1 });
  const what = { territory: ['camp'], mood: 'calm', police: false, mediation: true } as const;
  return killedAtEachMoment<'saved'>(
    fromHere(began, 'down'),
    async (tablet, heard) => {
      await save(tablet, { patrol, zone: null, seen: 9, ...what, note: '', items });
      heard('saved');
    },
    async (killed, answers, moment) => {
      const tablet = await reopened(killed);
      const lines = await tablet.call('view.observations', { patrol });
      const left = await tablet.call('draft.get', draft);
      const isSaved = answers.length === 1 || lines.length > 0;
      expect([lines.map(({ items }) => items.length), left], `${moment}`).toEqual(
        isSaved ? [[2], null] : [[], '{"seen":9}'],
      );
      await broughtUpToDate(tablet);
      const once = isSaved ? ['distribution', 'distribution', 'observation'] : [];
      expect(loggedSince(association, beginning), `${moment}`).toEqual(once);
    },
  );
}

test('killed at any moment of a save, an observation is whole or still a draft', async () => {
  expect(await killedWhileObserving()).toBeGreaterThanOrEqual(6);
});

test('of an observation whose draft is let go of afterwards, the same kills find both', async () => {
  const save = async (tablet: Tablet, seen: ObservationDraft): Promise<void> => {
    const body = await tablet.call('draft.get', { name: 'observation' });
    await tablet.call('observation.save', seen);
    await tablet.call('draft.put', { name: 'observation', body });
    await tablet.call('draft.put', { name: 'observation', body: null });
  };
  await expect(killedWhileObserving(save)).rejects.toThrow(/expected/);
});

/** A correction of all that can be corrected, of an encounter at which Fatou was met and nobody else. */
async function killedWhileAmending(
  amend = (tablet: Tablet, ask: EncounterAmendment): Promise<unknown> =>
    tablet.call('encounter.amend', ask),
): Promise<number> {
  const began = await evening();
  const { association, awa, patrol } = began;
  const met = { ...MET, people: [{ alias: 'Fatou' }], needs: [], referral: null };
  const { row } = await awa.call('encounter.save', { ...met, patrol });
  await awa.sync();
  const before = await awa.call('view.encounter', { row });
  await awa.call('draft.put', { ...DRAFTS, body: '["correction"]' });
  const beginning = association.server.kinds().length;
  const ask: EncounterAmendment = {
    ...NOTHING,
    row,
    reason: 'Oubli.',
    anonymous: { man: 1, woman: 1 },
    ages: { '25_34': 1 },
    counts: before.items.map((item) => ({ row: item.row, count: item.count + 1 })),
    items: [{ item: 'used_syringes', unit: 'container', count: 1 }],
    people: [{ alias: 'Momo' }],
    removed: before.people.map(({ contact }) => contact),
  };
  return killedAtEachMoment<'saved'>(
    fromHere(began, 'down'),
    async (tablet, heard) => {
      await amend(tablet, ask);
      heard('saved');
    },
    async (killed, answers, moment) => {
      const tablet = await reopened(killed);
      const line = await tablet.call('view.encounter', { row });
      const isDone = line.amended;
      if (answers.length > 0) expect(isDone, `${moment}`).toBe(true);
      const people = line.people.map(({ name }) => name);
      const draft = await tablet.call('draft.get', DRAFTS);
      expect(isDone ? [line.items.length, people, draft] : [line, draft], `${moment}`).toEqual(
        isDone ? [3, ['Momo'], null] : [before, '["correction"]'],
      );
      await broughtUpToDate(tablet);
      const whole = [...['contact', 'contact', 'distribution', 'distribution', 'distribution']];
      const logged = isDone ? [...whole, 'encounter', 'person'] : [];
      expect(loggedSince(association, beginning), `${moment}`).toEqual(logged);
    },
  );
}

test('killed at any moment of a correction, an encounter is corrected whole or not at all', async () => {
  expect(await killedWhileAmending()).toBeGreaterThanOrEqual(6);
});

test('of a correction that is written in two gestures, the same kills find a half', async () => {
  const amend = async (tablet: Tablet, ask: EncounterAmendment): Promise<void> => {
    await tablet.call('encounter.amend', { ...ask, people: [], removed: [] });
    await tablet.call('encounter.amend', { ...NOTHING, row: ask.row, people: ask.people });
  };
  await expect(killedWhileAmending(amend)).rejects.toThrow(/expected/);
});

const LOADED = { pipe: 10, tips: 5 };

function openWithLoad(tablet: Tablet, bag: string): Promise<string> {
  return tablet.openRound(['Awa'], { bag, loaded: LOADED });
}

/** A round with a bag is opened, with what is put into it; then it is closed, with a count that misses some. */
async function killedDuringARound(open = openWithLoad): Promise<number> {
  const association = await Association.found();
  const awa = await association.tablet('Awa');
  const { id: bag } = await awa.call('bag.create', { name: 'Sac bleu' });
  await awa.sync();
  const beginning = association.server.kinds().length;
  const counted = [
    { item: 'pipe', count: 8, reason: 'police_destruction' },
    { item: 'tips', count: 5, reason: null },
  ] as const;
  const told = { report: 'Calme.', handover: 'Repasser.' };
  return killedAtEachMoment<string>(
    fromHere({ association, awa, patrol: '' }, 'down'),
    async (tablet, heard) => {
      const id = await open(tablet, bag);
      heard(id);
      await tablet.closeRound(id, { counted, ...told });
      heard('closed');
    },
    async (killed, answers, moment) => {
      const tablet = await reopened(killed);
      const [round, ...others] = await tablet.call('view.rounds', null);
      const { bags } = await tablet.call('view.opening', null);
      const opened = { losses: [], report: null, handover: null, differences: [] };
      const losses = [{ item: 'pipe', count: 2, reason: 'police_destruction' }];
      const closed = { losses, ...told, differences: [] };
      const isClosed = (round?.end ?? null) !== null;
      const [done, items] = isClosed ? [2, { pipe: 8, tips: 5 }] : round ? [1, LOADED] : [0, {}];
      expect([others, bags[0]?.items], `${moment}`).toEqual([[], items]);
      expect(done).toBeGreaterThanOrEqual(answers.length);
      if (round) {
        const report = await tablet.call('view.report', { id: round.id });
        expect(report, `${moment}`).toMatchObject(isClosed ? closed : opened);
      }
      await broughtUpToDate(tablet);
      const rows = (n: number): string[] => Array.from({ length: n }, () => 'stock_movement');
      expect(loggedSince(association, beginning), `${moment}`).toEqual(
        [[], ['patrol', ...rows(2)], ['patrol', 'patrol', ...rows(5)]][done],
      );
    },
  );
}

test('killed at any moment between opening and closing, a round is opened and closed whole or not at all', async () => {
  expect(await killedDuringARound()).toBeGreaterThanOrEqual(8);
});

async function killedWhilePulling(): Promise<number> {
  const began = await evening();
  const { association } = began;
  const { server } = association;
  const bruno = await association.tablet('Bruno');
  for (const alias of ['Un', 'Deux', 'Trois']) {
    await bruno.call('person.create', { alias });
    await bruno.sync();
  }
  server.pageSegments = 1;
  return killedAtEachMoment(
    fromHere(began, 'up'),
    (tablet) => tablet.sync(),
    async (killed, _, moment) => {
      const tablet = await reopened(killed);
      const { total } = await tablet.call('view.people', { query: '' });
      const asked = server.asked.length;
      await broughtUpToDate(tablet);
      const [first = ''] = server.asked
        .slice(asked)
        .flatMap(({ path }) => path.split('ops?after=')[1] ?? []);
      const read = server.kinds().slice(0, parseInt(first));
      expect(total, `${moment}`).toBe(read.filter((kind) => kind === 'person').length);
      expect((await tablet.call('view.people', { query: '' })).total).toBe(3);
    },
  );
}

test('killed at any moment of a pull, a tablet shows what it had read, and reads on from there', async () => {
  expect(await killedWhilePulling()).toBeGreaterThanOrEqual(20);
});

async function killedWhilePushing(): Promise<number> {
  const began = await evening();
  const { association, awa, patrol } = began;
  const { server } = association;
  const beginning = server.kinds().length;
  server.fault = () => 'down';
  const { row } = await awa.call('encounter.save', { ...MET, patrol });
  return killedAtEachMoment(
    fromHere(began, 'up'),
    (tablet) => tablet.sync(),
    async (killed, _, moment) => {
      const tablet = await reopened(killed);
      const { encounters } = await tablet.call('view.patrol', null);
      const given = encounters.flatMap((line) => (line.row === row ? line.items : []));
      expect(given, `${moment}`).toHaveLength(2);
      await tablet.call('encounter.save', { ...NOBODY, patrol, anonymous: { man: 1 } });
      await broughtUpToDate(tablet);
      const logged = loggedSince(association, beginning);
      expect(logged, `${moment}`).toEqual([...OPS_OF_MET, 'encounter'].sort());
      expect((await tablet.call('view.patrol', null)).patrol).toMatchObject({ encounters: 2 });
    },
  );
}

test('killed at any moment of a push, what was saved is here, and at the server once', async () => {
  expect(await killedWhilePushing()).toBeGreaterThanOrEqual(12);
});

test('killed at any moment of a save in two spaces, what concerns health is there with the rest or not at all', async () => {
  const { house, ines, association } = await Ward.opened();
  const patrol = await ines.openRound();
  await ines.sync();
  const putBack = house.other.backup();
  const begin = fromHere({ association, awa: ines, patrol }, 'down');
  const moments = await killedAtEachMoment<'saved'>(
    () => {
      putBack();
      return begin();
    },
    async (tablet, heard) => {
      await care(tablet, { note: 'Nettoyée.' });
      heard('saved');
    },
    async (killed, answers, moment) => {
      const tablet = await reopened(killed);
      const { total } = await tablet.call('view.people', { query: 'Momo' });
      const notes = total === 1 ? await notesOn(tablet) : [];
      expect(notes, `${moment}`).toEqual(total === 1 ? ['Nettoyée.'] : []);
      if (answers.length > 0) expect(total).toBe(1);
      await broughtUpToDate(tablet);
      expect(house.other.kinds().filter((kind) => kind === 'contact_health')).toHaveLength(total);
    },
  );
  expect(moments).toBeGreaterThanOrEqual(6);
});

test('killed at any moment of the first load of the health file, a nurse reads what another nurse wrote, once', async () => {
  const { house, odile, ines, association } = await Ward.opened();
  await care(ines, { note: 'Nettoyée.' });
  await ines.sync();
  const later = await association.tablet('Ines');
  const device = await deviceOf(later);
  await odile.sync();
  await ines.sync();
  await ines.call('health.give', { device });
  await ines.sync();
  house.other.pageSegments = 1;
  const logged = house.other.kinds();
  const read = new Set<number>();
  const moments = await killedAtEachMoment(
    fromHere({ association, awa: later, patrol: '' }, 'up'),
    (tablet) => tablet.sync(),
    async (killed, _, moment) => {
      const tablet = await reopened(killed);
      read.add((await notesOn(tablet)).length);
      await broughtUpToDate(tablet);
      expect(await notesOn(tablet), `${moment}`).toEqual(['Nettoyée.']);
      expect(await accessOf(tablet)).toBe('open');
      expect(house.other.kinds()).toEqual(logged);
    },
  );
  expect(moments).toBeGreaterThanOrEqual(40);
  expect([...read]).toEqual([0, 1]);
});

test('of a draft that is thrown away after the save, the same kills find that it is there twice', async () => {
  await expect(killedWhileSaving('["Momo"]')).rejects.toThrow(/expected/);
});

test('of a round that is opened and loaded in two saves, the same kills find one that carries nothing', async () => {
  const open = async (tablet: Tablet, bag: string): Promise<string> => {
    const id = await tablet.openRound(['Awa'], { bag });
    await tablet.call('bag.load', { bag, items: LOADED });
    return id;
  };
  await expect(killedDuringARound(open)).rejects.toThrow(/expected/);
});

/** Lets every save write its records one after the other, each for itself. */
function tearSaves(): void {
  const { prototype } = Store;
  const saveAll = Reflect.get(prototype, 'saveAll');
  vi.spyOn(prototype, 'saveAll').mockImplementation(async function (this: Store, saves) {
    for (const [shelf, save] of saves) {
      for (const part of partsOf(save)) await saveAll.call(this, [[shelf, part]]);
    }
  });
}

function partsOf({ sealed = {}, pages, ...rest }: Save): Save[] {
  const records = Object.entries(sealed).map(([name, bytes]) => ({ sealed: { [name]: bytes } }));
  return [...records, { ...rest, ...(pages ? { pages } : {}) }];
}

test.each([
  ['a save', () => killedWhileSaving()],
  ['a push', killedWhilePushing],
])(
  'of %s whose records are written one after the other, the same kills find what is lost',
  async (_, killed) => {
    tearSaves();
    await expect(killed()).rejects.toThrow(/expected/);
  },
);
