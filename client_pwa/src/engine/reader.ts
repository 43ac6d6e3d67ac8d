/**
 * The reader's checks: what a page must prove before a replica takes it.
 *
 * Two kinds of failure are kept apart. Integrity (a page that no honest log holds) stops the pull and
 * raises an alarm. A broken rule makes the one op *void*, and the pull goes on: `entries` says which.
 *
 * A page that this device has checked before and kept under a seal of its own need not have
 * its signatures verified again: whoever could change it there holds the device's own keys. Every hash is
 * compared again all the same, so that a damaged store is found.
 *
 * `Reader.read` looks and changes nothing; `Reader.commit` takes what it returned. So a page is applied
 * whole or not at all, with its cursor. A reader that begins at a checkpoint is `starting` until that is
 * proved, and shows nothing.
 */
import {
  checkChain,
  checkSigned,
  foundedBy,
  judged,
  pageOf,
  segmentOf,
  type Source,
} from './entries.ts';
import { type Bytes, hash, toHex } from './bytes.ts';
import { forgetInSegments, forgetInView } from './erasure.ts';
import { type EntityId, idOf, type OpId, type Sealed, type SpaceId } from './ids.ts';
import { require } from './integrity.ts';
import { encodePage, log0, nextLog, type Page, type PageSegment, type Row } from './log.ts';
import { type Entry, LogView } from './logview.ts';
import { Members } from './members.ts';
import { see } from './seen.ts';
import { head0, type Segment } from './segment.ts';
import { type Start } from './start.ts';

/** A page that passed every check: the log after it, and its entries in cursor order. */
export type Reading = {
  readonly before: number;
  readonly view: LogView;
  readonly entries: readonly Entry[];
  readonly segments: readonly PageSegment[];
  /** The page as it is to be kept, if not as it came. */
  readonly page: Bytes | null;
  /** Whether the server says that there is more to pull; nothing signs it. */
  readonly more: boolean;
};

/** Sealed bytes by their header, in hex. */
export type SealedByHeader = ReadonlyMap<string, Sealed>;

const NO_OPS: SealedByHeader = new Map();

/** A reader's log of one space, without any key. */
export class Reader {
  /** op_id at cursor 1, which was scanned or printed; null at its founder until it has written it. */
  root: OpId | null;
  /** Where it begins, if not at the first op. */
  readonly start: Start | null;
  view: LogView;
  /** The segments pulled, without those of the start. */
  segments: PageSegment[] = [];

  constructor(space: SpaceId, root: OpId | null, start: Start | null = null) {
    this.root = root;
    this.start = start;
    const members = new Members(space);
    this.view = new LogView({ cursor: 0, log: log0(space), server_ms: 0, members });
  }

  /** Whether the checkpoint it begins at is not proved yet. */
  get starting(): boolean {
    return this.start !== null && this.start.proof === null;
  }

  /**
   * Checks a page against the log so far and returns what it adds. Rejects with IntegrityFailure.
   *
   * `now_ms` is the reader's own clock; from then on a stub waits for its proof. `own` are the sealed bytes of this
   * device's own ops. It keeps those that come back without: a server that loses the end of its log must be given them
   * again.
   */
  async read(
    data: Uint8Array,
    now_ms: number,
    source: Source = 'server',
    own: SealedByHeader = NO_OPS,
  ): Promise<Reading> {
    if (this.starting) throw new Error('A log is not read before its start is proved.');
    const received = pageOf(data, this.view);
    const page = own.size > 0 ? withOwn(received, own) : received;
    const staged = this.view.stage();
    const entries: Entry[] = [];
    for (const segment of page.segments) {
      entries.push(...(await readSegment(staged, segment, this.root, source)));
    }
    checkEnd(staged, page);
    staged.noteUnproven(now_ms);
    const { segments, more } = page;
    const kept = page === received ? null : encodePage(page);
    return { before: this.view.cursor, view: staged, entries, segments, page: kept, more };
  }

  /**
   * Takes what `read` returned; a reading made at another cursor is a bug. What is erased by then is let go of; tells
   * whether something was.
   */
  commit(reading: Reading): boolean {
    if (reading.before !== this.view.cursor)
      throw new Error('The log has moved since this was read.');
    const late = reading.entries.filter(
      ({ entity, row }) => this.view.erased.has(entity) && row.form !== 3,
    );
    const erased = new Set([
      ...reading.view.erased.own().keys(),
      ...late.map(({ entity }) => entity),
    ]);
    this.view.absorb(reading.view);
    this.segments.push(...reading.segments);
    return erased.size > 0 && this.#forget(erased);
  }

  #forget(entities: ReadonlySet<EntityId>): boolean {
    const bared = forgetInView(this.view, entities);
    this.segments = forgetInSegments(this.segments, bared);
    if (this.start !== null) this.start.segments = forgetInSegments(this.start.segments, bared);
    return bared.size > 0;
  }

  /** Checks a page of the bootstrap and takes it. Rejects with IntegrityFailure, and then changed nothing. */
  async readStart(data: Uint8Array, source: Source = 'server'): Promise<void> {
    await this.#begun().read(data, this.root, source);
  }

  /**
   * Proves the start by the server's checkpoint, stands there, and returns its entries in cursor order.
   *
   * Throws IntegrityFailure if it is not what was scanned; then the bootstrap begins again from nothing.
   */
  finishStart(proof: Bytes, now_ms: number): readonly Entry[] {
    const { view, entries } = this.#begun().prove(proof);
    view.noteUnproven(now_ms);
    this.view = view;
    return entries;
  }

  #begun(): Start {
    if (this.start?.proof !== null) throw new Error('This reader is not starting.');
    return this.start;
  }
}

/** Returns the page with own bytes in place of stubs; the same one if it holds no such stub. */
function withOwn(page: Page, own: SealedByHeader): Page {
  const isKnown = (row: Row): boolean => withBytes(row, own) !== row;
  if (!page.segments.some(({ rows }) => rows.some(isKnown))) return page;
  const segments = page.segments.map((segment) => {
    return { ...segment, rows: segment.rows.map((row) => withBytes(row, own)) };
  });
  return { ...page, segments };
}

function withBytes(row: Row, own: SealedByHeader): Row {
  const sealed = row.form === 2 ? own.get(toHex(row.header)) : undefined;
  if (row.form !== 2 || sealed === undefined || idOf(hash(sealed)) !== row.sealedHash) return row;
  return { form: 1, header: row.header, sealed };
}

/** Checks the page's own claims; when nothing more is to come, every stub must be justified. */
function checkEnd(view: LogView, page: Page): void {
  require(page.toCursor === view.cursor, 'page', view);
  require(page.log === view.log, 'log', view);
  require(page.segments.length > 0 || !page.more, 'page', view);
  for (const [opId, entity] of view.stubs) {
    if (view.killed.has(opId) || view.erased.has(entity)) view.stubs.delete(opId);
  }
  require(page.more || view.stubs.size === 0, 'stub', view);
}

async function readSegment(
  view: LogView,
  paged: PageSegment,
  root: OpId | null,
  source: Source,
): Promise<Entry[]> {
  const segment = segmentOf(paged, view);
  require(paged.rows.every(({ form }) => form !== 0), 'page', view);
  require(paged.firstCursor === view.cursor + 1, 'cursor', view);
  require(paged.server_ms > view.server_ms, 'server_ms', view);
  const seen = paged.rows.map((row) => see(view, row));
  const founded = view.cursor === 0 ? foundedBy(view, segment, seen, root) : null;
  await checkSigned(founded ?? view.members, segment, paged, view, source);
  checkPlace(view, segment);
  checkChain(segment, seen, view);
  const entries = judged(view, segment, paged, seen, founded);
  const lastCursor = view.cursor + segment.n;
  view.log = nextLog(view.log, lastCursor, paged.server_ms, paged.seg);
  view.cursor = lastCursor;
  view.server_ms = paged.server_ms;
  view.ends.set(lastCursor, view.log);
  view.noteStream(segment, paged.server_ms);
  return entries;
}

/** Checks that the segment continues its stream, and that its device has seen this log and no other. */
function checkPlace(view: LogView, segment: Segment): void {
  const { space, stream, device, fromSeq, prevHead, seenCursor, seenLog } = segment;
  const end = view.streams.get(stream) ?? {
    device,
    nextSeq: 1,
    head: head0(space, stream, device),
  };
  const continues = device === end.device && fromSeq === end.nextSeq && prevHead === end.head;
  require(continues, 'stream', view);
  require(seenCursor < view.base || view.ends.get(seenCursor) === seenLog, 'seen', view);
}
