/**
 * How the rows of a segment become entries of a reader's log: named, checked against the chain, judged in cursor order.
 *
 * A broken rule makes the one op *void*: kept, counted, without effect. Void is judged from headers, control bodies and
 * the log before the op, never from a payload or the registry, so that every reader judges alike, with keys or without,
 * from the first op on or from a checkpoint.
 */
import { hash } from './bytes.ts';
import { NotCanonical } from './codec.ts';
import { type Body, ControlFault, decodeBody } from './control.ts';
import { IntegrityFailure, type Reason } from './errors.ts';
import {
  type Digest,
  type EntityId,
  type HeaderBytes,
  idOf,
  type OpId,
  type SpaceId,
} from './ids.ts';
import { PUSH_OPS_MAX } from './limits.ts';
import { isKillable } from './liveness.ts';
import {
  decodePage,
  type DeadRow,
  type ErasedRow,
  type IdRow,
  type OpRow,
  type Page,
  type PageSegment,
  type Row,
} from './log.ts';
import { type Entry, type LogView, type Table, type Void } from './logview.ts';
import { type Fault, found, judge, type Members } from './members.ts';
import {
  decodeHeader,
  entityOf,
  type Header,
  HeaderFault,
  isControlKind,
  OpClass,
  opIdOfHashes,
} from './op.ts';
import { chain, decodeSegment, isSigned, type Segment } from './segment.ts';

const VOID_BY_FAULT: Readonly<Record<Fault, Void>> = {
  not_member: 'revoked',
  device_revoked: 'revoked',
  role_missing: 'role',
  epoch: 'epoch',
  epoch_conflict: 'control',
  bad_control: 'control',
};

/** A row whose name is known, before it is judged. */
export type Named = {
  readonly opId: OpId;
  readonly entity: EntityId;
  readonly header: Header | null;
  readonly row: OpRow | DeadRow | ErasedRow;
};

/** A row of form 0 has nothing but its name. */
export type Seen = Named | { readonly opId: OpId; readonly row: IdRow };

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

/** Returns a row with its name, and notes a stub that waits for its proof. */
export function see(view: LogView, row: Row): Seen {
  switch (row.form) {
    case 0:
      return { opId: row.opId, row };
    case 1:
      return named(view, row, row.header, idOf(hash(row.sealed)));
    case 2: {
      const seen = named(view, row, row.header, row.sealedHash);
      require(seen.header !== null && isKillable(seen.header), 'stub', view);
      view.stubs.set(seen.opId, seen.entity);
      return seen;
    }
    case 3: {
      const entity: string = row.entity;
      require(entity !== view.members.space, 'stub', view);
      const opId = opIdOfHashes(row.entity, row.headerHash, row.sealedHash);
      view.stubs.set(opId, row.entity);
      return { opId, entity: row.entity, header: null, row };
    }
  }
}

function named(
  view: LogView,
  row: OpRow | DeadRow,
  headerBytes: HeaderBytes,
  sealedHash: Digest,
): Named {
  const header = orNull(HeaderFault, () => decodeHeader(headerBytes));
  const entity = header === null ? entityOf(headerBytes) : header.entity;
  if (entity === null) throw new IntegrityFailure('entity', view.cursor);
  const opId = opIdOfHashes(entity, idOf(hash(headerBytes)), sealedHash);
  return { opId, entity, header, row };
}

/** Tells whether more is known of a row than its name. */
export function isNamed(seen: Seen): seen is Named {
  return seen.row.form !== 0;
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
  if (author === undefined) throw new IntegrityFailure('device', view.cursor);
  if (source === 'server') require(await isSigned(author.edPk, seg, sig), 'signature', view);
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

function bodyOf({ header, row }: Named, space: SpaceId): Body | null {
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
      view.members = view.members.after(segment.device, body);
    }
    entries.push(entry);
  }
  view.members = founded ?? view.members;
  return entries;
}

/** Judges an op by its header, its control body and the log before it; what is erased is not judged. */
function voidOf(view: LogView, segment: Segment, seen: Named, body: Body | null): Void | null {
  const { header } = seen;
  if (header === null) return seen.row.form === 3 ? null : 'header';
  if (header.space !== segment.space || header.device !== segment.device) return 'segment';
  if (view.firstEntries.has(seen.opId)) return 'logged';
  if (view.erased.has(seen.entity)) return 'erased';
  const fault = judge(view.members, header, body);
  return fault === null ? historyFault(view, header) : VOID_BY_FAULT[fault];
}

function historyFault(view: LogView, { opClass, entity, kind, re }: Header): Void | null {
  if (opClass === OpClass.GENESIS && view.geneses.has(entity)) return 'genesis';
  if (re === null) return null;
  const amended = view.firstEntries.get(re);
  const row = amended?.void === null ? amended.header : null;
  const isRow = row?.opClass === OpClass.ROW && row.entity === entity && row.kind === kind;
  return isRow ? null : 'amends';
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

/** Throws IntegrityFailure unless a check of the log holds. */
export function require(holds: boolean, reason: Reason, view: LogView): void {
  if (!holds) throw new IntegrityFailure(reason, view.cursor);
}

type Thrown = abstract new (...details: never[]) => Error;

function orNull<T>(expected: Thrown, step: () => T): T | null {
  try {
    return step();
  } catch (error) {
    if (error instanceof expected) return null;
    throw error;
  }
}

export function orFails<T>(reason: Reason, view: LogView, expected: Thrown, step: () => T): T {
  const result = orNull(expected, step);
  if (result === null) throw new IntegrityFailure(reason, view.cursor);
  return result;
}
