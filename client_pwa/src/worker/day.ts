/** The days of the catalogue: since 1970, of the world's time and not of a place's. */
import type { Day } from '../domain/catalogue.types.ts';
import { DAY_MS } from '../engine/logview.ts';

export function dayOf(time_ms: number): Day {
  return Math.floor(time_ms / DAY_MS);
}
