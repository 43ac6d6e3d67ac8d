/** Whoever was counted without a name and is recognised later is counted once, whoever else writes meanwhile. */
import { beforeEach, describe, expect, test } from 'vitest';
import type { EntityId } from '../../src/engine/ids.ts';
import { DAY_MS } from '../../src/engine/logview.ts';
import { writeControl } from '../../src/engine/writer.ts';
import type {
  EncounterAmendment,
  EncounterDraft,
  EncounterLine,
  Recognised,
} from '../../src/worker/protocol.ts';
import { Chance } from '../engine/chance.ts';
import { moment } from '../engine/kit.ts';
import { NOBODY, NOTHING, pieces, type Tablet, ZONE } from './kit.ts';
import { create, later, meet, pair, type Pair, record } from './pair.ts';

const TWO_MEN: Partial<EncounterDraft> = {
  anonymous: { man: 2 },
  ages: { '25_34': 1 },
  items: pieces({ tips: 2 }),
};

let all: Pair;
let awa: Tablet;
let ines: Tablet;
let patrol: string;
let row: string;
let momo: string;
let maurice: string;

beforeEach(async () => {
  all = await pair();
  ({ awa, ines } = all);
  patrol = await awa.openRound();
  row = await save(TWO_MEN);
  momo = await create(awa, 'Momo');
  maurice = await create(awa, 'Maurice');
  await meet(all, awa, ines);
  later(awa, ines);
});

async function save(draft: Partial<EncounterDraft>, tablet = awa): Promise<string> {
  return (await tablet.call('encounter.save', { ...NOBODY, ...draft, patrol })).row;
}

type More = Partial<Recognised>;

function ofMen(more: More = {}): Recognised {
  return { encounter: row, gender: 'man', age: null, ...more };
}

async function recognise(tablet: Tablet, id: string, more: More = {}): Promise<void> {
  await tablet.call('person.recognise', { id, met: [ofMen(more)] });
}

async function amend(tablet: Tablet, more: Partial<EncounterAmendment>): Promise<void> {
  await tablet.call('encounter.amend', { ...NOTHING, row, ...more });
}

function shownOn(tablet: Tablet, of = row): Promise<EncounterLine> {
  return tablet.call('view.encounter', { row: of });
}

async function peopleOn(tablet: Tablet): Promise<number> {
  const { patrol: line } = await tablet.call('view.report', { id: patrol });
  return line.people;
}

const namesIn = ({ people }: EncounterLine): string[] => people.map(({ name }) => name).sort();

/** The contacts by which somebody is linked, on their page. */
async function linksOf(tablet: Tablet, id: string): Promise<string[]> {
  const { timeline } = await record(tablet, id);
  return timeline.flatMap((item) =>
    item.type === 'contact' && item.linked && !item.void ? [item.row] : [],
  );
}

async function unlink(tablet: Tablet, id: string): Promise<void> {
  for (const link of await linksOf(tablet, id)) {
    await tablet.call('row.void', { row: link, reason: 'Ce n’était pas lui.' });
  }
}

test('who is recognised stands in the encounter at its time, and the encounter stays as it was written', async () => {
  const { at } = await shownOn(awa);
  await recognise(awa, momo, { age: '25_34' });
  const waiting = await awa.call('view.unsent', null);
  expect(waiting.map(({ kind }) => kind)).toEqual(['contact']);
  expect(await shownOn(awa)).toMatchObject({
    people: [{ id: momo, name: 'Momo' }],
    anonymous: { man: 1 },
    ages: {},
    amended: false,
    reasons: [],
    mark: 'server',
  });
  const { line, timeline } = await record(awa, momo);
  expect(line.lastMet).toBe(at);
  expect(timeline).toMatchObject([{ type: 'contact', at, author: 'Awa', linked: true }]);
  const report = await awa.call('view.report', { id: patrol });
  expect(report).toMatchObject({
    patrol: { people: 2 },
    anonymous: { man: 1 },
    ages: {},
    met: [{ id: momo }],
    services: { talk: [{ person: { id: momo } }] },
  });
  await meet(all, awa, ines);
  expect(await shownOn(ines)).toMatchObject({ anonymous: { man: 1 }, ages: {} });
});

describe('two tablets', () => {
  test('that recognise two people in one encounter of two men count each of them once', async () => {
    await recognise(awa, momo, { age: '25_34' });
    await recognise(ines, maurice);
    await meet(all, awa, ines);
    for (const tablet of [awa, ines]) {
      const line = await shownOn(tablet);
      expect([namesIn(line), line.anonymous, line.ages]).toEqual([['Maurice', 'Momo'], {}, {}]);
      expect(await peopleOn(tablet)).toBe(2);
    }
    await unlink(ines, momo);
    await meet(all, ines, awa);
    for (const tablet of [awa, ines]) {
      const line = await shownOn(tablet);
      expect([namesIn(line), line.anonymous, line.ages]).toEqual([
        ['Maurice'],
        { man: 1 },
        { '25_34': 1 },
      ]);
      expect(await peopleOn(tablet)).toBe(2);
    }
    expect((await record(awa, momo)).timeline).toMatchObject([
      { type: 'contact', author: 'Awa', linked: true, void: true },
    ]);
  });

  test('that recognise the same person count them once', async () => {
    await recognise(awa, momo);
    await recognise(ines, momo);
    await meet(all, awa, ines);
    for (const tablet of [awa, ines]) {
      const line = await shownOn(tablet);
      expect([namesIn(line), line.anonymous]).toEqual([['Momo'], { man: 1 }]);
      expect(await peopleOn(tablet)).toBe(2);
    }
    await unlink(awa, momo);
    expect(await shownOn(awa)).toMatchObject({ people: [], anonymous: { man: 2 } });
  });

  test('that recognise two records of one person as two genders take the same one away', async () => {
    row = await save({ anonymous: { man: 1, woman: 1 } });
    await meet(all, awa, ines);
    await recognise(awa, momo, { gender: 'man' });
    await recognise(ines, maurice, { gender: 'woman' });
    await ines.call('person.merge', { ids: [momo, maurice] });
    await meet(all, awa, ines);
    const [here, there] = [await shownOn(awa), await shownOn(ines)];
    expect(here.anonymous).toEqual(there.anonymous);
    expect(Object.values(here.anonymous)).toEqual([1]);
  });

  test('that recognise more than were counted show none left, and never fewer than none', async () => {
    row = await save({ anonymous: { man: 1 } });
    await meet(all, awa, ines);
    await recognise(awa, momo);
    await recognise(ines, maurice);
    await meet(all, awa, ines);
    expect((await shownOn(awa)).anonymous).toEqual({});
    expect(namesIn(await shownOn(ines))).toEqual(['Maurice', 'Momo']);
    await amend(awa, { anonymous: { man: 0 }, note: 'Devant la gare.' });
    expect((await awa.call('view.unsent', null)).map(({ kind }) => kind)).toEqual(['encounter']);
    await amend(awa, { anonymous: { man: 1 } });
    expect(await shownOn(awa)).toMatchObject({ anonymous: { man: 1 } });
  });

  test('of which one corrects the count that the other has taken somebody from count all of them', async () => {
    await recognise(awa, momo);
    await amend(ines, { anonymous: { man: 3 } });
    await meet(all, awa, ines);
    for (const tablet of [awa, ines]) {
      expect(await shownOn(tablet)).toMatchObject({
        people: [{ id: momo }],
        anonymous: { man: 2 },
      });
      expect(await peopleOn(tablet)).toBe(3);
    }
  });
});

describe('a correction', () => {
  test('says how many are left without a name, whoever was recognised', async () => {
    await recognise(awa, momo, { age: '25_34' });
    await amend(awa, { anonymous: { man: 3 }, ages: { '25_34': 2 } });
    expect(await shownOn(awa)).toMatchObject({ anonymous: { man: 3 }, ages: { '25_34': 2 } });
    expect(await peopleOn(awa)).toBe(4);
    await unlink(awa, momo);
    expect(await shownOn(awa)).toMatchObject({ anonymous: { man: 4 }, ages: { '25_34': 3 } });
    expect(await peopleOn(awa)).toBe(4);
  });

  test('that says what shows already writes nothing', async () => {
    await recognise(awa, momo);
    const before = await awa.call('view.unsent', null);
    await amend(awa, { anonymous: { man: 1 } });
    expect(await awa.call('view.unsent', null)).toEqual(before);
    await amend(awa, { anonymous: { man: 2 } });
    expect(await awa.call('view.unsent', null)).toHaveLength(before.length + 1);
  });

  test('that takes out who was recognised brings the count back, or says another one with it', async () => {
    await recognise(awa, momo);
    const [there] = (await shownOn(awa)).people;
    const removed = [there?.contact ?? ''];
    await amend(awa, { removed });
    expect(await shownOn(awa)).toMatchObject({ people: [], anonymous: { man: 2 } });
    await recognise(awa, maurice);
    const [other] = (await shownOn(awa)).people;
    await amend(awa, { removed: [other?.contact ?? ''], anonymous: { man: 1 } });
    expect(await shownOn(awa)).toMatchObject({ people: [], anonymous: { man: 1 } });
  });

  test('that names whoever was recognised already writes nobody down twice', async () => {
    await recognise(awa, momo);
    await amend(awa, { people: [{ id: momo }, { id: maurice }] });
    const line = await shownOn(awa);
    expect([namesIn(line), line.anonymous]).toEqual([['Maurice', 'Momo'], { man: 1 }]);
  });
});

test('who is erased leaves the count whole, of somebody whom nobody knows any more', async () => {
  await recognise(awa, momo);
  await recognise(awa, maurice);
  expect((await shownOn(awa)).anonymous).toEqual({});
  await meet(all, awa, ines);
  all.association.server.fault = () => null;
  await all.association.deliver();
  const { odile } = all.association;
  writeControl(odile, { kind: 'erase', entities: [momo as EntityId] }, moment());
  await all.association.deliver();
  for (const tablet of [awa, ines]) {
    await tablet.sync();
    const line = await shownOn(tablet);
    expect([namesIn(line), line.anonymous, line.erased]).toEqual([['Maurice'], { man: 1 }, false]);
    expect(await peopleOn(tablet)).toBe(2);
  }
  expect(await awa.refused('person.recognise', { id: momo, met: [ofMen()] })).toBe('erased');
});

test('two records of one person count once, and two people again when they part', async () => {
  await recognise(awa, momo);
  await recognise(awa, maurice);
  await awa.call('person.merge', { ids: [momo, maurice] });
  expect(await shownOn(awa)).toMatchObject({ people: [{}], anonymous: { man: 1 } });
  await recognise(awa, maurice);
  expect(await shownOn(awa)).toMatchObject({ people: [{}], anonymous: { man: 1 } });
  await awa.call('person.unmerge', { id: maurice });
  const line = await shownOn(awa);
  expect([namesIn(line), line.anonymous]).toEqual([['Maurice', 'Momo'], {}]);
});

test('several encounters are said in one save, whole or not at all', async () => {
  const other = await save({ anonymous: { woman: 1 } });
  const met = [ofMen(), ofMen({ encounter: other })];
  const nobody = { id: momo, met };
  expect(await awa.refused('person.recognise', nobody)).toBe('nobody_unnamed');
  expect((await shownOn(awa)).people).toEqual([]);
  await awa.call('person.recognise', {
    id: momo,
    met: [ofMen(), ofMen(), ofMen({ encounter: other, gender: 'woman' })],
  });
  expect(await linksOf(awa, momo)).toHaveLength(2);
  expect(await shownOn(awa)).toMatchObject({ people: [{ id: momo }], anonymous: { man: 1 } });
});

test('nobody is recognised where none is left, where they stand already, or where nobody was', async () => {
  await recognise(awa, momo, { age: '25_34' });
  const ask = (more: More) => ({ id: maurice, met: [ofMen(more)] });
  expect(await awa.refused('person.recognise', ask({ gender: 'woman' }))).toBe('nobody_unnamed');
  expect(await awa.refused('person.recognise', ask({ age: '25_34' }))).toBe('nobody_unnamed');
  const before = await awa.call('view.unsent', null);
  await recognise(awa, momo);
  const named = await save({ people: [{ id: maurice }], anonymous: { man: 1 } });
  const [, contact] = (await awa.call('view.unsent', null)).slice(before.length);
  expect(contact?.kind).toBe('contact');
  await recognise(awa, maurice, { encounter: named });
  expect(await awa.call('view.unsent', null)).toHaveLength(before.length + 2);
  const [unknown, nowhere] = ['0'.repeat(32), '0'.repeat(64)];
  const none = { id: unknown, met: [ofMen()] };
  expect(await awa.refused('person.recognise', none)).toBe('not_found');
  expect(await awa.refused('person.recognise', ask({ encounter: nowhere }))).toBe('not_found');
  await awa.call('encounter.void', { row: named, reason: 'Erreur.' });
  const gone = { id: momo, met: [ofMen({ encounter: named })] };
  expect(await awa.refused('person.recognise', gone)).toBe('encounter_void');
  await recognise(awa, maurice);
  expect((await shownOn(awa)).anonymous).toEqual({});
});

test('an encounter that is taken back takes along who was recognised in it, and shows as it was', async () => {
  await recognise(awa, momo);
  await awa.call('encounter.void', { row, reason: 'Écrite deux fois.' });
  const gone = { void: true, people: [{ id: momo }], anonymous: { man: 1 } };
  expect(await shownOn(awa)).toMatchObject(gone);
  const { line, timeline } = await record(awa, momo);
  expect([line.lastMet, timeline]).toMatchObject([null, [{ linked: true, void: true }]]);
  expect(await peopleOn(awa)).toBe(0);
});

test('what was given the last time is said again with those who are left', async () => {
  const before = { anonymous: { man: 2 }, ages: { '25_34': 1 } };
  expect(await awa.call('view.lastTime', { patrol, person: null })).toMatchObject(before);
  await recognise(awa, momo, { age: '25_34' });
  const { anonymous, ages } = (await awa.call('view.lastTime', { patrol, person: null })) ?? {};
  expect([anonymous, ages]).toEqual([{ man: 1 }, {}]);
  expect(await awa.call('view.lastTime', { patrol, person: momo })).toMatchObject({
    items: pieces({ tips: 2 }),
    anonymous: {},
  });
});

describe('encounters that wait to be recognised', () => {
  const waiting = async (person: string): Promise<string[]> => {
    const lines = await awa.call('view.unnamed', { person });
    return lines.map((line) => line.row);
  };

  test('are those with somebody left in which the person does not stand, the last first', async () => {
    await save({ people: [{ id: maurice }] });
    const both = await save({ people: [{ id: maurice }], anonymous: { woman: 1 } });
    expect(await waiting(momo)).toEqual([both, row]);
    expect(await waiting(maurice)).toEqual([row]);
    await recognise(awa, momo);
    expect(await waiting(momo)).toEqual([both]);
    expect(await waiting(maurice)).toEqual([row]);
    const fatou = await create(awa, 'Fatou');
    await recognise(awa, maurice);
    expect(await waiting(fatou)).toEqual([both]);
    await unlink(awa, maurice);
    expect(await waiting(fatou)).toEqual([both, row]);
    expect(await awa.call('view.unnamed', { person: fatou })).toMatchObject([
      { zone: { id: ZONE }, anonymous: { woman: 1 } },
      { anonymous: { man: 1 }, items: [{ item: 'tips' }] },
    ]);
  });

  test('are of the last sixty days, and none that was taken back', async () => {
    const begun = (await shownOn(awa)).at;
    awa.now_ms = begun + 60 * DAY_MS;
    expect(await waiting(momo)).toEqual([row]);
    awa.now_ms += 1;
    expect(await waiting(momo)).toEqual([]);
    awa.now_ms = begun + DAY_MS;
    await awa.call('encounter.void', { row, reason: 'Écrite deux fois.' });
    expect(await waiting(momo)).toEqual([]);
  });
});

/** What a tablet knows of an encounter of men, kept beside it and counted anew. */
class Recount {
  written = 2;
  readonly linked = new Map<string, string>();
  readonly unlinked = new Set<string>();

  get people(): Set<string> {
    const standing = [...this.linked].filter(([link]) => !this.unlinked.has(link));
    return new Set(standing.map(([, id]) => id));
  }

  get left(): number {
    return Math.max(0, this.written - this.people.size);
  }

  take(other: Recount): void {
    for (const [link, id] of other.linked) this.linked.set(link, id);
    for (const link of other.unlinked) this.unlinked.add(link);
  }
}

type Hand = { readonly tablet: Tablet; readonly told: Recount; readonly corrects: boolean };

async function live({ tablet, told, corrects }: Hand, chance: Chance, id: string): Promise<void> {
  const what = chance.pick(['link', 'link', 'unlink', 'amend'] as const);
  if (what === 'link' && told.left > 0 && !told.people.has(id)) {
    const known = await linksOf(tablet, id);
    await recognise(tablet, id);
    const [link = ''] = (await linksOf(tablet, id)).filter((one) => !known.includes(one));
    told.linked.set(link, id);
  } else if (what === 'unlink') {
    await unlink(tablet, id);
    for (const [link, of] of told.linked) if (of === id) told.unlinked.add(link);
  } else if (what === 'amend' && corrects) {
    const man = chance.between(0, 5);
    await amend(tablet, { anonymous: { man } });
    if (man !== told.left) told.written = man + told.people.size;
  }
}

test.each([1, 2, 3, 4])(
  'two tablets that link, unlink, correct and take back at random show what a recount shows (seed %i)',
  async (seed) => {
    const chance = new Chance(seed);
    const ids = [momo, maurice, await create(awa, 'Fatou'), await create(awa, 'Sami')];
    await meet(all, awa, ines);
    // Of two who correct one count at once the log says which shows: here one of them does.
    const hands = [awa, ines].map((tablet, at) => {
      return { tablet, told: new Recount(), corrects: at === 0 };
    });
    const [hers, theirs] = hands;
    if (!hers || !theirs) throw new Error('There are two.');
    for (let round = 0; round < 3; round += 1) {
      for (let step = 0; step < 6; step += 1) {
        later(awa, ines);
        await live(chance.pick(hands), chance, chance.pick(ids));
      }
      await meet(all, ...chance.shuffle([awa, ines]));
      hers.told.take(theirs.told);
      theirs.told.take(hers.told);
      theirs.told.written = hers.told.written;
      for (const { tablet, told } of hands) {
        const line = await shownOn(tablet);
        const people = line.people.map(({ id }) => id);
        expect([line.anonymous.man ?? 0, people.sort()]).toEqual([
          told.left,
          [...told.people].sort(),
        ]);
        expect(await peopleOn(tablet)).toBe(told.left + told.people.size);
      }
    }
    await awa.call('encounter.void', { row, reason: 'Écrite deux fois.' });
    await meet(all, awa, ines);
    for (const tablet of [awa, ines]) expect(await peopleOn(tablet)).toBe(0);
  },
);
