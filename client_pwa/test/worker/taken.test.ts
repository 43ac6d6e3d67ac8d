/** A device that kills what nothing has replaced: it is applied, told to people, and can be put back. */
import { expect, test } from 'vitest';
import { sealPayload } from '../../src/engine/envelope.ts';
import type { EntityId, OpId } from '../../src/engine/ids.ts';
import { encodeHeader, opId } from '../../src/engine/op.ts';
import { encodePayload } from '../../src/engine/payload.ts';
import type { Replica } from '../../src/engine/replica.ts';
import { write } from '../../src/engine/writer.ts';
import { randomBytes } from '../../src/worker/server.ts';
import type { Value } from '../../src/worker/protocol.ts';
import { moment } from '../engine/kit.ts';
import { Association, type Tablet } from './kit.ts';

/** Writes an edit of something else that kills these ops, as no writer of ours does. */
async function kill(thief: Replica, entity: EntityId, kills: readonly OpId[]): Promise<void> {
  const { outbox, keyring, payloads } = thief;
  const edit = { intent: 'edit' as const, entity, kind: 'person', fields: { reach: 'Au canal' } };
  const [honest] = await write(thief, [edit], { ...moment(), random: randomBytes });
  const written = honest === undefined ? undefined : outbox.ops.get(honest);
  const payload = honest === undefined ? undefined : payloads.get(honest);
  if (!written || !payload) throw new Error('Nothing was written.');
  const header = { ...written.header, kills: [...kills].sort() };
  const headerBytes = encodeHeader(header);
  const key = await keyring.key(header);
  if (key === null) throw new Error('There is no key.');
  const sealed = await sealPayload(key, randomBytes(12), encodePayload(payload), headerBytes);
  outbox.ops.delete(written.opId);
  outbox.add({ ...written, opId: opId(entity, headerBytes, sealed), header, headerBytes, sealed });
}

type Robbed = { readonly association: Association; readonly awa: Tablet; readonly bruno: Tablet };

/** Momo's description is written by Awa and read by Bruno; then Odile's device takes it away. */
async function robbed(): Promise<Robbed> {
  const association = await Association.found();
  const awa = await association.tablet('Awa');
  const bruno = await association.tablet('Bruno');
  const { id } = await awa.call('person.create', { alias: 'Momo' });
  const edit = { entity: id, kind: 'person', facts: {} };
  await awa.call('entity.edit', { ...edit, fields: { consent_statistics: 'spoken' } });
  const fields = { description: 'Bonnet rouge' };
  await awa.call('entity.edit', { ...edit, fields, facts: { gender: 'man' } });
  for (const tablet of [awa, bruno]) await tablet.sync();
  await association.deliver();
  const victim = association.odile.ops(id as EntityId).at(-1);
  if (victim === undefined) throw new Error('Nothing was read.');
  await kill(association.odile, id as EntityId, [victim.opId]);
  await association.deliver();
  for (const tablet of [awa, bruno]) await tablet.sync();
  return { association, awa, bruno };
}

async function described(tablet: Tablet): Promise<Value | undefined> {
  return (await tablet.person('Momo')).fields['description']?.value;
}

test('what was taken away is shown with who wrote it and who took it, and nothing else is', async () => {
  const { awa, bruno } = await robbed();
  for (const tablet of [awa, bruno]) {
    expect(await described(tablet)).toBeUndefined();
    const cards = await tablet.call('view.conflicts', null);
    expect(cards.map(({ name, plain, stands }) => [name, plain, stands]).sort()).toEqual([
      ['description', false, null],
      ['gender', true, null],
    ]);
    const card = cards.find(({ name }) => name === 'description');
    expect(card?.candidates.map(({ value, author }) => [value, author])).toEqual([
      ['Bonnet rouge', 'Awa'],
      [null, ''],
    ]);
  }
});

test('put back, or left as it is, it is settled on every device', async () => {
  const { awa, bruno } = await robbed();
  for (const card of await bruno.call('view.conflicts', null)) {
    const value = card.name === 'description' ? (card.candidates[0]?.value ?? null) : null;
    await bruno.call('conflict.resolve', { card, value });
  }
  for (const tablet of [bruno, awa]) {
    await tablet.sync();
    expect(await tablet.call('view.conflicts', null)).toEqual([]);
    expect(await described(tablet)).toBe('Bonnet rouge');
  }
});

test('what an honest device replaces is no card', async () => {
  const association = await Association.found();
  const awa = await association.tablet('Awa');
  const { id } = await awa.call('person.create', { alias: 'Momo' });
  for (const description of ['Bonnet rouge', 'Bonnet bleu', 'Bonnet vert']) {
    const fields = { description };
    await awa.call('entity.edit', { entity: id, kind: 'person', facts: {}, fields });
  }
  await awa.sync();
  await association.deliver();
  expect(association.odile.ops(id as EntityId).flatMap(({ header }) => header.kills)).toHaveLength(
    2,
  );
  expect(await awa.call('view.conflicts', null)).toEqual([]);
});
