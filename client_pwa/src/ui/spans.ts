/** How long each of some values stood, as shares of the whole time. */
import type { Candidate } from '../worker/protocol.ts';

export type Span = { readonly share: number; readonly isNow: boolean };

/** Returns one span for each value, the first one first; of values the last of which was said first in the list. */
export function spansOf(values: readonly Candidate[], now_ms: number): readonly Span[] {
  const said = values.toSorted((a, b) => a.at - b.at);
  const first = said[0]?.at ?? now_ms;
  const whole = Math.max(now_ms - first, 1);
  return said.map(({ at }, index) => {
    const next = said[index + 1]?.at ?? Math.max(now_ms, at);
    return { share: (next - at) / whole, isNow: index === said.length - 1 };
  });
}
