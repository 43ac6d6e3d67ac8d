/** What is handed out and what is taken back: which drawing it has, and which come first on the sheet. */
import type { KitItem } from '../domain/catalogue.types.ts';
import { codesOf } from '../domain/labels.ts';
import type { EncounterLine } from '../worker/protocol.ts';
import { countOf, type Handed } from './counts.ts';

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

const FIRST: readonly KitItem[] = ['crack_kit', 'pipe', 'tips', 'wound_kit', 'naloxone', 'filter'];

/** Taken back from people or picked up, and never out of a bag: in the usual order. */
export const TAKEN_BACK: readonly Handed[] = [
  { item: 'used_syringes', unit: 'piece' },
  { item: 'used_pipes', unit: 'piece' },
  { item: 'used_syringes', unit: 'container' },
  { item: 'used_syringes', unit: 'gram' },
];

/** How many show before the others are asked for. */
export const FIRST_GIVEN = FIRST.length;
export const FIRST_TAKEN_BACK = 2;

/** The catalogue counts no further. */
export const ITEMS_MOST = 9999;

/** Nobody weighs to the gram at night. */
export const GRAMS_STEP = 50;

export function itemIcon({ item, unit }: Handed): string {
  return unit === 'piece' ? (iconByItem[item] ?? 'box') : 'box';
}

export function isTakenBack(item: KitItem): boolean {
  return TAKEN_BACK.some((one) => one.item === item);
}

/** Most handed out tonight first; where tonight says nothing, the usual order. */
export function itemsInOrder(encounters: readonly EncounterLine[]): readonly KitItem[] {
  const given = standing(encounters).flatMap(({ items }) => items);
  const codes = codesOf('kit_item').filter((item) => !isTakenBack(item));
  const usual = [...FIRST, ...codes.filter((item) => !FIRST.includes(item))];
  const countIn = (item: KitItem): number => countOf(given, { item, unit: 'piece' });
  return usual.sort((a, b) => countIn(b) - countIn(a));
}

/** Most often taken back tonight first: a weight and a number of pieces are not to be compared. */
export function takenBackInOrder(encounters: readonly EncounterLine[]): readonly Handed[] {
  const timesOf = (handed: Handed): number =>
    standing(encounters).filter(({ items }) => countOf(items, handed) > 0).length;
  return [...TAKEN_BACK].sort((a, b) => timesOf(b) - timesOf(a));
}

function standing(encounters: readonly EncounterLine[]): readonly EncounterLine[] {
  return encounters.filter((encounter) => !encounter.void);
}
