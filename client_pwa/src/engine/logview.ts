/** What a reader holds of a space's log, and how a page is tried on it before it is taken. */
import { type Body } from './control.ts';
import { type DeviceId, type Digest, type EntityId, type OpId, type StreamId } from './ids.ts';
import { type Row } from './log.ts';
import { type Members } from './members.ts';
import { type Header } from './op.ts';
import { nextSeq, type Segment } from './segment.ts';

export const DAY_MS = 86_400_000;

/** Why an op of the log has no effect. */
export type Void =
  | 'header'
  | 'segment'
  | 'logged'
  | 'revoked'
  | 'role'
  | 'epoch'
  | 'control'
  | 'genesis'
  | 'amends'
  | 'erased';

/** One op of the log as this reader holds it. */
export type Entry = {
  readonly cursor: number;
  readonly server_ms: number;
  readonly opId: OpId;
  readonly entity: EntityId;
  /** What the page held of it: its bytes, or the hashes that are left. */
  readonly row: Row;
  /** Null if it is erased or breaks the header rules. */
  readonly header: Header | null;
  /** A control op's body, if it decodes. */
  readonly body: Body | null;
  /** Why it has no effect, or null. */
  readonly void: Void | null;
};

/** An op that has no effect, as people are told of it; its header may say another device than the one that signed it. */
export type VoidOp = {
  readonly device: DeviceId;
  readonly entity: EntityId;
  readonly server_ms: number;
  readonly void: Void;
};

/** Where a device's stream stands. */
export type StreamEnd = {
  readonly device: DeviceId;
  readonly nextSeq: number;
  readonly head: Digest;
};

/** A map that can be staged: what is set on the stage leaves the one below as it is, until it absorbs the stage. */
export class Table<K, V> {
  readonly #below: Table<K, V> | null;
  readonly #own = new Map<K, V>();

  constructor(below: Table<K, V> | null = null) {
    this.#below = below;
  }

  get(key: K): V | undefined {
    return this.#own.get(key) ?? this.#below?.get(key);
  }

  has(key: K): boolean {
    return this.get(key) !== undefined;
  }

  set(key: K, value: V): void {
    this.#own.set(key, value);
  }

  /** Lets go of what was set on this very stage. */
  delete(key: K): void {
    this.#own.delete(key);
  }

  /** Returns what was set on this very stage: on the lowest one, everything. */
  own(): ReadonlyMap<K, V> {
    return this.#own;
  }

  absorb(stage: Table<K, V>): void {
    for (const [key, value] of stage.own()) this.#own.set(key, value);
  }
}

const TABLES = [
  'ends',
  'streams',
  'begun',
  'firstEntries',
  'geneses',
  'erased',
  'killed',
  'voids',
] as const;

/** The log up to a cursor: all that the next segment is judged by. */
export class LogView {
  cursor: number;
  log: Digest;
  server_ms: number;
  members: Members;
  /** The log hash at every segment end, 0 included. */
  readonly ends: Table<number, Digest>;
  readonly streams: Table<StreamId, StreamEnd>;
  /** When the log took the first segment of each stream, if that was read here. */
  readonly begun: Table<StreamId, number>;
  /** The first entry of each op_id. */
  readonly firstEntries: Table<OpId, Entry>;
  /** The genesis op of each entity that has one. */
  readonly geneses: Table<EntityId, OpId>;
  /** The cursor of the erasure of each erased entity. */
  readonly erased: Table<EntityId, number>;
  /** The cursor of the first kill of each op that a later one of its entity kills. */
  readonly killed: Table<OpId, number>;
  /** The void ops by cursor, without those of erased entities. */
  readonly voids: Table<number, VoidOp>;
  /** The ops of forms 2 and 3 that nothing justifies yet, with their entity. */
  stubs: Map<OpId, EntityId>;
  /** The cursor of the checkpoint that it begins at, or 0; log ends before it are not known. */
  base: number;
  /** Since when, by the reader's own clock, there are stubs; null if there are none. */
  unprovenSince_ms: number | null;

  constructor(
    at: { cursor: number; log: Digest; server_ms: number; members: Members },
    below?: LogView,
  ) {
    this.cursor = at.cursor;
    this.log = at.log;
    this.server_ms = at.server_ms;
    this.members = at.members;
    this.ends = new Table(below?.ends);
    this.streams = new Table(below?.streams);
    this.begun = new Table(below?.begun);
    this.firstEntries = new Table(below?.firstEntries);
    this.geneses = new Table(below?.geneses);
    this.erased = new Table(below?.erased);
    this.killed = new Table(below?.killed);
    this.voids = new Table(below?.voids);
    this.stubs = new Map(below?.stubs);
    this.base = below?.base ?? 0;
    this.unprovenSince_ms = below?.unprovenSince_ms ?? null;
    if (below === undefined) this.ends.set(at.cursor, at.log);
  }

  /** Notes whether stubs wait for their proof now, and since when. */
  noteUnproven(now_ms: number): void {
    this.unprovenSince_ms = this.stubs.size === 0 ? null : (this.unprovenSince_ms ?? now_ms);
  }

  /** Tells whether a server has owed the proof of a stub for more than a day: it may never come. */
  overdue(now_ms: number): boolean {
    return this.unprovenSince_ms !== null && now_ms - this.unprovenSince_ms > DAY_MS;
  }

  /** Notes where a segment leaves its stream, and when the stream began if it does with it. */
  noteStream(segment: Segment, server_ms: number): void {
    const { stream, device, fromSeq, head } = segment;
    this.streams.set(stream, { device, nextSeq: nextSeq(segment), head });
    if (fromSeq === 1) this.begun.set(stream, server_ms);
  }

  /** Returns a view on top of this one: what is written to it leaves this one as it is. */
  stage(): LogView {
    return new LogView(this, this);
  }

  /** Takes over everything that was written to a view staged on this one. */
  absorb(stage: LogView): void {
    for (const name of TABLES) {
      (this[name] as Table<unknown, unknown>).absorb(stage[name]);
    }
    this.cursor = stage.cursor;
    this.log = stage.log;
    this.server_ms = stage.server_ms;
    this.members = stage.members;
    this.stubs = stage.stubs;
    this.unprovenSince_ms = stage.unprovenSince_ms;
  }
}
