/** Who works in the association, on which devices, and who is invited. */
import type { Id, Instant, Profession, WorkerRole } from '../../domain/catalogue.types.ts';

export type WorkerLine = {
  readonly id: Id;
  readonly name: string;
  readonly role: WorkerRole | null;
  readonly profession: Profession | null;
};

/** A device that is or was a member; its id is public. */
export type DeviceLine = {
  readonly id: Id;
  readonly here: boolean;
  readonly administers: boolean;
  readonly joined: Instant | null;
  /** The last time that the log took something of it. */
  readonly wrote: Instant | null;
  /** `waiting`: said on this device, and not yet in the log. */
  readonly retired: 'waiting' | 'done' | null;
};

/** An invitation that waits; `letters` are those of the administrator's tick, or, once `given`, of the other's. */
export type InviteLine = {
  readonly join: string;
  readonly worker: Id;
  readonly expires: Instant;
} & (
  | { readonly way: 'link'; readonly link: string; readonly letters: string | null }
  | {
      readonly way: 'hand';
      readonly answer: string;
      readonly letters: string;
      /** The device was filmed: it is let in already, and needs its answer only. */
      readonly given: boolean;
    }
);

/** A code that somebody carried here: read by this device's camera, or pasted. */
export type CarriedCode = { readonly code: string; readonly scanned: boolean };

export type TeamLine = {
  readonly worker: WorkerLine;
  readonly devices: readonly DeviceLine[];
  readonly invites: readonly InviteLine[];
};

/**
 * What a retired device could not send: sealed, and only devices of the association open it. An administrator's takes
 * over what is the association's, and a health worker's what is of the health file.
 */
export type SalvageFile = { readonly bytes: Uint8Array<ArrayBuffer>; readonly records: number };

/** What is in such a file: how many records are new here, are here already, or should open on this device and do not. */
export type SalvageFound = {
  readonly device: Id;
  readonly worker: WorkerLine;
  readonly records: number;
  readonly known: number;
  readonly closed: number;
  /** It holds something that is another's to take over: a health worker's, or to a health worker an administrator's. */
  readonly elsewhere: boolean;
};

export type NewWorker = {
  readonly name: string;
  readonly role: WorkerRole;
  readonly profession: Profession | null;
};
