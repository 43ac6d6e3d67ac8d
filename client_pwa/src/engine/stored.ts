/** What a device keeps of its replica: the log as pages, the outbox and what a server has lost, without any key. */
import { type Bytes, hash } from './bytes.ts';
import { later } from './clock.ts';
import {
  bin,
  Codec,
  count,
  digest,
  flag,
  id,
  int,
  list,
  NotCanonical,
  nullable,
  pair,
  type Shape,
  struct,
  text,
} from './codec.ts';
import { decodeBody } from './control.ts';
import {
  type DeviceId,
  type Digest,
  type HeaderBytes,
  idOf,
  INT_MAX,
  type OpId,
  type SpaceId,
  type StreamId,
} from './ids.ts';
import { type Identity } from './keyring.ts';
import { type DeadRow, decodePage, encodePage, type OpRow, row as rowShape } from './log.ts';
import { decodeHeader, isControlKind, OpClass, opId, opIdOfHashes } from './op.ts';
import { type Flight, Outbox, type OutOp, type OutState } from './outbox.ts';
import { Reader } from './reader.ts';
import { type Registry } from './registry.ts';
import { Replica, type SoundEntry } from './replica.ts';
import { Start } from './start.ts';

type StoredOp = Pick<OutOp, 'sealed' | 'state' | 'code'> & { readonly header: HeaderBytes };
type StoredOutbox = Pick<
  Outbox,
  'stream' | 'opsMax' | 'rebuilt' | 'sent' | 'settled' | 'base' | 'flight' | 'confirmed'
> & {
  readonly ops: readonly StoredOp[];
};
/** The form before erasures were confirmed; a store that was last saved in it is still read. */
type StoredBefore = Omit<StoredOutbox, 'confirmed'>;

const outState: Shape<OutState> = {
  read: (value) => {
    if (value === 'queued' || value === 'acknowledged' || value === 'aside') return value;
    throw new NotCanonical('An op of the outbox stands nowhere else.');
  },
  write: (state) => state,
};

const outboxParts = {
  stream: id<StreamId>(),
  opsMax: count,
  rebuilt: flag,
  ops: list(
    struct<StoredOp>({ header: bin(), sealed: bin(), state: outState, code: nullable(text) }),
  ),
  sent: list(pair(digest<OpId>(), digest<Digest>())),
  settled: count,
  base: nullable(digest<Digest>()),
  flight: nullable(struct<Flight>({ seg: bin(), sig: bin(), opIds: list(digest()) })),
};
const outboxBefore = new Codec<StoredBefore>(struct<StoredBefore>(outboxParts, 2));
const outboxCodec = new Codec<StoredOutbox>(
  struct<StoredOutbox>({ ...outboxParts, confirmed: count }, 3),
);

/** Returns the outbox as bytes to keep: headers and sealed payloads, no key and nothing in clear. */
export function encodeOutbox(outbox: Outbox): Bytes {
  const ops = [...outbox.ops.values()].map(({ headerBytes, sealed, state, code }) => {
    return { header: headerBytes, sealed, state, code };
  });
  const { stream, opsMax, rebuilt, sent, settled, base, flight, confirmed } = outbox;
  const said = { stream, opsMax, rebuilt, ops, sent, settled, base, flight, confirmed };
  return outboxCodec.encode(said);
}

/** Returns the outbox that was kept as bytes. Throws NotCanonical. */
export function decodeOutbox(data: Uint8Array, space: SpaceId, device: DeviceId): Outbox {
  const { stream, ops, ...kept } = decodeStoredOutbox(data);
  const outbox = new Outbox(space, device, stream);
  for (const { header: headerBytes, sealed, state, code } of ops) {
    const header = decodeHeader(headerBytes);
    const name = opId(header.entity, headerBytes, sealed);
    outbox.add({ opId: name, header, headerBytes, sealed, state, code });
  }
  return Object.assign(outbox, kept);
}

function decodeStoredOutbox(data: Uint8Array): StoredOutbox {
  // The stored forms are [2, …] and [3, …], behind the head of an array.
  if (data[1] === 2) return { ...outboxBefore.decode(data), confirmed: 0 };
  return outboxCodec.decode(data);
}

type StoredFirst = {
  readonly space: SpaceId;
  readonly root: OpId | null;
  readonly page: Bytes;
  readonly outbox: Bytes;
  readonly hlc: readonly [number, number];
  readonly offsets: readonly number[];
};

/** The segments of a start, as one page, and the server's checkpoint once it is proved. */
type StoredStart = {
  readonly cursor: number;
  readonly checkpoint: Digest;
  readonly page: Bytes;
  readonly proof: Bytes | null;
};

type StoredKept = StoredFirst & {
  readonly start: StoredStart | null;
  readonly unprovenSince_ms: number | null;
};

/** An op that a restored server has lost, with its place in the log that it had. */
export type StoredLost = {
  readonly cursor: number;
  readonly server_ms: number;
  readonly row: OpRow | DeadRow;
};

type Stored = StoredKept & {
  readonly lost: readonly StoredLost[];
  readonly restored_ms: number | null;
};

const logParts = { space: id<SpaceId>(), root: nullable(digest<OpId>()) };
const ownParts = {
  outbox: bin(),
  hlc: pair(count, count),
  offsets: list(int(-INT_MAX, INT_MAX)),
};
const storedStart = struct<StoredStart>({
  cursor: count,
  checkpoint: digest(),
  page: bin(),
  proof: nullable(bin()),
});
const storedFirst = new Codec<StoredFirst>(
  struct<StoredFirst>({ ...logParts, page: bin(), ...ownParts }, 1),
);
const keptParts = {
  ...logParts,
  start: nullable(storedStart),
  page: bin(),
  unprovenSince_ms: nullable(int(-INT_MAX, INT_MAX)),
  ...ownParts,
};
const storedKept = new Codec<StoredKept>(struct<StoredKept>(keptParts, 2));
/** What is lost has an effect of its own: a row with its header. */
const wholeOrDead: Shape<OpRow | DeadRow> = {
  read: (value) => {
    const found = rowShape.read(value);
    if (found.form === 1 || found.form === 2) return found;
    throw new NotCanonical('A lost op has a header.');
  },
  write: rowShape.write,
};
export const storedLost = list(
  struct<StoredLost>({
    cursor: int(1, INT_MAX),
    server_ms: count,
    row: wholeOrDead,
  }),
);
const stored = new Codec<Stored>(
  struct<Stored>(
    { ...keptParts, lost: storedLost, restored_ms: nullable(int(-INT_MAX, INT_MAX)) },
    3,
  ),
);

/** Returns the replica as bytes to keep: the log as pages and the outbox, without a key and without clear text. */
export function encodeReplica(replica: Replica): Bytes {
  const { view, segments, root, start } = replica.reader;
  const page = encodePage({
    toCursor: view.cursor,
    log: view.log,
    more: view.stubs.size > 0,
    segments,
  });
  return stored.encode({
    space: replica.space,
    root,
    page,
    outbox: encodeOutbox(replica.outbox),
    hlc: [replica.hlc.ms, replica.hlc.ctr],
    offsets: replica.offsets,
    start: start && storedStartOf(start),
    unprovenSince_ms: view.unprovenSince_ms,
    lost: lostOf(replica),
    restored_ms: replica.restored_ms,
  });
}

function storedStartOf({
  cursor,
  checkpoint,
  after,
  complete,
  segments,
  proof,
}: Start): StoredStart {
  const page = encodePage({ toCursor: after, log: null, more: !complete, segments });
  return { cursor, checkpoint, page, proof };
}

/**
 * Returns the replica that was kept as bytes, every page check made again.
 *
 * Rejects with NotCanonical if the bytes are not those of a replica, and with IntegrityFailure if the
 * log in them is not one.
 */
export async function decodeReplica(
  data: Uint8Array,
  identity: Identity,
  registry: Registry,
): Promise<Replica> {
  const { space, root, page, outbox, hlc, offsets, start, ...more } = decodeStored(data);
  const kept = decodeOutbox(outbox, space, identity.device);
  const begun = start && new Start(space, start.cursor, start.checkpoint);
  const replica = new Replica(identity, registry, new Reader(space, root, begun), kept);
  const now_ms = more.unprovenSince_ms ?? 0;
  if (start && holdsSomething(start.page)) await replica.applyStart(start.page);
  if (start?.proof) await replica.finishStart(start.proof, now_ms);
  if (holdsSomething(page)) await replica.applyPage(page, now_ms);
  replica.hlc = later(replica.hlc, { ms: hlc[0], ctr: hlc[1] });
  replica.offsets = offsets;
  replica.restored_ms = more.restored_ms;
  await replica.holdLost(more.lost.map((one) => lostEntry(one, space)));
  return replica;
}

function decodeStored(data: Uint8Array): Stored {
  // The stored forms are [1, …] to [3, …], behind the head of an array.
  const without = { start: null, unprovenSince_ms: null, lost: [], restored_ms: null };
  if (data[1] === 1) return { ...without, ...storedFirst.decode(data) };
  return data[1] === 2 ? { ...without, ...storedKept.decode(data) } : stored.decode(data);
}

/** Returns what a replica keeps of the ops that a server has lost. */
export function lostOf({ lost }: Replica): StoredLost[] {
  return [...lost.values()].flat().flatMap(({ cursor, server_ms, row }) => {
    return row.form === 1 || row.form === 2 ? [{ cursor, server_ms, row }] : [];
  });
}

/** Returns a lost op as the log had it. */
export function lostEntry({ cursor, server_ms, row }: StoredLost, space: SpaceId): SoundEntry {
  const header = decodeHeader(row.header);
  const sealedHash = row.form === 1 ? idOf<Digest>(hash(row.sealed)) : row.sealedHash;
  const name = opIdOfHashes(header.entity, idOf(hash(row.header)), sealedHash);
  const isControl = header.opClass === OpClass.CONTROL && isControlKind(header.kind);
  const body = isControl && row.form === 1 ? decodeBody(header.kind, row.sealed, space) : null;
  return { cursor, server_ms, opId: name, entity: header.entity, row, header, body, void: null };
}

/** A page that was not pulled yet says nothing: before the first one, a start may have stubs that wait for it. */
function holdsSomething(page: Bytes): boolean {
  return decodePage(page).segments.length > 0;
}
