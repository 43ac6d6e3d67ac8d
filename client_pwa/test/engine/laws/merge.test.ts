/** Law: the fold is commutative, associative and idempotent; the order in which ops arrive does not matter. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { toHex } from '../../../src/engine/bytes.ts';
import { fold, foldBytes } from '../../../src/engine/fold.ts';
import { type FoldOp, liveOps } from '../../../src/engine/liveness.ts';
import { Chance } from '../chance.ts';
import { histories, History, plainHistories } from '../histories.ts';
import { entity, REGISTRY } from '../kit.ts';
import { law } from './law.ts';

function shown(ops: readonly FoldOp[]): string {
  return toHex(foldBytes(fold(entity(0), ops, REGISTRY)));
}

test('any order of the live ops shows the same, and so does an op that comes twice', () => {
  law(
    fc.property(histories, fc.nat(), ({ log }, seed) => {
      const live = liveOps(log);
      expect(shown(new Chance(seed).shuffle(live))).toBe(shown(live));
      expect(shown(liveOps([...live, ...live]))).toBe(shown(live));
    }),
  );
});

test('every device shows the same when all is delivered, whatever each saw on the way', () => {
  law(
    fc.property(histories, (history) => {
      const expected = shown(liveOps(history.log));
      for (const device of history.devices) {
        expect(shown(liveOps(history.view(device)))).toBe(expected);
      }
    }),
  );
});

test('a kill removes only what nothing shows any more: the live ops show what all ops show', () => {
  law(
    fc.property(histories, ({ log }) => {
      expect(shown(liveOps(log))).toBe(shown(log));
    }),
  );
});

test('the live ops up to any cursor and the log after it give what the whole log gives', () => {
  law(
    fc.property(plainHistories, fc.nat(40), ({ log }, at) => {
      const booted = liveOps([...liveOps(log.slice(0, at)), ...log.slice(at)]);
      expect(shown(booted)).toBe(shown(liveOps(log)));
    }),
  );
});

test('the laws above are not about nothing: edits, kills and conflicts occur', () => {
  const runs = Array.from({ length: 60 }, (_, seed) => new History(seed).run());
  const groups = runs.flatMap(({ log }) => fold(entity(0), liveOps(log), REGISTRY).groups);
  const conflicts = groups.flatMap(({ registers }) => [...registers.values()]);
  expect(conflicts.filter(({ conflict }) => conflict).length).toBeGreaterThan(10);
  const killed = runs.map(({ log }) => log.length - liveOps(log).length);
  expect(killed.reduce((a, b) => a + b)).toBeGreaterThan(50);
});
