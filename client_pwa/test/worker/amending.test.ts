/** What was recorded is corrected with a reason: once, whole, and without touching what others have corrected meanwhile. */
import { beforeEach, describe, expect, test, vi } from 'vitest';
import { type Bytes, join } from '../../src/engine/bytes.ts';
import type {
  EncounterAmendment,
  EncounterDraft,
  EncounterLine,
  ItemLine,
  NewItem,
} from '../../src/worker/protocol.ts';
import { Association, NOBODY, NOTHING, pieces, type Tablet, ZONE } from './kit.ts';
import { DIRECTORY } from './server.ts';
import { care, notesOn, Ward } from './ward.ts';

// What a code costs is nothing that a correction depends on.
vi.mock('hash-wasm', () => ({
  argon2id: async ({ password, salt }: { readonly password: string; readonly salt: Bytes }) =>
    new Uint8Array(
      await crypto.subtle.digest('SHA-256', join(new TextEncoder().encode(password), salt)),
    ),
}));

const CHAPELLE = DIRECTORY.zone[1]?.id ?? '';
const MINUTE_MS = 60_000;
const CONTAINER: NewItem = { item: 'used_syringes', unit: 'container', count: 1 };

let association: Association;
let awa: Tablet;
let ines: Tablet;
let bag: string;
let patrol: string;
let row: string;

const MET: EncounterDraft = {
  ...NOBODY,
  anonymous: { man: 2 },
  ages: { '25_34': 1 },
  items: [...pieces({ tips: 3, water: 1 }), CONTAINER],
  note: 'Sous le porche.',
};

beforeEach(async () => {
  association = await Association.found();
  awa = await association.tablet('Awa');
  ines = await association.tablet('Ines');
  bag = (await awa.call('bag.create', { name: 'Sac bleu' })).id;
  patrol = await awa.openRound(['Awa', 'Ines'], { bag, loaded: { tips: 20, pipe: 10, water: 5 } });
  later();
  row = await save(MET);
  await meet(awa, ines);
});

function later(minutes = 1): void {
  awa.now_ms += minutes * MINUTE_MS;
  ines.now_ms = awa.now_ms;
}

/** The tablets send, in this order, and everybody has what everybody wrote; before and after, nobody hears of anybody. */
async function meet(...tablets: readonly Tablet[]): Promise<void> {
  for (const tablet of tablets) await tablet.sync();
  association.server.fault = () => null;
  for (const tablet of [...tablets, ...tablets]) await tablet.sync();
  association.server.fault = () => 'down';
}

async function save(draft: Partial<EncounterDraft>, tablet = awa): Promise<string> {
  return (await tablet.call('encounter.save', { ...NOBODY, ...draft, patrol })).row;
}

async function amend(more: Partial<EncounterAmendment>, tablet = awa): Promise<void> {
  await tablet.call('encounter.amend', { ...NOTHING, row, ...more });
}

function shownOn(tablet: Tablet, of = row): Promise<EncounterLine> {
  return tablet.call('view.encounter', { row: of });
}

async function rowOf(name: ItemLine['item'], tablet = awa): Promise<string> {
  const { items } = await shownOn(tablet);
  return items.find(({ item }) => item === name)?.row ?? '';
}

async function countOf(name: ItemLine['item'], count: number, tablet = awa) {
  return [{ row: await rowOf(name, tablet), count }];
}

function itemsIn({ items }: EncounterLine) {
  return items.map(({ item, unit, count, reason }) => [item, unit, count, reason]);
}

async function inBag(tablet: Tablet) {
  return (await tablet.call('view.opening', null)).bags[0]?.items;
}

const namesIn = ({ people }: EncounterLine): string[] => people.map(({ name }) => name).sort();

/** The kinds of what waits on a tablet, in the order of their names. */
async function written(tablet: Tablet): Promise<string[]> {
  return (await tablet.call('view.unsent', null)).map(({ kind }) => kind).sort();
}

test('all of an encounter is corrected at once, and says why', async () => {
  const { id: fatou } = await awa.call('person.create', { alias: 'Fatou' });
  later();
  await amend({
    reason: 'Oubli.',
    zone: CHAPELLE,
    anonymous: { man: 1, woman: 1 },
    ages: { '25_34': 0, '35_44': 2 },
    counts: [...(await countOf('tips', 5)), ...(await countOf('water', 0))],
    items: [...pieces({ pipe: 2 }), { item: 'used_syringes', unit: 'gram', count: 350 }],
    people: [{ id: fatou }, { alias: 'Momo', sign: 'Bonnet rouge' }],
    note: 'Devant la gare.',
  });
  await meet(awa, ines);
  for (const tablet of [awa, ines]) {
    const line = await shownOn(tablet);
    expect(line).toMatchObject({
      zone: { id: CHAPELLE },
      anonymous: { man: 1, woman: 1 },
      ages: { '35_44': 2 },
      note: 'Devant la gare.',
      author: 'Awa',
      void: false,
      amended: true,
      reasons: ['Oubli.'],
    });
    expect(namesIn(line)).toEqual(['Fatou', 'Momo']);
    expect(itemsIn(line)).toEqual([
      ['tips', 'piece', 5, 'Oubli.'],
      ['water', 'piece', 0, 'Oubli.'],
      ['used_syringes', 'container', 1, null],
      ['pipe', 'piece', 2, 'Oubli.'],
      ['used_syringes', 'gram', 350, 'Oubli.'],
    ]);
    expect(await inBag(tablet)).toEqual({ tips: 15, pipe: 8, water: 5 });
    const report = await tablet.call('view.report', { id: patrol });
    expect(report).toMatchObject({
      anonymous: { man: 1, woman: 1 },
      ages: { '35_44': 2 },
      given: { tips: 5, pipe: 2 },
    });
    expect(report.given).not.toHaveProperty('water');
    expect(report.patrol).toMatchObject({ encounters: 1, people: 4 });
    expect(await tablet.call('view.conflicts', null)).toEqual([]);
  }
});

test('a correction takes away a note about the place, and an encounter that nobody corrected says so', async () => {
  expect(await shownOn(awa)).toMatchObject({ amended: false, reasons: [] });
  await amend({ note: ' ' });
  expect(await shownOn(awa)).toMatchObject({ note: null, amended: true });
});

test('nothing is written for what did not change, and the draft is gone', async () => {
  const drafts = { name: 'encounters' };
  await awa.call('draft.put', { ...drafts, body: '["draft"]' });
  await amend({
    zone: ZONE,
    anonymous: { man: 2, woman: 0 },
    ages: { '25_34': 1 },
    counts: await countOf('tips', 3),
    items: pieces({ pipe: 0 }),
    note: 'Sous le porche.',
  });
  expect(await written(awa)).toEqual([]);
  expect(await awa.call('draft.get', drafts)).toBeNull();
  await amend({ anonymous: { man: 2, woman: 1 }, drafts: '["another"]' });
  expect(await written(awa)).toEqual(['encounter']);
  expect(await awa.call('draft.get', drafts)).toBe('["another"]');
});

test('the last reason comes first, and each is said once', async () => {
  for (const [reason, man] of [
    ['Oubli.', 3],
    ['Erreur.', 4],
  ] as const) {
    later();
    await amend({ reason, anonymous: { man } });
    await amend({ reason, counts: await countOf('tips', man) });
  }
  later();
  await amend({ reason: 'Oubli.', anonymous: { woman: 1 } });
  const line = await shownOn(awa);
  expect(line.reasons).toEqual(['Oubli.', 'Erreur.']);
  expect(itemsIn(line)[0]).toEqual(['tips', 'piece', 4, 'Erreur.']);
});

describe('two tablets that do not hear of each other', () => {
  test('both count where they correct different counts', async () => {
    await amend({ reason: 'Oubli.', anonymous: { woman: 1 }, counts: await countOf('tips', 5) });
    await amend({ anonymous: { man: 1 }, counts: await countOf('water', 2), zone: CHAPELLE }, ines);
    await meet(awa, ines);
    for (const tablet of [awa, ines]) {
      const line = await shownOn(tablet);
      expect(line).toMatchObject({ anonymous: { man: 1, woman: 1 }, zone: { id: CHAPELLE } });
      expect(itemsIn(line).slice(0, 2)).toEqual([
        ['tips', 'piece', 5, 'Oubli.'],
        ['water', 'piece', 2, 'Erreur de saisie.'],
      ]);
      expect([...line.reasons].sort()).toEqual(['Erreur de saisie.', 'Oubli.']);
      expect(await tablet.call('view.conflicts', null)).toEqual([]);
      expect(await inBag(tablet)).toEqual({ tips: 15, pipe: 10, water: 3 });
    }
  });

  test('count once what both had forgotten', async () => {
    await amend({ items: pieces({ pipe: 2, foil: 1 }) });
    const own = await rowOf('pipe');
    later();
    await amend({ items: [...pieces({ pipe: 3 }), { ...CONTAINER, unit: 'gram' }] }, ines);
    await meet(awa, ines);
    for (const tablet of [awa, ines]) {
      const { items } = await shownOn(tablet);
      const added = items.slice(3).map(({ item, unit, count }) => [item, unit, count]);
      expect(added.sort()).toEqual([
        ['foil', 'piece', 1],
        ['pipe', 'piece', 3],
        ['used_syringes', 'gram', 1],
      ]);
      expect(await inBag(tablet)).toMatchObject({ pipe: 7 });
    }
    await amend({ counts: [{ row: own, count: 5 }] });
    expect(await inBag(awa)).toMatchObject({ pipe: 5 });
    await amend({ items: pieces({ pipe: 3 }) });
    const other = await save({ items: pieces({ pipe: 1 }) });
    expect((await shownOn(awa, other)).items).toHaveLength(1);
    expect(await inBag(awa)).toMatchObject({ pipe: 6 });
  });

  test('are in conflict where they correct one count, and one value shows until it is settled', async () => {
    const tips = await rowOf('tips');
    await amend({ anonymous: { man: 3 }, counts: [{ row: tips, count: 5 }] });
    await amend({ anonymous: { man: 4 }, counts: [{ row: tips, count: 6 }] }, ines);
    await meet(awa, ines);
    const cards = await awa.call('view.conflicts', null);
    const said = cards.map(({ kind, name, row: of, title, item }) => [kind, name, of, title, item]);
    expect(said.sort()).toEqual([
      ['distribution', 'count', tips, 'Stalingrad', 'tips'],
      ['encounter', 'anon_man', row, 'Stalingrad', undefined],
    ]);
    for (const { candidates } of cards) expect(candidates).toHaveLength(2);
    const there = await Promise.all([awa, ines].map((tablet) => shownOn(tablet)));
    expect(there[0]?.items).toEqual(there[1]?.items);
    const [stands] = there[0]?.items ?? [];
    expect([5, 6]).toContain(stands?.count);
    expect(await inBag(awa)).toMatchObject({ tips: 20 - (stands?.count ?? 0) });
    const [people] = cards.filter(({ name }) => name === 'anon_man');
    if (people === undefined) throw new Error('There is no conflict.');
    await awa.call('conflict.resolve', { card: people, value: 4 });
    await amend({ counts: [{ row: tips, count: stands?.count ?? 0 }] });
    await meet(awa, ines);
    for (const tablet of [awa, ines]) {
      expect(await tablet.call('view.conflicts', null)).toEqual([]);
      expect(await shownOn(tablet)).toMatchObject({ anonymous: { man: 4 } });
      expect((await shownOn(tablet)).items[0]?.count).toBe(stands?.count);
    }
  });

  test('do not bring back an encounter that one of them took back, whatever the other adds to it', async () => {
    later();
    await awa.call('encounter.void', { row, reason: 'Écrite deux fois.' });
    const people = [{ alias: 'Momo' }];
    const items = [...pieces({ pipe: 4 }), { ...CONTAINER, unit: 'gram' as const }];
    const counts = await countOf('tips', 9, ines);
    await amend({ anonymous: { man: 9 }, counts, people, items }, ines);
    expect((await ines.person('Momo')).line.lastMet).not.toBeNull();
    await meet(awa, ines);
    for (const tablet of [awa, ines]) {
      expect(await shownOn(tablet)).toMatchObject({ void: true, items: [] });
      expect(await inBag(tablet)).toEqual({ tips: 20, pipe: 10, water: 5 });
      const momo = await tablet.person('Momo');
      expect(momo.line.lastMet).toBeNull();
      expect(momo.timeline).toMatchObject([{ type: 'contact', void: true }]);
      const home = await tablet.call('view.patrol', null);
      expect([home.patrol?.people, home.patrol?.encounters, home.often]).toEqual([0, 0, []]);
      const report = await tablet.call('view.report', { id: patrol });
      expect([report.given, report.met, report.services]).toEqual([{}, [], {}]);
      expect(await tablet.refused('encounter.amend', { ...NOTHING, row })).toBe('encounter_void');
    }
  });
});

describe('a correction that is made again', () => {
  const AGAIN = { anonymous: { man: 1 }, items: pieces({ pipe: 2 }) };

  test('after its answer was lost on the line counts once', async () => {
    const beginning = association.server.kinds().length;
    await amend({ ...AGAIN, people: [{ alias: 'Momo' }] });
    await awa.sync();
    association.server.fault = ({ method }) => (method === 'POST' ? 'lost' : null);
    await awa.sync();
    await meet(awa, ines);
    const logged = association.server.kinds().slice(beginning).sort();
    expect(logged).toEqual(['contact', 'distribution', 'encounter', 'person']);
    expect(await inBag(ines)).toMatchObject({ pipe: 8 });
  });

  test('by somebody who has not seen the answer writes nothing more', async () => {
    const { id } = await awa.call('person.create', { alias: 'Fatou' });
    await meet(awa, ines);
    const correction = { ...AGAIN, people: [{ id }], counts: await countOf('tips', 4) };
    await amend(correction);
    const before = await written(awa);
    expect(before).toHaveLength(4);
    await amend(correction);
    expect(await written(awa)).toEqual(before);
    await meet(awa, ines);
    await amend({ ...correction, items: pieces({ pipe: 3 }) }, ines);
    expect(await written(ines)).toEqual(['distribution']);
    expect(itemsIn(await shownOn(ines)).filter(([item]) => item === 'pipe')).toEqual([
      ['pipe', 'piece', 3, 'Erreur de saisie.'],
    ]);
  });
});

describe('people', () => {
  test('who were forgotten show it on their page, and take it along when they are erased', async () => {
    association.server.fault = () => null;
    const odile = await association.administrator();
    const at = (await shownOn(awa)).at;
    later(30);
    await amend({ reason: 'Momo était là.', people: [{ alias: 'Momo' }] });
    const momo = await awa.person('Momo');
    expect(momo.line.lastMet).toBe(at);
    expect(momo.timeline).toMatchObject([
      { type: 'contact', at, void: false, encounter: { row, reasons: ['Momo était là.'] } },
    ]);
    const talked = await awa.call('view.report', { id: patrol });
    expect(Object.keys(talked.services)).toEqual(['talk']);
    for (const tablet of [awa, odile]) await tablet.sync();
    await odile.call('person.erase', { ids: [momo.line.id] });
    for (const tablet of [odile, awa, ines, odile]) await tablet.sync();
    for (const tablet of [awa, ines, odile]) {
      expect(await shownOn(tablet)).toMatchObject({
        people: [],
        anonymous: { man: 2 },
        reasons: [],
      });
    }
  });

  test('who were not there are taken out, with every record that is theirs, and come back if that was wrong', async () => {
    const [momo, maurice, fatou] = await Promise.all(
      ['Momo', 'Maurice', 'Fatou'].map((alias) => awa.call('person.create', { alias })),
    );
    const ids = [momo?.id ?? '', maurice?.id ?? ''];
    later();
    row = await save({ people: [...ids, fatou?.id ?? ''].map((id) => ({ id })) });
    await awa.call('person.merge', { ids });
    const { people } = await shownOn(awa);
    expect(people).toHaveLength(2);
    const contact = people.find(({ name }) => name !== 'Fatou')?.contact ?? '';
    await amend({ reason: 'Pas là.', removed: [contact] });
    const line = await shownOn(awa);
    expect([namesIn(line), line.amended, line.reasons]).toEqual([['Fatou'], true, ['Pas là.']]);
    const { line: one, timeline } = await awa.call('view.person', { id: ids[0] ?? '' });
    expect([one.lastMet, timeline.map((each) => each.type === 'contact' && each.void)]).toEqual([
      null,
      [true, true],
    ]);
    const report = await awa.call('view.report', { id: patrol });
    expect(report.met.map(({ name }) => name)).toEqual(['Fatou']);
    await amend({ reason: 'Si.', people: [{ id: ids[1] ?? '' }] });
    expect((await shownOn(awa)).people).toHaveLength(2);
  });

  test('who were not there are not taken for erased, and neither are those without a name', async () => {
    association.server.fault = () => null;
    const odile = await association.administrator();
    const { id } = await awa.call('person.create', { alias: 'Erreur' });
    const erased = await save({
      people: [{ id: (await awa.call('person.create', { alias: 'Momo' })).id }],
    });
    const only = await save({ people: [{ id }] });
    for (const tablet of [awa, odile]) await tablet.sync();
    await odile.call('person.erase', { ids: [(await odile.person('Momo')).line.id] });
    for (const tablet of [odile, awa]) await tablet.sync();
    const [contact] = (await shownOn(awa, only)).people;
    await amend({ row: only, removed: [contact?.contact ?? ''] });
    await amend({ anonymous: { man: 0 } });
    expect((await shownOn(awa, erased)).erased).toBe(true);
    for (const one of [only, row]) {
      expect(await shownOn(awa, one)).toMatchObject({ people: [], anonymous: {}, erased: false });
    }
    expect((await awa.call('view.patrol', null)).patrol).toMatchObject({ people: 1 });
  });

  test('who were not there take along the care that was written of them', async () => {
    const { ines: nurse, house } = await Ward.opened();
    const saved = await care(nurse, { note: 'Nettoyée.' });
    expect(await notesOn(nurse)).toEqual(['Nettoyée.']);
    const line = await shownOn(nurse, saved.row);
    const removed = line.people.map(({ contact }) => contact);
    await amend({ row: saved.row, removed }, nurse);
    expect(await notesOn(nurse)).toEqual([]);
    await nurse.sync();
    expect(house.other.kinds().filter((kind) => kind === 'contact_health')).toHaveLength(2);
  });
});

test('what was forgotten before a count is no more missing after it', async () => {
  later(10);
  await awa.closeRound(patrol, { counted: [{ item: 'pipe', count: 8, reason: null }] });
  later(10);
  await amend({ items: pieces({ pipe: 2 }) });
  expect(await inBag(awa)).toMatchObject({ pipe: 8 });
  expect((await awa.call('view.report', { id: patrol })).given).toMatchObject({ pipe: 2 });
  later();
  await awa.call('bag.load', { bag, items: { pipe: 1 } });
  expect(await inBag(awa)).toMatchObject({ pipe: 9 });
});

const counts = async (count: number) => ({ counts: await countOf('tips', count) });

test.each<[string, () => Partial<EncounterAmendment> | Promise<Partial<EncounterAmendment>>]>([
  ['201 men', () => ({ anonymous: { man: 201 } })],
  ['201 of an age', () => ({ ages: { '25_34': 201 } })],
  ['fewer than nobody', () => ({ anonymous: { man: -1 } })],
  ['half a man', () => ({ anonymous: { man: 1.5 } })],
  ['no number', () => ({ anonymous: { man: null as unknown as number } })],
  ['10,000 tips', () => counts(10_000)],
  ['fewer tips than none', () => counts(-1)],
  ['tips that are no number', () => counts(NaN)],
  ['10,000 kits that were forgotten', () => ({ items: pieces({ crack_kit: 10_000 }) })],
  ['tips by weight', () => ({ items: [{ item: 'tips', unit: 'gram', count: 5 }] })],
  ['no reason', () => ({ anonymous: { man: 1 }, reason: ' ' })],
  ['a row that is no contact of it', async () => ({ removed: [await rowOf('tips')] })],
])('a correction to %s is refused, and nothing of it is saved', async (_, wrong) => {
  const before = await shownOn(awa);
  const sound = { zone: CHAPELLE, people: [{ alias: 'Momo' }] };
  const draft = { name: 'encounters', body: '["draft"]' };
  await awa.call('draft.put', draft);
  const ask = { ...NOTHING, row, ...sound, ...(await wrong()) };
  expect(await awa.refused('encounter.amend', ask)).toBe('refused');
  expect(await shownOn(awa)).toEqual(before);
  expect(await written(awa)).toEqual([]);
  expect((await awa.call('view.people', { query: '' })).total).toBe(0);
  expect(await awa.call('draft.get', draft)).toBe(draft.body);
});

test('as many as the catalogue allows are taken, and as few', async () => {
  await amend({ anonymous: { man: 200 }, ages: { '25_34': 200 }, ...(await counts(9_999)) });
  expect(await shownOn(awa)).toMatchObject({ anonymous: { man: 200 }, ages: { '25_34': 200 } });
  await amend({ anonymous: { man: 0 }, ages: { '25_34': 0 }, ...(await counts(0)) });
  const line = await shownOn(awa);
  expect(line).toMatchObject({ anonymous: {}, ages: {} });
  expect(itemsIn(line)[0]).toEqual(['tips', 'piece', 0, 'Erreur de saisie.']);
});

test('a correction to what is no encounter, or to what is of another one, is refused', async () => {
  const other = await save({ items: pieces({ pipe: 1 }) });
  const items = (await shownOn(awa, other)).items.map((item) => ({ row: item.row, count: 2 }));
  expect(await awa.refused('encounter.amend', { ...NOTHING, row, counts: items })).toBe(
    'not_found',
  );
  const tips = await rowOf('tips');
  expect(await awa.refused('encounter.amend', { ...NOTHING, row: tips })).toBe('not_found');
  await amend({ row: other, counts: items });
  expect((await shownOn(awa, other)).items[0]?.count).toBe(2);
});

test.each<[string, Partial<EncounterDraft>]>([
  ['201 men', { anonymous: { man: 201 } }],
  ['fewer than nobody', { anonymous: { man: -1 } }],
  ['201 of an age', { ages: { '25_34': 201 } }],
  ['10,000 kits', { items: pieces({ crack_kit: 10_000 }) }],
  ['fewer kits than none', { items: pieces({ crack_kit: -1 }) }],
  ['water by the container', { items: [{ item: 'water', unit: 'container', count: 1 }] }],
])('a new encounter with %s is refused, and nothing of it is saved', async (_, wrong) => {
  const draft = { ...MET, patrol, people: [{ alias: 'Momo' }], ...wrong };
  expect(await awa.refused('encounter.save', draft)).toBe('refused');
  expect(await written(awa)).toEqual([]);
  expect((await awa.call('view.patrol', null)).encounters).toHaveLength(1);
});

test('an encounter keeps the zone that it was said to be in, and else has that of its round', async () => {
  const [there, here] = [await save({ zone: CHAPELLE }), await save({})];
  expect((await shownOn(awa, there)).zone?.id).toBe(CHAPELLE);
  expect((await shownOn(awa, here)).zone?.id).toBe(ZONE);
});
