/** Days as the catalogue counts them: since 1970, in UTC. */
import type { Day, Instant } from './catalogue.types.ts';

export const DAY_MS = 24 * 3_600_000;

export function dayAt(instant_ms: Instant): Day {
  return Math.floor(instant_ms / DAY_MS);
}

export function instantOf(day: Day): Instant {
  return day * DAY_MS;
}
