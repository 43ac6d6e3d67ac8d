/** Which of several names somebody is shown under: the one that was written first. */
import { expect, test } from 'vitest';
import { NOBODY, type Tablet } from './kit.ts';
import { create, edit, later, meet, namesFound, pair, record } from './pair.ts';

/** Elements that sort before and after whatever was drawn. */
const [FIRST, LAST] = ['alias/00000000', 'alias/ffffffff'];

async function namesOf(tablet: Tablet, id: string): Promise<readonly string[]> {
  const { line } = await record(tablet, id);
  expect(line.name).toBe(line.aliases[0] ?? '');
  return line.aliases;
}

test('the alias that was written first names a person, whatever is added on whichever tablet', async () => {
  const all = await pair();
  const { awa, ines } = all;
  const momo = await create(awa, 'Momo');
  await meet(all, awa, ines);
  await edit(ines, momo, { [FIRST]: 'Le Grand' });
  await edit(awa, momo, { [LAST]: 'Maurice' });
  expect(await namesOf(ines, momo)).toEqual(['Momo', 'Le Grand']);
  expect(await namesOf(awa, momo)).toEqual(['Momo', 'Maurice']);
  await meet(all, ines, awa);
  // Which of the two others comes next is the log's to say.
  const order = await namesOf(awa, momo);
  expect([order[0], order.toSorted()]).toEqual(['Momo', ['Le Grand', 'Maurice', 'Momo']]);
  for (const tablet of [awa, ines]) {
    expect(await namesOf(tablet, momo)).toEqual(order);
    await tablet.reopen();
    expect(await namesOf(tablet, momo)).toEqual(order);
  }
  const patrol = await awa.openRound();
  const people = [{ id: momo }];
  const { row } = await awa.call('encounter.save', { ...NOBODY, patrol, people });
  expect((await awa.call('view.encounter', { row })).people).toMatchObject([{ name: 'Momo' }]);
});

test('when it is taken out the next one does, and put back it comes last', async () => {
  const { awa } = await pair();
  const momo = await create(awa, 'Momo');
  await edit(awa, momo, { [LAST]: 'Le Grand' });
  await edit(awa, momo, { [FIRST]: 'Maurice' });
  const [drawn = ''] = Object.entries((await record(awa, momo)).fields)
    .filter(([, { value }]) => value === 'Momo')
    .map(([name]) => name);
  await edit(awa, momo, { [drawn]: null });
  expect(await namesOf(awa, momo)).toEqual(['Le Grand', 'Maurice']);
  expect(await namesFound(awa)).toEqual(['Le Grand']);
  await edit(awa, momo, { [drawn]: 'Momo' });
  expect(await namesOf(awa, momo)).toEqual(['Le Grand', 'Maurice', 'Momo']);
});

test('of two records of one person the first one names them, by its own first name', async () => {
  const { awa } = await pair();
  const ids = [await create(awa, 'Un'), await create(awa, 'Deux')].sort();
  const [first = '', second = ''] = ids;
  const [own = ''] = await namesOf(awa, first);
  later(awa);
  await edit(awa, second, { [LAST]: 'Autre' });
  await edit(awa, first, { [FIRST]: 'Dernier' });
  await awa.call('person.merge', { ids });
  expect((await namesOf(awa, second)).slice(0, 2)).toEqual([own, 'Dernier']);
  expect(await namesOf(awa, second)).toHaveLength(4);
});
