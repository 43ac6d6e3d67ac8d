/** What a shelf of the store holds of a replica: the pages of its log, and the tail, which is the outbox with its clock. */
import { type Bytes } from '../engine/bytes.ts';
import { type Hlc, later } from '../engine/clock.ts';
import { decode, encode, type Value } from '../engine/codec.ts';
import type { SpaceId, StreamId } from '../engine/ids.ts';
import type { Identity } from '../engine/keyring.ts';
import { encodePage } from '../engine/log.ts';
import { Outbox } from '../engine/outbox.ts';
import { Reader } from '../engine/reader.ts';
import { Replica } from '../engine/replica.ts';
import { Start } from '../engine/start.ts';
import { decodeOutbox, encodeOutbox } from '../engine/stored.ts';
import type { Page, Shelf, Store } from '../store/store.ts';
import { registry } from './catalogue.ts';
import type { Contents } from './contents.ts';
import { decodeLost, LOST } from './lost.ts';
import { randomId } from './server.ts';

export const TAIL = 'tail';
/** The server's checkpoint that proved the start. */
export const PROOF = 'proof';

/**
 * The pages are taken again, those of the bootstrap first, and the outbox goes on top: what is here is what was last
 * saved. A bootstrap page begins after a cursor below the checkpoint's, a page of the log never does.
 *
 * A page was saved only after its signatures held (`take`), and opens only if no byte of it has changed since under
 * the store's key, which the vault alone holds: its signatures are not verified a second time, its hashes are.
 */
export async function load(
  contents: Contents,
  identity: Identity,
  store: Store,
  shelf: Shelf,
): Promise<Replica> {
  const tail = await store.read(shelf, TAIL);
  const { space, root } = contents;
  const lost = decodeLost(await store.read(shelf, LOST), space);
  const begun = lost.fromFirst ? null : contents.start;
  const start = begun && new Start(space, begun.cursor, begun.checkpoint);
  const kept = tail === null ? null : decodeTail(tail, space, identity);
  const outbox = kept?.outbox ?? new Outbox(space, identity.device, randomId<StreamId>());
  const replica = new Replica(identity, registry(), new Reader(space, root, start), outbox);
  await readPages(replica, await store.pages(shelf), await store.read(shelf, PROOF));
  replica.reader.view.unprovenSince_ms = kept?.unprovenSince_ms ?? null;
  if (kept) {
    replica.hlc = later(replica.hlc, kept.hlc);
    replica.offsets = kept.offsets;
  }
  replica.restored_ms = lost.restored_ms;
  await replica.holdLost(lost.entries);
  return replica;
}

/** Returns what was read of the log as pages to keep: that of the bootstrap, and that of all after it. */
export function pagesOf({ reader }: Replica): Page[] {
  const { start, segments, view } = reader;
  const pages: Page[] = [];
  if (start !== null && start.segments.length > 0) {
    const { cursor: toCursor, segments: begun } = start;
    const whole = { toCursor, log: null, more: false, segments: begun };
    pages.push({ after: 0, bytes: encodePage(whole) });
  }
  if (segments.length > 0) {
    const page = { toCursor: view.cursor, log: view.log, more: view.stubs.size > 0, segments };
    pages.push({ after: start?.cursor ?? 0, bytes: encodePage(page) });
  }
  return pages;
}

async function readPages(
  replica: Replica,
  pages: readonly Page[],
  proof: Bytes | null,
): Promise<void> {
  const begin = replica.reader.start?.cursor ?? 0;
  // Since when a stub waits for its proof is kept: what this says of it is put right after.
  const now_ms = 0;
  for (const { after, bytes } of pages) {
    if (after < begin) await replica.applyStart(bytes, 'store');
  }
  if (proof !== null) await replica.finishStart(proof, now_ms);
  for (const { after, bytes } of pages) {
    if (after >= begin) await replica.applyPage(bytes, now_ms, 'store');
  }
}

type Tail = {
  readonly outbox: Outbox;
  readonly hlc: Hlc;
  readonly offsets: readonly number[];
  readonly unprovenSince_ms: number | null;
};

export function encodeTail({ outbox, hlc, offsets, reader }: Replica): Bytes {
  const { unprovenSince_ms } = reader.view;
  return encode([2, encodeOutbox(outbox), hlc.ms, hlc.ctr, offsets, unprovenSince_ms]);
}

/** Version 1 did not say since when stubs wait: then they do from the next page on. */
function decodeTail(tail: Bytes, space: SpaceId, { device }: Identity): Tail {
  const [, outbox, ms, ctr, offsets, unprovenSince_ms = null] = decode(tail) as readonly Value[];
  return {
    outbox: decodeOutbox(outbox as Bytes, space, device),
    hlc: { ms: ms as number, ctr: ctr as number },
    offsets: offsets as readonly number[],
    unprovenSince_ms: unprovenSince_ms as number | null,
  };
}
