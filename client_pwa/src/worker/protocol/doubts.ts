/** What the log says of a device that an administrator should look at; nothing of it is sealed. */
import type { Instant } from '../../domain/catalogue.types.ts';
import type { DeviceLine, WorkerLine } from './team.ts';

/**
 * `void`: it broke a rule, and the server let it through; `late` is that after it was retired. `closed`: it opens with
 * none of the keys, which are all here. `copied`: another device writes under its name, as it seems.
 */
export type DoubtKind = 'void' | 'late' | 'closed' | 'copied';

/** How often, and when the log had it for the first time. */
export type Doubt = {
  readonly kind: DoubtKind;
  readonly count: number;
  readonly since: Instant;
};

export type DoubtLine = {
  readonly device: DeviceLine;
  readonly worker: WorkerLine;
  readonly doubts: readonly Doubt[];
};
