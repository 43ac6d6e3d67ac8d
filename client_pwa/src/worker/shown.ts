/** What an open vault shows: its readings, made anew after every change. */
import type { Bytes } from '../engine/bytes.ts';
import type { HealthFile } from './health/file.ts';
import type { Session } from './session.ts';
import { Folds } from './views/folds.ts';
import { type Directory, EMPTY_DIRECTORY, Reading } from './views/reading.ts';

export class Shown {
  readonly #session: Session;
  #health: HealthFile | null = null;
  #directory = EMPTY_DIRECTORY;
  /** Those of each replica; one restored to what was saved last begins with new ones. */
  #folds: Folds | null = null;
  #healthFolds: Folds | null = null;
  #reading: Reading | null = null;

  constructor(session: Session) {
    this.#session = session;
  }

  /** What the association's log shows. */
  folds(): Folds {
    const { replica } = this.#session;
    if (this.#folds?.replica !== replica) this.#folds = new Folds(replica);
    return this.#folds.refresh();
  }

  read(): Reading {
    this.#reading ??= this.#newReading();
    return this.#reading;
  }

  readAnew(): Reading {
    this.forget();
    return this.read();
  }

  /** What was shown is no longer so. */
  forget(): void {
    this.#reading = null;
  }

  /** Every space of this device, also one that is closed to whoever holds it. */
  all(): Reading[] {
    const health = this.#healthReading(this.folds());
    return health === null ? [this.read()] : [this.read(), health];
  }

  takeHealth(health: HealthFile): void {
    this.#health = health;
  }

  takeDirectory(kept: Bytes | null): void {
    if (kept) this.#directory = JSON.parse(new TextDecoder().decode(kept)) as Directory;
    this.forget();
  }

  #newReading(): Reading {
    const folds = this.folds();
    const isOpen = this.#health?.access === 'open';
    const health = isOpen ? this.#healthReading(folds) : null;
    return new Reading(folds, this.#directory, { health });
  }

  #healthReading(workers: Folds): Reading | null {
    const replica = this.#health?.session?.replica;
    if (replica === undefined) return null;
    if (this.#healthFolds?.replica !== replica) this.#healthFolds = new Folds(replica);
    return new Reading(this.#healthFolds, this.#directory, { workers });
  }
}
