/** Law: ruling command by command gives what ruling the whole log gives, and a thing has one holder. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { toHex } from '../../../src/engine/bytes.ts';
import { type NamedFact, OpClass } from '../../../src/engine/op.ts';
import { statesOf } from '../../../src/engine/ruleset.ts';
import {
  Command,
  type Hold,
  type ObjectId,
  type ObjectState,
  type Outcome,
  rule,
  type RuledCommand,
  rulings,
  rulingsBytes,
  type ThingId,
} from '../../../src/engine/rulings.ts';
import { entity, foldOp, LANES, name } from '../kit.ts';
import { law } from './law.ts';

const step = fc.record({
  pause_ms: fc.integer({ min: 1, max: 30 }),
  lane: fc.integer({ min: 1, max: 3 }),
  move: fc.constantFrom(...LANES.moves.keys()),
  expect: fc.constantFrom(...statesOf(LANES)),
  berth: fc.option(fc.record({ n: fc.nat(1), lasts_ms: fc.nat(60) })),
});

const logs = fc.array(step, { minLength: 1, maxLength: 25 }).map((steps): RuledCommand[] => {
  let server_ms = 0;
  return steps.map(({ pause_ms, lane, move, expect: state, berth }, at) => {
    server_ms += pause_ms;
    const held: NamedFact[] = berth === null ? [] : [['berth', new Uint8Array(16).fill(berth.n)]];
    const until: NamedFact[] = berth === null ? [] : [['until', server_ms + berth.lasts_ms]];
    const facts = [...held, ['expect', state], ['move', move], ...until] as const;
    const { header } = foldOp(at + 1, {});
    const changed = { opClass: OpClass.ROW, kind: 'lane_move', entity: entity(lane), facts };
    return [new Command(name(at + 1), { ...header, ...changed }, LANES), server_ms];
  });
});

test('a server that keeps two rows rules as a device that folds the log', () => {
  law(
    fc.property(logs, (log) => {
      const states = new Map<ObjectId, ObjectState>();
      const holds = new Map<ThingId, Hold>();
      const outcomes: Outcome[] = [];
      for (const [command, server_ms] of log) {
        const before = states.get(command.target) ?? null;
        const ruling = rule(
          command,
          before,
          holds.get(command.thing(before) ?? '') ?? null,
          server_ms,
        );
        outcomes.push(ruling.outcome);
        if (ruling.state !== null) states.set(command.target, ruling.state);
        const freed = ruling.frees === null ? undefined : holds.get(ruling.frees);
        if (ruling.frees !== null && freed?.holder === command.target) holds.delete(ruling.frees);
        if (ruling.takes !== null) holds.set(...ruling.takes);
      }
      const folded = rulings(log);
      expect([folded.states, folded.holds, [...folded.outcomes.values()]]).toEqual([
        states,
        holds,
        outcomes,
      ]);
    }),
  );
});

test('an object holds at most one thing, and a pending command changes nothing', () => {
  law(
    fc.property(logs, (log) => {
      const folded = rulings([]);
      for (const [command, server_ms] of log) {
        const before = toHex(rulingsBytes(folded));
        const { outcome } = folded.apply(command, server_ms);
        if (outcome === 'pending') {
          folded.outcomes.delete(command.opId);
          expect(toHex(rulingsBytes(folded))).toBe(before);
          folded.outcomes.set(command.opId, outcome);
        }
        const holders = [...folded.holds.values()].map(({ holder }) => holder);
        expect(new Set(holders).size).toBe(holders.length);
      }
    }),
  );
});

test('a hold that stands is never taken by another: only one whose end has come changes hands', () => {
  law(
    fc.property(logs, (log) => {
      const folded = rulings([]);
      for (const [command, server_ms] of log) {
        const before = new Map(folded.holds);
        folded.apply(command, server_ms);
        for (const [thing, { holder }] of folded.holds) {
          const earlier = before.get(thing);
          if (earlier !== undefined && earlier.holder !== holder) {
            expect(earlier.until ?? Infinity).toBeLessThanOrEqual(server_ms);
          }
        }
      }
    }),
  );
});

test('the logs hold commands of every outcome', () => {
  const outcomes = fc
    .sample(logs, { seed: 1, numRuns: 100 })
    .flatMap((log) => [...rulings(log).outcomes.values()]);
  for (const outcome of ['applied', 'merged', 'pending'] as const)
    expect(outcomes).toContain(outcome);
});
