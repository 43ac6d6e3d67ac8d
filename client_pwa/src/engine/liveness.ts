/**
 * Which ops are live: not killed by a later op, not void, not erased.
 *
 * dead = listed in the kills of an op that is not void and comes after it (greater cursor; a store's
 * unsent ops come last, in write order). A kill counts only against an edit without `re` of the same
 * entity; a kill of a later op never counts, because a bootstrap could not carry it.
 */
import { type OpId } from './ids.ts';
import { KILLS_MAX } from './limits.ts';
import { type Header, OpClass } from './op.ts';
import { type Payload } from './payload.ts';

/** An op of the log or of the outbox that is neither void nor erased, as liveness and the fold see it. */
export type FoldOp = {
  readonly opId: OpId;
  readonly header: Header;
  /** The server time of its segment, or null while it is unsent. */
  readonly server_ms: number | null;
  /** What it opens to, or null if it does not open: then its kills count and nothing else does. */
  readonly payload: Payload | null;
};

/** Returns the live ops among `ops`, which come in log order with the unsent ones last, in write order. */
export function liveOps(ops: Iterable<FoldOp>): FoldOp[] {
  const live = new Map<OpId, FoldOp>();
  for (const op of ops) {
    for (const killed of op.header.kills) {
      const target = live.get(killed)?.header;
      if (target !== undefined && isKillable(target) && target.entity === op.header.entity) {
        live.delete(killed);
      }
    }
    live.set(op.opId, op);
  }
  return [...live.values()];
}

/** Tells whether a kill of this op counts: genesis, rows, amendments and control ops never die. */
export function isKillable({ opClass, re }: Header): boolean {
  return opClass === OpClass.EDIT && re === null;
}

/** The two namespaces: a plain fact and a sealed field of one name are two things. */
export const FACT = 0;
export const FIELD = 1;
export type Namespace = typeof FACT | typeof FIELD;

/** A namespace and a name, as one text: facts come before fields, each ascending by name. */
export type Setter = `${Namespace}${string}`;

/** Returns each name the op sets, with the base its author gave; empty if the op does not open. */
export function basesOf({ header, payload }: FoldOp): Map<Setter, readonly OpId[]> {
  const bases = new Map<Setter, readonly OpId[]>();
  if (payload === null) return bases;
  for (const [at, [name]] of header.facts.entries()) {
    bases.set(`${FACT}${name}`, payload.factBases[at] ?? []);
  }
  for (const { name, base } of payload.fields) bases.set(`${FIELD}${name}`, base);
  return bases;
}

/**
 * Returns the base of a name for a new op: every live op of the view that sets it in the same group, ascending.
 *
 * `live` holds the live ops of one entity; `group` is the amended row, or null for the entity itself.
 */
export function baseOf(live: readonly FoldOp[], group: OpId | null, setter: Setter): OpId[] {
  const setters = live.filter((op) => groupOf(op) === group && basesOf(op).has(setter));
  return setters.map((op) => op.opId).sort();
}

/** Returns the row whose group the op belongs to, or null for the entity's own. */
export function groupOf({ opId, header }: FoldOp): OpId | null {
  return header.opClass === OpClass.ROW ? opId : header.re;
}

/**
 * Returns what the last op of `live` may kill: at most 64 edits of which every name is in a live op's base.
 *
 * `live` holds the live ops of one entity in view order, the new op last. The oldest come first; more
 * is for later.
 */
export function superseded(live: readonly FoldOp[]): OpId[] {
  const covered = new Set<string>();
  for (const op of live.filter((one) => groupOf(one) === null)) {
    for (const [setter, base] of basesOf(op)) for (const opId of base) covered.add(opId + setter);
  }
  const isCovered = (op: FoldOp) =>
    [...basesOf(op).keys()].every((setter) => covered.has(op.opId + setter));
  const dead = live
    .slice(0, -1)
    .filter((op) => op.payload !== null && isKillable(op.header) && isCovered(op));
  return dead
    .slice(0, KILLS_MAX)
    .map((op) => op.opId)
    .sort();
}
