/** What state a device is in, from the first start to the open vault. */
import type { Id, Instant, Profession } from '../../domain/catalogue.types.ts';
import type { HealthAccess } from './health.ts';
import type { WorkerLine } from './team.ts';

export type DeviceState =
  /** Escale is open in another tab of this browser: one writes at a time, and this one goes on when that one ends. */
  | { readonly state: 'elsewhere' }
  | Cleared
  | { readonly state: 'unjoined' }
  | JoinState
  | { readonly state: 'founding'; readonly step: FoundingStep; readonly paper: Paper | null }
  | ({ readonly state: 'recovering' } & Recovery)
  | ({ readonly state: 'locked' } & LockLabel)
  | {
      readonly state: 'open';
      readonly me: WorkerLine;
      readonly administers: boolean;
      readonly health: HealthAccess;
      /** It came in with the papers, and its person has not been told yet what to do next. */
      readonly returned: boolean;
    };

/**
 * The browser has erased what the app kept, while it was open: keys, log and outbox. `unsent` is how many records only
 * this device had; null if it had not joined.
 */
export type Cleared = { readonly state: 'cleared'; readonly unsent: number | null };

/** `code` is what the device shows while people carry its codes; null by a link, and once the app was closed. */
export type JoinState = {
  readonly state: 'joining';
  readonly step: JoinStep;
  readonly letters: string | null;
  readonly code: string | null;
};

/**
 * `waiting` for the administrator's answer; `compare` the letters by voice; then a code is chosen; then `loading`,
 * until the log says that this device is a member.
 */
export type JoinStep = 'waiting' | 'compare' | 'code' | 'loading';

/** One's name; three papers; then a code is chosen; `opening` until the server has the founding segment. */
export type FoundingStep = 'name' | 'paper' | 'code' | 'opening';

/** One share of the recovery seed: it is in no store, and leaves the data worker for the screen only. */
export type Paper = {
  readonly number: number;
  readonly words: readonly string[];
  /** Which word is asked for before the next paper: an index from 0. */
  readonly asked: number;
  readonly root: string;
  readonly origin: string;
};

/**
 * Two papers are typed; the whole log is read; who the person is; the log's root is compared with a paper; then a code
 * is chosen; `opening` until the log says that this device is a member.
 */
export type RecoveringStep = 'papers' | 'reading' | 'who' | 'root' | 'code' | 'opening';

/** Papers and their seed are never in it: the screen that typed them has them, and the data worker. */
export type Recovery = {
  readonly step: RecoveringStep;
  /** Ops read so far. */
  readonly read: number;
  /** When the server took the last of them, by the log's own time: nothing proves that none came after. */
  readonly last: Instant;
  /** The workers whom the log knows; only at `who`. */
  readonly people: readonly WorkerLine[];
  /** What must stand on the paper too; only at `root`. */
  readonly root: string | null;
};

/** Who comes back: a worker of the log, or somebody new if it is null. */
export type Returner = {
  readonly worker: Id | null;
  readonly name: string;
  readonly profession: Profession | null;
};

/** What a locked tablet may show: kept sealed under the browser's own key. */
export type LockLabel = {
  readonly name: string;
  readonly profession: Profession | null;
  readonly unsent: number;
  readonly draft: boolean;
  readonly patrol: { readonly zone: string; readonly since: Instant } | null;
  /** The device is a member no longer: what it could not send stays. */
  readonly retired: boolean;
  /** No attempt is taken before this instant. */
  readonly retryAt: Instant | null;
};
