/** The replica as the views read it: entities by kind, what a name shows, who wrote it, when, and where it is. */
import { fold, type EntityState, type Group, ownGroup, type Register } from '../../engine/fold.ts';
import { toHex } from '../../engine/bytes.ts';
import type { EntityId, OpId } from '../../engine/ids.ts';
import { FACT, FIELD, type FoldOp, liveOps, type Namespace } from '../../engine/liveness.ts';
import { rowName } from '../../engine/op.ts';
import type { Replica } from '../../engine/replica.ts';
import { decodeSegment } from '../../engine/segment.ts';
import type { Candidate, FieldView, FieldViews, Mark, Value } from '../protocol.ts';

export type Directory = {
  readonly zone: readonly { readonly id: string; readonly name: string | null }[];
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

/** One reading of the replica: made anew after every change, so that what it remembers is never stale. */
export class Reading {
  readonly replica: Replica;
  readonly directory: Directory;
  readonly #states = new Map<EntityId, EntityState>();
  readonly #ops = new Map<OpId, FoldOp>();
  readonly #seen: number;

  constructor(replica: Replica, directory: Directory) {
    this.replica = replica;
    this.directory = directory;
    for (const entity of entitiesOf(replica)) {
      const ops = replica.ops(entity);
      for (const op of ops) this.#ops.set(op.opId, op);
      this.#states.set(entity, fold(entity, liveOps(ops), replica.registry));
    }
    this.#seen = this.#seenByCoordinators();
  }

  /** Returns the entities of a kind that are not erased. */
  entities(kind: string): EntityState[] {
    return [...this.#states.values()].filter((state) => ownGroup(state)?.kind === kind);
  }

  state(entity: string): EntityState | null {
    return this.#states.get(entity as EntityId) ?? null;
  }

  /** Returns every row of a kind, with the entity it stands under. */
  rows(kind: string): { readonly entity: EntityId; readonly group: Group }[] {
    return [...this.#states.values()].flatMap(({ entity, groups }) =>
      groups
        .filter((group) => group.row !== null && group.kind === kind)
        .map((group) => ({ entity, group })),
    );
  }

  op(opId: OpId): FoldOp | undefined {
    return this.#ops.get(opId);
  }

  /** When an op happened, for people. */
  at(opId: OpId): number {
    const op = this.#ops.get(opId);
    return op?.payload?.at_ms ?? op?.header.hlc_ms ?? 0;
  }

  author(opId: OpId): string {
    const op = this.#ops.get(opId);
    if (op === undefined) return '';
    const member = this.replica.reader.view.members.byDevice.get(op.header.device);
    const worker = op.payload?.by ?? member?.worker ?? null;
    return worker === null ? '' : this.workerName(worker);
  }

  workerName(worker: string): string {
    const state = this.state(worker);
    return state === null ? '' : (textOf(shown(ownGroup(state), FIELD, 'name')) ?? '');
  }

  mark(opId: OpId): Mark {
    const entry = this.replica.reader.view.firstEntries.get(opId);
    if (entry !== undefined) return entry.cursor <= this.#seen ? 'seen' : 'server';
    return this.replica.outbox.ops.get(opId)?.state === 'aside' ? 'aside' : 'tablet';
  }

  /** Returns the least settled mark among some ops: one that waits makes the whole wait. */
  markOf(opIds: readonly OpId[]): Mark {
    const order: readonly Mark[] = ['aside', 'tablet', 'server', 'seen'];
    const marks = new Set(opIds.map((opId) => this.mark(opId)));
    return order.find((mark) => marks.has(mark)) ?? 'server';
  }

  fields(group: Group): FieldViews {
    const named = Array.from(
      group.registers,
      ([setter, register]) => [setter.slice(1), register] as const,
    );
    return Object.fromEntries(named.map(([name, register]) => [name, this.field(register)]));
  }

  field(register: Register): FieldView {
    const candidates: Candidate[] = register.candidates.map(({ opId, value }) => ({
      value: plainValue(value),
      author: this.author(opId),
      at: this.at(opId),
      mark: this.mark(opId),
    }));
    return { value: plainValue(register.value), candidates, conflict: register.conflict };
  }

  /** The last cursor that a coordinator's device has said it has applied. */
  #seenByCoordinators(): number {
    const { members } = this.replica.reader.view;
    let seen = 0;
    for (const { seg } of this.replica.reader.segments) {
      const segment = decodeSegment(seg);
      const worker = members.byDevice.get(segment.device)?.worker;
      const state = worker ? this.state(worker) : null;
      const role = state === null ? null : shown(ownGroup(state), FACT, 'role');
      if (role === 'coordinator') seen = Math.max(seen, segment.seenCursor);
    }
    return seen;
  }
}

function entitiesOf(replica: Replica): Set<EntityId> {
  const { erased } = replica.reader.view;
  const entities = new Set(replica.entries.keys());
  for (const { header } of replica.outbox.ops.values()) entities.add(header.entity);
  return new Set(
    [...entities].filter(
      (entity) => !erased.has(entity) && String(entity) !== String(replica.space),
    ),
  );
}

/** Returns what a name of a group shows, or null. */
export function shown(group: Group | null, namespace: Namespace, name: string): Value {
  const register = group?.registers.get(`${namespace}${name}`);
  return register === undefined ? null : plainValue(register.value);
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
