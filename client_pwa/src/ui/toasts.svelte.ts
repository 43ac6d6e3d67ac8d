import { CallProblem, type Mark, type Problem } from '../worker/protocol.ts';
import type { Route } from './routes.ts';

/** What was done, where it is, and the way to undo it. */
export type Toast = {
  readonly strong: string;
  readonly words: string;
  readonly mark: Mark | null;
  readonly undo: (() => void) | null;
  /** What was written, said where there is room for it. */
  readonly what?: string;
  /** Where what was done can be read. */
  readonly lead?: { readonly words: string; readonly to: Route };
};

export type ToastTimer = {
  readonly set: (run: () => void, delay_ms: number) => unknown;
  readonly clear: (timer: unknown) => void;
};

export const HOLD_S = 8;

/** One toast at a time: the next takes the place of the last. */
export class Toasts {
  readonly #timer: ToastTimer;
  #planned: unknown;
  #held = false;
  current: Toast | null = $state.raw(null);
  left_s = $state(0);
  /** What a call could not do; the screen says it in words. */
  problem: Problem | null = $state(null);

  constructor(timer: ToastTimer) {
    this.#timer = timer;
  }

  show(toast: Toast): void {
    this.problem = null;
    this.current = toast;
    this.#start();
  }

  dismiss(): void {
    this.#timer.clear(this.#planned);
    this.current = null;
    this.problem = null;
    this.#held = false;
  }

  /** Touched or focused, it stays. */
  hold(held: boolean): void {
    this.#held = held;
  }

  undo(): void {
    const undo = this.current?.undo;
    this.dismiss();
    undo?.();
  }

  /** The answer, or undefined when it could not be done: the screen then says why. */
  async attempt<T>(call: Promise<T>): Promise<T | undefined> {
    try {
      return await call;
    } catch (error) {
      if (!(error instanceof CallProblem)) throw error;
      this.current = null;
      this.problem = error.problem;
      this.#start();
      return undefined;
    }
  }

  #start(): void {
    this.#timer.clear(this.#planned);
    this.#held = false;
    this.left_s = HOLD_S;
    this.#tick();
  }

  #tick(): void {
    this.#planned = this.#timer.set(() => {
      if (!this.#held) this.left_s -= 1;
      if (this.left_s <= 0) this.dismiss();
      else this.#tick();
    }, 1000);
  }
}
