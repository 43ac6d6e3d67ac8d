/** An office that lives through restored servers: two administrators, one who writes, and what is asked of them. */
import { ahead } from '../../src/engine/ahead.ts';
import type { Bytes } from '../../src/engine/bytes.ts';
import type { OpId, WorkerId } from '../../src/engine/ids.ts';
import type { Identity } from '../../src/engine/keyring.ts';
import { FIELD } from '../../src/engine/liveness.ts';
import { decodeHeader, opId } from '../../src/engine/op.ts';
import type { Replica } from '../../src/engine/replica.ts';
import { lastCommonEnd, stepBack } from '../../src/engine/restore.ts';
import { wrapAhead, writeRotation } from '../../src/engine/rotation.ts';
import { decodeReplica, encodeReplica } from '../../src/engine/stored.ts';
import { write, writeControl } from '../../src/engine/writer.ts';
import { JudgingServer, RefusedPush } from './judge.ts';
import {
  AWA,
  deliver,
  entity,
  founder,
  identity,
  member,
  moment,
  pull,
  REGISTRY,
  replica,
  SAMIR,
  START_MS,
  stream,
} from './kit.ts';

/** The second administrator. */
export const DINA = await identity(4);
export const THING = entity(1);

export type Office = {
  readonly server: JudgingServer;
  readonly awa: Replica;
  readonly dina: Replica;
  readonly samir: Replica;
};

/** Returns a space with two administrators, Awa and Dina, and Samir who writes; each has read everything. */
export async function office(): Promise<Office> {
  const server = new JudgingServer();
  const { awa, root } = await founder();
  await deliver(awa, server);
  const workers = [
    [AWA, 7, '0c'],
    [DINA, 7, '0d'],
    [SAMIR, 1, '0e'],
  ] as const;
  for (const [who, roles, worker] of workers) {
    await admit(awa, who, roles, worker.repeat(16) as WorkerId);
  }
  await deliver(awa, server);
  const [dina, samir] = [replica(DINA, root, 1), replica(SAMIR, root, 2)];
  for (const other of [dina, samir]) await pull(other, server);
  return { server, awa, dina, samir };
}

/** Saves in an administrator's outbox that a device is let in. */
export async function admit(
  admin: Replica,
  who: Identity,
  roles: number,
  worker: WorkerId | null = null,
  local_ms = START_MS,
): Promise<void> {
  const xPk = who.box?.public ?? new Uint8Array();
  const wrap = await wrapAhead(await ahead(admin), xPk, who.device);
  writeControl(admin, member(who, { roles, worker, wrap }), moment(70, local_ms));
}

/** Writes a note on the thing: the first one begins it. */
export async function noted(who: Replica, note: string, seed: number): Promise<OpId> {
  const intent = who.ops(THING).length > 0 ? 'edit' : 'genesis';
  return one(
    write(who, [{ intent, entity: THING, kind: 'thing', fields: { note } }], moment(seed)),
  );
}

/** Writes a row under the thing. */
export async function marked(who: Replica, seed: number): Promise<OpId> {
  const row = { intent: 'row', entity: THING, kind: 'mark', facts: { done: false } } as const;
  return one(write(who, [row], moment(seed)));
}

/** Amends a row of the thing. */
export async function amended(who: Replica, row: OpId, seed: number): Promise<OpId> {
  const facts = { done: true };
  const amend = { intent: 'amend', entity: THING, kind: 'mark', row, facts } as const;
  return one(write(who, [amend], moment(seed)));
}

/** Returns the first of what was written. */
export async function one(names: Promise<readonly OpId[]>): Promise<OpId> {
  const [name] = await names;
  if (name === undefined) throw new Error('Nothing was written.');
  return name;
}

/** Returns the note that shows. */
export function noteOf(who: Replica): unknown {
  const own = who.state(THING)?.groups.find(({ row }) => row === null);
  return own?.registers.get(`${FIELD}note`)?.value;
}

/** Returns a replica as it is after a step back to the last common end, saved and read again; `store` tells copies apart. */
export async function back(who: Replica, server: JudgingServer, store = 0): Promise<Replica> {
  const ask = (cursor: number) => Promise.resolve(server.ends.get(cursor) ?? null);
  const common = await lastCommonEnd(who.reader.view.ends.own(), ask);
  const device = Number.parseInt(who.identity.device.slice(0, 6), 16);
  const fresh = stream(server.cursor + device + store);
  return again(await stepBack(who, common, fresh, START_MS));
}

/** Sends all, whatever is refused, then pulls all. */
export async function exchange(who: Replica, server: JudgingServer): Promise<void> {
  for (let data = await who.push(); data !== null; data = await who.push()) {
    try {
      who.accept(server.push(data), START_MS);
    } catch (error) {
      if (!(error instanceof RefusedPush)) throw error;
      who.refuse(error.refusal, stream(9));
    }
  }
  await pull(who, server);
}

/** Returns the replica as it comes back from the disk. */
export function again(who: Replica): Promise<Replica> {
  return decodeReplica(encodeReplica(who), who.identity, REGISTRY);
}

/** Returns what waits in the outbox, in write order. */
export function unsent({ outbox }: Replica): OpId[] {
  return [...outbox.ops.keys()];
}

/** Returns every op of a server's log. */
export function namesOf({ segments }: JudgingServer): OpId[] {
  return segments.flatMap(({ rows }) =>
    rows.map(({ header, sealed }) => opId(decodeHeader(header).entity, header, sealed)),
  );
}

/** Returns what a server has lost of the thing, as a device knows. */
export function lostOf({ lost }: Replica): OpId[] {
  return (lost.get(THING) ?? []).map(({ opId: name }) => name);
}

/** Returns the push that a device sends now. */
export async function pushed(who: Replica): Promise<Bytes> {
  const data = await who.push();
  if (data === null) throw new Error('Nothing waits.');
  return data;
}

/** Returns a server whose log has Dina's epoch 2 where it had lost Awa's, under which Samir wrote a note. */
export async function superseded(): Promise<Office & { readonly name: OpId }> {
  const { server, awa, dina, samir } = await office();
  const putBack = server.backup();
  await writeRotation(awa, moment(3));
  await deliver(awa, server);
  await pull(samir, server);
  const name = await noted(samir, 'calm', 4);
  await amended(samir, await marked(samir, 5), 6);
  await deliver(samir, server);
  putBack();
  const stepped = await back(samir, server);
  await writeRotation(dina, moment(7));
  await deliver(dina, server);
  return { server, awa, dina, samir: stepped, name };
}
