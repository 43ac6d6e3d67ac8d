/** The bin: whoever is in it is found nowhere else, and nothing of them is lost. */
import { beforeEach, expect, test } from 'vitest';
import { NOBODY, type Tablet } from './kit.ts';
import { create, edit, later, meet, namesFound, pair, type Pair, record } from './pair.ts';

let all: Pair;
let awa: Tablet;
let ines: Tablet;
let momo: string;
let patrol: string;

/** Momo has been met, on a round that is over. */
beforeEach(async () => {
  all = await pair();
  ({ awa, ines } = all);
  const before = await awa.openRound();
  momo = await create(awa, 'Momo');
  await awa.call('encounter.save', { ...NOBODY, patrol: before, people: [{ id: momo }] });
  await awa.closeRound(before);
  later(awa, ines);
  patrol = await awa.openRound();
  await meet(all, awa, ines);
});

async function binned(tablet: Tablet): Promise<string[]> {
  return (await tablet.call('view.bin', null)).map(({ name }) => name);
}

test('who is in it is in no list, search, pair or tile of a round, but on their own page and in the bin', async () => {
  const alike = await create(awa, 'Momau');
  const found = async () => {
    const home = await awa.call('view.patrol', null);
    const { pairs } = await awa.call('view.duplicates', null);
    const lists = [home.often, home.recent, ...pairs.map(({ people }) => people)].flat();
    const names = [...lists.map(({ name }) => name), ...(await namesFound(awa, 'momo'))];
    return [names.includes('Momo'), (await namesFound(awa)).includes('Momo')];
  };
  expect(await found()).toEqual([true, true]);
  await awa.call('person.bin', { id: momo });
  expect(await found()).toEqual([false, false]);
  expect((await awa.call('view.people', { query: '' })).total).toBe(1);
  expect(await binned(awa)).toEqual(['Momo']);
  const page = await record(awa, momo);
  expect([page.bin, page.timeline.map(({ type }) => type)]).toEqual([true, ['contact']]);
  expect((await record(awa, alike)).bin).toBe(false);
  await awa.call('encounter.save', { ...NOBODY, patrol, people: [{ id: momo }] });
  const home = await awa.call('view.patrol', null);
  expect([home.met, home.patrol?.people]).toEqual([[], 1]);
  await awa.call('person.restore', { id: momo });
  expect(await found()).toEqual([true, true]);
  expect([await binned(awa), (await record(awa, momo)).bin]).toEqual([[], false]);
});

test('all records of a person go into it together and come out together, by whichever of them', async () => {
  const maurice = await create(awa, 'Maurice');
  await awa.call('person.merge', { ids: [momo, maurice] });
  await awa.call('person.bin', { id: maurice });
  expect([await namesFound(awa), (await binned(awa)).length]).toEqual([[], 1]);
  await meet(all, awa, ines);
  expect([await namesFound(ines), (await binned(ines)).length]).toEqual([[], 1]);
  await ines.call('person.unmerge', { id: momo });
  expect((await binned(ines)).sort()).toEqual(['Maurice', 'Momo']);
  await ines.call('person.merge', { ids: [momo, maurice] });
  await ines.call('person.restore', { id: momo });
  await ines.call('person.unmerge', { id: momo });
  expect([(await namesFound(ines)).sort(), await binned(ines)]).toEqual([['Maurice', 'Momo'], []]);
});

test('somebody whose other record was put there before they were one person goes there whole', async () => {
  const maurice = await create(awa, 'Maurice');
  await awa.call('person.bin', { id: momo });
  await awa.call('person.merge', { ids: [momo, maurice] });
  expect([(await namesFound(awa)).length, await binned(awa)]).toEqual([1, []]);
  const before = (await awa.call('view.unsent', null)).length;
  await awa.call('person.bin', { id: maurice });
  expect(await awa.call('view.unsent', null)).toHaveLength(before + 1);
  expect([await namesFound(awa), (await binned(awa)).length]).toEqual([[], 1]);
});

test('put there and taken out on two tablets apart, they are in one place, and it is asked where', async () => {
  await awa.call('person.bin', { id: momo });
  later(awa, ines);
  await ines.call('person.bin', { id: momo });
  await ines.call('person.restore', { id: momo });
  await meet(all, awa, ines);
  const places = async (tablet: Tablet) => [await namesFound(tablet), await binned(tablet)];
  expect(await places(awa)).toEqual(await places(ines));
  expect((await places(awa)).flat()).toEqual(['Momo']);
  const [card, ...others] = await awa.call('view.conflicts', null);
  expect([card, others]).toMatchObject([{ name: 'trash', title: 'Momo' }, []]);
  await awa.call('person.restore', { id: momo });
  await meet(all, awa, ines);
  for (const tablet of [awa, ines]) {
    expect(await places(tablet)).toEqual([['Momo'], []]);
    expect(await tablet.call('view.conflicts', null)).toEqual([]);
  }
});

test('the last who was put there is the first in it', async () => {
  const ids = [momo, await create(awa, 'Fatou'), await create(awa, 'Sami')];
  for (const id of [ids[2], ids[0], ids[1]]) {
    later(awa);
    await awa.call('person.bin', { id: id ?? '' });
  }
  expect(await binned(awa)).toEqual(['Fatou', 'Momo', 'Sami']);
});

test('whoever is there already, or not there, is not written again, and nobody else is', async () => {
  const before = await awa.call('view.unsent', null);
  await awa.call('person.restore', { id: momo });
  expect(await awa.call('view.unsent', null)).toEqual(before);
  await awa.call('person.bin', { id: momo });
  await awa.call('person.bin', { id: momo });
  expect(await awa.call('view.unsent', null)).toHaveLength(before.length + 1);
  expect(await awa.refused('person.bin', { id: '0'.repeat(32) })).toBe('not_found');
  expect(await awa.refused('person.restore', { id: '0'.repeat(32) })).toBe('not_found');
});

test('who is there is written of, and comes back with it', async () => {
  await awa.call('person.bin', { id: momo });
  await meet(all, awa, ines);
  await edit(ines, momo, { reach: 'Au canal' });
  await meet(all, ines, awa);
  expect(await binned(awa)).toEqual(['Momo']);
  await awa.call('person.restore', { id: momo });
  expect((await awa.person('Momo')).fields['reach']?.value).toBe('Au canal');
});
