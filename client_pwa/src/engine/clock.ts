/**
 * The hybrid clock of a device, and the order that decides between concurrent edits.
 *
 * Nothing is rejected or re-stamped for its time: a wrong or hostile clock gains at most five minutes
 * over concurrent edits, once, because the order caps an op's time by the server time of its segment.
 */
import { type OpId } from './ids.ts';
import { type Header } from './op.ts';

/** What the clock reads of an op's header. */
type Times = Pick<Header, 'hlc_ms' | 'hlc_ctr'>;

export const PHYS_STEP_MS = 900_000;
export const PHYS_MS_MAX = 2 ** 47;
export const LEAD_MS_MAX = 300_000;
export const CTR_END = 65_536;
export const OFFSET_SAMPLES = 15;

/** A hybrid time: milliseconds and a counter; the greater pair is later. */
export type Hlc = { readonly ms: number; readonly ctr: number };

export const HLC_FIRST: Hlc = { ms: 0, ctr: 0 };

/** The place of an op among concurrent ones: the greatest wins. */
export type Order = {
  readonly t: number;
  readonly hlc_ms: number;
  readonly hlc_ctr: number;
  readonly opId: OpId;
};

/** Returns the quarter hour of the corrected local clock, at least 0: header times are plain, event times are not. */
export function phys(local_ms: number, offset_ms: number): number {
  const quarter = Math.floor((local_ms + offset_ms) / PHYS_STEP_MS) * PHYS_STEP_MS;
  return Math.max(0, Math.min(quarter, PHYS_MS_MAX));
}

/** Returns the time of a new op, later than `own`, which is the greatest the store has seen or written. */
export function tick(own: Hlc, phys_ms: number): Hlc {
  if (phys_ms > own.ms) return { ms: phys_ms, ctr: 0 };
  return own.ctr + 1 < CTR_END ? { ms: own.ms, ctr: own.ctr + 1 } : { ms: own.ms + 1, ctr: 0 };
}

/** Returns t: the op's time, at most five minutes after the server time of its segment (null: not yet pushed). */
export function capped_ms(hlc_ms: number, server_ms: number | null): number {
  return server_ms === null ? hlc_ms : Math.min(hlc_ms, server_ms + LEAD_MS_MAX);
}

/** Returns the device's time after it applied an op of the log. */
export function receive(own: Hlc, { hlc_ms, hlc_ctr }: Times, server_ms: number): Hlc {
  const t = capped_ms(hlc_ms, server_ms);
  return later(own, t < hlc_ms ? { ms: t + 1, ctr: 0 } : { ms: hlc_ms, ctr: hlc_ctr });
}

export function later(a: Hlc, b: Hlc): Hlc {
  return b.ms > a.ms || (b.ms === a.ms && b.ctr > a.ctr) ? b : a;
}

/** Returns the place of an op; `server_ms` is null while it is not in the log. */
export function order({ hlc_ms, hlc_ctr }: Times, opId: OpId, server_ms: number | null): Order {
  return { t: capped_ms(hlc_ms, server_ms), hlc_ms, hlc_ctr, opId };
}

/** Compares two places: positive if the first one wins. */
export function compareOrder(a: Order, b: Order): number {
  const difference = a.t - b.t || a.hlc_ms - b.hlc_ms || a.hlc_ctr - b.hlc_ctr;
  return difference || (a.opId < b.opId ? -1 : a.opId > b.opId ? 1 : 0);
}

/** Returns the median of the last 15 samples of server_ms - local (the lower of two middles; 0 without samples). */
export function offset_ms(samples: readonly number[]): number {
  const last = samples.slice(-OFFSET_SAMPLES).sort((a, b) => a - b);
  return last[Math.floor((last.length - 1) / 2)] ?? 0;
}
