import type { Instant, KitItem } from '../domain/catalogue.types.ts';
import { type DataWorker, ENCOUNTER_DRAFTS, OBSERVATION_DRAFT } from '../worker/protocol.ts';
import { type Draft, type DraftStart, idsIn, startDraft } from './draft.ts';
import { withoutErased } from './erasure.ts';
import { KeptAbout } from './kept-about.svelte.ts';
import { bodyOf, Kept } from './kept.svelte.ts';
import type { Observing } from './observation.ts';

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

/**
 * The encounters being written, and the observation, kept in the vault at every change: a lock or a kill loses nothing.
 */
export class Drafts {
  readonly #options: DraftsOptions;
  readonly #kept: KeptAbout<Draft>;
  /** It names nobody. */
  readonly observation: Kept<Observing>;

  constructor(options: DraftsOptions) {
    this.#options = options;
    this.#kept = new KeptAbout({
      ...options,
      name: ENCOUNTER_DRAFTS,
      read: draftsIn,
      idsIn,
      without: withoutErased,
    });
    const read = (body: string): Observing => JSON.parse(body) as Observing;
    this.observation = new Kept({ ...options, name: OBSERVATION_DRAFT, read });
  }

  /** Null until they are read. */
  get all(): readonly Draft[] | null {
    return this.#kept.all;
  }

  /** How many there are, with the observation. */
  get count(): number {
    return (this.all ?? []).length + Number(this.observation.value !== null);
  }

  async load(): Promise<void> {
    await Promise.all([this.#kept.load(), this.observation.load()]);
  }

  /** Locked: nothing of them stays in the page. */
  forget(): void {
    this.#kept.forget();
    this.observation.forget();
  }

  find(id: string): Draft | null {
    return this.all?.find((draft) => draft.id === id) ?? null;
  }

  /** The correction of an encounter that was begun and not saved. */
  findCorrection(row: string): Draft | null {
    return this.all?.find(({ corrects }) => corrects?.stood.row === row) ?? null;
  }

  /** Adds what `make` makes, and returns its id. */
  start(patrol: string, make: (start: DraftStart) => Draft): string {
    const draft = make({ id: this.#options.newId(), patrol, at: this.#options.now() });
    this.#kept.keep([...(this.all ?? []), draft]);
    return draft.id;
  }

  put(draft: Draft): void {
    this.#kept.keep((this.all ?? []).map((other) => (other.id === draft.id ? draft : other)));
  }

  drop(id: string): void {
    this.#kept.keep(this.#others(id));
  }

  /** What is kept of them once one is saved, which goes in the same save; null if nothing is. */
  without(id: string): string | null {
    const others = this.#others(id);
    return bodyOf(others.length === 0 ? null : others);
  }

  #others(id: string): readonly Draft[] {
    return (this.all ?? []).filter((draft) => draft.id !== id);
  }
}

/** An older version of the app knew fewer members, and items by the piece alone. */
type OlderDraft = DraftStart &
  Partial<Omit<Draft, 'items'>> & {
    readonly items?: Draft['items'] | Readonly<Partial<Record<KitItem, number>>>;
  };

function draftsIn(body: string): readonly Draft[] {
  const kept = JSON.parse(body) as readonly OlderDraft[];
  return kept.map((draft) => ({
    ...startDraft(draft),
    ...draft,
    items: itemsOf(draft.items ?? []),
  }));
}

function itemsOf(items: NonNullable<OlderDraft['items']>): Draft['items'] {
  if (isList(items)) return items;
  const counts = Object.entries(items) as [KitItem, number][];
  return counts.map(([item, count]) => ({ item, unit: 'piece', count }));
}

function isList(items: NonNullable<OlderDraft['items']>): items is Draft['items'] {
  return Array.isArray(items);
}
