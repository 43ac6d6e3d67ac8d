/** Counts by code, and counts of items in their units. Pure. */
import type { NewItem } from '../worker/protocol.ts';

/** One thing that is counted, and in what. */
export type Handed = Pick<NewItem, 'item' | 'unit'>;

export function totalOf(counts: Readonly<Partial<Record<string, number>>>): number {
  return Object.values(counts).reduce<number>((sum, count) => sum + (count ?? 0), 0);
}

/** Zero is absent. */
export function withCount<Code extends string>(
  counts: Readonly<Partial<Record<Code, number>>>,
  code: Code,
  count: number,
): Partial<Record<Code, number>> {
  const entries = Object.entries({ ...counts, [code]: count });
  return Object.fromEntries(entries.filter(([, value]) => value !== 0)) as Partial<
    Record<Code, number>
  >;
}

/** How many of one item in one unit: different units are never added up. */
export function countOf(items: readonly NewItem[], { item, unit }: Handed): number {
  return items.reduce(
    (sum, one) => sum + (one.item === item && one.unit === unit ? one.count : 0),
    0,
  );
}

/** Zero is absent; what is there keeps its place. */
export function withItem(items: readonly NewItem[], changed: NewItem): readonly NewItem[] {
  const { item, unit } = changed;
  const at = items.findIndex((one) => one.item === item && one.unit === unit);
  const all = at < 0 ? [...items, changed] : items.with(at, changed);
  return all.filter(({ count }) => count > 0);
}

/** Each item of one unit once, and none of nothing. */
export function summed(items: readonly NewItem[]): readonly NewItem[] {
  return items.reduce<readonly NewItem[]>((sum, { item, unit, count }) => {
    const there = countOf(sum, { item, unit });
    return withItem(sum, { item, unit, count: there + count });
  }, []);
}
