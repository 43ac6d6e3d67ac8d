/** What was given the last time, to say it again: to a person on any round, else on this one. */
import { beforeEach, expect, test, vi } from 'vitest';
import { type Bytes, join } from '../../src/engine/bytes.ts';
import type { EncounterDraft, LastTime } from '../../src/worker/protocol.ts';
import { Association, NOBODY, NOTHING, pieces, type Tablet } from './kit.ts';

// What a code costs is nothing that this depends on.
vi.mock('hash-wasm', () => ({
  argon2id: async ({ password, salt }: { readonly password: string; readonly salt: Bytes }) =>
    new Uint8Array(
      await crypto.subtle.digest('SHA-256', join(new TextEncoder().encode(password), salt)),
    ),
}));

const NOT_SAID = { anonymous: {}, ages: {} };

let awa: Tablet;
let patrol: string;

beforeEach(async () => {
  const association = await Association.found();
  awa = await association.tablet('Awa');
  patrol = await awa.openRound(['Awa']);
});

async function met(draft: Partial<EncounterDraft>, on = patrol): Promise<string> {
  awa.now_ms += 60_000;
  return (await awa.call('encounter.save', { ...NOBODY, ...draft, patrol: on })).row;
}

function lastTime(person: string | null, on = patrol): Promise<LastTime | null> {
  return awa.call('view.lastTime', { patrol: on, person });
}

async function person(alias: string): Promise<string> {
  return (await awa.call('person.create', { alias })).id;
}

test('of a round it is the last encounter in which something was given, with who was counted in it', async () => {
  expect(await lastTime(null)).toBeNull();
  const counted = { anonymous: { man: 2 }, ages: { '25_34': 1 } } as const;
  await met({ ...counted, items: pieces({ tips: 1, crack_kit: 2 }) });
  const at = awa.now_ms;
  await met({ anonymous: { woman: 1 } });
  await met({ anonymous: { woman: 1 }, items: pieces({ used_pipes: 4 }) });
  const last = { at, ...counted, items: pieces({ tips: 1, crack_kit: 2 }) };
  expect(await lastTime(null)).toEqual(last);
  const other = await awa.openRound(['Awa']);
  await met({ items: pieces({ water: 1 }) }, other);
  expect(await lastTime(null)).toEqual(last);
  expect(await lastTime(null, other)).toMatchObject({ items: pieces({ water: 1 }) });
});

test('what was taken back is not said again, nor who was counted where somebody was named', async () => {
  const id = await person('Momo');
  await met({
    people: [{ id }],
    anonymous: { man: 1 },
    items: [...pieces({ tips: 1 }), { item: 'used_syringes', unit: 'gram', count: 200 }],
  });
  const last = { at: awa.now_ms, ...NOT_SAID, items: pieces({ tips: 1 }) };
  expect(await lastTime(null)).toEqual(last);
  expect(await lastTime(id)).toEqual(last);
});

test("of a person it is theirs, on any round and by any of their records, and nobody else's", async () => {
  const [momo, maurice, fatou] = [await person('Momo'), await person('Maurice'), await person('F')];
  await met({ people: [{ id: momo }], items: pieces({ tips: 1 }) });
  const other = await awa.openRound(['Awa']);
  await met({ people: [{ id: maurice }], items: pieces({ water: 2 }) }, other);
  await met({ people: [{ id: fatou }], items: pieces({ foil: 3 }) });
  await met({ people: [{ id: momo }] });
  expect(await lastTime(momo, other)).toMatchObject({ items: pieces({ tips: 1 }) });
  await awa.call('person.merge', { ids: [momo, maurice] });
  for (const id of [momo, maurice]) {
    expect(await lastTime(id)).toMatchObject({ items: pieces({ water: 2 }) });
  }
  expect(await lastTime(await person('Jamais'))).toBeNull();
});

test('it is told as it was corrected, and not of what was taken back', async () => {
  const id = await person('Momo');
  await met({ people: [{ id }], items: pieces({ water: 1 }) });
  const row = await met({ people: [{ id }], items: pieces({ tips: 1, foil: 1 }) });
  const { items, people } = await awa.call('view.encounter', { row });
  const counts = items.map((one) => ({ row: one.row, count: one.item === 'tips' ? 4 : 0 }));
  await awa.call('encounter.amend', { ...NOTHING, row, counts, items: pieces({ acid: 1 }) });
  const corrected = { items: pieces({ tips: 4, acid: 1 }) };
  expect([await lastTime(id), await lastTime(null)]).toMatchObject([corrected, corrected]);
  const removed = people.map(({ contact }) => contact);
  await awa.call('encounter.amend', { ...NOTHING, row, removed });
  expect([await lastTime(id), await lastTime(null)]).toMatchObject([
    { items: pieces({ water: 1 }) },
    corrected,
  ]);
  await awa.call('encounter.void', { row, reason: '' });
  expect(await lastTime(null)).toMatchObject({ items: pieces({ water: 1 }) });
});
