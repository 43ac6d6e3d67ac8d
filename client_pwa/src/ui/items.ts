/** What is handed out: which drawing it has, and which come first on the sheet. */
import type { KitItem } from '../domain/catalogue.types.ts';
import { codesOf } from '../domain/labels.ts';
import type { EncounterLine } from '../worker/protocol.ts';

const iconByItem: Readonly<Partial<Record<KitItem, string>>> = {
  crack_kit: 'kit',
  wound_kit: 'bandage',
  pipe: 'pipe',
  tips: 'tips',
  filter: 'filterkit',
  base_kit: 'kit',
  syringe_1cc: 'syringe',
  syringe_2cc: 'syringe',
  used_syringes: 'syringe',
  water: 'drop',
  condom: 'condom',
  naloxone: 'naloxone',
  hygiene_kit: 'wash',
  used_pipes: 'pipe',
};

const FIRST: readonly KitItem[] = [
  'crack_kit',
  'pipe',
  'tips',
  'wound_kit',
  'naloxone',
  'used_syringes',
];

/** How many show before the others are asked for. */
export const FIRST_COUNT = FIRST.length;

export function itemIcon(item: KitItem): string {
  return iconByItem[item] ?? 'box';
}

/** Most handed out tonight first; where tonight says nothing, the usual order. */
export function itemsInOrder(encounters: readonly EncounterLine[]): readonly KitItem[] {
  const given = new Map<KitItem, number>();
  for (const { items, void: isVoid } of encounters) {
    if (isVoid) continue;
    for (const { item, count } of items) given.set(item, (given.get(item) ?? 0) + count);
  }
  const usual = [...FIRST, ...codesOf('kit_item').filter((item) => !FIRST.includes(item))];
  return usual.sort((a, b) => (given.get(b) ?? 0) - (given.get(a) ?? 0));
}
