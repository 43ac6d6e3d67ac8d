/** Who is found by a name, and in which order. */
import { expect, test, vi } from 'vitest';
import { type Bytes, join } from '../../src/engine/bytes.ts';
import { Association, NOBODY, type Tablet } from './kit.ts';

// What a code costs is nothing that this depends on.
vi.mock('hash-wasm', () => ({
  argon2id: async ({ password, salt }: { readonly password: string; readonly salt: Bytes }) =>
    new Uint8Array(
      await crypto.subtle.digest('SHA-256', join(new TextEncoder().encode(password), salt)),
    ),
}));

async function people(tablet: Tablet, ...aliases: readonly string[]): Promise<string[]> {
  const ids = [];
  for (const alias of aliases) ids.push((await tablet.call('person.create', { alias })).id);
  return ids;
}

async function found(tablet: Tablet, query: string) {
  const { people, alike } = await tablet.call('view.people', { query });
  return [people.map(({ name }) => name), alike.map(({ name }) => name)];
}

test('of those who are called alike, whoever was met last comes first; without a query they stand by name', async () => {
  const awa = await (await Association.found()).tablet('Awa');
  const patrol = await awa.openRound(['Awa']);
  const [, , last] = await people(awa, 'Nadia', 'Nadia Bleue', 'Nadia Verte');
  awa.now_ms += 60_000;
  await awa.call('encounter.save', { ...NOBODY, patrol, people: [{ id: last ?? '' }] });
  expect(await found(awa, 'nad')).toEqual([['Nadia Verte', 'Nadia', 'Nadia Bleue'], []]);
  expect(await found(awa, '')).toEqual([['Nadia', 'Nadia Bleue', 'Nadia Verte'], []]);
});

test('every alias finds somebody, also as it sounds, and no more than six who are only alike are told', async () => {
  const awa = await (await Association.found()).tablet('Awa');
  const [id] = await people(awa, 'Le Marin', ...Array.from('ABCDEFG', (n) => `Philippe ${n}`));
  const edit = {
    entity: id ?? '',
    kind: 'person',
    facts: {},
    fields: { 'alias/aaaa1111': 'Karim' },
  };
  await awa.call('entity.edit', edit);
  const sure = await awa.call('view.people', { query: 'kari' });
  expect([sure.people.map((line) => line.id), sure.alike]).toEqual([[id], []]);
  const heard = await awa.call('view.people', { query: 'Carime' });
  expect([heard.people, heard.alike.map((line) => line.id)]).toEqual([[], [id]]);
  expect((await found(awa, 'filip'))[1]).toHaveLength(6);
});
