/** The one way in which a check of the log fails: pulling stops, with the name of the check that stopped it. */
import { IntegrityFailure, type Reason } from './errors.ts';
import { type LogView } from './logview.ts';

/** Throws IntegrityFailure unless a check of the log holds. */
export function require(holds: boolean, reason: Reason, view: LogView): void {
  if (!holds) throw new IntegrityFailure(reason, view.cursor);
}

type Thrown = abstract new (...details: never[]) => Error;

/** Returns what a step does, or null if it throws what is expected. */
export function orNull<T>(expected: Thrown, step: () => T): T | null {
  try {
    return step();
  } catch (error) {
    if (error instanceof expected) return null;
    throw error;
  }
}

/** Returns what a step does; if it throws what is expected, that is an integrity failure. */
export function orFails<T>(reason: Reason, view: LogView, expected: Thrown, step: () => T): T {
  const result = orNull(expected, step);
  if (result === null) throw new IntegrityFailure(reason, view.cursor);
  return result;
}
