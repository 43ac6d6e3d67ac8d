import type { DataWorker } from '../worker/protocol.ts';
import { getToasts, getWorker } from './context.ts';

export type KeptOptions<Thing> = {
  readonly worker: DataWorker;
  /** The name that it is kept under. */
  readonly name: string;
  readonly read: (body: string) => Thing;
  /** Says what could not be done, and then answers undefined. */
  readonly attempt: <T>(call: Promise<T>) => Promise<T | undefined>;
};

/** What is being written on a screen, kept in the vault at every change: a lock or a kill loses nothing. */
export class Kept<Thing> {
  readonly #options: KeptOptions<Thing>;
  #isWriting = false;
  #writing = Promise.resolve();
  #written: Thing | null = null;
  value: Thing | null = $state.raw(null);
  /** Until it is read, nothing is known of what was kept. */
  isRead = $state(false);

  constructor(options: KeptOptions<Thing>) {
    this.#options = options;
  }

  async load(): Promise<void> {
    const { worker, name, read, attempt } = this.#options;
    const body = await attempt(worker.call('draft.get', { name }));
    this.value = body == null ? null : read(body);
    this.#written = this.value;
    this.isRead = true;
  }

  /** Locked: nothing of it stays in the page. */
  forget(): void {
    this.isRead = false;
    this.value = null;
    this.#written = null;
  }

  put(value: Thing): void {
    this.#change(value);
  }

  /** Nothing is kept any more when it returns. */
  async drop(): Promise<void> {
    this.#change(null);
    await this.#writing;
  }

  #change(value: Thing | null): void {
    this.value = value;
    if (!this.#isWriting) this.#writing = this.#write();
  }

  /** One writing at a time; what changed meanwhile goes with the next. */
  async #write(): Promise<void> {
    const { worker, name, attempt } = this.#options;
    this.#isWriting = true;
    while (this.isRead && this.value !== this.#written) {
      this.#written = this.value;
      await attempt(worker.call('draft.put', { name, body: bodyOf(this.value) }));
    }
    this.#isWriting = false;
  }
}

/** To be called while a component starts. */
export function keptHere<Thing>(name: string): Kept<Thing> {
  const toasts = getToasts();
  const kept = new Kept<Thing>({
    worker: getWorker(),
    name,
    read: (body) => JSON.parse(body) as Thing,
    attempt: (call) => toasts.attempt(call),
  });
  void kept.load();
  return kept;
}

export function bodyOf(thing: unknown): string | null {
  return thing === null ? null : JSON.stringify(thing);
}
