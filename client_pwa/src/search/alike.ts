/**
 * Names that may be one person's: written the same, sounding the same in French, or but for one slip of the finger.
 *
 * Names are not compared two by two: those that are alike share a key, so that thousands take no longer than they read.
 */
import { isNear, normalise } from './people.ts';
import { soundOf } from './sound.ts';

/** How two names are alike, the surest first. */
export const LIKENESSES = ['written', 'sound', 'slip'] as const;
export type Likeness = (typeof LIKENESSES)[number];

export type Alike<Item> = { readonly items: readonly [Item, Item]; readonly like: Likeness };

/** Shorter names are one slip away from too many others. */
const SLIP_LENGTH_MIN = 5;

const ARTICLES = /\b(?:l|le|la|les|un|une)\b/g;

/** Returns a name without its articles, as it is compared. */
function bare(name: string): string {
  const whole = normalise(name);
  return whole.replace(ARTICLES, ' ').replace(/ +/g, ' ').trim() || whole;
}

/** What is left of a name when one letter of it is left out: two names that share one are at most two slips apart. */
function keysOfSlips(name: string): string[] {
  if (name.length < SLIP_LENGTH_MIN) return [];
  return [name, ...Array.from(name, (_, at) => name.slice(0, at) + name.slice(at + 1))];
}

function isOneSlip(a: string, b: string): boolean {
  return Math.abs(a.length - b.length) <= 1 && (isNear(a, b) || isNear(b, a));
}

type Name = { readonly item: number; readonly name: string };

/** Returns at most so many pairs whose names are alike, the surest first, each pair once. */
export function alike<Item>(
  items: readonly Item[],
  namesOf: (item: Item) => readonly string[],
  most: number,
): Alike<Item>[] {
  const names = items.flatMap((one, item) =>
    namesOf(one)
      .map((name) => ({ item, name: bare(name) }))
      .filter(({ name }) => name !== ''),
  );
  const found = new Map<string, Alike<Item>>();
  for (const like of LIKENESSES) {
    for (const [a, b] of pairsBy(names, like)) {
      if (found.size >= most) return [...found.values()];
      const [one, other] = [items[Math.min(a, b)], items[Math.max(a, b)]];
      const key = `${String(Math.min(a, b))} ${String(Math.max(a, b))}`;
      if (one !== undefined && other !== undefined && !found.has(key)) {
        found.set(key, { items: [one, other], like });
      }
    }
  }
  return [...found.values()];
}

const KEYS: Readonly<Record<Likeness, (name: string) => readonly string[]>> = {
  written: (name) => [name],
  sound: (name) => [soundOf(name)],
  slip: keysOfSlips,
};

function* pairsBy(names: readonly Name[], like: Likeness): Generator<readonly [number, number]> {
  const byKey = new Map<string, Name[]>();
  for (const one of names) {
    for (const key of new Set(KEYS[like](one.name))) {
      const those = byKey.get(key) ?? [];
      for (const other of those) {
        if (other.item === one.item) continue;
        if (like !== 'slip' || isOneSlip(other.name, one.name)) yield [other.item, one.item];
      }
      those.push(one);
      byKey.set(key, those);
    }
  }
}
