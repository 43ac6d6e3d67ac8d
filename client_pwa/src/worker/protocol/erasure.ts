/** The erasure of a person: asked for, in the log, and carried out by every device. */
import type { Id, Instant } from '../../domain/catalogue.types.ts';
import type { WorkerLine } from './team.ts';

/** An erasure that was asked for on this device and is not in the log yet. */
export type Erasing = { readonly author: string; readonly at: Instant };

/** A device that has not said yet that it has carried an erasure out. */
export type ErasureWaiting = {
  readonly device: Id;
  readonly worker: WorkerLine;
  readonly here: boolean;
  /** The last time that the log took something of it. */
  readonly wrote: Instant | null;
  /** Only the health file is left to erase there. */
  readonly health: boolean;
};

/** One erasure, and which of the devices that may have held the person have carried it out. It names nobody erased. */
export type ErasureLine = {
  /** The erasure's own op. */
  readonly op: string;
  readonly at: Instant;
  readonly author: string;
  /** How many records were erased together. */
  readonly records: number;
  /** Not in the log yet: no device has it to carry out. */
  readonly asked: boolean;
  /** Null while the server has never been asked. */
  readonly carriedOut: {
    readonly done: number;
    readonly of: number;
    readonly waiting: readonly ErasureWaiting[];
  } | null;
};

export type Erasures = {
  /** When the server was asked last how far each device has come. */
  readonly known: Instant | null;
  /** The newest first. */
  readonly lines: readonly ErasureLine[];
};
