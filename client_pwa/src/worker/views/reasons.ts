/** Why something was written otherwise than it stands, or taken back. */
import type { Group } from '../../engine/fold.ts';
import type { OpId } from '../../engine/ids.ts';
import { FIELD } from '../../engine/liveness.ts';
import { VOID } from '../../engine/registry.ts';
import { elements, type Reading, textOf } from './reading.ts';

/** Why something was written otherwise, and when that was said. */
export type Reason = { readonly text: string; readonly at: number };

/** Returns the reasons that stand with a row, the last first; that of its withdrawal only if it is asked for. */
export function reasonsOf(
  reading: Reading,
  group: Group,
  named: 'withdrawn' | null = null,
): Reason[] {
  const found = elements(group, FIELD, 'reason').flatMap(([name, value]) => {
    const winner = group.registers.get(`${FIELD}reason/${name}`)?.winner;
    const text = textOf(value);
    const isAsked = (name === VOID) === (named === 'withdrawn');
    return isAsked && winner !== undefined && text !== null
      ? [{ text, at: saidAt(reading, winner) }]
      : [];
  });
  return lastFirst(found);
}

/** What was forgotten bears the time at which it happened, and not the one at which it was said. */
function saidAt(reading: Reading, opId: OpId): number {
  return Math.max(reading.at(opId), reading.op(opId)?.header.hlc_ms ?? 0);
}

export function lastFirst(reasons: readonly Reason[]): Reason[] {
  return reasons.toSorted((a, b) => b.at - a.at);
}
