/** People who may have been written down twice. */
import { alike, LIKENESSES } from '../../search/alike.ts';
import type { Calls, LikePair } from '../protocol.ts';
import { people } from './people.ts';
import { once } from './reading.ts';

/** As many as somebody goes through in one sitting; when some are settled, others come up. */
const PAIRS_MAX = 60;

export const duplicates = once((reading): Calls['view.duplicates']['answer'] => {
  const found = alike(people(reading), ({ aliases }) => aliases, PAIRS_MAX + 1);
  const pairs = found.map(({ items, like }): LikePair => ({ people: items, like }));
  pairs.sort((a, b) => rank(a) - rank(b) || lastMet(b) - lastMet(a));
  return { pairs: pairs.slice(0, PAIRS_MAX), more: pairs.length > PAIRS_MAX };
});

function rank({ like }: LikePair): number {
  return LIKENESSES.indexOf(like);
}

function lastMet({ people: both }: LikePair): number {
  return Math.max(...both.map(({ lastMet: at }) => at ?? 0));
}
