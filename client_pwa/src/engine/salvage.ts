/**
 * Salvage: what a retired device could not send is written again by an administrator's device.
 *
 * ```
 * copy = msgpack [1, space, [push…]]        the outbox as signed segments of a stream of its own, in write order
 * ```
 * The retired device hands out a copy of its outbox. It is sealed as everything is: whoever carries it reads nothing,
 * and an administrator's device opens it with the keys it has. The signatures say whose ops they are. Written again,
 * they name that worker beside the administrator's device, and a row names the op that it stands for: so that it is
 * counted once, whoever else has a copy.
 */
import { namesOf, type Renamed, writeAgain } from './again.ts';
import { type Bytes, toHex } from './bytes.ts';
import { bin, Codec, id, list, NotCanonical, struct } from './codec.ts';
import {
  type DeviceId,
  type EntityId,
  type OpId,
  type SpaceId,
  type StreamId,
  type WorkerId,
} from './ids.ts';
import { type FoldOp } from './liveness.ts';
import { log0 } from './log.ts';
import { isRevoked } from './members.ts';
import { type Fact, type Header, OpClass, rowName } from './op.ts';
import { Outbox, type OutOp } from './outbox.ts';
import { type Payload } from './payload.ts';
import { readPush, type SentOp } from './push.ts';
import { SALVAGES } from './registry.ts';
import { type Replica } from './replica.ts';
import { asEdit } from './reseal.ts';
import { head0, nextSeq, type Segment } from './segment.ts';

export const PUSHES_MAX = 1000;

/** Why a copy is not taken. */
export type CopyFault = 'unreadable' | 'other_space' | 'unknown_device' | 'not_retired';

/** What was opened is no copy of the outbox of a device that was retired here; nothing was written. */
export class BadCopy extends Error {
  override readonly name = 'BadCopy';
  readonly fault: CopyFault;

  constructor(fault: CopyFault) {
    super(`The copy is not taken: ${fault}.`);
    this.fault = fault;
  }
}

/** An op of the copy that opens. */
export type CopiedOp = {
  readonly opId: OpId;
  readonly header: Header;
  readonly payload: Payload;
};

/** What a copy holds that is not here yet. */
export type Copy = {
  readonly device: DeviceId;
  /** Whose device it was. */
  readonly worker: WorkerId | null;
  /** Those that open, in write order. */
  readonly ops: readonly CopiedOp[];
  /** How many are in the log or were written again before. */
  readonly known: number;
  /** How many do not open with the keys of this device. */
  readonly closed: number;
  /** The names under which those stand that were written again before. */
  readonly renamed: Renamed;
};

type WireCopy = { readonly space: SpaceId; readonly pushes: readonly Bytes[] };

const copyCodec = new Codec<WireCopy>(
  struct<WireCopy>({ space: id(), pushes: list(bin(), PUSHES_MAX) }, 1),
);

/** Returns a copy of what a retired device could not send; nothing here changes. `fresh` is a new random stream. */
export function copyOutbox(replica: Replica, fresh: StreamId): Promise<Bytes> {
  return replica.alone(async () => {
    const { space, identity } = replica;
    const box = new Outbox(space, identity.device, fresh);
    for (const op of unsent(replica)) box.add({ ...op, state: 'queued', code: null });
    const pushes: Bytes[] = [];
    const next = () => box.push(identity.signing, 0, log0(space));
    for (let push = await next(); push !== null; push = await next()) {
      pushes.push(push);
      box.accept(box.flight?.opIds.length ?? 0);
    }
    return copyCodec.encode({ space, pushes });
  });
}

/** Returns the ops of the outbox that a copy carries, in write order. */
export function unsent({ outbox }: Replica): OutOp[] {
  return [...outbox.ops.values()].filter(
    ({ header, state }) => header.opClass !== OpClass.CONTROL && state !== 'aside',
  );
}

/** Returns what a copy holds. Rejects with BadCopy; nothing is written. */
export function openCopy(replica: Replica, data: Uint8Array): Promise<Copy> {
  return replica.alone(async () => {
    const wire = decodeCopy(data);
    if (wire.space !== replica.space) throw new BadCopy('other_space');
    const { device, ops } = await verified(replica, wire.pushes);
    const member = replica.reader.view.members.byDevice.get(device);
    if (member === undefined || !isRevoked(member)) throw new BadCopy('not_retired');
    const unknown = ops.filter(({ opId }) => !isHere(replica, opId));
    const opened = await openAll(replica, unknown);
    const again = new Map(opened.map((op) => [op.opId, writtenBefore(replica, op, member.worker)]));
    const before = [...again].filter((names) => names[1] !== null) as [OpId, OpId][];
    return {
      device,
      worker: member.worker,
      ops: opened.filter(({ opId }) => again.get(opId) === null),
      known: ops.length - unknown.length + before.length,
      closed: unknown.length - opened.length,
      renamed: new Map(before.flatMap(([old, next]) => [...namesOf(old, next)])),
    };
  });
}

/**
 * Writes the ops of a copy again, in the outbox of an administrator's device, and returns their names.
 *
 * A genesis whose entity was begun by another meanwhile becomes an edit. An op that can be written no more, because its
 * entity is erased or because it would be too large, is left out.
 */
export function writeSalvage(replica: Replica, copy: Copy): Promise<OpId[]> {
  return replica.alone(async () => {
    const { keyring, outbox } = replica;
    const renamed = new Map(copy.renamed);
    const names: OpId[] = [];
    for (const op of copy.ops) {
      const { entity } = op.header;
      if (replica.isErased(entity)) continue;
      const { secret } = op.payload;
      if (secret !== null && !keyring.secrets.has(entity)) keyring.hold(entity, secret);
      const { header, payload } = asOwn(replica, op, copy.worker);
      const next = await writeAgain(replica, header, payload, renamed);
      if (next === null) continue;
      for (const [old, name] of namesOf(op.opId, next.opId)) renamed.set(old, name);
      if (isHere(replica, next.opId)) continue;
      outbox.add(next);
      await replica.openUnsent(next);
      names.push(next.opId);
    }
    return names;
  });
}

function decodeCopy(data: Uint8Array): WireCopy {
  try {
    return copyCodec.decode(data);
  } catch (error) {
    if (error instanceof NotCanonical) throw new BadCopy('unreadable');
    throw error;
  }
}

/** Returns the ops of one stream of one device, whole from the first on. */
async function verified(
  replica: Replica,
  pushes: readonly Bytes[],
): Promise<{ readonly device: DeviceId; readonly ops: readonly SentOp[] }> {
  const { members } = replica.reader.view;
  const ops: SentOp[] = [];
  let before: Segment | null = null;
  for (const data of pushes) {
    const read = readPush(data, replica.space);
    if (read === null) throw new BadCopy('unreadable');
    const { segment } = read;
    const member = members.byDevice.get(segment.device);
    if (member === undefined) throw new BadCopy('unknown_device');
    const isSound = await read.isSound(member.edPk, replica.registry);
    if (!isSound || !continues(segment, before)) throw new BadCopy('unreadable');
    ops.push(...read.ops);
    before = segment;
  }
  if (before === null) throw new BadCopy('unreadable');
  return { device: before.device, ops };
}

function continues(segment: Segment, before: Segment | null): boolean {
  const { space, stream, device, fromSeq, prevHead } = segment;
  if (before === null) return fromSeq === 1 && prevHead === head0(space, stream, device);
  const isSame = stream === before.stream && device === before.device;
  return isSame && fromSeq === nextSeq(before) && prevHead === before.head;
}

function isHere({ reader, outbox }: Replica, name: OpId): boolean {
  return reader.view.firstEntries.has(name) || outbox.ops.has(name);
}

/**
 * Returns the name of the row that stands for a row, of the genesis that brought the same secret, or of the op that was
 * written for the same worker of the same moment.
 */
function writtenBefore(replica: Replica, op: CopiedOp, worker: WorkerId | null): OpId | null {
  const { header, payload } = op;
  const original = toHex(originalOf(op));
  for (const other of replica.ops(header.entity)) {
    const secret = other.payload?.secret ?? null;
    if (secret !== null && payload.secret?.equals(secret)) return other.opId;
    const salvaged = salvagedBy(other.header);
    const isSame = salvaged !== null && toHex(salvaged) === original;
    if (header.opClass === OpClass.ROW && isSame) return other.opId;
    if (isFor(op, other, worker)) return other.opId;
  }
  return null;
}

/** Tells whether an op was written again for this one: a worker's two ops of one time and one moment are one. */
function isFor(op: CopiedOp, { header, payload }: FoldOp, worker: WorkerId | null): boolean {
  const by = op.payload.by ?? worker;
  const isKept = header.opClass === op.header.opClass || header.opClass === OpClass.EDIT;
  return (
    by !== null &&
    payload?.by === by &&
    payload.at_ms === op.payload.at_ms &&
    header.kind === op.header.kind &&
    header.hlc_ms === op.header.hlc_ms &&
    header.hlc_ctr === op.header.hlc_ctr &&
    (header.re === null) === (op.header.re === null) &&
    isKept
  );
}

function salvagedBy({ facts }: Header): Bytes | null {
  const value = facts.find(([name]) => name === SALVAGES)?.[1];
  return value instanceof Uint8Array ? value : null;
}

/** Returns the name of the row that a row stands for: its own, unless it was taken over before. */
function originalOf({ opId, header }: CopiedOp): Bytes {
  return salvagedBy(header) ?? rowName(opId);
}

/** Opens ops with the keys held and those that the copy itself brings, and holds none of these. */
async function openAll(replica: Replica, ops: readonly SentOp[]): Promise<CopiedOp[]> {
  const keys = replica.keyring.apart();
  const opened: CopiedOp[] = [];
  for (const { opId, header, headerBytes, sealed } of ops) {
    const payload = await keys.open(header, headerBytes, sealed);
    if (payload === null || header.opClass === OpClass.CONTROL) continue;
    if (payload.secret !== null) keys.hold(header.entity, payload.secret);
    opened.push({ opId, header, payload });
  }
  return opened;
}

/** Returns an op as this device writes it for the worker. */
function asOwn(
  replica: Replica,
  op: CopiedOp,
  worker: WorkerId | null,
): Pick<CopiedOp, 'header' | 'payload'> {
  const header = { ...op.header, device: replica.identity.device, epoch: replica.keyring.newest };
  const payload = { ...op.payload, by: op.payload.by ?? worker };
  const isRow = header.opClass === OpClass.ROW;
  if (isRow && replica.registry.kinds.get(header.kind)?.folds === 'row') {
    const facts = new Map<string, Fact>(header.facts).set(SALVAGES, originalOf(op));
    const bases = new Map(header.facts.map(([name], at) => [name, payload.factBases[at] ?? []]));
    const ordered = [...facts].sort(([a], [b]) => (a < b ? -1 : 1));
    const factBases = ordered.map(([name]) => bases.get(name) ?? []);
    return { header: { ...header, facts: ordered }, payload: { ...payload, factBases } };
  }
  const isSecond = header.opClass === OpClass.GENESIS && isBegun(replica, header.entity);
  return isSecond ? asEdit(header, payload) : { header, payload };
}

function isBegun(replica: Replica, entity: EntityId): boolean {
  return replica.ops(entity).some(({ header }) => header.opClass === OpClass.GENESIS);
}
