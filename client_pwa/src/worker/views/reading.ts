/** The replica as the views read it: entities by kind, what a name shows, who wrote it, when, and where it is. */
import { type EntityState, type Group, ownGroup, type Register } from '../../engine/fold.ts';
import { toHex } from '../../engine/bytes.ts';
import { bytesOf, type EntityId, idOf, type OpId } from '../../engine/ids.ts';
import { FACT, FIELD, type FoldOp, type Namespace } from '../../engine/liveness.ts';
import { rowName } from '../../engine/op.ts';
import type { Members } from '../../engine/members.ts';
import type { Replica, SoundEntry } from '../../engine/replica.ts';
import { lastKnownMembers } from '../../engine/restore.ts';
import type { Area, Candidate, FieldView, FieldViews, Mark, Value } from '../protocol.ts';
import type { Folds, PlacedRow } from './folds.ts';

export type Directory = {
  readonly zone: readonly {
    readonly id: string;
    readonly name: string | null;
    /** Absent in what an older server has answered. */
    readonly area?: Area | null;
  }[];
  readonly structure: readonly {
    readonly id: string;
    readonly name: string | null;
    readonly type: string | null;
    readonly zone: string | null;
    readonly hours: string | null;
    readonly acknowledge_h: number | null;
    readonly decide_h: number | null;
    readonly start_h: number | null;
    readonly feedback_h: number | null;
  }[];
};

export const EMPTY_DIRECTORY: Directory = { zone: [], structure: [] };

/** A register, and where several records of one person say it: what the others say, and that it is not decided. */
export type Said = Register & {
  readonly also?: Register['candidates'];
  readonly undecided?: boolean;
};

/** What a reading stands beside: the health file if this device reads it; where the workers are, if not here. */
export type Beside = { readonly health?: Reading | null; readonly workers?: Folds };

/** One reading of the replica: made anew after every change, so that what it remembers is never stale. */
export class Reading {
  readonly folds: Folds;
  readonly replica: Replica;
  readonly directory: Directory;
  /** What the health file shows now; null on a device that does not read it. */
  readonly health: Reading | null;
  readonly #workers: Folds;
  readonly #members: Members;
  /** What a restored server has lost, in the order of its log. */
  readonly #lost: ReadonlyMap<OpId, SoundEntry>;
  readonly #seen: number;

  constructor(folds: Folds, directory: Directory, { health = null, workers }: Beside = {}) {
    this.folds = folds.refresh();
    this.health = health;
    this.#workers = workers ?? folds;
    this.replica = folds.replica;
    this.directory = directory;
    this.#members = lastKnownMembers(this.replica);
    const lost = [...this.replica.lost.values()].flat().sort((a, b) => a.cursor - b.cursor);
    this.#lost = new Map(lost.map((entry) => [entry.opId, entry]));
    this.#seen = this.#seenByCoordinators();
  }

  entities(kind: string): EntityState[] {
    return this.folds.entities(kind);
  }

  state(entity: string): EntityState | null {
    return this.folds.state(entity as EntityId);
  }

  rows(kind: string): PlacedRow[] {
    return this.folds.rows(kind);
  }

  holders(kind: string): EntityState[] {
    return this.folds.holders(kind);
  }

  /** Returns an op of the log or of the outbox, or one that the server has lost, unless it is void or erased. */
  op(opId: OpId): Pick<FoldOp, 'header' | 'payload'> | undefined {
    const { reader, outbox } = this.replica;
    const op = reader.view.firstEntries.get(opId) ?? outbox.ops.get(opId) ?? this.#lost.get(opId);
    const isVoid = op !== undefined && 'void' in op && op.void !== null;
    if (!op?.header || isVoid || this.replica.isErased(op.header.entity)) return undefined;
    return { header: op.header, payload: this.replica.payloads.get(opId) ?? null };
  }

  /** When an op happened, for people. */
  at(opId: OpId): number {
    const op = this.op(opId);
    return op?.payload?.at_ms ?? op?.header.hlc_ms ?? 0;
  }

  /** The place of an op among all: in the log by cursor, then what the server has lost of it, then as written. */
  place(opId: OpId): number {
    const { view } = this.replica.reader;
    const cursor = view.firstEntries.get(opId)?.cursor;
    if (cursor !== undefined) return cursor;
    const rest = [...this.#lost.keys(), ...this.replica.outbox.ops.keys()];
    return view.cursor + 1 + rest.indexOf(opId);
  }

  /**
   * Who wrote an op. Whose device says that it speaks for another is named too, in a word of both languages: nobody
   * writes in the name of somebody else unseen.
   */
  author(opId: OpId): string {
    const op = this.op(opId);
    if (op === undefined) return '';
    const own = this.#members.byDevice.get(op.header.device)?.worker ?? null;
    const by = this.writer(opId);
    const name = by === null ? '' : this.workerName(by);
    return own === null || by === own ? name : `${name} (via ${this.workerName(own)})`;
  }

  /** The worker in whose name an op was written. */
  writer(opId: OpId): string | null {
    const op = this.op(opId);
    if (op === undefined) return null;
    return op.payload?.by ?? this.#members.byDevice.get(op.header.device)?.worker ?? null;
  }

  workerName(worker: string): string {
    const state = this.#workers.state(worker as EntityId);
    return state === null ? '' : (textOf(shown(ownGroup(state), FIELD, 'name')) ?? '');
  }

  mark(opId: OpId): Mark {
    const entry = this.replica.reader.view.firstEntries.get(opId);
    if (entry !== undefined) return entry.cursor <= this.#seen ? 'seen' : 'server';
    const waiting = this.replica.outbox.ops.get(opId);
    if (waiting === undefined && this.#lost.has(opId)) return 'lost';
    return waiting?.state === 'aside' ? 'aside' : 'tablet';
  }

  /** Returns the least settled mark among some ops: one that waits makes the whole wait. */
  markOf(opIds: readonly OpId[]): Mark {
    const order: readonly Mark[] = ['aside', 'tablet', 'lost', 'server', 'seen'];
    const marks = new Set(opIds.map((opId) => this.mark(opId)));
    return order.find((mark) => marks.has(mark)) ?? 'server';
  }

  /** Returns the mark of all that an entity shows. */
  markOfState(state: EntityState): Mark {
    const cursor = lastCursor(this, state);
    if (cursor === null) return this.markOf(winners(state));
    return cursor <= this.#seen ? 'seen' : 'server';
  }

  fields(group: Group): FieldViews {
    const named = Array.from(group.registers, ([setter, register]) => {
      const name = setter.slice(1);
      return [name, this.field(group.kind, name, register)] as const;
    });
    return Object.fromEntries(named);
  }

  field(kind: string, name: string, register: Said): FieldView {
    const { value, candidates, conflict, also = [], undecided = false } = register;
    return {
      value: plainValue(value),
      candidates: this.candidates(candidates),
      conflict,
      undecided: (undecided || conflict) && this.isHighStakes(kind, name),
      also: this.candidates(also),
    };
  }

  candidates(candidates: Register['candidates']): Candidate[] {
    return candidates.map(({ opId, value }) => ({
      value: plainValue(value),
      author: this.author(opId),
      at: this.at(opId),
      mark: this.mark(opId),
    }));
  }

  /** While it is not decided, what is shown of such a name is the stricter. */
  isHighStakes(kind: string, name: string): boolean {
    return Object.hasOwn(this.replica.registry.kinds.get(kind)?.highStakes ?? {}, name);
  }

  /** The last cursor that a coordinator's device has said it has applied. */
  #seenByCoordinators(): number {
    const { byDevice } = this.#members;
    let seen = 0;
    for (const [device, cursor] of this.folds.seenByDevice) {
      const worker = byDevice.get(device)?.worker;
      const state = worker ? this.#workers.state(idOf<EntityId>(bytesOf(worker))) : null;
      const role = state === null ? null : shown(ownGroup(state), FACT, 'role');
      if (role === 'coordinator') seen = Math.max(seen, cursor);
    }
    return seen;
  }
}

/** Makes of a view one that is computed once in a reading, however often it is asked. */
export function once<Answer>(view: (reading: Reading) => Answer): (reading: Reading) => Answer {
  const known = new WeakMap<Reading, { readonly answer: Answer }>();
  return (reading) => {
    const found = known.get(reading) ?? { answer: view(reading) };
    known.set(reading, found);
    return found.answer;
  };
}

/**
 * Makes of what an entity's state alone tells something that is computed once, until an op touches the entity.
 *
 * A state tells its ops and when they happened. It tells neither another entity's name nor who has seen what.
 */
export function told<Answer>(
  tell: (state: EntityState, reading: Reading) => Answer,
): (reading: Reading, state: EntityState) => Answer {
  const known = new WeakMap<EntityState, { readonly answer: Answer }>();
  return (reading, state) => {
    const found = known.get(state) ?? { answer: tell(state, reading) };
    known.set(state, found);
    return found.answer;
  };
}

/** Returns the values of each key, in their order. */
export function grouped<Value>(pairs: Iterable<readonly [string, Value]>): Map<string, Value[]> {
  const groups = new Map<string, Value[]>();
  for (const [key, value] of pairs) {
    const values = groups.get(key);
    if (values) values.push(value);
    else groups.set(key, [value]);
  }
  return groups;
}

function winners({ groups }: EntityState): OpId[] {
  return groups.flatMap(({ registers }) => Array.from(registers.values(), ({ winner }) => winner));
}

/** The cursor after which all that an entity shows stands in the log; null while something of it does not. */
const lastCursor = told((state, { replica }): number | null => {
  const { firstEntries } = replica.reader.view;
  const cursors = winners(state).map((opId) => firstEntries.get(opId)?.cursor);
  if (cursors.length === 0 || cursors.includes(undefined)) return null;
  return Math.max(...cursors.filter((cursor) => cursor !== undefined));
});

/** Returns what a name of a group shows, or null. */
export function shown(group: Group | null, namespace: Namespace, name: string): Value {
  const register = group?.registers.get(`${namespace}${name}`);
  return register === undefined ? null : plainValue(register.value);
}

export type Row = Group & { readonly row: OpId };

export function rowsOf(state: EntityState, kind: string): Row[] {
  return state.groups.filter((group): group is Row => group.row !== null && group.kind === kind);
}

/** Returns the elements of a set that are present, with their values. */
export function elements(
  group: Group | null,
  namespace: Namespace,
  name: string,
): [string, Value][] {
  const prefix = `${String(namespace)}${name}/`;
  return Array.from(group?.registers ?? [])
    .filter(([setter, register]) => setter.startsWith(prefix) && register.value !== null)
    .map(([setter, register]) => [setter.slice(prefix.length), plainValue(register.value)]);
}

/** Returns the counts of a group by code: facts `name_code`. */
export function counts(group: Group, name: string): Record<string, number> {
  const found: Record<string, number> = {};
  for (const [setter, { value }] of group.registers) {
    if (setter.startsWith(`${String(FACT)}${name}_`) && typeof value === 'number' && value > 0) {
      found[setter.slice(name.length + 2)] = value;
    }
  }
  return found;
}

export function textOf(value: Value): string | null {
  return typeof value === 'string' && value !== '' ? value : null;
}

export function rowIdOf(opId: OpId): string {
  return toHex(rowName(opId));
}

/** Ids are hex on the page's side; a list never stands in a field of this catalogue. */
export function plainValue(value: unknown): Value {
  if (value instanceof Uint8Array) return toHex(value);
  return typeof value === 'object' || value === undefined ? null : (value as Value);
}
