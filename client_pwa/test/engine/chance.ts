/** Chance with a seed: the same in every run and in every JavaScript. */
import type { Bytes } from '../../src/engine/bytes.ts';

/** The generator mulberry32: 32 bits of state, enough to vary tests and nothing else. */
export class Chance {
  #state: number;

  constructor(seed: number) {
    this.#state = seed >>> 0;
  }

  /** Returns a number in [0, 1). */
  next(): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0;
    let mixed = this.#state;
    mixed = Math.imul(mixed ^ (mixed >>> 15), mixed | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  }

  /** Returns a whole number in [least, end). */
  between(least: number, end: number): number {
    return least + Math.floor(this.next() * (end - least));
  }

  pick<T>(items: readonly T[]): T {
    const item = items[this.between(0, items.length)];
    if (item === undefined) throw new RangeError('There is nothing to pick from.');
    return item;
  }

  /** Returns the items in another order. */
  shuffle<T>(items: readonly T[]): T[] {
    const keyed = items.map((item): [number, T] => [this.next(), item]);
    return keyed.sort(([a], [b]) => a - b).map(([, item]) => item);
  }

  bytes(size: number): Bytes {
    return Uint8Array.from({ length: size }, () => this.between(0, 256));
  }
}
