/** The bin of the data worker that keeps everything in memory. */
import type { Id } from '../../src/domain/catalogue.types.ts';

export class FakeBin {
  /** The last put there first. */
  #ids: readonly Id[];

  constructor(ids: readonly Id[]) {
    this.#ids = ids;
  }

  get ids(): readonly Id[] {
    return this.#ids;
  }

  put(id: Id): void {
    this.#ids = [id, ...this.#ids.filter((one) => one !== id)];
  }

  takeOut(id: Id): void {
    this.#ids = this.#ids.filter((one) => one !== id);
  }

  holds(id: Id): boolean {
    return this.#ids.includes(id);
  }
}
