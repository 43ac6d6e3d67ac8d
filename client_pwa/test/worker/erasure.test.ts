/** An erasure on a tablet: what its store holds of the erased is gone in the very save that brings the erasure. */
import { beforeEach, expect, test } from 'vitest';
import { toHex } from '../../src/engine/bytes.ts';
import type { EntityId } from '../../src/engine/ids.ts';
import { decodeHeader } from '../../src/engine/op.ts';
import { decodePush, decodeSegment } from '../../src/engine/segment.ts';
import { writeErasure } from '../../src/engine/writer.ts';
import { randomBytes } from '../../src/worker/server.ts';
import { moment } from '../engine/kit.ts';
import { fillDisk } from '../full-disk.ts';
import { kept } from './kept.ts';
import { Association, type Tablet } from './kit.ts';

let association: Association;
let awa: Tablet;
let momo: EntityId;
let fatou: EntityId;

/** Awa has written down Momo and Fatou, in several pages; the server and the administrator have both. */
beforeEach(async () => {
  association = await Association.found();
  awa = await association.tablet('Awa');
  momo = (await awa.call('person.create', { alias: 'Momo' })).id as EntityId;
  await awa.sync();
  fatou = (await awa.call('person.create', { alias: 'Fatou' })).id as EntityId;
  await awa.sync();
  await describes(momo, 'Bonnet rouge');
  await awa.sync();
  await association.deliver();
});

function describes(entity: EntityId, description: string): Promise<unknown> {
  const edit = { entity, kind: 'person', facts: {}, fields: { description } };
  return awa.call('entity.edit', edit);
}

/** The administrator erases Momo, and the log says so. */
async function erases(): Promise<void> {
  writeErasure(association.odile, [momo], { ...moment(), random: randomBytes });
  await association.deliver();
}

/** The headers and the sealed payloads of an entity's ops, as they were pushed. */
function bytesOf(entity: EntityId): string[] {
  const rows = association.server.segments.flatMap((segment) => segment.rows);
  const ops = rows.filter(({ header }) => decodeHeader(header).entity === entity);
  return ops.flatMap(({ header, sealed }) => [toHex(header), toHex(sealed)]);
}

/** How many of these bytes are kept. */
async function count(bytes: readonly string[]): Promise<number> {
  const found = await kept(awa, association.server);
  return bytes.filter((one) => found.includes(one)).length;
}

async function names(): Promise<string[]> {
  const { people } = await awa.call('view.people', { query: '' });
  return people.map(({ name }) => name).sort();
}

/** The segments without ops that were pushed, each by the cursor that it says to have seen. */
function confirmations(): number[] {
  const pushes = association.server.asked.filter(({ path }) => path.endsWith('/push'));
  const segments = pushes.map(({ body }) => decodeSegment(decodePush(body).seg));
  return segments.filter(({ n }) => n === 0).map(({ seenCursor }) => seenCursor);
}

test('after the erasure nothing that is kept opens to a byte of the erased, and before it does', async () => {
  const [erased, other] = [bytesOf(momo), bytesOf(fatou)];
  expect([erased.length, await count(erased)]).toEqual([4, 4]);
  await erases();
  await awa.sync();
  expect(await names()).toEqual(['Fatou']);
  expect([await count(erased), await count(other)]).toEqual([0, other.length]);
  expect([await names(), (await awa.sync()).alarm]).toEqual([['Fatou'], null]);
});

test('what a tablet had not sent goes with the erased, and is not kept', async () => {
  association.server.fault = () => 'down';
  await describes(momo, 'Bonnet bleu');
  await describes(fatou, 'Bonnet vert');
  expect(await awa.sync()).toMatchObject({ unsent: 2 });
  association.server.fault = () => null;
  await erases();
  await awa.sync();
  const late = bytesOf(momo);
  expect([late.length, await count(late)]).toEqual([6, 0]);
  expect([await names(), (await awa.call('sync.state', null)).unsent]).toEqual([['Fatou'], 0]);
});

test('an erasure that finds no room changes nothing, and the next attempt carries it out', async () => {
  const erased = bytesOf(momo);
  await erases();
  fillDisk(2);
  await awa.sync();
  expect(await names()).toEqual(['Fatou', 'Momo']);
  await awa.sync();
  expect([await names(), await count(erased)]).toEqual([['Fatou'], 0]);
});

test('a tablet that has nothing to send says once that it has carried an erasure out', async () => {
  await erases();
  const { cursor } = association.server;
  await awa.sync();
  expect([confirmations(), association.server.cursor]).toEqual([[cursor], cursor]);
  await awa.sync();
  await awa.reopen();
  expect(confirmations()).toEqual([cursor]);
});

test('what was read without its bytes is read again when a restored server has lost the proof of it', async () => {
  const { server } = association;
  const bruno = await association.tablet('Bruno');
  const nadia = (await awa.call('person.create', { alias: 'Nadia' })).id as EntityId;
  await awa.sync();
  const putBack = server.backup();
  const { cursor } = server;
  writeErasure(association.odile, [nadia], { ...moment(), random: randomBytes });
  await association.deliver();
  server.pageSegments = 1;
  server.fault = ({ path }) => (path.endsWith(`/ops?after=${String(cursor)}`) ? 'down' : null);
  await bruno.sync();
  putBack();
  server.fault = () => null;
  await describes(fatou, 'Écharpe verte');
  await awa.sync();
  await bruno.sync();
  const { alarm, restored } = await bruno.call('sync.state', null);
  expect([alarm, restored !== null]).toEqual([null, true]);
  const { people } = await bruno.call('view.people', { query: 'Nadia' });
  expect(people.map(({ id }) => id)).toEqual([nadia]);
});
