/** How the rows of a segment become entries of a reader's log: checked against the chain, judged in cursor order. */
import { NotCanonical } from './codec.ts';
import { type Body, ControlFault, decodeBody } from './control.ts';
import { IntegrityFailure } from './errors.ts';
import { type OpId, type SpaceId } from './ids.ts';
import { orFails, orNull, require } from './integrity.ts';
import { PUSH_OPS_MAX } from './limits.ts';
import { isKillable } from './liveness.ts';
import { decodePage, type Page, type PageSegment } from './log.ts';
import { type Entry, type LogView, type Table } from './logview.ts';
import { found, type Members } from './members.ts';
import { isControlKind, OpClass } from './op.ts';
import { isNamed, type Named, type Seen } from './seen.ts';
import { chain, decodeSegment, isSigned, type Segment } from './segment.ts';
import { voidOf } from './voids.ts';

/** Where a page comes from: a server, or this device's own sealed store, which took it from a server before. */
export type Source = 'server' | 'store';

/** Returns the page. `view` says where the reader stands. */
export function pageOf(data: Uint8Array, view: LogView): Page {
  return orFails('page', view, NotCanonical, () => decodePage(data));
}

/** Returns the segment of a page, which is one of this space, whole, and no acknowledgement. */
export function segmentOf({ seg, rows }: PageSegment, view: LogView): Segment {
  const segment = orFails('page', view, NotCanonical, () => decodeSegment(seg));
  const isWhole = segment.space === view.members.space && segment.n === rows.length;
  require(isWhole && 1 <= segment.n && segment.n <= PUSH_OPS_MAX, 'page', view);
  return segment;
}

/** Checks that a device which is or was a member has signed the segment; what comes from the store was checked before. */
export async function checkSigned(
  members: Members,
  { device }: Segment,
  { seg, sig }: PageSegment,
  view: LogView,
  source: Source,
): Promise<void> {
  const author = members.byDevice.get(device);
  require(author !== undefined, 'device', view);
  if (source === 'store') return;
  require(author !== undefined && (await isSigned(author.edPk, seg, sig)), 'signature', view);
}

/** Checks that the segment holds these ops, in this order. */
export function checkChain(
  { prevHead, head }: Segment,
  seen: readonly Seen[],
  view: LogView,
): void {
  const opIds = seen.map(({ opId }) => opId);
  require(chain(prevHead, opIds).at(-1) === head, 'chain', view);
}

/** Returns the members of a space as its first segment founds them; trust begins at the root. */
export function foundedBy(
  view: LogView,
  segment: Segment,
  seen: readonly Seen[],
  root: OpId | null,
): Members {
  require(seen[0]?.opId === root, 'root', view);
  const own = seen.filter(isNamed);
  const headers = own
    .map(({ header }) => header)
    .filter((header) => header?.space === segment.space && header.device === segment.device)
    .filter((header) => header !== null);
  const bodies = own.map((row) => bodyOf(row, segment.space));
  const members = headers.length === seen.length ? found(segment.space, headers, bodies) : null;
  if (members === null) throw new IntegrityFailure('founding', view.cursor);
  return members;
}

/** Returns a control op's body, or null: it is no control op, has no bytes here, or its body does not decode. */
export function bodyOf({ header, row }: Named, space: SpaceId): Body | null {
  if (header?.opClass !== OpClass.CONTROL || row.form !== 1 || !isControlKind(header.kind))
    return null;
  const { kind } = header;
  return orNull(ControlFault, () => decodeBody(kind, row.sealed, space));
}

/**
 * Returns the rows of a segment as entries, each judged by the log before it, and notes their effects in the view.
 *
 * A row of form 0 makes no entry. `founded` is what the founding segment made: it is judged as a whole.
 */
export function judged(
  view: LogView,
  segment: Segment,
  paged: PageSegment,
  seen: readonly Seen[],
  founded: Members | null,
): Entry[] {
  const entries: Entry[] = [];
  for (const [index, one] of seen.entries()) {
    if (!isNamed(one)) continue;
    const body = bodyOf(one, segment.space);
    const isVoid = founded === null ? voidOf(view, segment, one, body) : null;
    const cursor = paged.firstCursor + index;
    const entry = { ...one, cursor, server_ms: paged.server_ms, body, void: isVoid };
    take(view, entry);
    if (isVoid !== null) {
      const { entity, server_ms } = entry;
      view.voids.set(cursor, { device: segment.device, entity, server_ms, void: isVoid });
    }
    if (body !== null && isVoid === null && founded === null) {
      view.members = view.members.after(segment.device, body, cursor);
    }
    entries.push(entry);
  }
  view.members = founded ?? view.members;
  return entries;
}

/** Notes an op's effects on the judgement of what follows; a kill counts only against an op before it. */
function take(view: LogView, entry: Entry): void {
  if (!view.firstEntries.has(entry.opId)) view.firstEntries.set(entry.opId, entry);
  if (entry.void !== null || entry.header === null) return;
  if (entry.header.opClass === OpClass.GENESIS) view.geneses.set(entry.entity, entry.opId);
  if (entry.body?.kind === 'erase') {
    for (const entity of entry.body.entities) setFirst(view.erased, entity, entry.cursor);
  }
  for (const killed of entry.header.kills) {
    const target = view.firstEntries.get(killed);
    if (target !== undefined && isKilledBy(target, entry)) {
      setFirst(view.killed, killed, entry.cursor);
    }
  }
}

function setFirst<Key>(table: Table<Key, number>, key: Key, cursor: number): void {
  if (!table.has(key)) table.set(key, cursor);
}

function isKilledBy(target: Entry, killer: Entry): boolean {
  const { header } = target;
  return (
    header !== null && target.void === null && target.entity === killer.entity && isKillable(header)
  );
}
