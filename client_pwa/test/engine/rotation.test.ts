/** Rotation and revocation: who opens what afterwards, and two administrators who do it at once. */
import { expect, test } from 'vitest';
import { ahead } from '../../src/engine/ahead.ts';
import type { EpochBody } from '../../src/engine/control.ts';
import type { Digest, EntityId, OpId } from '../../src/engine/ids.ts';
import { Identity } from '../../src/engine/keyring.ts';
import { BoxKey } from '../../src/engine/keys.ts';
import { isRevoked } from '../../src/engine/members.ts';
import type { Replica } from '../../src/engine/replica.ts';
import { decodeReplica, encodeReplica } from '../../src/engine/stored.ts';
import {
  keepControls,
  ROTATION_MS,
  rotationDue,
  wrapAhead,
  writeRevocation,
  writeRotation,
} from '../../src/engine/rotation.ts';
import { Seed } from '../../src/engine/secret.ts';
import { CannotWrite, type Intent, write, writeControl } from '../../src/engine/writer.ts';
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
  RECOVERY,
  REGISTRY,
  replica,
  SAMIR,
  stream,
} from './kit.ts';

const DINA = await identity(4);
const LATE = await identity(5);

type Joined = {
  readonly server: JudgingServer;
  readonly awa: Replica;
  readonly recovery: Replica;
  readonly samir: Replica;
};

/** Returns a space with two administrators, Awa and Recovery, and Samir who writes; each has read everything. */
async function joined(): Promise<Joined> {
  const server = new JudgingServer();
  const { awa, root } = await founder();
  await deliver(awa, server);
  await admit(awa, SAMIR);
  await deliver(awa, server);
  const [recovery, samir] = [replica(RECOVERY, root, 1), replica(SAMIR, root, 2)];
  for (const other of [recovery, samir]) await pull(other, server);
  return { server, awa, recovery, samir };
}

/** Writes the member op of a device. */
async function admit(admin: Replica, who: Identity): Promise<void> {
  const xPk = who.box?.public;
  if (xPk === undefined) throw new Error('This device has no box.');
  const wrap = await wrapAhead(await ahead(admin), xPk, who.device);
  writeControl(admin, member(who, { roles: 1, wrap }), moment(70));
}

function newcomer(who: Identity, { reader }: Replica): Replica {
  return replica(who, reader.root, 9);
}

/** Returns how many ops of an entity a replica opens. */
function opens(who: Replica, of: EntityId): number {
  return who.ops(of).filter(({ payload }) => payload !== null).length;
}

function held({ keyring }: Replica): number[] {
  return [...keyring.epochKeys.keys()].sort();
}

function epochsOf(who: Replica): number[] {
  return [...who.outbox.ops.values()].map(({ header }) => header.epoch);
}

function thing(n: number, note = 'noted'): Intent {
  return { intent: 'genesis', entity: entity(n), kind: 'thing', fields: { note } };
}

async function refusedPush(who: Replica, server: JudgingServer): Promise<RefusedPush> {
  const data = await who.push();
  try {
    if (data !== null) server.push(data);
  } catch (error) {
    if (error instanceof RefusedPush) return error;
    throw error;
  }
  throw new Error('The server took it.');
}

/** Pushes, is refused for another epoch, and pulls. */
async function conflict(who: Replica, server: JudgingServer): Promise<void> {
  const { refusal } = await refusedPush(who, server);
  expect(refusal.code).toBe('epoch_conflict');
  expect(who.refuse(refusal, stream(3))).toBe('rebuild_control');
  await pull(who, server);
}

test('a revoked device opens nothing of the next epoch, and everybody else opens all', async () => {
  const { server, awa, recovery, samir } = await joined();
  await write(awa, [thing(1, 'before')], moment(2));
  expect(await writeRevocation(awa, [SAMIR.device], moment(3))).toHaveLength(2);
  await deliver(awa, server);
  // The revocation and its epoch went together, with what waited before them.
  expect(server.segments).toHaveLength(3);
  const after = { intent: 'edit', entity: entity(1), kind: 'thing', fields: { note: 'after' } };
  await write(awa, [after as Intent, thing(2)], moment(4));
  expect(epochsOf(awa)).toEqual([2, 2]);
  await deliver(awa, server);
  await pull(recovery, server);
  expect([opens(recovery, entity(1)), opens(recovery, entity(2))]).toEqual([2, 1]);
  const thief = await decodeReplica(encodeReplica(samir), SAMIR, REGISTRY);
  await pull(thief, server);
  expect([opens(thief, entity(1)), opens(thief, entity(2))]).toEqual([1, 0]);
  expect([held(thief), thief.keyring.failed.size]).toEqual([[1], 0]);
});

test('a revocation without its rotation would leave the key in the hands of whoever was revoked', async () => {
  const { server, awa, samir } = await joined();
  writeControl(awa, member(SAMIR, { roles: 0, xPk: null }), moment(3));
  await deliver(awa, server);
  await write(awa, [thing(2)], moment(4));
  await deliver(awa, server);
  await pull(samir, server);
  expect(opens(samir, entity(2))).toBe(1);
  expect(rotationDue(awa)).toBe(true);
});

test('a revoked device is refused and keeps what it wrote', async () => {
  const { server, awa, samir } = await joined();
  await write(samir, [thing(1)], moment(2));
  await writeRevocation(awa, [SAMIR.device], moment(3));
  await deliver(awa, server);
  const { refusal } = await refusedPush(samir, server);
  expect(refusal.code).toBe('device_revoked');
  expect(samir.refuse(refusal, stream(3))).toBe('salvage');
  expect(samir.outbox.ops.size).toBe(1);
});

test('what was written under an older epoch by a device that stays is accepted', async () => {
  const { server, awa, recovery, samir } = await joined();
  await write(samir, [thing(1, 'offline')], moment(2));
  await writeRotation(awa, moment(3));
  await deliver(awa, server);
  await deliver(samir, server);
  expect(samir.keyring.newest).toBe(2);
  for (const who of [recovery, awa]) {
    await pull(who, server);
    expect(opens(who, entity(1))).toBe(1);
  }
});

test('a newcomer opens everything from the first epoch on', async () => {
  const { server, awa, samir } = await joined();
  await write(samir, [thing(1, 'first epoch')], moment(2));
  await deliver(samir, server);
  await pull(awa, server);
  for (const n of [3, 4, 5]) {
    await writeRotation(awa, moment(n));
    await deliver(awa, server);
  }
  await admit(awa, DINA);
  await deliver(awa, server);
  const dina = newcomer(DINA, awa);
  await pull(dina, server);
  expect([held(dina), opens(dina, entity(1))]).toEqual([[1, 2, 3, 4], 1]);
});

test("nothing is written under an epoch of one's own before the log has it", async () => {
  const { awa } = await joined();
  await writeRotation(awa, moment(3));
  const again = await decodeReplica(encodeReplica(awa), AWA, REGISTRY);
  for (const who of [awa, again]) {
    await write(who, [thing(1)], moment(4));
    expect(epochsOf(who)).toEqual([1, 1]);
    const { members, keys } = await ahead(who);
    expect([members.epoch, [...keys.keys()]]).toEqual([2, [1, 2]]);
  }
});

test('of two rotations at once one wins, and the other is not needed', async () => {
  const { server, awa, recovery, samir } = await joined();
  await writeRotation(awa, moment(3));
  await writeRotation(recovery, moment(4));
  await deliver(awa, server);
  await conflict(recovery, server);
  expect(await keepControls(recovery, moment(5))).toBe(true);
  expect(recovery.outbox.ops.size).toBe(0);
  expect(await keepControls(recovery, moment(6))).toBe(false);
  await pull(samir, server);
  expect(samir.reader.view.members.epoch).toBe(2);
  const key = awa.keyring.epochKeys.get(2);
  for (const who of [samir, recovery]) {
    expect(key !== undefined && who.keyring.epochKeys.get(2)?.equals(key)).toBe(true);
  }
});

test('of two revocations at once both take effect', async () => {
  const { server, awa, recovery, samir } = await joined();
  await admit(awa, DINA);
  await deliver(awa, server);
  await pull(recovery, server);
  const dina = newcomer(DINA, awa);
  await pull(dina, server);
  await writeRevocation(awa, [SAMIR.device], moment(3));
  await writeRevocation(recovery, [DINA.device], moment(4));
  await deliver(awa, server);
  await conflict(recovery, server);
  expect(await keepControls(recovery, moment(5))).toBe(true);
  await deliver(recovery, server);
  const gone = [SAMIR.device, DINA.device].map((one) => server.members.byDevice.get(one));
  expect(gone.map((one) => one && isRevoked(one))).toEqual([true, true]);
  expect(server.members.epoch).toBe(3);
  for (const who of [samir, dina]) await pull(who, server);
  expect([held(samir), held(dina)]).toEqual([[1], [1, 2]]);
});

test('a revocation that another made meanwhile is not made twice', async () => {
  const { server, awa, recovery } = await joined();
  await writeRevocation(awa, [SAMIR.device], moment(3));
  await writeRevocation(recovery, [SAMIR.device], moment(4));
  await deliver(awa, server);
  await conflict(recovery, server);
  await keepControls(recovery, moment(5));
  expect(recovery.outbox.ops.size).toBe(0);
});

test('an addition that lost to a rotation is made again with the new key', async () => {
  const { server, awa, recovery } = await joined();
  await admit(recovery, DINA);
  await writeRotation(awa, moment(3));
  await deliver(awa, server);
  await conflict(recovery, server);
  expect(await keepControls(recovery, moment(5))).toBe(true);
  await deliver(recovery, server);
  const dina = newcomer(DINA, awa);
  await pull(dina, server);
  expect(held(dina)).toEqual([1, 2]);
});

test('an addition that stands on a lost rotation falls with it', async () => {
  const { server, awa, recovery } = await joined();
  await writeRotation(awa, moment(3));
  await writeRotation(recovery, moment(4));
  expect(await recovery.push()).not.toBeNull();
  await admit(recovery, DINA);
  await deliver(awa, server);
  await conflict(recovery, server);
  // Its epoch's number is the winner's too, and its wrap holds the loser's key.
  expect([...recovery.outbox.ops.values()].map(({ state }) => state)).toEqual(['aside', 'aside']);
  expect((await ahead(recovery)).keys).toEqual(recovery.keyring.epochKeys);
  expect(await keepControls(recovery, moment(5))).toBe(true);
  await deliver(recovery, server);
  const dina = newcomer(DINA, awa);
  await pull(dina, server);
  expect([held(dina), dina.keyring.failed]).toEqual([[1, 2], new Set()]);
});

test('what waits for an epoch that is over is not counted on', async () => {
  const { server, awa, recovery } = await joined();
  await writeRotation(recovery, moment(4));
  await writeRotation(awa, moment(3));
  await deliver(awa, server);
  await pull(recovery, server);
  const { members, keys } = await ahead(recovery);
  expect(keys).toEqual(recovery.keyring.epochKeys);
  expect(members).toBe(recovery.reader.view.members);
});

test('control ops of one sitting stand on each other', async () => {
  const { server, awa } = await joined();
  await admit(awa, DINA);
  await writeRevocation(awa, [SAMIR.device], moment(3));
  await writeRevocation(awa, [DINA.device], moment(4));
  await admit(awa, LATE);
  await deliver(awa, server);
  expect(server.members.epoch).toBe(3);
  const late = newcomer(LATE, awa);
  await pull(late, server);
  expect(held(late)).toEqual([1, 2, 3]);
});

test('what is set aside is not ahead of the log', async () => {
  const { server, awa, recovery } = await joined();
  await writeRotation(awa, moment(3));
  await writeRotation(recovery, moment(4));
  await deliver(awa, server);
  await conflict(recovery, server);
  expect((await ahead(recovery)).members.epoch).toBe(2);
});

test('a revocation is not cut from its rotation', async () => {
  const { server, awa } = await joined();
  await write(
    awa,
    [1, 2, 3, 4].map((n) => thing(n)),
    moment(2),
  );
  await writeRevocation(awa, [SAMIR.device], moment(3));
  awa.outbox.opsMax = 5;
  const before = server.segments.length;
  await deliver(awa, server);
  expect(server.segments.slice(before).map(({ rows }) => rows.length)).toEqual([4, 2]);
});

test('a revocation goes out with the records before it where both fit', async () => {
  const { server, awa } = await joined();
  await write(
    awa,
    [1, 2, 3, 4].map((n) => thing(n)),
    moment(2),
  );
  await writeRevocation(awa, [SAMIR.device], moment(3));
  awa.outbox.opsMax = 6;
  await deliver(awa, server);
  expect(server.segments.at(-1)?.rows).toHaveLength(6);
});

test('an administrator without a key revokes, and the next one with a key rotates', async () => {
  const { server, awa, samir } = await joined();
  const keyless = new Identity((await identity(6)).signing, null);
  writeControl(awa, member(keyless, { roles: 6 }), moment(2));
  await deliver(awa, server);
  const chief = newcomer(keyless, awa);
  await pull(chief, server);
  expect(await writeRevocation(chief, [SAMIR.device], moment(3))).toHaveLength(1);
  expect(await keepControls(chief, moment(4))).toBe(false);
  await deliver(chief, server);
  await expect(writeRotation(chief, moment(5))).rejects.toThrow(CannotWrite);
  expect(rotationDue(chief)).toBe(false);
  await pull(awa, server);
  expect(rotationDue(awa)).toBe(true);
  expect(await keepControls(awa, moment(6))).toBe(true);
  expect(rotationDue(awa)).toBe(false);
  await deliver(awa, server);
  await pull(samir, server);
  expect([samir.reader.view.members.epoch, held(samir)]).toEqual([2, [1]]);
});

test('only an administrator rotates, and only when it is due', async () => {
  const { server, awa, samir } = await joined();
  expect([rotationDue(awa), rotationDue(samir)]).toEqual([false, false]);
  server.now_ms += ROTATION_MS + 10_000;
  await write(samir, [thing(1)], moment(2));
  await deliver(samir, server);
  await pull(awa, server);
  expect([rotationDue(awa), rotationDue(samir)]).toEqual([true, false]);
  expect(await keepControls(awa, moment(3))).toBe(true);
  await deliver(awa, server);
  expect([rotationDue(awa), server.members.epoch]).toEqual([false, 2]);
});

test('a key that its holder could not open is not handed on; a device is cut off all the same', async () => {
  const { server, awa } = await joined();
  const box = await BoxKey.from(new Seed(new Uint8Array(32).fill(7)));
  const other = newcomer(new Identity(RECOVERY.signing, box), awa);
  await pull(other, server);
  expect(other.keyring.failed).toEqual(new Set([1]));
  await expect(writeRotation(other, moment(2))).rejects.toThrow(CannotWrite);
  expect(rotationDue(other)).toBe(false);
  expect(await writeRevocation(other, [SAMIR.device], moment(2))).toHaveLength(1);
  await deliver(other, server);
  await pull(awa, server);
  expect(rotationDue(awa)).toBe(true);
});

test('a false wrap by another hand is a missing key and no void op', async () => {
  const { server, awa, samir } = await joined();
  const wraps = awa.reader.view.members
    .keyed()
    .map((device) => [device, new Uint8Array(80)] as const);
  const prev = new Uint8Array(60);
  const body: EpochBody = { kind: 'epoch', n: 2, commit: 'cc'.repeat(32) as Digest, prev, wraps };
  writeControl(awa, body, moment(3));
  const data = await awa.push();
  if (data !== null) server.push(data);
  await pull(samir, server);
  const { epoch } = samir.reader.view.members;
  expect([epoch, samir.keyring.failed, samir.keyring.newest]).toEqual([2, new Set([2]), 1]);
});

test('a rotation cannot be asked for where no such device is known', async () => {
  const { awa } = await joined();
  await expect(writeRevocation(awa, [DINA.device], moment(2))).rejects.toThrow(CannotWrite);
  expect([...awa.outbox.ops.keys()]).toEqual<OpId[]>([]);
});
