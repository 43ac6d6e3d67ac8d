/** Texts are kept exactly: in any script, in either direction, and as long as the catalogue says in characters. */
import { expect, test } from 'vitest';
import { Association, NOBODY, ROUND, type Tablet } from './kit.ts';

const NAMES = [
  'محمد الكبير',
  'Дмитрий Ёлкин',
  'ኣበበ',
  '王小明',
  'Zoë “Ficelle” O’Neil',
  '👩🏽‍🦱 Momo 🧥',
  '\u202bשלום\u202c',
  'e\u0301 é',
];
const MOST = 10_000;
const LONG = `Début 🧥${'é🧥ب'.repeat(4000)}`;
const NOTE = Array.from(LONG).slice(0, MOST).join('');

async function noteOf(tablet: Tablet, alias: string): Promise<string | null> {
  const [item] = (await tablet.person(alias)).timeline;
  return item?.type === 'contact' ? item.note : null;
}

test('names in every script are kept through save, lock, push and pull on another device', async () => {
  const association = await Association.found();
  const awa = await association.tablet('Awa');
  association.server.fault = () => 'down';
  for (const alias of NAMES) await awa.call('person.create', { alias, sign: alias });
  await awa.call('vault.lock', null);
  await awa.reopen();
  association.server.fault = () => null;
  await awa.sync();
  const bruno = await association.tablet('Bruno');
  for (const tablet of [awa, bruno]) {
    const { people } = await tablet.call('view.people', { query: '' });
    expect(people.map(({ name }) => name).sort()).toEqual([...NAMES].sort());
    expect(people.map(({ sign }) => sign).sort()).toEqual([...NAMES].sort());
  }
  expect((await awa.person('محمد')).line.name).toBe('محمد الكبير');
  expect((await bruno.person('елкин')).line.name).toBe('Дмитрий Ёлкин');
});

test('a note of 10,000 characters is kept, whatever its length in the memory of a browser', async () => {
  const association = await Association.found();
  const awa = await association.tablet('Awa');
  const patrol = await awa.openRound();
  expect([Array.from(NOTE).length, NOTE.length > MOST]).toEqual([MOST, true]);
  const draft = { ...NOBODY, patrol, people: [{ alias: 'Momo' }], note: NOTE };
  await awa.call('encounter.save', draft);
  await awa.call('vault.lock', null);
  await awa.reopen();
  const bruno = await association.tablet('Bruno');
  for (const tablet of [awa, bruno]) expect(await noteOf(tablet, 'Momo')).toBe(NOTE);
});

test('10,000 of the longest characters fit one op', async () => {
  const awa = await (await Association.found()).tablet('Awa');
  const patrol = await awa.openRound();
  const draft = { ...NOBODY, patrol, people: [{ alias: 'Momo' }], note: '🧥'.repeat(MOST) };
  await awa.call('encounter.save', draft);
  expect(await awa.sync()).toMatchObject({ unsent: 0, aside: 0 });
  expect(await noteOf(awa, 'Momo')).toBe(draft.note);
});

test('one character more is refused, and nothing of the gesture is saved', async () => {
  const awa = await (await Association.found()).tablet('Awa');
  const patrol = await awa.openRound();
  await awa.sync();
  const note = `${NOTE}x`;
  const body = JSON.stringify({ note });
  await awa.call('draft.put', { name: 'encounters', body });
  for (const people of [[{ alias: 'Momo' }], []]) {
    const draft = { ...NOBODY, patrol, people, anonymous: { man: 1 }, note };
    expect(await awa.refused('encounter.save', draft)).toBe('too_long');
  }
  expect((await awa.call('view.patrol', null)).encounters).toEqual([]);
  expect((await awa.call('view.people', { query: '' })).total).toBe(0);
  await awa.reopen();
  expect(await awa.call('draft.get', { name: 'encounters' })).toBe(body);
  expect(await awa.call('view.unsent', null)).toEqual([]);
});

test('each text has the limit of its own field', async () => {
  const awa = await (await Association.found()).tablet('Awa');
  const { id: entity } = await awa.call('person.create', { alias: '🧥'.repeat(80) });
  expect(await awa.refused('person.create', { alias: '🧥'.repeat(81) })).toBe('too_long');
  const edit = (fields: Record<string, string>) => ({ entity, kind: 'person', facts: {}, fields });
  await awa.call('entity.edit', edit({ description: '🧥'.repeat(500) }));
  for (const fields of [{ description: '🧥'.repeat(501) }, { 'alias/01': 'x'.repeat(81) }]) {
    expect(await awa.refused('entity.edit', edit(fields))).toBe('too_long');
  }
  const id = await awa.openRound();
  const closed = { id, report: '', handover: '', counted: [] };
  for (const long of [{ report: 'x'.repeat(MOST + 1) }, { handover: 'x'.repeat(MOST + 1) }]) {
    expect(await awa.refused('patrol.close', { ...closed, ...long })).toBe('too_long');
  }
  expect(await awa.refused('patrol.open', { ...ROUND, route: 'x'.repeat(501) })).toBe('too_long');
  expect(await awa.refused('bag.create', { name: 'x'.repeat(81) })).toBe('too_long');
  const { row } = await awa.call('encounter.save', {
    ...NOBODY,
    patrol: id,
    anonymous: { man: 1 },
  });
  const reason = 'x'.repeat(501);
  expect(await awa.refused('encounter.void', { row, reason })).toBe('too_long');
  expect(await awa.call('view.encounter', { row })).toMatchObject({ void: false });
});

test('half of a character, which has no bytes, becomes the sign for one that is missing', async () => {
  const awa = await (await Association.found()).tablet('Awa');
  await awa.call('person.create', { alias: 'Momo \ud83e' });
  expect((await awa.person('Momo')).line.name).toBe('Momo \ufffd');
});
