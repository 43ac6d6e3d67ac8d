import type { Id } from '../domain/catalogue.types.ts';
import { CallProblem, type DataWorker } from '../worker/protocol.ts';
import { Kept, type KeptOptions } from './kept.svelte.ts';

export type KeptAboutOptions<Thing> = KeptOptions<readonly Thing[]> & {
  readonly worker: DataWorker;
  /** Whom a thing names. */
  readonly idsIn: (thing: Thing) => readonly Id[];
  /** What is left of a thing without whoever was erased; nothing, if it was about nobody else. */
  readonly without: (thing: Thing, erased: readonly Id[]) => readonly Thing[];
  /** Tells that a thing named somebody who was erased, and does no more. */
  readonly letGo: () => void;
};

/** Things being written that may name people: kept in the vault at every change, and without whoever was erased. */
export class KeptAbout<Thing> {
  readonly #options: KeptAboutOptions<Thing>;
  /** Null where there is none. */
  readonly #kept: Kept<readonly Thing[]>;

  constructor(options: KeptAboutOptions<Thing>) {
    this.#options = options;
    this.#kept = new Kept(options);
    options.worker.on('changed', () => void this.#letGo());
  }

  /** Null until they are read. */
  get all(): readonly Thing[] | null {
    return this.#kept.isRead ? (this.#kept.value ?? []) : null;
  }

  async load(): Promise<void> {
    await this.#kept.load();
    await this.#letGo();
  }

  /** Locked: nothing of them stays in the page. */
  forget(): void {
    this.#kept.forget();
  }

  keep(all: readonly Thing[]): void {
    if (all.length === 0) void this.#kept.drop();
    else this.#kept.put(all);
  }

  async #letGo(): Promise<void> {
    const { idsIn, without, letGo } = this.#options;
    const ids = (this.all ?? []).flatMap(idsIn);
    if (ids.length === 0) return;
    const erased = await this.#erasedOf(ids);
    if (erased.length === 0 || this.all === null) return;
    this.keep(this.all.flatMap((thing) => without(thing, erased)));
    letGo();
  }

  async #erasedOf(ids: readonly Id[]): Promise<readonly Id[]> {
    try {
      return await this.#options.worker.call('view.erased', { ids });
    } catch (error) {
      // Locked meanwhile: they are looked at when they are read again.
      if (error instanceof CallProblem) return [];
      throw error;
    }
  }
}
