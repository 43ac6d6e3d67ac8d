/**
 * The start of a reader that does not read from the first op: the ops live at a checkpoint, proved by its hash.
 *
 * Pages come in any number of days and after any number of interruptions; each is checked by signatures and chains, and
 * what they leave out, add or reorder shows at the end, when the checkpoint is computed from them. Nothing of a start is
 * shown or built upon before.
 */
import { type Bytes } from './bytes.ts';
import { checkpointDigest, decodeCheckpoint, liveDigest } from './checkpoint.ts';
import { NotCanonical } from './codec.ts';
import {
  checkChain,
  checkSigned,
  foundedBy,
  judged,
  pageOf,
  segmentOf,
  type Source,
} from './entries.ts';
import { type Digest, type OpId, type SpaceId } from './ids.ts';
import { orFails, require } from './integrity.ts';
import { log0, type Page, type PageSegment } from './log.ts';
import { type Entry, LogView } from './logview.ts';
import { Members } from './members.ts';
import { isNamed, see } from './seen.ts';
import { head0, type Segment } from './segment.ts';

/** The log at a proved checkpoint, and the ops live there in cursor order. */
export type Proved = { readonly view: LogView; readonly entries: readonly Entry[] };

/** Where a reader begins. */
export class Start {
  readonly space: SpaceId;
  /** K, a segment end of the log. */
  readonly cursor: number;
  /** cp there, as it was scanned. */
  readonly checkpoint: Digest;
  /** Those read so far. */
  segments: PageSegment[] = [];
  /** The cursor to ask for next. */
  after = 0;
  /** Whether the last page said that nothing more is to come. */
  complete = false;
  /** The server's checkpoint, once it was found to be the one scanned. */
  proof: Bytes | null = null;
  #view: LogView;
  #entries: Entry[] = [];

  constructor(space: SpaceId, cursor: number, checkpoint: Digest) {
    this.space = space;
    this.cursor = cursor;
    this.checkpoint = checkpoint;
    this.#view = emptyView(space);
  }

  /** How many ops were read so far. */
  get taken(): number {
    return this.#entries.length;
  }

  /** Checks a page of the bootstrap and takes it. Rejects with IntegrityFailure, and then changed nothing. */
  async read(data: Uint8Array, root: OpId | null, source: Source = 'server'): Promise<void> {
    const page = pageOf(data, this.#view);
    const staged = this.#view.stage();
    const entries: Entry[] = [];
    for (const segment of page.segments) {
      entries.push(...(await this.#readSegment(staged, segment, root, source)));
    }
    this.#checkEnd(staged, page);
    this.#view.absorb(staged);
    for (const entry of entries) this.#entries.push(entry);
    this.segments.push(...page.segments);
    this.after = page.toCursor;
    this.complete = !page.more;
  }

  /**
   * Compares the server's checkpoint and what was read with the hash that was scanned.
   *
   * Throws IntegrityFailure if they differ; then the start begins again from nothing.
   */
  prove(proof: Bytes): Proved {
    const stated = orFails('checkpoint', this.#view, NotCanonical, () => decodeCheckpoint(proof));
    const found = checkpointDigest(this.space, stated, liveDigest(this.#entries));
    const [view, entries] = [this.#view, this.#entries];
    view.cursor = this.cursor;
    view.base = this.cursor;
    try {
      require(stated.cursor === this.cursor && found === this.checkpoint, 'checkpoint', view);
    } catch (error) {
      this.beginAgain();
      throw error;
    }
    view.log = stated.log;
    view.ends.set(this.cursor, stated.log);
    for (const { stream, device, nextSeq: next, head } of stated.streams) {
      view.streams.set(stream, { device, nextSeq: next, head });
    }
    this.proof = proof;
    this.#entries = [];
    return { view, entries };
  }

  /** Forgets what was read: one of the pages is not of this log, and none says which. */
  beginAgain(): void {
    this.segments = [];
    this.after = 0;
    this.complete = false;
    this.#view = emptyView(this.space);
    this.#entries = [];
  }

  #checkEnd(view: LogView, { toCursor, log, more, segments }: Page): void {
    require(log === null, 'log', view);
    require(segments.length > 0 || !more, 'page', view);
    require(toCursor === (more ? view.cursor : this.cursor), 'page', view);
  }

  async #readSegment(
    view: LogView,
    paged: PageSegment,
    root: OpId | null,
    source: Source,
  ): Promise<Entry[]> {
    const segment = segmentOf(paged, view);
    const lastCursor = paged.firstCursor + segment.n - 1;
    require(view.cursor < paged.firstCursor && lastCursor <= this.cursor, 'cursor', view);
    require(paged.server_ms > view.server_ms, 'server_ms', view);
    const seen = paged.rows.map((row) => see(view, row));
    require(seen.some(isNamed), 'page', view);
    const isFirst = view.cursor === 0;
    require(!isFirst || paged.firstCursor === 1, 'cursor', view);
    const founded = isFirst ? foundedBy(view, segment, seen, root) : null;
    await checkSigned(founded ?? view.members, segment, paged, view, source);
    checkPlace(view, segment);
    checkChain(segment, seen, view);
    const entries = judged(view, segment, paged, seen, founded);
    view.cursor = lastCursor;
    view.server_ms = paged.server_ms;
    view.noteStream(segment, paged.server_ms);
    return entries;
  }
}

/** Checks what can be: a stream is one device's, goes forward, and begins and goes on where the heads say so. */
function checkPlace(view: LogView, { space, stream, device, fromSeq, prevHead }: Segment): void {
  const before = view.streams.get(stream);
  const goesOn = before === undefined || (device === before.device && fromSeq >= before.nextSeq);
  require(goesOn, 'stream', view);
  require((fromSeq === 1) === (prevHead === head0(space, stream, device)), 'stream', view);
  require(fromSeq !== before?.nextSeq || prevHead === before.head, 'stream', view);
}

function emptyView(space: SpaceId): LogView {
  const members = new Members(space);
  return new LogView({ cursor: 0, log: log0(space), server_ms: 0, members });
}
