/**
 * The log of a space: one hash after each segment, the server's time, receipts and pages.
 *
 * ```
 * log_0   = H("esc1/log0\0" || space)
 * log'    = H("esc1/log\0" || log || u64(last_cursor) || u64(server_ms) || H(seg))
 * receipt = msgpack [first_cursor, last_cursor, server_ms, log, [op_id stored as erased…]]
 * page    = msgpack [to_cursor, log, more, [[first_cursor, server_ms, seg, sig, rows]…]]
 * row     = [0, op_id] | [1, header, sealed] | [2, header, H(sealed)] | [3, entity, H(header), H(sealed)]
 * ```
 */
import { ascii, type Bytes, hash, u64 } from './bytes.ts';
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
  type Shape,
  struct,
} from './codec.ts';
import {
  bytesOf,
  type Digest,
  type EntityId,
  type HeaderBytes,
  idOf,
  INT_MAX,
  type OpId,
  type Sealed,
  type SpaceId,
} from './ids.ts';

const LOG_0 = ascii('esc1/log0\0');
const LOG = ascii('esc1/log\0');
const position = int(1, INT_MAX);

/** Returns the log hash of a space that holds nothing yet. */
export function log0(space: SpaceId): Digest {
  return idOf(hash(LOG_0, bytesOf(space)));
}

/** Returns the log hash after a segment whose last op has `lastCursor`. */
export function nextLog(log: Digest, lastCursor: number, server_ms: number, seg: Bytes): Digest {
  return idOf(hash(LOG, bytesOf(log), u64(lastCursor), u64(server_ms), hash(seg)));
}

/** Returns the time of the next segment: the server's clock, but always later than the one before. */
export function nextServer_ms(clock_ms: number, previous_ms: number): number {
  return Math.max(clock_ms, previous_ms + 1);
}

/** The answer to a push, the same on every retry; an empty segment's is [cursor + 1, cursor, …, []]. */
export type Receipt = {
  readonly firstCursor: number;
  readonly lastCursor: number;
  readonly server_ms: number;
  readonly log: Digest;
  readonly erased: readonly OpId[];
};

/** Form 0: an op of which the reader needs the name only. */
export type IdRow = { readonly form: 0; readonly opId: OpId };

/** Form 1: the whole op, as received. */
export type OpRow = { readonly form: 1; readonly header: HeaderBytes; readonly sealed: Sealed };

/** Form 2: an op that a later one killed, without its payload. */
export type DeadRow = {
  readonly form: 2;
  readonly header: HeaderBytes;
  readonly sealedHash: Digest;
};

/** Form 3: what an erasure leaves of an op. */
export type ErasedRow = {
  readonly form: 3;
  readonly entity: EntityId;
  readonly headerHash: Digest;
  readonly sealedHash: Digest;
};

export type Row = IdRow | OpRow | DeadRow | ErasedRow;

/** One whole segment of a page, with one row per op. */
export type PageSegment = {
  readonly firstCursor: number;
  readonly server_ms: number;
  readonly seg: Bytes;
  readonly sig: Bytes;
  readonly rows: readonly Row[];
};

/** Whole segments in cursor order; `toCursor` and `log` are those of the last (log is null in a bootstrap). */
export type Page = {
  readonly toCursor: number;
  readonly log: Digest | null;
  readonly more: boolean;
  readonly segments: readonly PageSegment[];
};

/** A row is known by its first member, which is its form. */
function form<T extends Row>(
  number: T['form'],
  shapes: Parameters<typeof struct<Omit<T, 'form'>>>[0],
): Shape<T> {
  const members = struct<Omit<T, 'form'>>(shapes, number);
  return {
    read: (value) => ({ form: number, ...members.read(value) }) as T,
    write: (row) => members.write(row),
  };
}

const rowShapes: { readonly [Form in Row['form']]: Shape<Extract<Row, { form: Form }>> } = {
  0: form<IdRow>(0, { opId: digest() }),
  1: form<OpRow>(1, { header: bin(), sealed: bin() }),
  2: form<DeadRow>(2, { header: bin(), sealedHash: digest() }),
  3: form<ErasedRow>(3, { entity: id(), headerHash: digest(), sealedHash: digest() }),
};

/** A row of a page. */
export const row: Shape<Row> = {
  read: (value) => {
    const found = Array.isArray(value) ? (value[0] as unknown) : undefined;
    if (found !== 0 && found !== 1 && found !== 2 && found !== 3) {
      throw new NotCanonical('A row of another form.');
    }
    return rowShapes[found].read(value);
  },
  write: (item) => (rowShapes[item.form] as Shape<Row>).write(item),
};

const receiptCodec = new Codec<Receipt>(
  struct<Receipt>({
    firstCursor: position,
    lastCursor: count,
    server_ms: count,
    log: digest(),
    erased: list(digest()),
  }),
);

const pageSegment = struct<PageSegment>({
  firstCursor: position,
  server_ms: count,
  seg: bin(),
  sig: bin(),
  rows: list(row),
});
const pageCodec = new Codec<Page>(
  struct<Page>({
    toCursor: count,
    log: nullable(digest()),
    more: flag,
    segments: list(pageSegment),
  }),
);

/** Returns the receipt's bytes, to be stored and answered verbatim. */
export function encodeReceipt(receipt: Receipt): Bytes {
  return receiptCodec.encode(receipt);
}

/** Returns the receipt. Throws NotCanonical. */
export function decodeReceipt(data: Uint8Array): Receipt {
  return receiptCodec.decode(data);
}

/** Returns the page's bytes. */
export function encodePage(page: Page): Bytes {
  return pageCodec.encode(page);
}

/** Returns the page; headers and segments in it are still bytes. Throws NotCanonical. */
export function decodePage(data: Uint8Array): Page {
  return pageCodec.decode(data);
}
