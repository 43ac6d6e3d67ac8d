/** One data worker writes at a time in a browser: that of the tab which asked first. The others wait for its end. */
import { CallProblem } from './protocol.ts';
import type { Timer } from './server-watch.ts';

/** A worker that ends keeps the lock for a moment: its own tab's next one says nothing of that. */
export const PATIENCE_MS = 500;

export type OneTabOptions<Made> = {
  /** The browser's locks. */
  readonly locks: Pick<LockManager, 'request'>;
  readonly timer: Timer;
  /** Makes what only one tab may have. */
  readonly make: () => Promise<Made>;
  /** Another tab has it, or it is here after that. */
  readonly tell: (isElsewhere: boolean) => void;
};

export class OneTab<Made> {
  /** What was made, once it is this tab's turn; it stays so until the worker ends. */
  readonly here: Promise<Made>;
  #made: Made | null = null;
  #wasElsewhere = false;

  constructor({ locks, timer, make, tell }: OneTabOptions<Made>) {
    const planned = timer.set(() => {
      this.#wasElsewhere = true;
      tell(true);
    }, PATIENCE_MS);
    this.here = new Promise((resolve) => {
      const turn = async (): Promise<void> => {
        timer.clear(planned);
        const making = make();
        resolve(making);
        this.#made = await making;
        if (this.#wasElsewhere) tell(false);
        await new Promise(() => undefined);
      };
      void locks.request('escale-store', turn);
    });
  }

  /** Waits for this tab's turn. Rejects with CallProblem if another tab had it meanwhile: who asked has waited too long. */
  async inTurn(): Promise<Made> {
    const isHere = this.#made !== null;
    const made = await this.here;
    if (!isHere && this.#wasElsewhere) throw new CallProblem('locked');
    return made;
  }
}
