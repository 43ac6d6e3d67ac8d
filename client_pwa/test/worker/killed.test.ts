/** A tab that is killed at each moment of a save, of a pull and of a push: what it had said stands, once. */
import { afterEach, expect, test, vi } from 'vitest';
import { type Save, Store } from '../../src/store/store.ts';
import type { EncounterDraft } from '../../src/worker/protocol.ts';
import { Association, NOBODY, PIN, STRUCTURE, type Tablet } from './kit.ts';
import { killedAtEachMoment, Life } from './mortal.ts';
import { care, notesOn, Ward } from './ward.ts';

afterEach(() => {
  vi.restoreAllMocks();
});

const DRAFTS = { name: 'encounters' };
const MET: EncounterDraft = {
  ...NOBODY,
  people: [{ alias: 'Momo' }],
  anonymous: { man: 2 },
  items: { crack_kit: 2, tips: 1 },
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

/** Opens what lies on the disk, without a server. */
async function reopened(tablet: Tablet): Promise<Tablet> {
  tablet.server.fault = () => 'down';
  await tablet.reopen();
  return tablet;
}

async function broughtUpToDate(tablet: Tablet): Promise<void> {
  tablet.server.fault = () => null;
  expect(await tablet.sync()).toMatchObject({ unsent: 0, aside: 0, alarm: null });
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

test('of a draft that is thrown away after the save, the same kills find that it is there twice', async () => {
  await expect(killedWhileSaving('["Momo"]')).rejects.toThrow(/expected/);
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
