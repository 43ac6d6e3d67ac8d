/** How the device stands to the server. */
import type { Instant } from '../../domain/catalogue.types.ts';

/** `unknown` until the first attempt ends: the browser's own opinion is not asked. */
export type Reachability =
  | { readonly state: 'unknown' }
  | { readonly state: 'reached'; readonly serverVersion: string | null }
  | { readonly state: 'unreached' };

export type SyncState = {
  readonly unsent: number;
  readonly aside: number;
  readonly lastReached: Instant | null;
  readonly nextTry: Instant | null;
  /** Ops read so far while the log is loaded for the first time. */
  readonly loading: number | null;
  /** The browser gives no more room: what the server sends is not kept, what waits here is sent all the same. */
  readonly full: boolean;
  /** An integrity failure: the worker goes on locally and tells somebody. */
  readonly alarm: string | null;
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
