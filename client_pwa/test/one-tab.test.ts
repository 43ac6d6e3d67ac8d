/** Two tabs of one browser: one has the store, the other says so and goes on when the first one ends. */
import { expect, test } from 'vitest';
import { OneTab, PATIENCE_MS } from '../src/worker/one-tab.ts';

type Turn = () => Promise<unknown>;

/** A browser's one lock: whoever asks waits until those before have let go, by their end. */
class Lock {
  readonly #waiting: Turn[] = [];
  #held = false;

  readonly request = (_: string, turn: unknown): Promise<undefined> => {
    this.#waiting.push(turn as Turn);
    if (!this.#held) this.end();
    return Promise.resolve(undefined);
  };

  /** The tab that has it is closed. */
  end(): void {
    const next = this.#waiting.shift();
    this.#held = next !== undefined;
    void next?.();
  }
}

class Tab {
  readonly told: boolean[] = [];
  readonly one: OneTab<string>;
  delays: number[] = [];
  passes: () => void = () => undefined;

  constructor(lock: Lock, name: string) {
    this.one = new OneTab({
      locks: lock,
      timer: {
        set: (run, delay_ms) => {
          this.delays.push(delay_ms);
          this.passes = run;
          return 1;
        },
        clear: () => {
          this.passes = () => undefined;
        },
      },
      make: () => Promise.resolve(name),
      tell: (isElsewhere) => this.told.push(isElsewhere),
    });
  }
}

test('the tab that is alone has it at once, and says nothing of another', async () => {
  const tab = new Tab(new Lock(), 'first');
  expect(await tab.one.inTurn()).toBe('first');
  tab.passes();
  expect(tab.told).toEqual([]);
});

test('a second tab says that Escale is open elsewhere, and goes on by itself when the first one ends', async () => {
  const lock = new Lock();
  const [first, second] = [new Tab(lock, 'first'), new Tab(lock, 'second')];
  await first.one.here;
  second.passes();
  expect([first.told, second.told]).toEqual([[], [true]]);
  lock.end();
  expect(await second.one.here).toBe('second');
  expect(second.told).toEqual([true, false]);
});

test('what was asked of a tab that had to wait is not done when its turn comes; what is asked then is', async () => {
  const lock = new Lock();
  const [, second] = [new Tab(lock, 'first'), new Tab(lock, 'second')];
  const asked = second.one.inTurn();
  second.passes();
  lock.end();
  await expect(asked).rejects.toMatchObject({ problem: 'locked' });
  expect(await second.one.inTurn()).toBe('second');
});

test('a worker that takes the place of one that just ended says nothing of another tab', async () => {
  const lock = new Lock();
  const [, next] = [new Tab(lock, 'before'), new Tab(lock, 'after')];
  const asked = next.one.inTurn();
  lock.end();
  expect(await asked).toBe('after');
  next.passes();
  expect([next.told, next.delays]).toEqual([[], [PATIENCE_MS]]);
});
