/**
 * The segment: a signed run of ops in a device's stream, and the push that carries it.
 *
 * ```
 * head_0 = H("esc1/stream\0" || space || stream || device)      head_i = H("esc1/chain\0" || head_{i-1} || op_id_i)
 * seg    = msgpack [1, space, stream, device, from_seq, n, prev_head, head, seen_cursor, seen_log]
 * sig    = Ed25519("esc1/seg\0" || seg)                          push = msgpack [seg, sig, [[header, sealed]…]]
 * ```
 * The signature is the authority: anybody may carry a signed segment. Signatures are never compared.
 */
import { ascii, type Bytes, hash, join } from './bytes.ts';
import { bin, Codec, count, digest, id, int, list, pair, struct } from './codec.ts';
import {
  bytesOf,
  type DeviceId,
  type Digest,
  type HeaderBytes,
  idOf,
  INT_MAX,
  type OpId,
  type Sealed,
  type SpaceId,
  type StreamId,
} from './ids.ts';
import { type SigningKey, verifies } from './keys.ts';

const SEG = ascii('esc1/seg\0');
const CHAIN = ascii('esc1/chain\0');
const STREAM = ascii('esc1/stream\0');

/** What a device signs: `n` ops from `fromSeq` (which starts at 1), and the last log it has seen. */
export type Segment = {
  readonly space: SpaceId;
  readonly stream: StreamId;
  readonly device: DeviceId;
  readonly fromSeq: number;
  readonly n: number;
  readonly prevHead: Digest;
  readonly head: Digest;
  readonly seenCursor: number;
  readonly seenLog: Digest;
};

/** The cursors from one on, up to another and without it. */
export type Cursors = { readonly from: number; readonly to: number };

/** The three members of a push, as bytes: the segment, its signature, and each op's header and sealed payload. */
export type Push = {
  readonly seg: Bytes;
  readonly sig: Bytes;
  readonly ops: readonly (readonly [HeaderBytes, Sealed])[];
};

const segmentCodec = new Codec<Segment>(
  struct<Segment>(
    {
      space: id(),
      stream: id(),
      device: id(),
      fromSeq: int(1, INT_MAX),
      n: count,
      prevHead: digest(),
      head: digest(),
      seenCursor: count,
      seenLog: digest(),
    },
    1,
  ),
);
const pushCodec = new Codec<Push>(
  struct<Push>({ seg: bin(), sig: bin(), ops: list(pair(bin<HeaderBytes>(), bin<Sealed>())) }),
);

/** Returns the segment's bytes, which are signed. */
export function encodeSegment(segment: Segment): Bytes {
  return segmentCodec.encode(segment);
}

/** Returns the segment. Throws NotCanonical. */
export function decodeSegment(data: Uint8Array): Segment {
  return segmentCodec.decode(data);
}

/** Returns the sequence number that continues a segment. */
export function nextSeq(segment: Segment): number {
  return segment.fromSeq + segment.n;
}

/** Returns the cursors before a segment, which begins at one, that its author had not seen. */
export function unseen({ seenCursor }: Segment, firstCursor: number): Cursors {
  return { from: seenCursor + 1, to: firstCursor };
}

/** Returns the bytes of a push. */
export function encodePush(seg: Bytes, sig: Bytes, ops: Push['ops']): Bytes {
  return pushCodec.encode({ seg, sig, ops });
}

/** Returns the members of a push, none of them decoded further. Throws NotCanonical. */
export function decodePush(data: Uint8Array): Push {
  return pushCodec.decode(data);
}

/** Returns the head of a stream that holds no op yet. */
export function head0(space: SpaceId, stream: StreamId, device: DeviceId): Digest {
  return idOf(hash(STREAM, bytesOf(space), bytesOf(stream), bytesOf(device)));
}

/** Returns the head after one more op. */
export function nextHead(head: Digest, opId: OpId): Digest {
  return idOf(hash(CHAIN, bytesOf(head), bytesOf(opId)));
}

/** Returns the head after each op in turn. */
export function chain(head: Digest, opIds: readonly OpId[]): Digest[] {
  const heads: Digest[] = [];
  for (const opId of opIds) heads.push(nextHead(heads.at(-1) ?? head, opId));
  return heads;
}

/** Returns the signature of a segment's bytes. */
export function signSegment(key: SigningKey, seg: Bytes): Promise<Bytes> {
  return key.sign(join(SEG, seg));
}

/** Tells whether the device with this public key signed the segment's bytes. */
export function isSigned(edPk: Bytes, seg: Bytes, sig: Bytes): Promise<boolean> {
  return verifies(edPk, join(SEG, seg), sig);
}
