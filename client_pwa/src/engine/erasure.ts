/**
 * What an erasure leaves on a device: of every op two hashes, which name it in its chain, and no key that opened it.
 *
 * A server that was restored to before an erasure gives the erased ops again. A device that knows better shows none of
 * them, and every device that may erase says it again.
 */
import { hash } from './bytes.ts';
import { type Body } from './control.ts';
import { type Digest, type EntityId, idOf } from './ids.ts';
import { type ErasedRow, type PageSegment, type Row } from './log.ts';
import { type Entry, type LogView } from './logview.ts';

/** Returns the entities that control bodies erase. */
export function erasedBy(bodies: Iterable<Body | null>): ReadonlySet<EntityId> {
  const erasures = [...bodies].filter((body) => body?.kind === 'erase');
  return new Set(erasures.flatMap(({ entities }) => entities));
}

/** Leaves of entities' ops what their erasure leaves, and returns that by cursor; rows that are so already are not. */
export function forgetInView(
  view: LogView,
  entities: ReadonlySet<EntityId>,
): ReadonlyMap<number, ErasedRow> {
  const bared = new Map<number, ErasedRow>();
  for (const [name, entry] of view.firstEntries.own()) {
    const row = entities.has(entry.entity) ? bare(entry) : null;
    if (row === null) continue;
    bared.set(entry.cursor, row);
    view.firstEntries.set(name, { ...entry, row, header: null, body: null, void: null });
    view.killed.delete(name);
  }
  for (const entity of entities) view.geneses.delete(entity);
  for (const [cursor, { entity }] of view.voids.own()) {
    if (entities.has(entity)) view.voids.delete(cursor);
  }
  return bared;
}

/** Returns segments with what is left of the ops at some cursors in their place. */
export function forgetInSegments(
  segments: readonly PageSegment[],
  bared: ReadonlyMap<number, Row>,
): PageSegment[] {
  return segments.map((segment) => {
    const { firstCursor, rows } = segment;
    if (!rows.some((_, index) => bared.has(firstCursor + index))) return segment;
    return { ...segment, rows: rows.map((row, index) => bared.get(firstCursor + index) ?? row) };
  });
}

/** Returns what an erasure leaves of an op, or null if no more is left of it. */
function bare({ entity, row }: Entry): ErasedRow | null {
  if (row.form !== 1 && row.form !== 2) return null;
  const sealedHash = row.form === 2 ? row.sealedHash : idOf<Digest>(hash(row.sealed));
  return { form: 3, entity, headerHash: idOf(hash(row.header)), sealedHash };
}
