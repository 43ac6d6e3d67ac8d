/** The health file: who reads it, and what it says of a person. */
import type { Id, Instant } from '../../domain/catalogue.types.ts';
import type { WorkerLine } from './team.ts';
import type { FieldViews, Mark, Values } from './values.ts';

/**
 * Of the association's health file, as this device stands to it. `none`: nobody opened it; `closed`: this device has no
 * key; `waiting`: it was given one, and it is not in the right hands only yet, or is being read; `open`.
 */
export type HealthAccess = 'none' | 'closed' | 'waiting' | 'open';

/** A device that reads the health file, or one of a health worker that does not yet. */
export type HealthReader = {
  readonly device: Id;
  readonly worker: WorkerLine;
  readonly here: boolean;
  readonly since: Instant | null;
  /** Said on this device and not yet in the log. */
  readonly waiting: 'given' | 'taken' | null;
};

export type HealthTeam = {
  /** `opening`: said here, and not on the server yet. */
  readonly exists: 'no' | 'opening' | 'yes';
  /** An administrator, and at least one health worker has a device. */
  readonly mayOpen: boolean;
  /** This device has the key. */
  readonly mayGive: boolean;
  /** An administrator. */
  readonly mayTake: boolean;
  /** Who can read; the recovery papers are not among them. */
  readonly readers: readonly HealthReader[];
  /** Devices of health workers that cannot read yet. */
  readonly without: readonly HealthReader[];
};

/** What the health file says of a contact: usually nothing, or one. */
export type ContactHealth = {
  readonly row: string;
  readonly author: string;
  readonly at: Instant;
  readonly fields: FieldViews;
  readonly mark: Mark;
};

/** What is said afterwards of a contact saved before; values by their name in `contact_health`. */
export type HealthNote = {
  readonly person: Id;
  /** The contact's row. */
  readonly contact: string;
  readonly values: Values;
};
