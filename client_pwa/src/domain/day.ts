/** Days as the catalogue counts them: since 1970, in UTC. */
import type { Day, Instant } from './catalogue.types.ts';

const HOUR_MS = 3_600_000;
export const DAY_MS = 24 * HOUR_MS;

/** The day that is written down for a moment. */
export function dayAt(instant_ms: Instant): Day {
  return Math.floor(instant_ms / DAY_MS);
}

/** A moment of a written day that is of the same date wherever people work: its noon. */
export function momentOf(day: Day): Instant {
  return day * DAY_MS + 12 * HOUR_MS;
}
