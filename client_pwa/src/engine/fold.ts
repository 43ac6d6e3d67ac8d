/**
 * The fold: what a replica shows of an entity, a pure function of its live ops and their server times.
 *
 * Ops fall into groups: the entity's own (genesis and edits), and one for each row (the row and its
 * amendments). In a group, each name of each namespace is a register:
 *
 * - siblings: the live setters that stand in no other live setter's base for the name;
 * - winner: the live setter of greatest order; candidates: siblings and winner;
 * - conflict: the candidates' values differ as MessagePack bytes. Both are kept; the winner shows
 *   meanwhile, except for high-stakes names, which show the union or the stricter value;
 * - a name with an element (`name/element`) is a member of a set: present if any candidate's value is
 *   not nil, with the value of the greatest order among those, and never in conflict.
 *
 * A row does not count while a candidate of its fact `void` is true, or while another row stands for it (`repeats`).
 * Python and TypeScript give the same bytes.
 */
import { type Bytes, toHex } from './bytes.ts';
import { compareOrder, type Order, order } from './clock.ts';
import { encode, isSameValue, type Value } from './codec.ts';
import { bytesOf, type EntityId, type OpId } from './ids.ts';
import { FACT, FIELD, type FoldOp, groupOf, type Setter } from './liveness.ts';
import { OpClass } from './op.ts';
import { type Registry, type StakeRule, VOID } from './registry.ts';
import { repeats } from './repeats.ts';

/** A value that stands, and the op that set it. */
export type Candidate = { readonly opId: OpId; readonly value: Value };

/** What one name shows, and everything that stands behind it. A set element is absent if its value is null. */
export type Register = {
  readonly value: Value;
  readonly winner: OpId;
  readonly candidates: readonly Candidate[];
  readonly conflict: boolean;
};

/** The registers of an entity's own group (`row` null) or of one row; a row that is void or repeats does not count. */
export type Group = {
  readonly row: OpId | null;
  readonly kind: string;
  readonly counts: boolean;
  readonly registers: ReadonlyMap<Setter, Register>;
};

/** An entity as its live ops tell it: its own group first, then its rows ascending by op_id. */
export type EntityState = { readonly entity: EntityId; readonly groups: readonly Group[] };

/** Returns the entity's own group, or null while no genesis or edit of it opens. */
export function ownGroup({ groups: [first] }: EntityState): Group | null {
  return first?.row === null ? first : null;
}

type Setting = { readonly order: Order; readonly value: Value; readonly base: readonly OpId[] };
type Stakes = Readonly<Record<string, StakeRule>>;

/** Returns the state of an entity from its live ops, in whatever order they come. */
export function fold(entity: EntityId, live: Iterable<FoldOp>, registry: Registry): EntityState {
  const opsByGroup = new Map<OpId | null, FoldOp[]>();
  const ops = [...live];
  for (const op of ops) {
    if (op.payload === null) continue;
    const row = groupOf(op);
    const known = opsByGroup.get(row);
    if (known) known.push(op);
    else opsByGroup.set(row, [op]);
  }
  const rows = [...opsByGroup.keys()].sort((a, b) => ((a ?? '') < (b ?? '') ? -1 : 1));
  const repeated = repeats(ops);
  const groups = rows.map((row) => {
    const isRepeated = row !== null && repeated.has(row);
    return groupState(row, opsByGroup.get(row) ?? [], registry, isRepeated);
  });
  return { entity, groups };
}

function groupState(
  row: OpId | null,
  ops: readonly FoldOp[],
  registry: Registry,
  isRepeated: boolean,
): Group {
  const kind = kindOf(row, ops);
  const stakes = registry.kinds.get(kind)?.highStakes ?? {};
  const settings = new Map<Setter, Setting[]>();
  for (const op of ops) collect(op, settings);
  const sorted = [...settings].sort(([a], [b]) => (a < b ? -1 : 1));
  const registers = new Map(
    sorted.map(([setter, set]) => [setter, register(setter.slice(1), set, stakes)]),
  );
  const isVoid =
    row !== null &&
    registers.get(`${FACT}${VOID}`)?.candidates.some(({ value }) => value === true) === true;
  return { row, kind, counts: !isVoid && !isRepeated, registers };
}

/** The kind is that of the op that opens the group, or of the earliest if that one does not open. */
function kindOf(row: OpId | null, ops: readonly FoldOp[]): string {
  const opening = row === null ? OpClass.GENESIS : OpClass.ROW;
  const isLate = (op: FoldOp) => (op.header.opClass === opening ? 0 : 1);
  const [first] = ops.toSorted((a, b) => isLate(a) - isLate(b) || compareOrder(place(a), place(b)));
  return first?.header.kind ?? '';
}

function place(op: FoldOp): Order {
  return order(op.header, op.opId, op.server_ms);
}

function collect(op: FoldOp, settings: Map<Setter, Setting[]>): void {
  if (op.payload === null) return;
  const at = place(op);
  const add = (setter: Setter, value: Value, base: readonly OpId[]) => {
    const setting = { order: at, value, base };
    const known = settings.get(setter);
    if (known) known.push(setting);
    else settings.set(setter, [setting]);
  };
  for (const [index, [name, value]] of op.header.facts.entries()) {
    add(`${FACT}${name}`, value, op.payload.factBases[index] ?? []);
  }
  for (const { name, value, base } of op.payload.fields) add(`${FIELD}${name}`, value, base);
}

function register(name: string, settings: readonly Setting[], stakes: Stakes): Register {
  const [only] = settings;
  if (only !== undefined && settings.length === 1) return alone(only);
  const superseded = new Set(settings.flatMap(({ base }) => base));
  const winner = greatest(settings);
  const standing = settings
    .filter((setting) => setting === winner || !superseded.has(setting.order.opId))
    .sort((a, b) => (a.order.opId < b.order.opId ? -1 : 1));
  const candidates = standing.map(({ order: { opId }, value }) => ({ opId, value }));
  if (name.includes('/')) {
    const present = standing.filter(({ value }) => value !== null);
    const shown = present.length > 0 ? greatest(present) : winner;
    return { value: shown.value, winner: shown.order.opId, candidates, conflict: false };
  }
  const conflict = standing.some(({ value }) => !isSameValue(value, winner.value));
  const rule = conflict && Object.hasOwn(stakes, name) ? stakes[name] : undefined;
  const value = rule === undefined ? winner.value : stricter(rule, inOrder(standing));
  return { value, winner: winner.order.opId, candidates, conflict };
}

/** Most names are set once; there is nothing to compare then. */
function alone({ order: { opId }, value }: Setting): Register {
  return { value, winner: opId, candidates: [{ opId, value }], conflict: false };
}

function greatest(settings: readonly Setting[]): Setting {
  return settings.reduce((a, b) => (compareOrder(a.order, b.order) > 0 ? a : b));
}

function inOrder(settings: readonly Setting[]): Value[] {
  const sorted = settings.toSorted((a, b) => compareOrder(a.order, b.order));
  return sorted.map(({ value }) => value);
}

/** Returns what shows of values of high stakes that stand side by side; of two as strict the later one. */
export function stricter(rule: StakeRule, values: readonly Value[]): Value {
  switch (rule.rule) {
    case 'union':
      return union(values);
    case 'least': {
      const numbers = values.filter((value) => typeof value === 'number');
      return numbers.length > 0 ? Math.min(...numbers) : null;
    }
    case 'strictest':
      return strictest(rule.values, values);
  }
}

function strictest(listed: readonly Value[], values: readonly Value[]): Value {
  const known = listed.map((value) => toHex(encode(value)));
  const rank = (value: Value) => {
    const at = known.lastIndexOf(toHex(encode(value)));
    return at < 0 ? 2 * known.length - 3 : 2 * at;
  };
  return values.reduce((a, b) => (rank(a) > rank(b) ? a : b));
}

/** Every item of every value, once, ascending by its bytes. */
function union(values: readonly Value[]): Value {
  const items = values.flatMap((value) => (isList(value) ? value : [value]));
  const byBytes = new Map(
    items.filter((item) => item !== null).map((item) => [toHex(encode(item)), item]),
  );
  return [...byBytes.entries()].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, item]) => item);
}

function isList(value: Value): value is readonly Value[] {
  return Array.isArray(value);
}

/**
 * Returns the state in its one form, by which two replicas compare what they show.
 *
 * Shape: [entity, [[row or nil, kind, counts, [[namespace, name, value, winner, conflict, [[op_id, value]…]]…]]…]].
 */
export function foldBytes(state: EntityState): Bytes {
  const groups = state.groups.map(({ row, kind, counts, registers }) => [
    row === null ? null : bytesOf(row),
    kind,
    counts,
    Array.from(registers, registerRow),
  ]);
  return encode([bytesOf(state.entity), groups]);
}

function registerRow([setter, register]: readonly [Setter, Register]): Value {
  const candidates = register.candidates.map(({ opId, value }) => [bytesOf(opId), value]);
  const { value, winner, conflict } = register;
  return [Number(setter[0]), setter.slice(1), value, bytesOf(winner), conflict, candidates];
}
