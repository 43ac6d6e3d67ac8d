/** What a correction of a saved encounter changes, and what it leaves alone. */
import { expect, test } from 'vitest';
import {
  amendmentOf,
  changesSomething,
  correctionOf,
  gapOfCorrection,
  isOfErased,
} from '../src/ui/correction.ts';
import { withItem } from '../src/ui/counts.ts';
import { addPerson, type Draft, removePerson } from '../src/ui/draft.ts';
import { Drafts } from '../src/ui/drafts.svelte.ts';
import { withoutErased } from '../src/ui/erasure.ts';
import { CallProblem, type EncounterLine, ENCOUNTER_DRAFTS } from '../src/worker/protocol.ts';
import { FakeDataWorker } from './fake/data-worker.ts';
import { zones } from './fake/seed.ts';

const START = { id: '1', patrol: 'aa', at: 0 };
const MOMO = { id: 'bb', name: 'Momo', contact: 'c1' };
const SAMI = { id: 'cc', name: 'Sami' };
const [STALINGRAD, CHAPELLE] = zones;

const MET: EncounterLine = {
  row: 'e1',
  patrol: 'aa',
  at: 0,
  author: 'Awa',
  zone: STALINGRAD ?? null,
  people: [MOMO],
  anonymous: { man: 2, woman: 0 },
  ages: { '25_34': 1 },
  erased: false,
  items: [
    { row: 'k1', item: 'crack_kit', unit: 'piece', count: 2, reason: null },
    { row: 'k2', item: 'crack_kit', unit: 'piece', count: 3, reason: null },
    { row: 'p1', item: 'pipe', unit: 'piece', count: 0, reason: null },
    { row: 'u1', item: 'used_syringes', unit: 'container', count: 1, reason: null },
  ],
  note: 'Calme.',
  mark: 'server',
  void: false,
  amended: false,
  reasons: [],
};
const draft = correctionOf(START, MET);

function corrected(changed: Partial<Draft>): ReturnType<typeof amendmentOf> {
  const { corrects, ...others } = { ...draft, ...changed };
  if (!corrects) throw new Error('It corrects an encounter.');
  return amendmentOf({ ...others, corrects }, { ...corrects, reason: ' Oubli ' }, null);
}

function gapAfter(changed: Partial<Draft>, reason = 'Oubli'): ReturnType<typeof gapOfCorrection> {
  const one = { ...draft, ...changed };
  if (!one.corrects) throw new Error('It corrects an encounter.');
  return gapOfCorrection(one, { ...one.corrects, reason });
}

const NOTHING = {
  row: 'e1',
  reason: 'Oubli',
  anonymous: {},
  ages: {},
  counts: [],
  items: [],
  people: [],
  removed: [],
  drafts: null,
};

function withCountOf(item: 'crack_kit' | 'pipe' | 'water', count: number): Partial<Draft> {
  return { items: withItem(draft.items, { item, unit: 'piece', count }) };
}

test('a sheet that nobody changed corrects nothing, and says so', () => {
  expect(corrected({})).toEqual(NOTHING);
  expect(corrected({ note: ' Calme. ' })).toEqual(NOTHING);
  expect(changesSomething(corrected({}))).toBe(false);
  expect(gapAfter({})).toBe('unchanged');
});

test('only what changes is said, each with what it becomes', () => {
  expect(corrected({ zone: CHAPELLE?.id ?? null })).toEqual({ ...NOTHING, zone: CHAPELLE?.id });
  expect(corrected({ anonymous: { woman: 1 } })).toEqual({
    ...NOTHING,
    anonymous: { man: 0, woman: 1 },
  });
  expect(corrected({ ages: {} })).toEqual({ ...NOTHING, ages: { '25_34': 0 } });
  expect(corrected({ note: '' })).toEqual({ ...NOTHING, note: '' });
  for (const changed of [{ ages: {} }, { note: '' }]) {
    expect(changesSomething(corrected(changed))).toBe(true);
    expect(gapAfter(changed)).toBeNull();
  }
});

test('rows of one item are one number, which takes from the last row and adds to the first', () => {
  expect(draft.items.map(({ item, count }) => [item, count])).toEqual([
    ['crack_kit', 5],
    ['used_syringes', 1],
  ]);
  const countsAfter = (count: number): unknown => corrected(withCountOf('crack_kit', count)).counts;
  expect(countsAfter(4)).toEqual([{ row: 'k2', count: 2 }]);
  expect(countsAfter(1)).toEqual([
    { row: 'k1', count: 1 },
    { row: 'k2', count: 0 },
  ]);
  expect(countsAfter(0)).toEqual([
    { row: 'k1', count: 0 },
    { row: 'k2', count: 0 },
  ]);
  expect(countsAfter(7)).toEqual([{ row: 'k1', count: 4 }]);
});

test('a row that was corrected to none counts again, and an item that had no row gets one', () => {
  expect(corrected(withCountOf('pipe', 2))).toMatchObject({
    counts: [{ row: 'p1', count: 2 }],
    items: [],
  });
  const water = { item: 'water', unit: 'piece', count: 1 };
  expect(corrected(withCountOf('water', 1))).toMatchObject({ counts: [], items: [water] });
});

test('one item in two units is corrected by the unit', () => {
  const weighed = { item: 'used_syringes', unit: 'gram', count: 350 } as const;
  const { counts, items } = corrected({ items: withItem(draft.items, weighed) });
  expect([counts, items]).toEqual([[], [weighed]]);
});

test('a forgotten person is added, a wrong one is taken out, and who is put back was never out', () => {
  const withBoth = addPerson(addPerson(draft, SAMI), { id: null, name: 'Zoé' });
  expect(corrected(withBoth)).toEqual({ ...NOTHING, people: [{ id: 'cc' }, { alias: 'Zoé' }] });
  const without = removePerson(draft, draft.people[0] ?? SAMI);
  expect(corrected(without)).toEqual({ ...NOTHING, removed: ['c1'] });
  expect(corrected(addPerson(without, { id: MOMO.id, name: 'Momo' }))).toEqual(NOTHING);
});

test('nothing is saved without a reason, without anybody, or with more ages than people', () => {
  expect(gapAfter({ ages: {} }, '  ')).toBe('reason');
  expect(gapAfter({ people: [], anonymous: {} })).toBe('nobodyLeft');
  expect(gapAfter({ ages: { minor: 3 } })).toBe('ages');
  expect(gapAfter({ ages: { minor: 2 } })).toBeNull();
});

test('the kits of an encounter with who was erased since are corrected, and nobody need be added', () => {
  const ofErased = correctionOf(START, { ...MET, people: [], anonymous: {}, erased: true });
  expect(isOfErased(ofErased)).toBe(true);
  const items = withItem(ofErased.items, { item: 'water', unit: 'piece', count: 1 });
  const corrects = ofErased.corrects && { ...ofErased.corrects, reason: 'Oubli' };
  expect(corrects && gapOfCorrection({ ...ofErased, ages: {}, items }, corrects)).toBeNull();
});

test('who is erased is named neither in a correction nor in what it says that stood', () => {
  const typed = { ...draft, note: 'Momo était là', touched: true };
  const [left, ...others] = withoutErased(typed, [MOMO.id]);
  expect(others).toEqual([]);
  expect(JSON.stringify(left)).not.toContain('Momo');
  expect(left?.corrects && amendmentOf(left, left.corrects, null).removed).toEqual([]);
  expect(withoutErased(removePerson(typed, typed.people[0] ?? SAMI), ['ee'])).toHaveLength(1);
  const removed = { ...removePerson(draft, draft.people[0] ?? SAMI), anonymous: {} };
  expect(JSON.stringify(withoutErased(removed, [MOMO.id]))).not.toContain('Momo');
});

function awa(): FakeDataWorker {
  return new FakeDataWorker({
    now: () => 0,
    state: 'open',
    me: 'Awa',
    patrol: true,
    alarm: null,
    doubts: false,
    full: false,
    retired: false,
    restored: false,
    newcomers: false,
    closed: false,
    erasures: false,
    notices: null,
    health: 'none',
    team: '',
  });
}

function draftsOn(fake: FakeDataWorker): Drafts {
  const attempt = <T>(call: Promise<T>): Promise<T | undefined> => call;
  return new Drafts({ worker: fake, now: () => 0, newId: () => '1', attempt, letGo: () => null });
}

test('a correction is kept over a lock with its reason, found by its encounter, and gone once written', async () => {
  const fake = awa();
  const met = (await fake.call('view.patrol', null)).encounters[0];
  if (!met) throw new Error('Nobody was met.');
  const drafts = draftsOn(fake);
  await drafts.load();
  drafts.start(met.patrol, (start) => correctionOf(start, met));
  const begun = drafts.findCorrection(met.row);
  if (!begun?.corrects) throw new Error('No correction was begun.');
  const corrects = { ...begun.corrects, reason: 'Oubli' };
  drafts.put({ ...begun, anonymous: { man: 7 }, corrects });
  await expect
    .poll(() => fake.call('draft.get', { name: ENCOUNTER_DRAFTS }))
    .toContain('"reason":"Oubli"');
  drafts.forget();
  await drafts.load();
  const found = drafts.findCorrection(met.row);
  expect(found).toMatchObject({ anonymous: { man: 7 }, corrects });
  expect(drafts.findCorrection('another')).toBeNull();
  if (!found?.corrects) throw new Error('The correction was lost.');
  const amendment = amendmentOf(found, found.corrects, drafts.without(found.id));
  await fake.call('encounter.amend', amendment);
  expect(await fake.call('draft.get', { name: ENCOUNTER_DRAFTS })).toBeNull();
  const now = await fake.call('view.encounter', { row: met.row });
  expect([now.anonymous, now.amended, now.reasons[0]]).toEqual([{ man: 7 }, true, 'Oubli']);
});

test('what a colleague took back meanwhile is not corrected', async () => {
  const fake = awa();
  const met = (await fake.call('view.patrol', null)).encounters[0];
  if (!met) throw new Error('Nobody was met.');
  await fake.call('encounter.void', { row: met.row, reason: 'Doublon' });
  const refused = fake.call('encounter.amend', { ...NOTHING, row: met.row, ages: { minor: 1 } });
  await expect(refused).rejects.toThrow(CallProblem);
});
