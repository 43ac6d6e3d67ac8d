/** What was said of one field over the months, as a page shows it. */
import type { Instant } from '../../src/domain/catalogue.types.ts';
import type { Candidate, FieldView, History } from '../../src/worker/protocol.ts';

const DAY = 24 * 3_600_000;

/** Before what stands now, somebody slept elsewhere. */
const BEFORE: Readonly<Record<string, readonly (readonly [string, string, number])[]>> = {
  housing: [
    ['street', 'Bruno', 90],
    ['hospital', 'Inès', 180],
    ['street', 'Awa', 400],
  ],
};

export function historyOf(name: string, now: Instant, field: FieldView | undefined): History {
  const past = (BEFORE[name] ?? []).map(([value, author, days]): Candidate => {
    return { value, author, at: now - days * DAY, mark: 'seen' };
  });
  const values = [...(field?.candidates ?? []), ...past];
  return { values, complete: name !== 'reach' };
}
