const MINUTE_MS = 60_000;

/** The time shown on the screen, exact to the minute. */
export class Clock {
  readonly readNow_ms: () => number;
  now_ms: number = $state(0);

  constructor(readNow_ms: () => number) {
    this.readNow_ms = readNow_ms;
    this.now_ms = readNow_ms();
  }

  /** Follows each minute, until the returned function is called. */
  start(): () => void {
    let timer: ReturnType<typeof setTimeout>;
    const tick = (): void => {
      this.now_ms = this.readNow_ms();
      timer = setTimeout(tick, MINUTE_MS - (this.now_ms % MINUTE_MS));
    };
    tick();
    return () => {
      clearTimeout(timer);
    };
  }
}
