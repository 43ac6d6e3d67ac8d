/** What a patrol saw of a place: saved once whole or not at all, the same on every tablet, and counted while it stands. */
import { beforeEach, expect, test } from 'vitest';
import type {
  ConflictCard,
  EncounterDraft,
  NewItem,
  ObservationDraft,
} from '../../src/worker/protocol.ts';
import { fillDisk } from '../full-disk.ts';
import { NOBODY, pieces, PIN, type Tablet, ZONE } from './kit.ts';
import { later, meet, pair, type Pair } from './pair.ts';

const PICKED_UP: readonly NewItem[] = [
  { item: 'used_syringes', unit: 'piece', count: 4 },
  { item: 'used_syringes', unit: 'container', count: 1 },
];
const SEEN = {
  zone: null,
  seen: 35,
  territory: ['consumption', 'camp'],
  mood: 'tense',
  police: true,
  mediation: false,
  note: 'Le porche est fermé.',
  items: PICKED_UP,
} as const satisfies Omit<ObservationDraft, 'patrol'>;

let all: Pair;
let awa: Tablet;
let ines: Tablet;
let bag: string;
let patrol: string;

beforeEach(async () => {
  all = await pair();
  ({ awa, ines } = all);
  bag = (await awa.call('bag.create', { name: 'Sac bleu' })).id;
  patrol = await awa.openRound(['Awa', 'Ines'], { bag, loaded: { tips: 5 } });
  await meet(all, awa, ines);
});

async function observe(more: Partial<ObservationDraft> = {}, tablet = awa): Promise<string> {
  return (await tablet.call('observation.save', { ...SEEN, patrol, ...more })).row;
}

async function meetIn(
  within: string | null,
  tablet = awa,
  more: Partial<EncounterDraft> = {},
): Promise<string> {
  const draft = { ...NOBODY, patrol, within, anonymous: { man: 1 }, ...more };
  return (await tablet.call('encounter.save', draft)).row;
}

/** A card with which a value of a row is written as it is said. */
function cardOf(kind: string, row: string, name: string): ConflictCard {
  const said = { entity: patrol, kind, row, name, plain: true, candidates: [] };
  return { ...said, title: '', record: null, taker: null, stands: null, undecided: false };
}

const waiting = async (tablet = awa): Promise<string[]> =>
  (await tablet.call('view.unsent', null)).map(({ kind }) => kind);

const countsIn = (items: readonly NewItem[]): (readonly [string, string, number])[] =>
  items.map(({ item, unit, count }) => [item, unit, count] as const);

const COUNTED = [
  ['used_syringes', 'piece', 4],
  ['used_syringes', 'container', 1],
];

async function bagOn(tablet: Tablet): Promise<unknown> {
  return (await tablet.call('view.patrol', null)).bag?.items;
}

async function reportOn(tablet: Tablet) {
  return tablet.call('view.report', { id: patrol });
}

test('an observation is read back as it was said, on both tablets and after a restart', async () => {
  const row = await observe();
  const at = awa.now_ms;
  expect(await awa.call('view.observation', { row })).toMatchObject({ mark: 'tablet' });
  await meet(all, awa, ines);
  await awa.reopen();
  for (const tablet of [awa, ines]) {
    const [line, ...others] = await tablet.call('view.observations', { patrol });
    const { territory, items, ...rest } = SEEN;
    expect(others).toEqual([]);
    expect(line).toMatchObject({ ...rest, row, patrol, at, author: 'Awa', zone: { id: ZONE } });
    expect([line?.territory.toSorted(), line?.mark, line?.void]).toEqual([
      territory.toSorted(),
      'server',
      false,
    ]);
    expect(countsIn(line?.items ?? [])).toEqual(countsIn(items));
    expect(await tablet.call('view.observation', { row })).toEqual(line);
  }
});

test('that nobody is there is an observation by itself, and nothing else is written with it', async () => {
  const nothing = { territory: [], mood: null, police: false, note: ' ', items: [] } as const;
  const row = await observe({ ...nothing, seen: 0 });
  expect(await awa.call('view.observation', { row })).toMatchObject({
    ...{ seen: 0, territory: [], mood: null, police: false, mediation: false, note: '' },
    ...{ items: [], void: false },
  });
  expect(await waiting()).toEqual(['observation']);
});

test('the last observation of a round is the first, and another round has none of them', async () => {
  const first = await observe();
  later(awa);
  const second = await observe({ seen: 2 });
  const rows = (await awa.call('view.observations', { patrol })).map(({ row }) => row);
  expect(rows).toEqual([second, first]);
  const other = await awa.openRound();
  expect(await awa.call('view.observations', { patrol: other })).toEqual([]);
});

test('of material only what was used is picked up, and of anything else nothing is saved', async () => {
  const before = await waiting();
  const refused: readonly Partial<ObservationDraft>[] = [
    { items: pieces({ tips: 1 }) },
    { items: [...PICKED_UP, ...pieces({ crack_kit: 1 })] },
    { items: [{ item: 'used_pipes', unit: 'gram', count: 50 }] },
    { items: [{ item: 'used_syringes', unit: 'piece', count: 10_000_000 }] },
    { seen: -1 },
    { seen: 0.5 },
    { seen: 2_001 },
  ];
  for (const more of refused) {
    expect(await awa.refused('observation.save', { ...SEEN, patrol, ...more })).toBe('refused');
  }
  for (const id of [bag, '0'.repeat(32)]) {
    expect(await awa.refused('observation.save', { ...SEEN, patrol: id })).toBe('not_found');
  }
  expect(await awa.call('view.observations', { patrol })).toEqual([]);
  expect(await waiting()).toEqual(before);
  await observe({ items: [...PICKED_UP, ...pieces({ used_pipes: 2 })], seen: 2_000 });
  expect(await waiting()).toEqual([
    ...before,
    ...['observation', 'distribution', 'distribution', 'distribution'],
  ]);
});

test('an observation for which the browser has no room is still a draft, and nothing of it was saved', async () => {
  const draft = { name: 'observation' };
  await awa.call('draft.put', { ...draft, body: '{"seen":35}' });
  fillDisk();
  expect(await awa.refused('observation.save', { ...SEEN, patrol })).toBe('storage_full');
  await awa.reopen();
  expect(await awa.call('view.observations', { patrol })).toEqual([]);
  expect(await awa.call('draft.get', draft)).toBe('{"seen":35}');
  await observe();
  await awa.reopen();
  expect(await awa.call('view.observations', { patrol })).toHaveLength(1);
  expect(await awa.call('draft.get', draft)).toBeNull();
});

test('saving an observation leaves the encounters that are being written, and the locked screen says what is', async () => {
  const drafts = { name: 'encounters' };
  await awa.call('draft.put', { name: 'observation', body: '{}' });
  await awa.call('vault.lock', null);
  expect(await awa.state()).toMatchObject({ state: 'locked', draft: true });
  await awa.call('vault.unlock', { pin: PIN });
  await observe();
  await awa.call('vault.lock', null);
  expect(await awa.state()).toMatchObject({ state: 'locked', draft: false });
  await awa.call('vault.unlock', { pin: PIN });
  await awa.call('draft.put', { ...drafts, body: '["Momo"]' });
  await observe();
  expect(await awa.call('draft.get', drafts)).toBe('["Momo"]');
});

test('who was only seen was not met, and what was picked up is collected and out of no bag', async () => {
  const before = await awa.call('view.patrol', null);
  await observe();
  await meetIn(null, awa, { items: [...pieces({ tips: 1 }), ...PICKED_UP] });
  await meet(all, awa, ines);
  for (const tablet of [awa, ines]) {
    const home = await tablet.call('view.patrol', null);
    expect(home.patrol).toMatchObject({ encounters: 1, people: 1 });
    expect(home.bag?.items).toEqual({ ...before.bag?.items, tips: 4 });
    const report = await reportOn(tablet);
    expect(report.observations).toMatchObject([{ seen: 35 }]);
    expect(countsIn(report.collected)).toEqual([
      ['used_syringes', 'piece', 8],
      ['used_syringes', 'container', 2],
    ]);
    expect([report.given, report.anonymous, report.differences]).toEqual([
      { tips: 1 },
      { man: 1 },
      [],
    ]);
  }
});

test('encounters say in which observation they happened, also those of another tablet', async () => {
  const row = await observe();
  const hers = await meetIn(row);
  await meet(all, awa, ines);
  later(awa, ines);
  const theirs = await meetIn(row, ines);
  const alone = await meetIn(null, ines);
  await meet(all, ines, awa);
  for (const tablet of [awa, ines]) {
    const { encounters } = await tablet.call('view.observation', { row });
    expect(encounters.map((line) => line.row)).toEqual([theirs, hers]);
    const home = await tablet.call('view.patrol', null);
    const rows = home.encounters.map((line) => line.row);
    expect(rows.toSorted()).toEqual([hers, theirs, alone].toSorted());
    expect(home.patrol).toMatchObject({ encounters: 3, people: 3 });
  }
  await awa.call('encounter.void', { row: hers, reason: 'Écrite deux fois.' });
  const { encounters } = await awa.call('view.observation', { row });
  expect(encounters.map((line) => line.row)).toEqual([theirs]);
});

test('an observation is taken back with what was picked up, for a reason, and the encounters within stand', async () => {
  const [row, other] = [await observe(), await observe({ seen: 3 })];
  const within = await meetIn(row, awa, { items: pieces({ tips: 2 }) });
  await meet(all, awa, ines);
  const inBag = await bagOn(awa);
  expect(await awa.refused('observation.void', { row, reason: ' ' })).toBe('refused');
  await ines.call('observation.void', { row, reason: 'Écrite deux fois.' });
  // Also the server, which counts rows, hears of each.
  expect((await waiting(ines)).sort()).toEqual(['distribution', 'distribution', 'observation']);
  await meet(all, ines, awa);
  for (const tablet of [awa, ines]) {
    const lines = await tablet.call('view.observations', { patrol });
    const shown = lines.map((line) => [line.row, line.void, countsIn(line.items)]);
    expect(shown).toEqual(
      expect.arrayContaining([
        [row, true, []],
        [other, false, COUNTED],
      ]),
    );
    const report = await reportOn(tablet);
    expect(report.observations.map((line) => line.row)).toEqual([other]);
    expect(countsIn(report.collected)).toEqual(COUNTED);
    expect(report.encounters.map((line) => line.row)).toEqual([within]);
    expect(await bagOn(tablet)).toEqual(inBag);
  }
});

test('nothing else is taken back so: no encounter, and no row that is none', async () => {
  const row = await meetIn(null);
  const reason = 'Erreur.';
  for (const one of [row, '0'.repeat(64)]) {
    expect(await awa.refused('observation.void', { row: one, reason })).toBe('not_found');
  }
  expect((await awa.call('view.encounter', { row })).void).toBe(false);
  const observation = await observe();
  await awa.call('observation.void', { row: observation, reason });
  expect((await awa.call('view.observation', { row: observation })).void).toBe(true);
});

test('what another tablet says of an observation that was taken back meanwhile counts nowhere', async () => {
  const [gone, kept] = [await observe({ items: [] }), await observe()];
  await meet(all, awa, ines);
  expect(countsIn((await reportOn(awa)).collected)).toEqual(COUNTED);
  await awa.call('observation.void', { row: gone, reason: 'Erreur.' });
  for (const { row } of (await ines.call('view.observation', { row: kept })).items) {
    const card = cardOf('distribution', row, 'observation');
    await ines.call('conflict.resolve', { card, value: gone.slice(0, 32) });
  }
  expect(countsIn((await reportOn(ines)).collected)).toEqual(COUNTED);
  await meet(all, ines, awa);
  for (const tablet of [awa, ines]) {
    expect((await reportOn(tablet)).collected).toEqual([]);
    for (const row of [gone, kept]) {
      expect((await tablet.call('view.observation', { row })).items).toEqual([]);
    }
  }
});

test('two counts of one observation are a conflict that says where it was, until somebody settles it', async () => {
  const row = await observe();
  await meet(all, awa, ines);
  const items = (await awa.call('view.observation', { row })).items;
  const seen = cardOf('observation', row, 'seen');
  for (const card of [seen, cardOf('distribution', items[0]?.row ?? '', 'count')]) {
    await awa.call('conflict.resolve', { card, value: 40 });
    await ines.call('conflict.resolve', { card, value: 30 });
  }
  await meet(all, awa, ines);
  const cards = await awa.call('view.conflicts', null);
  const zone = (await awa.call('view.directory', null)).zones.find(({ id }) => id === ZONE);
  expect(cards.map(({ kind, name, title }) => [kind, name, title]).sort()).toEqual([
    ['distribution', 'count', zone?.name],
    ['observation', 'seen', zone?.name],
  ]);
  for (const card of cards) await awa.call('conflict.resolve', { card, value: 40 });
  await meet(all, awa, ines);
  expect(await ines.call('view.conflicts', null)).toEqual([]);
  expect(await ines.call('view.observation', { row })).toMatchObject({ seen: 40 });
});
