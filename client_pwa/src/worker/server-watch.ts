/**
 * Knows whether the server can be reached, by trying, while the app is looked at.
 *
 * A failed attempt is the only sign of being offline. At most one attempt is under way, and none
 * is planned while the app is hidden.
 */
import { nextAttempt_ms } from './pace.ts';
import type { Reachability } from './protocol.ts';

export type Timer = {
  readonly set: (run: () => void, delay_ms: number) => number;
  readonly clear: (timer: number) => void;
};

export type ServerWatchOptions = {
  readonly ask: () => Promise<Reachability>;
  readonly report: (reachability: Reachability) => void;
  readonly chance: () => number;
  readonly timer: Timer;
};

export class ServerWatch {
  readonly #options: ServerWatchOptions;
  #visible = false;
  #asking = false;
  #failures = 0;
  #planned: number | undefined;

  constructor(options: ServerWatchOptions) {
    this.#options = options;
  }

  setVisible(visible: boolean): void {
    this.#visible = visible;
    if (visible) void this.tryNow();
    else this.#forgetPlan();
  }

  /** Something hints that the answer may have changed: worth an attempt, never a verdict. */
  async tryNow(): Promise<void> {
    if (!this.#visible || this.#asking) return;
    this.#forgetPlan();
    this.#asking = true;
    const reachability = await this.#options.ask();
    this.#asking = false;
    this.#failures = reachability.state === 'reached' ? 0 : this.#failures + 1;
    this.#options.report(reachability);
    this.#plan();
  }

  #plan(): void {
    if (!this.#visible) return;
    const delay_ms = nextAttempt_ms(this.#failures, this.#options.chance());
    this.#planned = this.#options.timer.set(() => void this.tryNow(), delay_ms);
  }

  #forgetPlan(): void {
    if (this.#planned !== undefined) this.#options.timer.clear(this.#planned);
    this.#planned = undefined;
  }
}
