/** Checks that run in a test and in a browser's page alike: each is a promise that holds or does not. */
import { type Bytes, fromHex } from '../../src/engine/bytes.ts';

export type Check = {
  readonly promise: string;
  readonly holds: () => boolean | Promise<boolean>;
};

/** Returns the promises that do not hold; one that throws does not hold. */
export async function broken(checks: readonly Check[]): Promise<string[]> {
  const failures: string[] = [];
  for (const { promise, holds } of checks) {
    try {
      if (!(await holds())) failures.push(promise);
    } catch (error) {
      failures.push(`${promise}: ${String(error)}`);
    }
  }
  return failures;
}

type Refusal = abstract new (...details: never[]) => Error;

/** Tells whether a step throws this error: another one is a failure of its own. */
export async function refuses(error: Refusal, step: () => unknown): Promise<boolean> {
  try {
    await step();
    return false;
  } catch (thrown) {
    if (thrown instanceof error) return true;
    throw thrown;
  }
}

/** Returns the bytes with one bit changed, in the last byte unless told where. */
export function flipped<T extends Bytes>(bytes: T, at = bytes.length - 1): T {
  const changed = bytes.slice();
  changed[at] = (changed[at] ?? 0) ^ 1;
  return changed as T;
}

export function bytes<T extends Bytes = Bytes>(hex: string): T {
  return fromHex(hex) as T;
}
