/** The server of one space, held in memory: it takes every push as it is, and pages the log as a server does. */
import { type Bytes, hash } from '../../src/engine/bytes.ts';
import { encodeCheckpoint, type StreamAt } from '../../src/engine/checkpoint.ts';
import { decodeBody } from '../../src/engine/control.ts';
import {
  type Digest,
  type EntityId,
  idOf,
  type OpId,
  type SpaceId,
  type StreamId,
} from '../../src/engine/ids.ts';
import {
  encodePage,
  log0,
  nextLog,
  nextServer_ms,
  type OpRow,
  type PageSegment,
  type Receipt,
  type Row,
} from '../../src/engine/log.ts';
import { decodeHeader, OpClass, opId } from '../../src/engine/op.ts';
import { decodePush, decodeSegment, nextSeq } from '../../src/engine/segment.ts';

/** A segment as it was pushed, all its ops whole. */
export type Kept = Omit<PageSegment, 'rows'> & { readonly rows: readonly OpRow[] };

/** By which cursor an op died first, and an entity was erased. */
type Ends = {
  readonly dead: ReadonlyMap<OpId, number>;
  readonly erased: ReadonlyMap<EntityId, number>;
};

/** Returns what a row shows of an op, or leaves it out with null. */
type Shown = (row: OpRow, cursor: number, ends: Ends) => Row;

export class ModelServer {
  now_ms: number;
  cursor = 0;
  server_ms = 0;
  log: Digest;
  readonly segments: Kept[] = [];
  readonly ends: Map<number, Digest>;
  readonly space: SpaceId;

  constructor(space: SpaceId, now_ms: number) {
    this.space = space;
    this.now_ms = now_ms;
    this.log = log0(space);
    this.ends = new Map([[0, this.log]]);
  }

  /** Returns what puts the server back to where it is now: whatever is pushed until then is lost to it. */
  backup(): () => void {
    const { cursor, server_ms, log } = this;
    const [segments, ends] = [[...this.segments], new Map(this.ends)];
    return () => {
      Object.assign(this, { cursor, server_ms, log });
      this.segments.splice(0, Infinity, ...segments);
      this.ends.clear();
      for (const [end, at] of ends) this.ends.set(end, at);
    };
  }

  /** Answers a push with its receipt; an empty segment is answered and not kept. */
  push(data: Bytes): Receipt {
    const { seg, sig, ops } = decodePush(data);
    const firstCursor = this.cursor + 1;
    this.now_ms += 1000;
    if (ops.length === 0) {
      const { cursor: lastCursor, server_ms, log } = this;
      return { firstCursor, lastCursor, server_ms, log, erased: [] };
    }
    this.cursor += ops.length;
    this.server_ms = nextServer_ms(this.now_ms, this.server_ms);
    this.log = nextLog(this.log, this.cursor, this.server_ms, seg);
    this.ends.set(this.cursor, this.log);
    const rows = ops.map(([header, sealed]) => ({ form: 1, header, sealed }) as const);
    this.segments.push({ firstCursor, server_ms: this.server_ms, seg, sig, rows });
    const { cursor: lastCursor, server_ms, log, erased } = this;
    const gone = rows.map(namesOf).filter(({ entity }) => erased.has(entity));
    return { firstCursor, lastCursor, server_ms, log, erased: gone.map(({ name }) => name) };
  }

  /** The cursor of the erasure of each erased entity. */
  get erased(): ReadonlyMap<EntityId, number> {
    return this.#deadAndErased().erased;
  }

  /** Returns a page of at most so many whole segments, with every op whole that is not erased. */
  page(after = 0, most = 1000): Bytes {
    const shown: Shown = (row, _, { erased }) =>
      erased.has(namesOf(row).entity) ? erasedRow(row) : row;
    return this.#ops(after, most, this.#shown(after, shown));
  }

  /** Returns the same page with every op whole, as a hostile server keeps them. */
  wholePage(after = 0, most = 1000): Bytes {
    return this.#ops(after, most, this.#after(after));
  }

  /** Returns the same page with the stubs that a server makes of dead and erased ops. */
  thinPage(after = 0, most = 1000): Bytes {
    return this.#ops(after, most, this.#shown(after, now));
  }

  /** Returns a page of what is live at a cursor. */
  bootstrap(at: number, after = 0, most = 1000): Bytes {
    const shown: Shown = (row, cursor, ends) => {
      const { name, entity } = namesOf(row);
      const isLive =
        cursor <= at && !isBy(ends.dead.get(name), at) && !isBy(ends.erased.get(entity), at);
      return isLive ? now(row, cursor, ends) : { form: 0, opId: name };
    };
    const some = this.#holding(after, shown).filter((segment) => lastOf(segment) <= at);
    const segments = some.slice(0, most);
    const more = some.length > segments.length;
    const last = segments.at(-1);
    const toCursor = more && last !== undefined ? lastOf(last) : at;
    return encodePage({ toCursor, log: null, more, segments });
  }

  /** Returns what the server says of its log at a cursor. */
  checkpoint(at: number): Bytes {
    const streams = new Map<StreamId, StreamAt>();
    for (const kept of this.segments.filter((segment) => lastOf(segment) <= at)) {
      const segment = decodeSegment(kept.seg);
      const { stream, device, head } = segment;
      streams.set(stream, { stream, device, nextSeq: nextSeq(segment), head });
    }
    const ascending = [...streams.keys()].sort().map((stream) => streams.get(stream));
    return encodeCheckpoint({
      cursor: at,
      log: this.ends.get(at) ?? this.log,
      streams: ascending.filter((stream) => stream !== undefined),
    });
  }

  /** Returns a page of the segments that hold an op of an entity. */
  history(entity: EntityId, after = 0, most = 1000): Bytes {
    const shown: Shown = (row, _, { erased }) => {
      const names = namesOf(row);
      if (names.entity !== entity) return { form: 0, opId: names.name };
      return erased.has(entity) ? erasedRow(row) : row;
    };
    const some = this.#holding(after, shown);
    const segments = some.slice(0, most);
    const last = segments.at(-1);
    const toCursor = last === undefined ? after : lastOf(last);
    return encodePage({ toCursor, log: null, more: some.length > segments.length, segments });
  }

  #ops(after: number, most: number, rest: readonly PageSegment[]): Bytes {
    const segments = rest.slice(0, most);
    const last = segments.at(-1);
    const toCursor = last === undefined ? after : lastOf(last);
    const log = this.ends.get(toCursor) ?? null;
    return encodePage({ toCursor, log, more: rest.length > segments.length, segments });
  }

  /** The segments of which more than names is shown. */
  #holding(after: number, shown: Shown): PageSegment[] {
    return this.#shown(after, shown).filter(({ rows }) => rows.some(({ form }) => form !== 0));
  }

  #shown(after: number, shown: Shown): PageSegment[] {
    const ends = this.#deadAndErased();
    return this.#after(after).map((segment) => {
      const { firstCursor } = segment;
      const rows = segment.rows.map((row, index) => shown(row, firstCursor + index, ends));
      return { ...segment, rows };
    });
  }

  #after(after: number): Kept[] {
    return this.segments.filter(({ firstCursor }) => firstCursor > after);
  }

  #deadAndErased(): Ends {
    const [dead, erased] = [new Map<OpId, number>(), new Map<EntityId, number>()];
    const targets = new Map<OpId, EntityId>();
    for (const { firstCursor, rows } of this.segments) {
      for (const [index, row] of rows.entries()) {
        const { header, entity, name } = namesOf(row);
        const cursor = firstCursor + index;
        if (header.opClass === OpClass.CONTROL && header.kind === 'erase') {
          const body = decodeBody('erase', row.sealed, this.space);
          const entities = body.kind === 'erase' ? body.entities : [];
          for (const one of entities) if (!erased.has(one)) erased.set(one, cursor);
        }
        for (const killed of header.kills) {
          if (targets.get(killed) === entity && !dead.has(killed)) dead.set(killed, cursor);
        }
        if (header.opClass === OpClass.EDIT && header.re === null) targets.set(name, entity);
      }
    }
    return { dead, erased };
  }
}

/** What a row shows by now. */
function now(row: OpRow, _: number, { dead, erased }: Ends): Row {
  const { entity, name } = namesOf(row);
  if (erased.has(entity)) return erasedRow(row);
  const { header, sealed } = row;
  return dead.has(name) ? { form: 2, header, sealedHash: idOf(hash(sealed)) } : row;
}

function erasedRow({ header, sealed }: OpRow): Row {
  const { entity } = decodeHeader(header);
  return { form: 3, entity, headerHash: idOf(hash(header)), sealedHash: idOf(hash(sealed)) };
}

function namesOf({ header: bytes, sealed }: OpRow) {
  const header = decodeHeader(bytes);
  return { header, entity: header.entity, name: opId(header.entity, bytes, sealed) };
}

function isBy(cursor: number | undefined, at: number): boolean {
  return cursor !== undefined && cursor <= at;
}

/** The cursor of a segment's last op. */
export function lastOf({ firstCursor, rows }: PageSegment): number {
  return firstCursor + rows.length - 1;
}
