/** Law: for honest histories the candidates are the true siblings: no phantom conflict, no lost one. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { fold, type Register } from '../../../src/engine/fold.ts';
import { liveOps, type FoldOp } from '../../../src/engine/liveness.ts';
import { histories, History } from '../histories.ts';
import { entity, REGISTRY } from '../kit.ts';
import { law } from './law.ts';

function registers(log: readonly FoldOp[]): [name: string, Register][] {
  const { groups } = fold(entity(0), liveOps(log), REGISTRY);
  return groups.flatMap((group) =>
    Array.from(group.registers, ([setter, register]): [string, Register] => [
      setter.slice(1),
      register,
    ]),
  );
}

function candidates(register: Register): string[] {
  return register.candidates.map(({ opId }) => opId);
}

test('candidates are the setters that no later setter knew, even with clocks eleven days wrong', () => {
  law(
    fc.property(histories, (history) => {
      for (const [name, register] of registers(history.log)) {
        expect(candidates(register)).toEqual(history.trueSiblings(name));
        expect(register.conflict).toBe(register.candidates.length > 1);
      }
    }),
  );
});

test('the winner is the greatest live setter and a true sibling: a server of facts keeps the same', () => {
  law(
    fc.property(histories, (history) => {
      for (const [name, register] of registers(history.log)) {
        expect(register.winner).toBe(history.greatest(name));
        expect(history.trueSiblings(name)).toContain(register.winner);
      }
    }),
  );
});

test('with the current siblings alone as base, phantom conflicts appear: the law does find them', () => {
  const phantoms = Array.from({ length: 300 }, (_, seed) => new History(seed).run()).filter(
    (history) => {
      const thinned = history.log.map((op): FoldOp => {
        const fields = (op.payload?.fields ?? []).map((field) => ({
          ...field,
          base: field.base.slice(-1),
        }));
        return op.payload === null ? op : { ...op, payload: { ...op.payload, fields } };
      });
      return registers(thinned).some(
        ([name, register]) => candidates(register).join() !== history.trueSiblings(name).join(),
      );
    },
  );
  expect(phantoms.length).toBeGreaterThan(10);
});
