import { expect, test } from 'vitest';
import { nextAttempt_ms } from '../src/worker/pace.ts';
import type { Reachability } from '../src/worker/protocol.ts';
import { ServerWatch } from '../src/worker/server-watch.ts';

const reached: Reachability = { state: 'reached', serverVersion: '1.0.0' };
const unreached: Reachability = { state: 'unreached' };

/** A watch whose answers, chance and timer are in the hands of the test. */
function watchWith(answers: Reachability[]) {
  const reports: string[] = [];
  const planned = new Map<number, { run: () => void; delay_ms: number }>();
  const watch = new ServerWatch({
    ask: () => Promise.resolve(answers.shift() ?? unreached),
    report: ({ state }) => reports.push(state),
    chance: () => 0.5,
    timer: {
      set: (run, delay_ms) => {
        planned.set(planned.size + 1, { run, delay_ms });
        return planned.size;
      },
      clear: (timer) => planned.delete(timer),
    },
  });
  const delays = (): number[] => Array.from(planned.values(), ({ delay_ms }) => delay_ms);
  return { watch, reports, planned, delays };
}

const settle = (): Promise<void> => new Promise((resolve) => setTimeout(resolve));

test('nothing is asked before the app is looked at', async () => {
  const { watch, reports } = watchWith([reached]);
  await watch.tryNow();
  expect(reports).toEqual([]);
});

test('being looked at asks at once, then plans a gentle next time', async () => {
  const { watch, reports, delays } = watchWith([reached]);
  watch.setVisible(true);
  await settle();
  expect(reports).toEqual(['reached']);
  expect(delays()).toEqual([60_000]);
});

test('being hidden forgets the plan', async () => {
  const { watch, planned } = watchWith([reached]);
  watch.setVisible(true);
  await settle();
  watch.setVisible(false);
  expect(planned.size).toBe(0);
});

test('a failure is said at once, and a success after it starts the pace anew', async () => {
  const { watch, reports, delays } = watchWith([unreached, unreached, reached]);
  watch.setVisible(true);
  await settle();
  expect(delays()).toEqual([5_000]);
  await watch.tryNow();
  expect(delays()).toEqual([10_000]);
  await watch.tryNow();
  expect(delays()).toEqual([60_000]);
  expect(reports).toEqual(['unreached', 'unreached', 'reached']);
});

test('two hints at the same moment make one attempt', async () => {
  const { watch, reports } = watchWith([reached]);
  watch.setVisible(true);
  await Promise.all([watch.tryNow(), watch.tryNow()]);
  await settle();
  expect(reports).toEqual(['reached']);
});

test('the wait doubles at each failure up to five minutes, a quarter more or less', () => {
  const waits = [1, 2, 3, 20].map((failures) => nextAttempt_ms(failures, 0.5));
  expect(waits).toEqual([5_000, 10_000, 20_000, 300_000]);
  expect(nextAttempt_ms(0, 0)).toBe(45_000);
  expect(nextAttempt_ms(0, 0.999_999)).toBe(75_000);
});
