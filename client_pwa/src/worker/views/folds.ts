/** The folded states of a replica from one reading to the next: only what an op has touched is folded again. */
import { fold, type EntityState, type Group, ownGroup } from '../../engine/fold.ts';
import type { DeviceId, EntityId } from '../../engine/ids.ts';
import { liveOps } from '../../engine/liveness.ts';
import type { PageSegment } from '../../engine/log.ts';
import type { Replica } from '../../engine/replica.ts';
import { decodeSegment } from '../../engine/segment.ts';

/** A row, with the entity it stands under. */
export type PlacedRow = { readonly entity: EntityId; readonly group: Group };

export class Folds {
  readonly replica: Replica;
  readonly #states = new Map<EntityId, EntityState>();
  readonly #byKind = new Map<string, Map<EntityId, EntityState>>();
  readonly #rowsByKind = new Map<string, Map<EntityId, PlacedRow[]>>();
  /** The last cursor that each device has said it has applied, in the segments read so far. */
  readonly #seenByDevice = new Map<DeviceId, number>();
  #segments = 0;
  #sawStart = false;

  constructor(replica: Replica) {
    this.replica = replica;
    for (const entity of replica.entries.keys()) replica.touched.add(entity);
    for (const entity of replica.lost.keys()) replica.touched.add(entity);
    for (const { header } of replica.outbox.ops.values()) replica.touched.add(header.entity);
  }

  /** Takes in what has changed since it was asked last. */
  refresh(): this {
    const { touched, reader, space } = this.replica;
    for (const entity of touched) if (String(entity) !== String(space)) this.#fold(entity);
    touched.clear();
    if (!this.#sawStart && !reader.starting) {
      this.#readSeen(reader.start?.segments ?? []);
      this.#sawStart = true;
    }
    this.#readSeen(reader.segments.slice(this.#segments));
    this.#segments = reader.segments.length;
    return this;
  }

  #readSeen(segments: readonly PageSegment[]): void {
    for (const { seg } of segments) {
      const { device, seenCursor } = decodeSegment(seg);
      this.#seenByDevice.set(device, Math.max(seenCursor, this.#seenByDevice.get(device) ?? 0));
    }
  }

  get seenByDevice(): ReadonlyMap<DeviceId, number> {
    return this.#seenByDevice;
  }

  state(entity: EntityId): EntityState | null {
    return this.#states.get(entity) ?? null;
  }

  /** Returns the entities of a kind that are not erased. */
  entities(kind: string): EntityState[] {
    return [...(this.#byKind.get(kind)?.values() ?? [])];
  }

  /** Returns every row of a kind. */
  rows(kind: string): PlacedRow[] {
    return [...(this.#rowsByKind.get(kind)?.values() ?? [])].flat();
  }

  /** Returns the entities under which rows of a kind stand. */
  holders(kind: string): EntityState[] {
    const entities = [...(this.#rowsByKind.get(kind)?.keys() ?? [])];
    return entities.map((entity) => this.state(entity)).filter((state) => state !== null);
  }

  #fold(entity: EntityId): void {
    const before = this.state(entity);
    const ops = this.replica.isErased(entity) ? [] : this.replica.ops(entity);
    const state = ops.length === 0 ? null : fold(entity, liveOps(ops), this.replica.registry);
    const kind = state && ownGroup(state)?.kind;
    const kindBefore = before && ownGroup(before)?.kind;
    if (kindBefore && kindBefore !== kind) this.#byKind.get(kindBefore)?.delete(entity);
    if (state && kind) placed(this.#byKind, kind).set(entity, state);
    this.#placeRows(entity, state?.groups ?? []);
    if (state) this.#states.set(entity, state);
    else this.#states.delete(entity);
  }

  /** An entity folded again keeps its place among the others. */
  #placeRows(entity: EntityId, groups: readonly Group[]): void {
    const byKind = new Map<string, PlacedRow[]>();
    for (const group of groups) {
      if (group.row === null) continue;
      const rows = byKind.get(group.kind);
      if (rows) rows.push({ entity, group });
      else byKind.set(group.kind, [{ entity, group }]);
    }
    for (const [kind, rows] of this.#rowsByKind) if (!byKind.has(kind)) rows.delete(entity);
    for (const [kind, rows] of byKind) placed(this.#rowsByKind, kind).set(entity, rows);
  }
}

function placed<Value>(
  tables: Map<string, Map<EntityId, Value>>,
  kind: string,
): Map<EntityId, Value> {
  const known = tables.get(kind);
  if (known) return known;
  const table = new Map<EntityId, Value>();
  tables.set(kind, table);
  return table;
}
