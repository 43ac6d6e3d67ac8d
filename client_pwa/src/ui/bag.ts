/** What is in a bag, and what is put into it. Pure. */
import type { KitItem } from '../domain/catalogue.types.ts';
import type { ItemCounts } from '../worker/protocol.ts';
import { itemsInOrder } from './items.ts';

/** What a bag can hold, in the usual order. */
export const BAG_ITEMS: readonly KitItem[] = itemsInOrder([]);

/** What there is some of, in the usual order. */
export function contentsOf(items: ItemCounts): readonly (readonly [KitItem, number])[] {
  return BAG_ITEMS.flatMap((item) => {
    const count = items[item] ?? 0;
    return count > 0 ? [[item, count] as const] : [];
  });
}

export function together(one: ItemCounts, other: ItemCounts): ItemCounts {
  const items = new Set([...Object.keys(one), ...Object.keys(other)] as KitItem[]);
  return Object.fromEntries(
    [...items].map((item) => [item, (one[item] ?? 0) + (other[item] ?? 0)]),
  );
}
