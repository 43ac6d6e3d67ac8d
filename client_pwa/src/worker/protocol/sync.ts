/** How the device stands to the server. */
import type { Instant } from '../../domain/catalogue.types.ts';
import type { Reason } from '../../engine/errors.ts';

/** `unknown` until the first attempt ends: the browser's own opinion is not asked. */
export type Reachability =
  | { readonly state: 'unknown' }
  | { readonly state: 'reached'; readonly serverVersion: string | null }
  | { readonly state: 'unreached' };

/** Why a log is no honest one; `key`: a key that this device was given is not the one that the others have. */
export type Alarm = Reason | 'key';

export type SyncState = {
  readonly unsent: number;
  readonly aside: number;
  readonly lastReached: Instant | null;
  readonly nextTry: Instant | null;
  /** Ops read so far while the log is loaded for the first time. */
  readonly loading: number | null;
  /** What is wrong with a log or a key of this device: the worker goes on locally and tells somebody. */
  readonly alarm: Alarm | null;
  /** The browser gives no more room: what the server sends is not kept, what waits here is sent all the same. */
  readonly full: boolean;
  /** The set-up link no longer opens the space: the server has a newer one. */
  readonly setupRefused: boolean;
  /** What was signed with the papers was refused for good: it takes the papers again, and nothing is lost. */
  readonly recoveryRefused: boolean;
  /** Since when this device knows that it is a member no longer; what it could not send stays here. */
  readonly retired: Instant | null;
  /**
   * The server came back from an older copy, and nobody here has said that they heard: how many records of this device
   * go out again, and how many of other devices are only here.
   */
  readonly restored: { readonly own: number; readonly others: number } | null;
};

export type UnsentLine = {
  readonly op: string;
  readonly kind: string;
  readonly at: Instant;
  readonly code: string | null;
  /** What it waits for, which a restored server has lost: the row that it corrects, or an administrator's device. */
  readonly held: 'row' | 'administrator' | null;
};
