/**
 * The reader's checks: what a page must prove before a replica takes it, and which of its ops are void.
 *
 * Two kinds of failure are kept apart. Integrity (a page that no honest log holds) stops the pull and
 * raises an alarm. A broken rule makes the one op *void*: kept, counted, without effect, and the pull
 * goes on. Void is judged from headers, control bodies and the log before the op, never from a payload
 * or the registry.
 *
 * A page that this device has checked before and kept under a seal of its own need not have
 * its signatures verified again: whoever could change it there holds the device's own keys. Every hash is
 * compared again all the same, so that a damaged store is found.
 *
 * `Reader.read` looks and changes nothing; `Reader.commit` takes what it returned. So a page is applied
 * whole or not at all, with its cursor.
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
import { decodePage, log0, nextLog, type Page, type PageSegment, type Row } from './log.ts';
import { type Entry, LogView, type Void } from './logview.ts';
import { type Fault, found, judge, type Member, Members } from './members.ts';
import {
  decodeHeader,
  entityOf,
  type Header,
  HeaderFault,
  isControlKind,
  OpClass,
  opIdOfHashes,
} from './op.ts';
import { chain, decodeSegment, head0, isSigned, nextSeq, type Segment } from './segment.ts';

const VOID_BY_FAULT: Readonly<Record<Fault, Void>> = {
  not_member: 'revoked',
  device_revoked: 'revoked',
  role_missing: 'role',
  epoch: 'epoch',
  epoch_conflict: 'control',
  bad_control: 'control',
};

/** A row whose name is known, before it is judged. */
type Seen = {
  readonly opId: OpId;
  readonly entity: EntityId;
  readonly header: Header | null;
  readonly row: Row;
};

/** A page that passed every check: the log after it, and its entries in cursor order. */
export type Reading = {
  readonly before: number;
  readonly view: LogView;
  readonly entries: readonly Entry[];
  readonly segments: readonly PageSegment[];
  /** Whether the server says that there is more to pull; nothing signs it. */
  readonly more: boolean;
};

/** Where a page comes from: a server, or this device's own sealed store, which took it from a server before. */
export type Source = 'server' | 'store';

/** A reader's log of one space from cursor 1, without any key. */
export class Reader {
  /** op_id at cursor 1, which was scanned or printed; null at its founder until it has written it. */
  root: OpId | null;
  readonly view: LogView;
  readonly segments: PageSegment[] = [];

  constructor(space: SpaceId, root: OpId | null) {
    this.root = root;
    const members = new Members(space);
    this.view = new LogView({ cursor: 0, log: log0(space), server_ms: 0, members });
  }

  /** Checks a page against the log so far and returns what it adds. Rejects with IntegrityFailure. */
  async read(data: Uint8Array, source: Source = 'server'): Promise<Reading> {
    const page = orFails('page', this.view, NotCanonical, () => decodePage(data));
    const staged = this.view.stage();
    const entries: Entry[] = [];
    for (const segment of page.segments) {
      entries.push(...(await readSegment(staged, segment, this.root, source)));
    }
    checkEnd(staged, page);
    const { segments, more } = page;
    return { before: this.view.cursor, view: staged, entries, segments, more };
  }

  /** Takes what `read` returned; a reading made at another cursor is a bug. */
  commit(reading: Reading): void {
    if (reading.before !== this.view.cursor)
      throw new Error('The log has moved since this was read.');
    this.view.absorb(reading.view);
    this.segments.push(...reading.segments);
  }
}

/** Checks the page's own claims; when nothing more is to come, every stub must be justified. */
function checkEnd(view: LogView, page: Page): void {
  require(page.toCursor === view.cursor, 'page', view);
  require(page.log === view.log, 'log', view);
  require(page.segments.length > 0 || !page.more, 'page', view);
  if (page.more) return;
  for (const [opId, entity] of view.stubs) {
    require(view.killed.has(opId) || view.erased.has(entity), 'stub', view);
  }
  view.stubs = new Map();
}

async function readSegment(
  view: LogView,
  paged: PageSegment,
  root: OpId | null,
  source: Source,
): Promise<Entry[]> {
  const segment = orFails('page', view, NotCanonical, () => decodeSegment(paged.seg));
  const isWhole = segment.space === view.members.space && segment.n === paged.rows.length;
  require(isWhole && 1 <= segment.n && segment.n <= PUSH_OPS_MAX, 'page', view);
  require(paged.firstCursor === view.cursor + 1, 'cursor', view);
  require(paged.server_ms > view.server_ms, 'server_ms', view);
  const seen = paged.rows.map((row) => see(view, row));
  const isFirst = view.cursor === 0;
  if (isFirst) require(seen[0]?.opId === root, 'root', view);
  const founded = isFirst ? foundedBy(view, segment, seen) : null;
  const author = authorOf(founded ?? view.members, segment, view);
  if (source === 'server') {
    require(await isSigned(author.edPk, paged.seg, paged.sig), 'signature', view);
  }
  checkPlace(view, segment, seen);
  const entries = judged(view, segment, paged, seen, founded);
  const lastCursor = view.cursor + segment.n;
  view.log = nextLog(view.log, lastCursor, paged.server_ms, paged.seg);
  view.cursor = lastCursor;
  view.server_ms = paged.server_ms;
  view.ends.set(lastCursor, view.log);
  const { device, head } = segment;
  view.streams.set(segment.stream, { device, nextSeq: nextSeq(segment), head });
  return entries;
}

function authorOf(members: Members, { device }: Segment, { cursor }: LogView): Member {
  const author = members.byDevice.get(device);
  if (author === undefined) throw new IntegrityFailure('device', cursor);
  return author;
}

/** Checks that the segment continues its stream, holds these ops, and has seen this log and no other. */
function checkPlace(view: LogView, segment: Segment, seen: readonly Seen[]): void {
  const { space, stream, device, fromSeq, prevHead, head, seenCursor, seenLog } = segment;
  const end = view.streams.get(stream) ?? {
    device,
    nextSeq: 1,
    head: head0(space, stream, device),
  };
  const continues = device === end.device && fromSeq === end.nextSeq && prevHead === end.head;
  require(continues, 'stream', view);
  const opIds = seen.map(({ opId }) => opId);
  require(chain(prevHead, opIds).at(-1) === head, 'chain', view);
  require(view.ends.get(seenCursor) === seenLog, 'seen', view);
}

function see(view: LogView, row: Row): Seen {
  switch (row.form) {
    case 0:
      throw new IntegrityFailure('page', view.cursor);
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

function named(view: LogView, row: Row, headerBytes: HeaderBytes, sealedHash: Digest): Seen {
  const header = orNull(HeaderFault, () => decodeHeader(headerBytes));
  const entity = header === null ? entityOf(headerBytes) : header.entity;
  if (entity === null) throw new IntegrityFailure('entity', view.cursor);
  const opId = opIdOfHashes(entity, idOf(hash(headerBytes)), sealedHash);
  return { opId, entity, header, row };
}

function foundedBy(view: LogView, segment: Segment, seen: readonly Seen[]): Members {
  const headers = seen
    .map(({ header }) => header)
    .filter((header) => header?.space === segment.space && header.device === segment.device)
    .filter((header) => header !== null);
  const bodies = seen.map((row) => bodyOf(row, segment.space));
  const members = headers.length === seen.length ? found(segment.space, headers, bodies) : null;
  if (members === null) throw new IntegrityFailure('founding', view.cursor);
  return members;
}

function bodyOf({ header, row }: Seen, space: SpaceId): Body | null {
  if (header?.opClass !== OpClass.CONTROL || row.form !== 1 || !isControlKind(header.kind))
    return null;
  const { kind } = header;
  return orNull(ControlFault, () => decodeBody(kind, row.sealed, space));
}

function judged(
  view: LogView,
  segment: Segment,
  paged: PageSegment,
  seen: readonly Seen[],
  founded: Members | null,
): Entry[] {
  const entries = seen.map((one, index): Entry => {
    const body = bodyOf(one, segment.space);
    const isVoid = founded === null ? voidOf(view, segment, one, body) : null;
    const cursor = paged.firstCursor + index;
    const entry = { ...one, cursor, server_ms: paged.server_ms, body, void: isVoid };
    take(view, entry);
    if (body !== null && isVoid === null && founded === null) {
      view.members = view.members.after(segment.device, body);
    }
    return entry;
  });
  view.members = founded ?? view.members;
  return entries;
}

/** Judges an op by its header, its control body and the log before it; what is erased is not judged. */
function voidOf(view: LogView, segment: Segment, seen: Seen, body: Body | null): Void | null {
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
    for (const entity of entry.body.entities) view.erased.set(entity, entry.cursor);
  }
  for (const killed of entry.header.kills) {
    const target = view.firstEntries.get(killed);
    if (target !== undefined && isKilledBy(target, entry)) view.killed.set(killed, entry.cursor);
  }
}

function isKilledBy(target: Entry, killer: Entry): boolean {
  const { header } = target;
  return (
    header !== null && target.void === null && target.entity === killer.entity && isKillable(header)
  );
}

function require(holds: boolean, reason: Reason, view: LogView): void {
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

function orFails<T>(reason: Reason, view: LogView, expected: Thrown, step: () => T): T {
  const result = orNull(expected, step);
  if (result === null) throw new IntegrityFailure(reason, view.cursor);
  return result;
}
