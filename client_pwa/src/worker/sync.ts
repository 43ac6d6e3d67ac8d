/**
 * Exchanges the logs of this device with the server, that of the association first, and tries again by itself.
 *
 * No answer makes the device drop an op. A failing line is normal; a log that is no honest log is an alarm: nothing
 * of it is taken, the worker goes on locally, and it is asked for again less and less often until it is honest.
 *
 * What befalls one log does not keep the other from being exchanged, unless the line fails.
 */
import { sameBytes } from '../engine/bytes.ts';
import { IntegrityFailure } from '../engine/errors.ts';
import { CONFLICT } from '../engine/outbox.ts';
import type { Replica } from '../engine/replica.ts';
import { isFull } from '../store/store.ts';
import { Exchange } from './exchange.ts';
import { openSpace } from './founding.ts';
import type { HealthFile } from './health/file.ts';
import { nextAttempt_ms, patient_ms, WAITED_FOR_MS } from './pace.ts';
import { endsRecovery, finishRecovery, pushRecovery } from './recovering.ts';
import type { Alarm, SyncState } from './protocol.ts';
import { isOut, keepRetired, saysRetired } from './retired.ts';
import { restoredIn, together } from './restored.ts';
import { Refused, type Server, Unreached } from './server.ts';
import type { Timer } from './server-watch.ts';
import type { Session } from './session.ts';

export type SyncOptions = {
  readonly session: Session;
  readonly health: HealthFile;
  readonly server: Server;
  /** Since when this device is retired, as it was kept. */
  readonly retired: number | null;
  readonly now: () => number;
  readonly chance: () => number;
  readonly timer: Timer;
  /** Something of a log changed. */
  readonly changed: () => void;
  readonly report: (state: SyncState) => void;
};

/** Of each log, why it is no honest one; null if it is. */
type Alarms = { association: Alarm | null; health: Alarm | null };

export class Sync {
  readonly #options: SyncOptions;
  readonly #exchange: Exchange;
  #running: Promise<void> | null = null;
  #asked = 0;
  #failures = 0;
  #planned: number | undefined;
  #lastReached: number | null = null;
  #nextTry: number | null = null;
  #alarm: Alarms = { association: null, health: null };
  #setupRefused = false;
  #recoveryRefused = false;
  #retired: number | null;
  #full = false;
  #stopped = false;

  constructor(options: SyncOptions) {
    this.#options = options;
    this.#retired = options.retired;
    const { session, server, now } = options;
    this.#exchange = new Exchange({
      session,
      server,
      now,
      due: () => this.#finishRecovery(),
      ...this.#hooks(),
    });
  }

  /** What every exchange tells. */
  #hooks() {
    return {
      isStopped: () => this.#stopped,
      changed: () => {
        this.#changed();
      },
      report: () => {
        this.#report();
      },
    };
  }

  get state(): SyncState {
    const { session, health } = this.#options;
    const replicas = [session, health.session].flatMap((one) => one?.replica ?? []);
    const waiting = replicas.reduce((total, { outbox }) => total + outbox.ops.size, 0);
    // What an epoch conflict has set aside is built again by itself: it waits, and needs nobody.
    const set = replicas.flatMap(({ outbox }) => outbox.inState('aside'));
    const aside = set.filter(({ code }) => code !== CONFLICT).length;
    return {
      unsent: waiting - aside,
      aside,
      lastReached: this.#lastReached,
      nextTry: this.#nextTry,
      loading: this.#exchange.loading,
      alarm: this.#alarm.association ?? this.#alarm.health ?? keyAlarm(replicas),
      full: this.#full,
      setupRefused: this.#setupRefused,
      recoveryRefused: this.#recoveryRefused,
      retired: this.#retired,
      restored: replicas.map(restoredIn).reduce(together, null),
    };
  }

  /**
   * Synchronises now, unless the server has asked for patience; asked while it runs, it runs once more. Ends when
   * nothing is under way.
   */
  async now(): Promise<void> {
    if (this.#stopped) return;
    this.#asked += 1;
    if (this.#running) return this.#running;
    this.#forgetPlan();
    if (this.#isHeld) {
      this.#comeBackLater();
      return;
    }
    this.#running = this.#run();
    await this.#running;
  }

  /** Like `now`, for what asks by itself; a retired device is not worth the server's time at every touch. */
  async soon(): Promise<void> {
    if (this.#retired === null) await this.now();
  }

  stop(): void {
    this.#stopped = true;
    this.#forgetPlan();
  }

  get #isHeld(): boolean {
    return this.#options.server.patience_ms > 0;
  }

  async #run(): Promise<void> {
    try {
      while (await this.#once());
    } finally {
      this.#running = null;
      this.#comeBackLater();
    }
  }

  #comeBackLater(): void {
    this.#plan();
    this.#report();
  }

  /** Tells whether it was asked again meanwhile. */
  async #once(): Promise<boolean> {
    const asked = this.#asked;
    const failures: unknown[] = [];
    for (const step of [() => this.#association(), () => this.#health()]) {
      try {
        await step();
      } catch (error) {
        failures.push(error);
        if (error instanceof Unreached) break;
      }
    }
    this.#failures = failures.length === 0 ? 0 : this.#failures + 1;
    if (failures.length === 0) this.#lastReached = this.#options.now();
    this.#full = failures.some(isFull) || (this.#full && failures.length > 0);
    this.#judge(failures);
    return this.#asked > asked && !this.#stopped && !this.#isHeld;
  }

  async #association(): Promise<void> {
    const { session, server } = this.#options;
    try {
      await this.#openSpace();
      await pushRecovery(session, server);
      await this.#exchange.run();
      this.#alarm.association = null;
      this.#recoveryRefused = false;
      await this.#directory();
      await this.#retire(isOut(session));
    } catch (error) {
      this.#recoveryRefused = endsRecovery(error, session);
      if (saysRetired(error, session)) await this.#retire(true);
      if (error instanceof IntegrityFailure) this.#alarm.association = error.reason;
      throw error;
    }
  }

  /** A device that is not in yet has nothing to do with it. */
  async #health(): Promise<void> {
    const { session, health } = this.#options;
    if (this.#stopped || session.member === null || session.recovery === 'waits') return;
    try {
      await health.exchange(this.#hooks());
      this.#alarm.health = null;
    } catch (error) {
      if (error instanceof IntegrityFailure) this.#alarm.health = error.reason;
      throw error;
    }
  }

  /**
   * A line that fails, a refusal and a full disk are tried again; anything else is a bug and stays one, but of a space
   * that was given up meanwhile.
   */
  #judge(failures: readonly unknown[]): void {
    if (this.#stopped) return;
    for (const error of failures) {
      if (isFull(error)) this.#changed();
      else if (![Unreached, Refused, IntegrityFailure].some((known) => error instanceof known)) {
        throw error;
      }
    }
  }

  async #finishRecovery(): Promise<boolean> {
    const { session, now } = this.#options;
    const hasEntered = await finishRecovery(session, now());
    if (hasEntered) this.#changed();
    return hasEntered;
  }

  /** Keeps that this device is a member no longer, or that it is one again. */
  async #retire(isRetired: boolean): Promise<void> {
    if (isRetired === (this.#retired !== null)) return;
    this.#retired = isRetired ? this.#options.now() : null;
    try {
      await keepRetired(this.#options.session, this.#retired);
    } catch (error) {
      // The next attempt says the same: a full disk costs no more than the date.
      if (!isFull(error)) throw error;
    }
  }

  async #openSpace(): Promise<void> {
    try {
      await openSpace(this.#options.session, this.#options.server);
      this.#setupRefused = false;
    } catch (error) {
      this.#setupRefused = error instanceof Refused && error.body.code === 'unauthenticated';
      throw error;
    }
  }

  async #directory(): Promise<void> {
    if (this.#stopped) return;
    const { session, server } = this.#options;
    const [kept, directory] = [
      await session.kept('directory'),
      await server.directory(session.identity),
    ];
    if (kept !== null && sameBytes(kept, directory)) return;
    await session.keep('directory', directory);
    this.#changed();
  }

  #changed(): void {
    if (!this.#stopped) this.#options.changed();
  }

  #report(): void {
    if (!this.#stopped) this.#options.report(this.state);
  }

  #plan(): void {
    // What was refused for good is not sent again: it takes the papers.
    if (this.#stopped || this.#recoveryRefused) return;
    const { session, server, chance } = this.#options;
    const own_ms =
      session.member === null
        ? WAITED_FOR_MS
        : nextAttempt_ms(this.#failures, chance(), this.#retired !== null);
    const delay_ms = patient_ms(own_ms, server.patience_ms, chance());
    this.#nextTry = this.#options.now() + delay_ms;
    this.#planned = this.#options.timer.set(() => void this.now(), delay_ms);
  }

  #forgetPlan(): void {
    if (this.#planned !== undefined) this.#options.timer.clear(this.#planned);
    this.#planned = undefined;
    this.#nextTry = null;
  }
}

/** It is no more as soon as an administrator's device gives the right key. */
function keyAlarm(replicas: readonly Replica[]): Alarm | null {
  return replicas.some(({ keyring }) => keyring.failed.size > 0) ? 'key' : null;
}
