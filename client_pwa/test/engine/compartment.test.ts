/** A compartment: whoever opens one cannot read it, and whoever administers it cannot let anybody read. */
import { expect, test } from 'vitest';
import {
  keepCompartment,
  KEYLESS_ROLES,
  letIn,
  READER_ROLES,
  writeCompartment,
} from '../../src/engine/compartment.ts';
import type { MemberBody } from '../../src/engine/control.ts';
import type { DeviceId, OrgId, SpaceId, WorkerId } from '../../src/engine/ids.ts';
import type { Identity } from '../../src/engine/keyring.ts';
import { isKeyed, isRevoked, type Member, Members } from '../../src/engine/members.ts';
import { membersBefore } from '../../src/engine/past.ts';
import type { Replica } from '../../src/engine/replica.ts';
import {
  isExposed,
  keepControls,
  rotationDue,
  writeRevocation,
} from '../../src/engine/rotation.ts';
import { decodeReplica, encodeReplica } from '../../src/engine/stored.ts';
import { CannotWrite, type Intent, write, writeControl } from '../../src/engine/writer.ts';
import { JudgingServer, RefusedPush } from './judge.ts';
import {
  deliver,
  entity,
  identity,
  moment,
  ORG,
  pull,
  REGISTRY,
  replica,
  START_MS,
  stream,
} from './kit.ts';

const ODILE = await identity(21);
const INES = await identity(22);
const SOPHIE = await identity(23);
const LOU = await identity(24);
const PAPERS = await identity(25);
const AWA = await identity(26);
const DINA = await identity(27);
const READERS: ReadonlySet<DeviceId> = new Set([INES.device, SOPHIE.device]);
const WORKER = '01'.repeat(16) as WorkerId;

/** Returns a device of the outer space. */
function known(who: Identity, roles: number, more: Partial<Member> = {}): Member {
  const { device, signing, box } = who;
  const keys = { edPk: signing.public, xPk: box?.public ?? null };
  return {
    device,
    ...keys,
    roles,
    org: ORG,
    worker: WORKER,
    proposed: null,
    revokedAt: null,
    ...more,
  };
}

/** Returns the outer space: two administrators, two who are to read, Awa who is not, and the papers. */
function outer(more: readonly Member[] = [], papers = true): Members {
  const members = [known(ODILE, 7), known(LOU, 7), known(INES, 1), known(SOPHIE, 1), known(AWA, 1)];
  if (papers) members.push(known(PAPERS, 7, { worker: null }));
  const byDevice = new Map([...members, ...more].map((one) => [one.device, one]));
  return new Members('11'.repeat(16) as SpaceId, { byDevice, epoch: 1 });
}

type Opened = { readonly server: JudgingServer; readonly odile: Replica };

/** Returns the server of a compartment that Odile has opened, and Odile's replica of it. */
async function opened(papers = true): Promise<Opened> {
  const [server, odile] = [new JudgingServer(), replica(ODILE, null, 21)];
  await writeCompartment(odile, outer([], papers), READERS, moment(1));
  await deliver(odile, server);
  return { server, odile };
}

/** Returns the replica of a device that has read everything. */
async function arrived(who: Identity, { server, odile }: Opened, seed: number): Promise<Replica> {
  const own = replica(who, odile.reader.root, seed);
  await pull(own, server);
  return own;
}

/** Returns the compartment after the first reader's device has rotated. */
async function rotated(): Promise<Opened & { readonly ines: Replica }> {
  const space = await opened();
  const ines = await arrived(INES, space, 22);
  await keepControls(ines, moment(2));
  await deliver(ines, space.server);
  await pull(space.odile, space.server);
  return { ...space, ines };
}

function thing(n: number): Intent {
  return { intent: 'genesis', entity: entity(n), kind: 'thing', fields: { note: 'wound' } };
}

function opens(who: Replica, n: number): number {
  return who.ops(entity(n)).filter(({ payload }) => payload !== null).length;
}

function keyedIn({ members }: JudgingServer): DeviceId[] {
  return members.keyed();
}

// ── Opening one ──

test('the first push is the founding segment, and the rest follows whole', async () => {
  const { server, odile } = await opened();
  expect(server.segments.map(({ rows }) => rows.length)).toEqual([3, 4]);
  expect(odile.outbox.ops.size).toBe(0);
  const stated = [...server.members.byDevice.values()].map((one) => {
    return [one.device, [one.roles, isKeyed(one)]] as const;
  });
  expect(new Map(stated)).toEqual(
    new Map([
      [ODILE.device, [KEYLESS_ROLES, false]],
      [PAPERS.device, [7, true]],
      [INES.device, [READER_ROLES, true]],
      [SOPHIE.device, [READER_ROLES, true]],
      [LOU.device, [KEYLESS_ROLES, false]],
    ]),
  );
});

test.each([0, 1])('a founder that is killed after %i of its pushes goes on', async (pushes) => {
  const [server, odile] = [new JudgingServer(), replica(ODILE, null, 21)];
  await writeCompartment(odile, outer(), READERS, moment(1));
  for (let n = 0; n < pushes; n += 1) {
    const data = await odile.push();
    if (data !== null) expect(odile.accept(server.push(data), START_MS)).toBe(true);
  }
  const again = await decodeReplica(encodeReplica(odile), ODILE, REGISTRY);
  await deliver(again, server);
  expect(server.segments.map(({ rows }) => rows.length)).toEqual([3, 4]);
  expect(keyedIn(server)).toEqual([INES.device, SOPHIE.device, PAPERS.device].sort());
});

test('every reader takes what the founder wrote, and no op of it is void', async () => {
  const space = await opened();
  for (const [at, who] of [ODILE, INES, SOPHIE, LOU, PAPERS].entries()) {
    const own = await arrived(who, space, 30 + at);
    expect(own.controls.filter((entry) => entry.void !== null)).toEqual([]);
    expect(own.reader.view.cursor).toBe(7);
    expect([...own.keyring.epochKeys.keys()]).toEqual(who === LOU ? [] : [1]);
  }
});

test('without papers the first reader stands in their place', async () => {
  const { server } = await opened(false);
  expect(server.segments.map(({ rows }) => rows.length)).toEqual([3, 3]);
  expect(keyedIn(server)).toEqual([...READERS].sort());
});

test('nobody opens one that nobody could read, or who does not administer', async () => {
  const other = known(DINA, 1, { org: '0b'.repeat(16) as OrgId });
  const [odile, awa] = [replica(ODILE, null, 21), replica(AWA, null, 26)];
  for (const readers of [[], [PAPERS.device], [DINA.device]]) {
    const writing = writeCompartment(odile, outer([other]), new Set(readers), moment(1));
    await expect(writing).rejects.toThrow(CannotWrite);
  }
  await expect(writeCompartment(awa, outer(), READERS, moment(1))).rejects.toThrow(CannotWrite);
  expect([odile.outbox.ops.size, awa.outbox.ops.size]).toEqual([0, 0]);
});

// ── Who reads ──

test('the first reader rotates, because the founder holds the key in force', async () => {
  const space = await opened();
  const ines = await arrived(INES, space, 22);
  expect([isExposed(ines), rotationDue(ines), rotationDue(space.odile)]).toEqual([
    true,
    true,
    false,
  ]);
  expect(await keepControls(ines, moment(2))).toBe(true);
  expect(isExposed(ines)).toBe(true);
  await deliver(ines, space.server);
  expect([ines.keyring.newest, isExposed(ines), rotationDue(ines)]).toEqual([2, false, false]);
});

test('the founder opens nothing written after the rotation, and would have before', async () => {
  const { server, odile, ines } = await rotated();
  await write(ines, [thing(1)], moment(3));
  await deliver(ines, server);
  for (const who of [odile, await arrived(LOU, { server, odile }, 24)]) {
    await pull(who, server);
    expect([opens(who, 1), who.waiting.size, who.keyring.failed.size]).toEqual([0, 1, 0]);
  }
  expect(opens(await arrived(SOPHIE, { server, odile }, 23), 1)).toBe(1);
  const early = await opened();
  const hasty = await arrived(INES, early, 22);
  await write(hasty, [thing(1)], moment(3));
  await deliver(hasty, early.server);
  await pull(early.odile, early.server);
  // The control: what `isExposed` is for.
  expect(opens(early.odile, 1)).toBe(1);
});

test('whoever still reads goes on writing when another is revoked and rotates when she can', async () => {
  const { server, odile, ines } = await rotated();
  expect(isExposed(ines)).toBe(false);
  await writeRevocation(odile, [SOPHIE.device], moment(4));
  await deliver(odile, server);
  expect(server.segments.at(-1)?.rows).toHaveLength(1);
  await pull(ines, server);
  expect(isExposed(ines)).toBe(false);
  expect(rotationDue(ines)).toBe(true);
  await keepControls(ines, moment(5));
  await deliver(ines, server);
  expect([isExposed(ines), rotationDue(ines)]).toEqual([false, false]);
});

test('nothing is exposed where no key is held', async () => {
  const space = await opened();
  expect(isExposed(replica(AWA, space.odile.reader.root, 26))).toBe(false);
  expect(isExposed(await arrived(LOU, space, 24))).toBe(false);
});

test('a reader lets in another, who reads all from the first op', async () => {
  const { server, odile, ines } = await rotated();
  await write(ines, [thing(1)], moment(3));
  await letIn(ines, known(DINA, 1), moment(4));
  await deliver(ines, server);
  expect(opens(await arrived(DINA, { server, odile }, 27), 1)).toBe(1);
});

// ── Who administers ──

test('an administrator without a key lets nobody in', async () => {
  const { server, odile } = await rotated();
  await expect(letIn(odile, known(DINA, 1), moment(4))).rejects.toThrow(CannotWrite);
  const { device, edPk, xPk, org, worker } = known(DINA, 1);
  const keys = { device, edPk, xPk, wrap: moment(6).random(80) };
  const forged: MemberBody = { kind: 'member', ...keys, roles: READER_ROLES, org, worker };
  writeControl(odile, forged, moment(6));
  const data = await odile.push();
  if (data === null) throw new Error('Nothing waits.');
  try {
    server.push(data);
    expect.unreachable();
  } catch (error) {
    if (!(error instanceof RefusedPush)) throw error;
    expect(error.refusal.code).toBe('role_missing');
    expect(odile.refuse(error.refusal, stream(40))).toBe('salvage');
  }
});

test('an administrator does here what the outer space has decided, once', async () => {
  const { server, odile, ines } = await rotated();
  const now = outer([known(DINA, 7), known(SOPHIE, 0, { xPk: null })]);
  expect(await keepCompartment(odile, now, moment(4))).toBe(true);
  // Said, if not sent.
  expect(await keepCompartment(odile, now, moment(5))).toBe(false);
  await deliver(odile, server);
  expect(await keepCompartment(odile, now, moment(6))).toBe(false);
  const [sophie, dina] = [SOPHIE, DINA].map(({ device }) => server.members.byDevice.get(device));
  expect(sophie && isRevoked(sophie)).toBe(true);
  expect(dina && [dina.roles, isKeyed(dina)]).toEqual([KEYLESS_ROLES, false]);
  await pull(ines, server);
  await keepControls(ines, moment(7));
  await deliver(ines, server);
  expect(keyedIn(server)).toEqual([INES.device, PAPERS.device].sort());
});

test("nobody else does the administrator's part", async () => {
  const { server, odile } = await rotated();
  const awa = await arrived(AWA, { server, odile }, 26);
  const now = outer([known(SOPHIE, 0, { xPk: null })]);
  expect(await keepCompartment(awa, now, moment(4))).toBe(false);
  expect(awa.outbox.ops.size).toBe(0);
});

// ── Who it was that might ──

test('the members of an earlier cursor are those that its op was judged by', async () => {
  const own = await arrived(INES, await opened(), 22);
  expect(membersBefore(own, 1).byDevice.size).toBe(0);
  expect([...membersBefore(own, 3).byDevice.keys()]).toEqual([ODILE.device, PAPERS.device]);
  expect([membersBefore(own, 3).epoch, membersBefore(own, 4).epoch]).toEqual([0, 1]);
  const [seventh, eighth] = [7, 8].map((at) => membersBefore(own, at).byDevice.get(ODILE.device));
  expect([seventh && isKeyed(seventh), eighth && isKeyed(eighth)]).toEqual([true, false]);
  expect(membersBefore(own, 8)).toEqual(own.reader.view.members);
});
