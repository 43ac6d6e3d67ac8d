/** Law: in a set, what one device added while another removed it stays. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { fold, type Register } from '../../../src/engine/fold.ts';
import { FIELD, type FoldOp } from '../../../src/engine/liveness.ts';
import { entity, foldOp, REGISTRY } from '../kit.ts';
import { law } from './law.ts';

function element(ops: readonly FoldOp[]): Register | undefined {
  return fold(entity(0), ops, REGISTRY).groups[0]?.registers.get(`${FIELD}tags/red`);
}

const values = fc.constantFrom(null, true, 'v');

test('an element is present if any of the values side by side is, and there is never a conflict', () => {
  law(
    fc.property(fc.array(values, { minLength: 1, maxLength: 6 }), (written) => {
      const shown = element(written.map((value, at) => foldOp(at + 1, { 'tags/red': value })));
      expect(shown?.value).toBe(written.findLast((value) => value !== null) ?? null);
      expect(shown?.conflict).toBe(false);
    }),
  );
});

test('an element removed by who saw every addition is absent', () => {
  law(
    fc.property(fc.array(values, { minLength: 2, maxLength: 6 }), (written) => {
      const ops = written.map((value, at) => foldOp(at + 1, { 'tags/red': value }));
      const base = { 'tags/red': written.map((_, at) => at + 1) };
      expect(element([...ops, foldOp(99, { 'tags/red': null }, { base })])?.value).toBeNull();
    }),
  );
});
