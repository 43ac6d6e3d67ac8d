import type { Instant } from '../domain/catalogue.types.ts';
import { CallProblem, type DataWorker, ENCOUNTER_DRAFTS } from '../worker/protocol.ts';
import { type Draft, type DraftStart, startDraft } from './draft.ts';
import { withoutErased } from './erasure.ts';

export type DraftsOptions = {
  readonly worker: DataWorker;
  readonly now: () => Instant;
  /** A short hex word, different each time. */
  readonly newId: () => string;
  /** Says what could not be done, and then answers undefined. */
  readonly attempt: <T>(call: Promise<T>) => Promise<T | undefined>;
  /** Tells that a draft named somebody who was erased, and does no more. */
  readonly letGo: () => void;
};

/** The encounters being written, kept in the vault at every change: a lock or a kill loses nothing. */
export class Drafts {
  readonly #options: DraftsOptions;
  #writing = false;
  #written: readonly Draft[] = [];
  /** Null until they are read. */
  all: readonly Draft[] | null = $state.raw(null);

  constructor(options: DraftsOptions) {
    this.#options = options;
    options.worker.on('changed', () => void this.#letGo());
  }

  async load(): Promise<void> {
    const { worker, attempt } = this.#options;
    const body = await attempt(worker.call('draft.get', { name: ENCOUNTER_DRAFTS }));
    const kept = body == null ? [] : (JSON.parse(body) as readonly Draft[]);
    // An older version of the app knew fewer members.
    this.#written = kept.map((draft) => ({ ...startDraft(draft), ...draft }));
    this.all = this.#written;
    await this.#letGo();
  }

  /** Locked: nothing of them stays in the page. */
  forget(): void {
    this.all = null;
    this.#written = [];
  }

  find(id: string): Draft | null {
    return this.all?.find((draft) => draft.id === id) ?? null;
  }

  /** Adds what `make` makes, and returns its id. */
  start(patrol: string, make: (start: DraftStart) => Draft): string {
    const draft = make({ id: this.#options.newId(), patrol, at: this.#options.now() });
    this.#keep([...(this.all ?? []), draft]);
    return draft.id;
  }

  put(draft: Draft): void {
    this.#keep((this.all ?? []).map((other) => (other.id === draft.id ? draft : other)));
  }

  drop(id: string): void {
    this.#keep(this.#others(id));
  }

  /** What is kept of them once one is saved, which goes in the same save; null if nothing is. */
  without(id: string): string | null {
    return bodyOf(this.#others(id));
  }

  #others(id: string): readonly Draft[] {
    return (this.all ?? []).filter((draft) => draft.id !== id);
  }

  /** Lets go of whoever was erased. */
  async #letGo(): Promise<void> {
    const ids = (this.all ?? []).flatMap(({ people }) => people.flatMap(({ id }) => id ?? []));
    if (ids.length === 0) return;
    const erased = await this.#erasedOf(ids);
    if (erased.length === 0 || this.all === null) return;
    this.#keep(this.all.flatMap((draft) => withoutErased(draft, erased)));
    this.#options.letGo();
  }

  async #erasedOf(ids: readonly string[]): Promise<readonly string[]> {
    try {
      return await this.#options.worker.call('view.erased', { ids });
    } catch (error) {
      // Locked meanwhile: they are looked at when they are read again.
      if (error instanceof CallProblem) return [];
      throw error;
    }
  }

  #keep(all: readonly Draft[]): void {
    this.all = all;
    if (!this.#writing) void this.#write();
  }

  /** One writing at a time; what changed meanwhile goes with the next. */
  async #write(): Promise<void> {
    const { worker, attempt } = this.#options;
    this.#writing = true;
    while (this.all !== null && this.all !== this.#written) {
      this.#written = this.all;
      const body = bodyOf(this.all);
      await attempt(worker.call('draft.put', { name: ENCOUNTER_DRAFTS, body }));
    }
    this.#writing = false;
  }
}

function bodyOf(drafts: readonly Draft[]): string | null {
  return drafts.length === 0 ? null : JSON.stringify(drafts);
}
