/**
 * The history of one entity, as an administrator's device reads it: every op that still has its bytes, dead ones too.
 *
 * A page of it holds the segments in which the entity has an op; the other ops of those segments are names only. It is no
 * log: what a hostile server leaves out of it, whole segments at a time, cannot be seen. What is there is proved; where
 * and when it was logged is, if this reader holds one of the segment's ops.
 */
import { checkChain, checkSigned, pageOf, segmentOf } from './entries.ts';
import { IntegrityFailure } from './errors.ts';
import { type EntityId, type OpId } from './ids.ts';
import { require } from './integrity.ts';
import { type ErasedRow, type OpRow, type Page } from './log.ts';
import { type LogView } from './logview.ts';
import { type Header } from './op.ts';
import { isNamed, see } from './seen.ts';

/** One op of the entity; `row` holds its bytes, or what an erasure leaves of them, and then there is no header. */
export type HistoryRow = {
  readonly cursor: number;
  readonly server_ms: number;
  readonly opId: OpId;
  readonly header: Header | null;
  readonly row: OpRow | ErasedRow;
};

/**
 * Returns the entity's ops in a page, in cursor order; the view is not changed.
 *
 * Rejects with IntegrityFailure if a segment is not its device's, an op is none of its segment, or the page holds what
 * was not asked for, or stands elsewhere in the log than this reader knows.
 */
export async function readHistory(
  view: LogView,
  data: Uint8Array,
  entity: EntityId,
): Promise<HistoryRow[]> {
  const page = pageOf(data, view);
  const staged = view.stage();
  checkPage(staged, page);
  const rows: HistoryRow[] = [];
  for (const paged of page.segments) {
    const segment = segmentOf(paged, staged);
    await checkSigned(staged.members, segment, paged, staged, 'server');
    const seen = paged.rows.map((row) => see(staged, row));
    checkChain(segment, seen, staged);
    for (const [index, one] of seen.entries()) {
      const cursor = paged.firstCursor + index;
      checkKnown(staged, one.opId, cursor, paged.server_ms);
      if (!isNamed(one)) continue;
      const { opId, header, row } = one;
      if (one.entity !== entity || row.form === 2) throw new IntegrityFailure('page', view.cursor);
      rows.push({ cursor, server_ms: paged.server_ms, opId, header, row });
    }
  }
  return rows;
}

function checkPage(view: LogView, { toCursor, log, more, segments }: Page): void {
  require(log === null, 'log', view);
  require(segments.length > 0 || !more, 'page', view);
  for (const [at, after] of segments.slice(1).entries()) {
    const before = segments[at] ?? after;
    require(before.firstCursor + before.rows.length <= after.firstCursor, 'cursor', view);
    require(before.server_ms < after.server_ms, 'server_ms', view);
  }
  const last = segments.at(-1);
  const end = last === undefined ? 0 : last.firstCursor + last.rows.length - 1;
  require(!more || toCursor === end, 'page', view);
}

function checkKnown(view: LogView, opId: OpId, cursor: number, server_ms: number): void {
  const known = view.firstEntries.get(opId);
  require(known === undefined || known.cursor === cursor, 'cursor', view);
  require(known === undefined || known.server_ms === server_ms, 'server_ms', view);
}
