/**
 * A tab that is killed at any moment of what it does.
 *
 * Between two moments nothing leaves the tab and nothing reaches it, so that a kill there is a kill at the next one:
 *
 * | moment                                  | what a kill leaves                              |
 * |-----------------------------------------|-------------------------------------------------|
 * | a record is about to be told as written | its transaction is undone: it was not committed |
 * | a transaction is about to be told       | it is on the disk, and nobody has heard         |
 * | a request is about to leave             | the server never hears                          |
 * | an answer is about to be heard          | the server has done it                          |
 */
import { expect } from 'vitest';
import type { Fetch } from '../../src/worker/reach.ts';
import type { Tablet } from './kit.ts';

/** One life of a tab, which ends at the moment that `endAt` says, or is not ended. */
export class Life {
  readonly #open = new Set<IDBTransaction>();
  readonly over: Promise<'over'>;
  #told!: () => void;
  #endAt = Infinity;
  #moments = 0;
  #isOver = false;

  private constructor() {
    this.over = new Promise((resolve) => {
      this.#told = () => {
        resolve('over');
      };
    });
  }

  /** Starts a tablet's data worker anew, in a life of its own. */
  static async begin(tablet: Tablet): Promise<Life> {
    const life = new Life();
    tablet.line = (fetch) => life.#line(fetch);
    beginning = life;
    await tablet.restart();
    beginning = null;
    tablet.line = (fetch) => fetch;
    return life;
  }

  /** Counts the moments from here on, and ends at that one. */
  endAt(moment: number): void {
    this.#moments = 0;
    this.#endAt = moment;
  }

  get isOver(): boolean {
    return this.#isOver;
  }

  /** Whether it is over, or ends now that a moment has come. */
  ends(): boolean {
    this.#moments += 1;
    if (this.#moments === this.#endAt) this.#end();
    return this.#isOver;
  }

  began(transaction: IDBTransaction): void {
    this.#open.add(transaction);
  }

  ended(transaction: IDBTransaction): void {
    this.#open.delete(transaction);
  }

  #end(): void {
    this.#isOver = true;
    for (const transaction of this.#open) transaction.abort();
    this.#open.clear();
    this.#told();
  }

  #line(fetch: Fetch): Fetch {
    return async (address, options) => {
      if (this.ends()) return NEVER;
      const answer = await fetch(address, options);
      return this.ends() ? NEVER : answer;
    };
  }
}

const NEVER = new Promise<never>(() => undefined);
const REQUESTS = ['put', 'delete', 'clear', 'get', 'getAll', 'getAllKeys'] as const;
const lives = new WeakMap<IDBDatabase, Life>();
/** Whose connection the next one to be opened is. */
let beginning: Life | null = null;

type Made = (this: object, ...asked: unknown[]) => unknown;

/** Puts a function in the place of one that the browser has, which it is given to go on with. */
function instead(prototype: object, name: string, made: (was: Made) => Made): void {
  Object.defineProperty(prototype, name, { value: made(Reflect.get(prototype, name) as Made) });
}

function lifeOf(database: IDBDatabase | undefined): Life | undefined {
  return database && lives.get(database);
}

instead(
  IDBRequest.prototype,
  'dispatchEvent',
  (was) =>
    function (this, ...asked) {
      const { type } = asked[0] as Event;
      if (this instanceof IDBOpenDBRequest && type === 'success' && beginning) {
        lives.set(this.result, beginning);
      }
      const { transaction } = this as IDBRequest;
      const life = lifeOf(transaction?.db);
      const isUnheard = type === 'success' ? life?.ends() : life?.isOver;
      return isUnheard === true || was.apply(this, asked);
    },
);

instead(
  IDBTransaction.prototype,
  'dispatchEvent',
  (was) =>
    function (this, ...asked) {
      const transaction = this as IDBTransaction;
      const life = lifeOf(transaction.db);
      life?.ended(transaction);
      const isUnheard = (asked[0] as Event).type === 'complete' ? life?.ends() : life?.isOver;
      return isUnheard === true || was.apply(this, asked);
    },
);

instead(
  IDBDatabase.prototype,
  'transaction',
  (was) =>
    function (this, ...asked) {
      const transaction = was.apply(this, asked) as IDBTransaction;
      lifeOf(this as IDBDatabase)?.began(transaction);
      return transaction;
    },
);

// What a tab that is over asks of the disk is asked by nobody: it waits for ever.
for (const name of REQUESTS) {
  instead(
    IDBObjectStore.prototype,
    name,
    (was) =>
      function (this, ...asked) {
        const { db } = (this as IDBObjectStore).transaction;
        return lifeOf(db)?.isOver ? new IDBRequest() : was.apply(this, asked);
      },
  );
}

/**
 * Lets a tablet do something, and kills it at each moment of that, one after the other, each time from the same
 * beginning; tells how many moments there were.
 *
 * @param ready what begins each time: a tablet that is open, and its life.
 * @param judged what is found of each that was killed; `answers` are the answers that it heard before.
 */
export async function killedAtEachMoment<Answer>(
  ready: () => Promise<{ readonly tablet: Tablet; readonly life: Life }>,
  step: (tablet: Tablet, heard: (answer: Answer) => void) => Promise<unknown>,
  judged: (tablet: Tablet, answers: readonly Answer[], moment: number) => Promise<void>,
): Promise<number> {
  for (let moment = 1; ; moment += 1) {
    const { tablet, life } = await ready();
    const answers: Answer[] = [];
    life.endAt(moment);
    const end = await Promise.race([
      step(tablet, (answer) => {
        if (!life.isOver) answers.push(answer);
      }),
      life.over,
    ]);
    if (end !== 'over') return moment - 1;
    await judged(tablet, answers, moment);
  }
}

/** Opens what lies on the disk of a tablet that was killed, without a server. */
export async function reopened(tablet: Tablet): Promise<Tablet> {
  tablet.server.fault = () => 'down';
  await tablet.reopen();
  return tablet;
}

/** The line is up again, and nothing is left to be exchanged. */
export async function broughtUpToDate(tablet: Tablet): Promise<void> {
  tablet.server.fault = () => null;
  expect(await tablet.sync()).toMatchObject({ unsent: 0, aside: 0, alarm: null });
}
