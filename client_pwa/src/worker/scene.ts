/** What a gesture stands on, and how what it means is written. */
import type { EntityId, OpId } from '../engine/ids.ts';
import { type Intent, write } from '../engine/writer.ts';
import { compartmentOf } from './catalogue.ts';
import { refuseErasing } from './erasing.ts';
import { CallProblem } from './protocol.ts';
import { randomBytes } from './server.ts';
import type { Session } from './session.ts';
import { withSoundTexts } from './texts.ts';
import type { Reading } from './views/reading.ts';

/** Everything a gesture stands on: the open vault, what it shows now, and the time. */
export type Scene = {
  readonly session: Session;
  /** Where the health file is written; null on a device that does not read it. */
  readonly health: Session | null;
  readonly reading: Reading;
  readonly now: number;
};

/**
 * Writes ops in turn, so that a later one can name an earlier one; the caller saves. Each goes to the space of its kind,
 * and their names come back in the order of what was said. `at_ms` is when it happened, if that is not now.
 */
export async function say(
  { session, health, now }: Scene,
  intents: readonly Intent[],
  at_ms = now,
): Promise<(OpId | undefined)[]> {
  const sound = intents.map(withSoundTexts);
  refuseErasing(
    session.replica,
    sound.map(({ entity }) => entity),
  );
  const moment = { local_ms: now, at_ms, random: randomBytes };
  const names = new Map<Intent, OpId>();
  for (const compartment of [null, 'health'] as const) {
    const those = sound.filter(({ kind }) => compartmentOf(kind) === compartment);
    const space = compartment === null ? session : health;
    if (those.length === 0) continue;
    if (space === null) throw new CallProblem('refused');
    const written = await write(space.replica, those, moment);
    for (const [at, intent] of those.entries()) {
      const name = written[at];
      if (name !== undefined) names.set(intent, name);
    }
  }
  return sound.map((intent) => names.get(intent));
}

/** Returns what a row stands under. Throws CallProblem if there is no such row, or not any more. */
export function entityOf({ reading }: Pick<Scene, 'reading'>, row: string): EntityId {
  const op = reading.op(row as OpId);
  if (op === undefined) throw new CallProblem('not_found');
  return op.header.entity;
}
