/**
 * What is in a bag, item by item: as it was counted last, with all that came in, was given or was lost since.
 *
 * What comes before what is told by when it happened, and by the place in the log where that is the same: a gift that
 * arrives from another tablet after a count, but was made before it, is in the count already.
 */
import { type EntityState, ownGroup } from '../../engine/fold.ts';
import type { EntityId, OpId } from '../../engine/ids.ts';
import { FACT, FIELD } from '../../engine/liveness.ts';
import catalogue from '../../domain/catalogue.json' with { type: 'json' };
import type { KitItem, LossReason, StockMove, Unit } from '../../domain/catalogue.types.ts';
import type { BagLine, DifferenceLine, ItemCounts, LossLine, NewItem } from '../protocol.ts';
import { grouped, once, type Reading, type Row, rowsOf, shown, textOf, told } from './reading.ts';
import { distributions } from './standing.ts';

const BAG = 'bag';
const MOVEMENT = 'stock_movement';
/** Used material, which is taken back and never comes out of a bag. */
const COLLECTED: ReadonlySet<string> = new Set(['used_syringes', 'used_pipes']);
const CARRIED = (Object.keys(catalogue.codes.kit_item) as KitItem[]).filter(
  (item) => !isCollected(item),
);

type Moved = { readonly row: OpId; readonly at: number; readonly count: number };
type Movement = Moved & {
  readonly item: KitItem;
  readonly move: StockMove;
  readonly reason: LossReason | null;
  readonly patrol: string | null;
};

export function isCollected(item: string): boolean {
  return COLLECTED.has(item);
}

/** Tells whether an item is counted in a unit: used syringes come back loose, in containers or weighed. */
export function isInUnit(item: string, unit: Unit): boolean {
  return unit === 'piece' || item === 'used_syringes';
}

/** Returns how many there are of each item in each unit, in their order: what is in different units is not added up. */
export function unitSums(items: readonly NewItem[]): NewItem[] {
  const sums = new Map<string, NewItem>();
  for (const { item, unit, count } of items) {
    const name = `${item}/${unit}`;
    if (count > 0) sums.set(name, { item, unit, count: count + (sums.get(name)?.count ?? 0) });
  }
  return [...sums.values()];
}

/** Returns every bag, by name. */
export function bags(reading: Reading): BagLine[] {
  const lines = reading.entities(BAG).map((state) => bagLine(reading, state));
  return lines.sort((a, b) => a.name.localeCompare(b.name, 'fr'));
}

/** Returns the state of a bag by its id, or null if there is none. */
export function bagState(reading: Reading, id: string): EntityState | null {
  const state = reading.state(id);
  return state !== null && ownGroup(state)?.kind === BAG ? state : null;
}

/** Returns the bag that a patrol carries, or null for none. */
export function bagCarried(reading: Reading, patrol: EntityState): string | null {
  return carriedTold(reading, patrol);
}

/** Returns the name of a bag; it is empty if nobody has given it any, or the bag itself is not here. */
export function bagName(reading: Reading, id: string): string {
  const state = bagState(reading, id);
  return state === null ? '' : nameTold(reading, state);
}

export function bagLine(reading: Reading, state: EntityState): BagLine {
  const counted = [...movements(reading, state).values()].flat().filter(isCount);
  return {
    id: state.entity,
    name: nameTold(reading, state),
    items: itemsIn(reading, state),
    counted: counted.length > 0 ? Math.max(...counted.map(({ at }) => at)) : null,
    mark: reading.markOfState(state),
  };
}

/** Returns what is in a bag now. */
export function itemsIn(reading: Reading, bag: EntityState): ItemCounts {
  const items = CARRIED.map((item) => [item, expected(reading, bag, item, null)] as const);
  return Object.fromEntries(items.filter(([, count]) => count > 0));
}

/** Returns what was lost on a round. */
export function lossesOf(reading: Reading, patrol: EntityId): LossLine[] {
  const lost = movementsOf(reading, patrol).filter(({ move }) => move === 'loss');
  return lost.map(({ row, item, count, reason }) => ({
    row,
    item,
    count,
    reason,
    author: reading.author(row),
    mark: reading.mark(row),
  }));
}

/** Returns where a count of a round says otherwise than all that is known by now. */
export function differencesOf(reading: Reading, patrol: EntityId): DifferenceLine[] {
  const counts = movementsOf(reading, patrol).filter(isCount);
  const compared = counts.map(({ bag, ...count }) => ({
    item: count.item,
    expected: expected(reading, bag, count.item, count),
    counted: count.count,
  }));
  return compared.filter((line) => line.expected !== line.counted);
}

const nameTold = told((state) => textOf(shown(ownGroup(state), FIELD, 'name')) ?? '');

const carriedTold = told((state) => textOf(shown(ownGroup(state), FACT, BAG)));

const carriers = once((reading): ReadonlyMap<string, readonly EntityState[]> =>
  grouped(
    reading.entities('patrol').map((state) => [carriedTold(reading, state) ?? '', state] as const),
  ),
);

/** Each item's movements in a bag, in their order; of a round that was closed twice, those of its last closing. */
const movements = told((state, reading): ReadonlyMap<string, readonly Movement[]> => {
  const rows = rowsOf(state, MOVEMENT).filter(({ counts }) => counts);
  const all = rows.map((group) => movement(reading, group)).sort(inOrder(reading));
  const items = grouped(all.map((one) => [one.item, one] as const));
  return new Map(Array.from(items, ([item, moved]) => [item, standing(reading, moved)]));
});

/** What each patrol gave of each item out of its bag. */
const gifts = told((state, reading): ReadonlyMap<string, readonly Moved[]> => {
  const rows = distributions(reading, state).filter(
    (group) => shown(group, FACT, 'source') === BAG,
  );
  return grouped(
    rows.map((group) => [textOf(shown(group, FACT, 'item')) ?? '', moved(reading, group)] as const),
  );
});

function moved(reading: Reading, group: Row): Moved {
  const count = Number(shown(group, FACT, 'count') ?? 0);
  return { row: group.row, at: reading.at(group.row), count };
}

function movement(reading: Reading, group: Row): Movement {
  return {
    ...moved(reading, group),
    item: shown(group, FACT, 'item') as KitItem,
    move: shown(group, FACT, 'move') as StockMove,
    reason: shown(group, FACT, 'loss_reason') as LossReason | null,
    patrol: textOf(shown(group, FACT, 'patrol')),
  };
}

function isCount({ move }: Movement): boolean {
  return move === 'count';
}

function inOrder(reading: Reading): (a: Moved, b: Moved) => number {
  return (a, b) => a.at - b.at || reading.place(a.row) - reading.place(b.row);
}

/**
 * Returns one item's movements without those of a closing after which the same round was closed again.
 *
 * Two who close one round without knowing of each other have counted one bag: what both miss is missing once. The count
 * that came last stands, and of a loss the one that was written with it; a closing that did not count an item changes
 * nothing of it.
 */
function standing(reading: Reading, moved: readonly Movement[]): readonly Movement[] {
  const counted = moved.filter(isCount).map((one) => [one.patrol, closing(reading, one)] as const);
  const closings = new Set(counted.map(([, name]) => name));
  const last = new Map(counted);
  return moved.filter((one) => {
    const name = closing(reading, one);
    return one.patrol === null || !closings.has(name) || last.get(one.patrol) === name;
  });
}

/** What was written in one closing has its time, its device and its round in common. */
function closing(reading: Reading, { row, at, patrol }: Movement): string {
  return [at, reading.op(row)?.header.device, patrol].join();
}

/** Returns how many of an item must be in a bag, by all that happened before one of its counts, or until now. */
function expected(reading: Reading, bag: EntityState, item: KitItem, before: Moved | null): number {
  const compare = inOrder(reading);
  const isBefore = (one: Moved): boolean => before === null || compare(one, before) < 0;
  const earlier = (movements(reading, bag).get(item) ?? []).filter(isBefore);
  const at = earlier.findLastIndex(isCount);
  const count = earlier[at];
  const isSince = (one: Moved): boolean =>
    isBefore(one) && (count === undefined || compare(one, count) > 0);
  const given = (carriers(reading).get(bag.entity) ?? []).flatMap((patrol) =>
    (gifts(reading, patrol).get(item) ?? []).filter(isSince),
  );
  let total = count?.count ?? 0;
  for (const one of earlier.slice(at + 1)) total += one.move === 'loss' ? -one.count : one.count;
  for (const one of given) total -= one.count;
  return Math.max(0, total);
}

/** Returns what moved in any bag on a round, with the bag. */
function movementsOf(
  reading: Reading,
  patrol: EntityId,
): (Movement & { readonly bag: EntityState })[] {
  return reading
    .entities(BAG)
    .flatMap((bag) => [...movements(reading, bag).values()].flat().map((one) => ({ ...one, bag })))
    .filter((one) => one.patrol === patrol);
}
