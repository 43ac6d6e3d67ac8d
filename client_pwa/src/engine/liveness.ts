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
      const target = live.get(killed);
      if (target !== undefined && isKilled(target, op)) live.delete(killed);
    }
    live.set(op.opId, op);
  }
  return [...live.values()];
}

function isKilled({ header }: FoldOp, killer: FoldOp): boolean {
  return isKillable(header) && header.entity === killer.header.entity;
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
  const covered = coveredBy(live);
  const isCovered = (op: FoldOp) =>
    [...basesOf(op).keys()].every((setter) => covered.has(`${op.opId}${setter}`));
  const dead = live
    .slice(0, -1)
    .filter((op) => op.payload !== null && isKillable(op.header) && isCovered(op));
  return dead
    .slice(0, KILLS_MAX)
    .map((op) => op.opId)
    .sort();
}

/** Returns each name with each op that a live op of the entity's own group gives as its base. */
function coveredBy(live: Iterable<FoldOp>): Set<`${OpId}${Setter}`> {
  const covered = new Set<`${OpId}${Setter}`>();
  for (const op of live) {
    if (groupOf(op) !== null) continue;
    for (const [setter, base] of basesOf(op)) {
      for (const opId of base) covered.add(`${opId}${setter}`);
    }
  }
  return covered;
}

/** A kill that took a value out of sight without another in its place: applied all the same, and told to people. */
export type Unjustified = {
  readonly killed: OpId;
  readonly killer: OpId;
  readonly setter: Setter;
};

/**
 * Returns the values of one entity that a kill has taken away although nothing live supersedes them.
 *
 * An honest author kills what is wholly superseded in its view, so an honest log has none. A later op that sets the
 * name settles the matter: somebody has put the value back, or another one in its place. `ops` are the entity's ops as
 * `liveOps` takes them; an op that does not open cannot be judged.
 */
export function unjustified(ops: Iterable<FoldOp>): Unjustified[] {
  const live = new Map<OpId, FoldOp>();
  let taken: Unjustified[] = [];
  for (const op of ops) {
    const names = groupOf(op) === null ? basesOf(op) : new Map<Setter, readonly OpId[]>();
    taken = taken.filter(({ setter }) => !names.has(setter));
    const victims = op.header.kills
      .map((name) => live.get(name))
      .filter((target) => target !== undefined)
      .filter((target) => isKilled(target, op));
    for (const { opId } of victims) live.delete(opId);
    live.set(op.opId, op);
    if (victims.length > 0) taken.push(...uncovered(victims, live.values(), op.opId));
  }
  return taken;
}

function uncovered(
  victims: readonly FoldOp[],
  live: Iterable<FoldOp>,
  killer: OpId,
): Unjustified[] {
  const covered = coveredBy(live);
  return victims.flatMap((victim) =>
    [...basesOf(victim).keys()]
      .filter((setter) => !covered.has(`${victim.opId}${setter}`))
      .map((setter) => ({ killed: victim.opId, killer, setter })),
  );
}
