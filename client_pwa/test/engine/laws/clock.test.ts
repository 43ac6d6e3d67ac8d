/** Law: a device's time only grows, and no clock moves another device's by more than five minutes. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  compareOrder,
  CTR_END,
  type Hlc,
  later,
  LEAD_MS_MAX,
  order,
  phys,
  receive,
  tick,
} from '../../../src/engine/clock.ts';
import { foldOp, name } from '../kit.ts';
import { law } from './law.ts';

const { header } = foldOp(1, {});
const hlcs = fc.record({ ms: fc.nat(2 ** 47), ctr: fc.nat(CTR_END - 1) });
const local = fc.integer({ min: -(2 ** 50), max: 2 ** 50 });

function isLater(a: Hlc, b: Hlc): boolean {
  return later(a, b) === a && (a.ms !== b.ms || a.ctr !== b.ctr);
}

test('a tick is later than what was, not before the clock, and in the range of a header', () => {
  law(
    fc.property(hlcs, local, local, (own, local_ms, offset_ms) => {
      const now = phys(local_ms, offset_ms);
      const after = tick(own, now);
      expect(isLater(after, own)).toBe(true);
      expect(after.ms).toBeGreaterThanOrEqual(now);
      expect(after.ms).toBeLessThan(2 ** 48);
      expect(after.ctr).toBeLessThan(CTR_END);
    }),
  );
});

test('receiving never goes back, never leads by more than five minutes, and the next tick is after', () => {
  law(
    fc.property(hlcs, hlcs, fc.nat(2 ** 47), (own, theirs, server_ms) => {
      const received = { ...header, hlc_ms: theirs.ms, hlc_ctr: theirs.ctr };
      const after = receive(own, received, server_ms);
      expect(isLater(own, after)).toBe(false);
      expect(after.ms).toBeLessThanOrEqual(Math.max(own.ms, server_ms + LEAD_MS_MAX + 1));
      const { ms, ctr } = tick(after, 0);
      const mine = order({ ...header, hlc_ms: ms, hlc_ctr: ctr }, name(2), null);
      expect(compareOrder(mine, order(received, name(1), server_ms))).toBeGreaterThan(0);
    }),
  );
});
