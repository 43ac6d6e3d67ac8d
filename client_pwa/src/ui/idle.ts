/** Locks a tablet that nobody touches or looks at. */
export const IDLE_MS = 2 * 60_000;
export const HIDDEN_MS = 15_000;

export type IdleOptions = {
  readonly now: () => number;
  readonly lock: () => void;
  readonly timer: {
    readonly set: (run: () => void, delay_ms: number) => unknown;
    readonly clear: (timer: unknown) => void;
  };
};

export class IdleLock {
  readonly #options: IdleOptions;
  #planned: unknown;
  #until: number | null = null;

  constructor(options: IdleOptions) {
    this.#options = options;
  }

  /** The worker did something: the time starts again, unless it has already run out. */
  touch(): void {
    if (!this.#ranOut()) this.#lockIn(IDLE_MS);
  }

  /** Timers sleep with a hidden page, so the time is judged again when it shows. */
  show(visible: boolean): void {
    if (!this.#ranOut()) this.#lockIn(visible ? IDLE_MS : HIDDEN_MS);
  }

  stop(): void {
    this.#options.timer.clear(this.#planned);
    this.#until = null;
  }

  #ranOut(): boolean {
    if (this.#until === null || this.#options.now() < this.#until) return false;
    this.stop();
    this.#options.lock();
    return true;
  }

  #lockIn(delay_ms: number): void {
    this.#options.timer.clear(this.#planned);
    this.#until = this.#options.now() + delay_ms;
    this.#planned = this.#options.timer.set(() => this.#ranOut(), delay_ms);
  }
}
