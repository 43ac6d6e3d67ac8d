/**
 * The checkpoint: the whole of a log up to a segment end, in one hash that a new device scans and then finds again.
 *
 * ```
 * checkpoint = msgpack [K, log_K, [[stream, device, next_seq, head]…]]        every stream as of K, ascending by stream
 * live = H("esc1/live\0" || for each op live at K, by cursor: u64(cursor) || u64(server_ms) || op_id)
 * strm = H("esc1/streams\0" || for each stream: stream || device || u64(next_seq) || head)
 * cp   = H("esc1/cp\0" || space || u64(K) || log_K || live || strm)
 * ```
 * Live at K: neither killed nor erased by an op up to K; void ops are. So a reader that has only these ops goes on as
 * one that has read them all.
 */
import { ascii, type Bytes, hash, hashAll, join, u64 } from './bytes.ts';
import { Codec, count, digest, id, int, list, NotCanonical, struct } from './codec.ts';
import {
  bytesOf,
  type DeviceId,
  type Digest,
  idOf,
  INT_MAX,
  type OpId,
  type SpaceId,
  type StreamId,
} from './ids.ts';
import { log0 } from './log.ts';
import { type LogView } from './logview.ts';
import { isAscending } from './op.ts';

const LIVE = ascii('esc1/live\0');
const STREAMS = ascii('esc1/streams\0');
const CHECKPOINT = ascii('esc1/cp\0');

/** Where a stream stands at the checkpoint. */
export type StreamAt = {
  readonly stream: StreamId;
  readonly device: DeviceId;
  readonly nextSeq: number;
  readonly head: Digest;
};

/** What a server says of its log at a segment end, beside the ops that are live there. */
export type Checkpoint = {
  readonly cursor: number;
  readonly log: Digest;
  readonly streams: readonly StreamAt[];
};

/** An op as the digest names it. */
export type LiveRow = {
  readonly cursor: number;
  readonly server_ms: number;
  readonly opId: OpId;
};

const streamAt = struct<StreamAt>({
  stream: id(),
  device: id(),
  nextSeq: int(1, INT_MAX),
  head: digest(),
});
const checkpointCodec = new Codec<Checkpoint>(
  struct<Checkpoint>({ cursor: count, log: digest(), streams: list(streamAt) }),
);

/** Returns the checkpoint's bytes. */
export function encodeCheckpoint(checkpoint: Checkpoint): Bytes {
  return checkpointCodec.encode(checkpoint);
}

/** Returns the checkpoint. Throws NotCanonical, also if its streams are not ascending. */
export function decodeCheckpoint(data: Uint8Array): Checkpoint {
  const checkpoint = checkpointCodec.decode(data);
  if (!isAscending(checkpoint.streams.map(({ stream }) => stream))) {
    throw new NotCanonical('The streams are not in their order.');
  }
  return checkpoint;
}

/** Returns the digest of ops that come by cursor. */
export function liveDigest(rows: Iterable<LiveRow>): Digest {
  const live = Array.from(rows, ({ cursor, server_ms, opId }) =>
    join(u64(cursor), u64(server_ms), bytesOf(opId)),
  );
  return idOf(hashAll([LIVE, ...live]));
}

/** Returns the digest of streams in their order. */
export function streamsDigest(streams: readonly StreamAt[]): Digest {
  const ends = streams.map(({ stream, device, nextSeq, head }) =>
    join(bytesOf(stream), bytesOf(device), u64(nextSeq), bytesOf(head)),
  );
  return idOf(hashAll([STREAMS, ...ends]));
}

/** Returns cp: what an administrator's device says at enrolment, and the new device computes. */
export function checkpointDigest(
  space: SpaceId,
  { cursor, log, streams }: Checkpoint,
  live: Digest,
): Digest {
  const at = join(bytesOf(space), u64(cursor), bytesOf(log));
  return idOf(hash(CHECKPOINT, at, bytesOf(live), bytesOf(streamsDigest(streams))));
}

/** Returns cp where a reader stands. */
export function checkpointOf(view: LogView): Digest {
  const live = [...view.firstEntries.own().values()].filter(
    ({ opId, entity }) => !view.killed.has(opId) && !view.erased.has(entity),
  );
  const streams = Array.from(view.streams.own(), ([stream, end]) => ({ stream, ...end })).sort(
    (a, b) => (a.stream < b.stream ? -1 : 1),
  );
  const { cursor, log, members } = view;
  return checkpointDigest(members.space, { cursor, log, streams }, liveDigest(live));
}

/**
 * Returns where a new device begins, as code 2 says it: the cursor at which a reader stands, and cp there.
 *
 * While ops wait for their proof it begins at the first op: what an erased one had killed is not known here before all
 * of its entity is erased.
 */
export function startOf(view: LogView): readonly [number, Digest] {
  if (view.stubs.size === 0) return [view.cursor, checkpointOf(view)];
  const { space } = view.members;
  const nothing = { cursor: 0, log: log0(space), streams: [] };
  return [0, checkpointDigest(space, nothing, liveDigest([]))];
}
