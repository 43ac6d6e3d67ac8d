/** Devices that the log makes doubtful: whom an administrator is told of, and for how long. */
import { beforeEach, expect, test } from 'vitest';
import { DAY_MS } from '../../src/engine/logview.ts';
import type { EntityId, Sealed, WorkerId } from '../../src/engine/ids.ts';
import { commit, wrap } from '../../src/engine/keys.ts';
import { encodeHeader, type Header, opId } from '../../src/engine/op.ts';
import type { OutOp } from '../../src/engine/outbox.ts';
import { newReplica, type Replica } from '../../src/engine/replica.ts';
import { writeRotation } from '../../src/engine/rotation.ts';
import { write, writeControl } from '../../src/engine/writer.ts';
import { registry } from '../../src/worker/catalogue.ts';
import { randomBytes, randomId } from '../../src/worker/server.ts';
import {
  AWA,
  deliver,
  EPOCH_KEY,
  MALLORY,
  member,
  moment,
  pull,
  SPACE,
  stream,
} from '../engine/kit.ts';
import { Association, type Tablet, WORKERS } from './kit.ts';
import { problem } from './server.ts';
import { accessOf, care, deviceOf, Ward } from './ward.ts';

let association: Association;
let odile: Tablet;
/** A device of Awa's, in other hands; the server takes whatever it signs. */
let mallory: Replica;

beforeEach(async () => {
  association = await Association.found();
  odile = await association.administrator();
  const epoch = { space: SPACE, n: 1, commitment: commit(SPACE, 1, EPOCH_KEY) };
  const { device } = MALLORY;
  const wrapped = await wrap(EPOCH_KEY, MALLORY.box?.public ?? new Uint8Array(), epoch, device);
  const worker = WORKERS.Awa.id as WorkerId;
  writeControl(association.odile, member(MALLORY, { roles: 1, worker, wrap: wrapped }), now());
  await association.deliver();
  mallory = newReplica(MALLORY, registry(), SPACE, association.root, stream(9));
  await pull(mallory, association.server);
});

const now = () => ({ ...moment(), random: randomBytes });

/** Mallory writes down somebody, as an honest device does. */
async function names(alias: string): Promise<OutOp> {
  const person = { intent: 'genesis' as const, entity: randomId<EntityId>(), kind: 'person' };
  const [name] = await write(mallory, [{ ...person, fields: { 'alias/01': alias } }], now());
  const op = name === undefined ? undefined : mallory.outbox.ops.get(name);
  if (op === undefined) throw new Error('Nothing was written.');
  return op;
}

async function describes(entity: EntityId): Promise<void> {
  const fields = { description: 'Bonnet rouge' };
  await write(mallory, [{ intent: 'edit', entity, kind: 'person', fields }], now());
}

/** Mallory writes down somebody and changes something of that, as no honest device would; returns the entity. */
async function forges(changed: Partial<Header>, sealed?: Sealed): Promise<EntityId> {
  const op = await names('Momo');
  const header = { ...op.header, ...changed };
  const [headerBytes, bytes] = [encodeHeader(header), sealed ?? op.sealed];
  mallory.outbox.ops.delete(op.opId);
  const forged = opId(header.entity, headerBytes, bytes);
  mallory.outbox.add({ ...op, opId: forged, header, headerBytes, sealed: bytes });
  return header.entity;
}

function poisons(): Promise<EntityId> {
  return forges({}, randomBytes(300) as Sealed);
}

function breaksRule(): Promise<EntityId> {
  return forges({ device: AWA.device });
}

/** What is told on a device, by whose device it is of. */
async function toldOn(tablet: Tablet): Promise<unknown[]> {
  await tablet.sync();
  const lines = await tablet.call('view.doubts', null);
  return lines.map(({ worker, doubts }) => {
    return [worker.name, ...doubts.map(({ kind, count }) => `${String(count)} ${kind}`)];
  });
}

test('a device that only does its work is not told of, and neither is any other', async () => {
  await names('Momo');
  await deliver(mallory, association.server);
  expect(await toldOn(odile)).toEqual([]);
  expect((await odile.call('view.people', { query: 'Momo' })).total).toBe(1);
});

test('ops that break a rule are told with whose device signed them, whatever they say themselves', async () => {
  await breaksRule();
  await forges({ entity: WORKERS.Bruno.id as EntityId });
  await deliver(mallory, association.server);
  const { server_ms } = association.server;
  expect(await toldOn(odile)).toEqual([['Awa', '2 void']]);
  const [line] = await odile.call('view.doubts', null);
  expect(line?.device.id).toBe(MALLORY.device);
  expect(line?.doubts).toEqual([{ kind: 'void', count: 2, since: server_ms }]);
  expect(await odile.call('sync.state', null)).toMatchObject({ alarm: null });
  expect((await odile.call('view.people', { query: '' })).total).toBe(0);
  await odile.reopen();
  expect(await odile.call('view.doubts', null)).toEqual([line]);
});

test('ops that do not open are told, with those that stand on them, and again after a restart', async () => {
  await describes(await poisons());
  await names('Nadia');
  await deliver(mallory, association.server);
  expect(await toldOn(odile)).toEqual([['Awa', '2 closed']]);
  expect((await odile.call('view.people', { query: '' })).total).toBe(1);
  await odile.reopen();
  expect(await toldOn(odile)).toEqual([['Awa', '2 closed']]);
});

test('ops that wait for a key are not told, nor those of somebody whose beginning is not there yet', async () => {
  await association.rotateAmiss(await deviceOf(odile));
  await pull(mallory, association.server);
  await names('Momo');
  const begun = await names('Nadia');
  await describes(begun.header.entity);
  mallory.outbox.ops.delete(begun.opId);
  await deliver(mallory, association.server);
  expect(await toldOn(odile)).toEqual([]);
  expect(await odile.call('sync.state', null)).toMatchObject({ alarm: 'key' });
  await writeRotation(association.odile, now());
  await association.deliver();
  expect(await toldOn(odile)).toEqual([]);
  expect((await odile.call('view.people', { query: '' })).total).toBe(1);
  mallory.outbox.add(begun);
  await deliver(mallory, association.server);
  expect(await toldOn(odile)).toEqual([]);
  expect((await odile.call('view.people', { query: '' })).total).toBe(2);
});

test('a stream that is replaced twice in a day is told, once in a day or twice in two days is not', async () => {
  const { server } = association;
  const writesAnew = async (seed: number): Promise<void> => {
    mallory.outbox.restart([], stream(seed));
    await names(`Momo ${String(seed)}`);
    await deliver(mallory, server);
  };
  await names('Momo');
  await deliver(mallory, server);
  await writesAnew(21);
  expect(await toldOn(odile)).toEqual([]);
  server.now_ms += DAY_MS;
  await writesAnew(22);
  expect(await toldOn(odile)).toEqual([]);
  const since = server.server_ms;
  server.now_ms += DAY_MS / 2;
  await writesAnew(23);
  expect(await toldOn(odile)).toEqual([['Awa', '2 copied']]);
  const [line] = await odile.call('view.doubts', null);
  expect(line?.doubts[0]?.since).toBe(since);
  await association.deliver();
  expect(await toldOn(await association.tablet('Odile', 7))).toEqual([['Awa', '2 copied']]);
});

test("what the health file's log says of a device is told where nobody can read the file", async () => {
  const { house, odile: office, ines } = await Ward.opened();
  const push = `${house.other.space}/push`;
  const caresInAnotherStream = async (): Promise<void> => {
    let isMoved = false;
    house.fault = ({ path }) => {
      if (isMoved || !path.endsWith(push)) return null;
      isMoved = true;
      return problem(409, 'stream_moved', { next_seq: 0, head: '0'.repeat(64) });
    };
    await care(ines, { note: 'Plaie' });
    await ines.sync();
  };
  await caresInAnotherStream();
  expect(await toldOn(office)).toEqual([]);
  await caresInAnotherStream();
  expect(await toldOn(office)).toEqual([['Ines', '2 copied']]);
  expect(await accessOf(office)).toBe('closed');
});

test('nobody but an administrator is told', async () => {
  const bruno = await association.tablet('Bruno');
  await poisons();
  await breaksRule();
  await deliver(mallory, association.server);
  expect(await toldOn(bruno)).toEqual([]);
  expect(await toldOn(odile)).toEqual([['Awa', '1 void', '1 closed']]);
});

test('of a device that is removed nothing more is told, but what the server takes from it after that', async () => {
  await poisons();
  await deliver(mallory, association.server);
  expect(await toldOn(odile)).toEqual([['Awa', '1 closed']]);
  await odile.call('device.revoke', { device: MALLORY.device });
  expect(await toldOn(odile)).toEqual([]);
  await names('Momo');
  await deliver(mallory, association.server);
  expect(await toldOn(odile)).toEqual([['Awa', '1 late']]);
});

test('what is told of an op goes with the person it was about', async () => {
  const entity = await breaksRule();
  await deliver(mallory, association.server);
  expect(await toldOn(odile)).toEqual([['Awa', '1 void']]);
  writeControl(association.odile, { kind: 'erase', entities: [entity] }, now());
  await association.deliver();
  expect(await toldOn(odile)).toEqual([]);
  await odile.reopen();
  expect(await toldOn(odile)).toEqual([]);
});
