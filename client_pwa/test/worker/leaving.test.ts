/** Who has left the active list: they come last, say why, and are back in one edit. */
import { beforeEach, expect, test } from 'vitest';
import { DAY_MS } from '../../src/engine/logview.ts';
import { NOBODY, type Tablet } from './kit.ts';
import { create, edit, later, meet, namesFound, pair, type Pair, record } from './pair.ts';

const GONE = { left_reason: 'housed' };

let all: Pair;
let awa: Tablet;
let ines: Tablet;
let nadia: string;
let today: number;

beforeEach(async () => {
  all = await pair();
  ({ awa, ines } = all);
  nadia = await create(awa, 'Nadia');
  for (const alias of ['Nadia Bleue', 'Nadia Verte']) await create(awa, alias);
  await meet(all, awa, ines);
  today = Math.floor(awa.now_ms / DAY_MS);
});

async function back(tablet: Tablet): Promise<void> {
  await edit(tablet, nadia, { left_reason: null }, { left: null });
}

test('they come after everybody else in the list and in what is searched, in the same order among them', async () => {
  expect(await namesFound(awa)).toEqual(['Nadia', 'Nadia Bleue', 'Nadia Verte']);
  await edit(awa, nadia, GONE, { left: today });
  const last = ['Nadia Bleue', 'Nadia Verte', 'Nadia'];
  for (const query of ['', 'nadia', 'nadya']) expect(await namesFound(awa, query)).toEqual(last);
  const { people } = await awa.call('view.people', { query: '' });
  expect(people.map(({ left }) => left)).toEqual([null, null, today]);
  const [, , third] = people;
  const patrol = await awa.openRound();
  await awa.call('encounter.save', { ...NOBODY, patrol, people: [{ id: third?.id ?? '' }] });
  expect(await namesFound(awa, 'nadia')).toEqual(last);
  await edit(awa, people[1]?.id ?? '', GONE, { left: today });
  expect(await namesFound(awa, 'nadia')).toEqual(['Nadia Bleue', 'Nadia', 'Nadia Verte']);
  await back(awa);
  expect(await namesFound(awa, 'nadia')).toEqual(['Nadia', 'Nadia Bleue', 'Nadia Verte']);
});

test('somebody who answers better, and has left, still comes after who answers less well', async () => {
  await create(awa, 'Le cousin de Xnadia');
  expect((await namesFound(awa, 'nadia')).at(-1)).toBe('Le cousin de Xnadia');
  await edit(awa, nadia, GONE, { left: today });
  expect((await namesFound(awa, 'nadia')).slice(-2)).toEqual(['Le cousin de Xnadia', 'Nadia']);
});

test('their page says since when, why and who said so, and that they were met since', async () => {
  later(awa, ines);
  await edit(awa, nadia, GONE, { left: today });
  const left = { day: today, reason: 'housed', author: 'Awa', at: awa.now_ms };
  await meet(all, awa, ines);
  const page = await record(ines, nadia);
  expect(page.left).toEqual({ ...left, mark: 'server' });
  expect(page.timeline).toMatchObject([{ type: 'left', left, at: left.at }]);
  ines.now_ms += DAY_MS;
  const patrol = await ines.openRound();
  await ines.call('encounter.save', { ...NOBODY, patrol, people: [{ id: nadia }] });
  const { line } = await record(ines, nadia);
  expect([line.left, line.lastMet]).toEqual([today, ines.now_ms]);
  expect((await ines.call('view.patrol', null)).met.map(({ id }) => id)).toEqual([nadia]);
  await back(ines);
  const again = await record(ines, nadia);
  expect([again.left, again.line.left]).toEqual([null, null]);
  expect(again.timeline.map(({ type }) => type)).toEqual(['contact']);
});

test('they are none of those met often or last of a round', async () => {
  const before = await awa.openRound();
  await awa.call('encounter.save', { ...NOBODY, patrol: before, people: [{ id: nadia }] });
  await awa.closeRound(before);
  await awa.openRound();
  const tiles = async () => (await awa.call('view.patrol', null)).often.map(({ id }) => id);
  expect(await tiles()).toEqual([nadia]);
  await edit(awa, nadia, GONE, { left: today });
  expect(await tiles()).toEqual([]);
});

test('left on one tablet and back on another is a conflict like any other, until it is settled', async () => {
  await edit(awa, nadia, GONE, { left: today });
  await meet(all, awa, ines);
  later(awa, ines);
  await back(ines);
  await edit(awa, nadia, { left_reason: 'prison' }, { left: today + 1 });
  await meet(all, awa, ines);
  const cards = await ines.call('view.conflicts', null);
  expect(cards.map(({ name, title }) => [name, title]).sort()).toEqual([
    ['left', 'Nadia'],
    ['left_reason', 'Nadia'],
  ]);
  expect((await record(ines, nadia)).line).toEqual((await record(awa, nadia)).line);
  await back(ines);
  await meet(all, ines, awa);
  expect(await awa.call('view.conflicts', null)).toEqual([]);
  expect((await record(awa, nadia)).left).toBeNull();
});
