/**
 * Pushes all, then pulls all, and tries again by itself.
 *
 * A control op that lost to another administrator's is built again after the pull, and a rotation that is due is
 * written: then there is something to push once more.
 *
 * A server that has lost the end of its log is given it again: the device steps back to the last end that both have.
 *
 * No answer makes the device drop an op. A failing line is normal; a log that is no honest log is an alarm: nothing
 * of it is taken, the worker goes on locally, and it is asked for again less and less often until it is honest.
 */
import { sameBytes } from '../engine/bytes.ts';
import { IntegrityFailure, refusalOf } from '../engine/errors.ts';
import type { StreamId } from '../engine/ids.ts';
import type { Receipt } from '../engine/log.ts';
import type { Reaction } from '../engine/outbox.ts';
import { reseal, resealDue } from '../engine/reseal.ts';
import { lastCommonEnd } from '../engine/restore.ts';
import { controlsDue, keepControls } from '../engine/rotation.ts';
import { CannotWrite } from '../engine/writer.ts';
import { isFull } from '../store/store.ts';
import { openSpace } from './founding.ts';
import { nextAttempt_ms, WAITED_FOR_MS } from './pace.ts';
import { endsRecovery, finishRecovery, pushRecovery } from './recovering.ts';
import type { SyncState } from './protocol.ts';
import { isOut, keepRetired, saysRetired } from './retired.ts';
import { restoredIn } from './restored.ts';
import { randomBytes, randomId, Refused, saysOtherLog, type Server, Unreached } from './server.ts';
import type { Timer } from './server-watch.ts';
import type { Session } from './session.ts';

/** Control ops that lost to another administrator's are built again; those are few. */
const ROUNDS_MAX = 8;

export type SyncOptions = {
  readonly session: Session;
  readonly server: Server;
  /** Since when this device is retired, as it was kept. */
  readonly retired: number | null;
  readonly now: () => number;
  readonly chance: () => number;
  readonly timer: Timer;
  /** Something of the log changed. */
  readonly changed: () => void;
  readonly report: (state: SyncState) => void;
};

export class Sync {
  readonly #options: SyncOptions;
  #running: Promise<void> | null = null;
  #asked = 0;
  #failures = 0;
  #planned: number | undefined;
  #lastReached: number | null = null;
  #nextTry: number | null = null;
  #loading: number | null = null;
  #alarm: string | null = null;
  #setupRefused = false;
  #recoveryRefused = false;
  #retired: number | null;
  #stopped = false;

  constructor(options: SyncOptions) {
    this.#options = options;
    this.#retired = options.retired;
  }

  get state(): SyncState {
    const { outbox } = this.#options.session.replica;
    const aside = outbox.inState('aside').length;
    return {
      unsent: outbox.ops.size - aside,
      aside,
      lastReached: this.#lastReached,
      nextTry: this.#nextTry,
      loading: this.#loading,
      alarm: this.#alarm,
      setupRefused: this.#setupRefused,
      recoveryRefused: this.#recoveryRefused,
      retired: this.#retired,
      restored: restoredIn(this.#options.session.replica),
    };
  }

  /** Synchronises now; asked while it runs, it runs once more. Ends when nothing is under way. */
  async now(): Promise<void> {
    if (this.#stopped) return;
    this.#asked += 1;
    if (this.#running) return this.#running;
    this.#forgetPlan();
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

  async #run(): Promise<void> {
    try {
      while (await this.#once());
    } finally {
      this.#running = null;
      this.#plan();
      this.#report();
    }
  }

  /** Tells whether it was asked again meanwhile. */
  async #once(): Promise<boolean> {
    const asked = this.#asked;
    try {
      await this.#openSpace();
      await pushRecovery(this.#options.session, this.#options.server);
      await this.#exchange();
      this.#alarm = null;
      this.#recoveryRefused = false;
      await this.#directory();
      await this.#retire(isOut(this.#options.session));
      this.#lastReached = this.#options.now();
      this.#failures = 0;
    } catch (error) {
      this.#failures += 1;
      this.#recoveryRefused = endsRecovery(error, this.#options.session);
      if (saysRetired(error, this.#options.session)) await this.#retire(true);
      this.#expected(error);
    }
    this.#loading = null;
    return this.#asked > asked && !this.#stopped;
  }

  /** A line that fails, a refusal and a full disk are tried again; anything else is a bug and stays one. */
  #expected(error: unknown): void {
    if (error instanceof IntegrityFailure) this.#alarm = error.reason;
    else if (isFull(error)) this.#changed();
    else if (!(error instanceof Unreached || error instanceof Refused)) throw error;
  }

  /** Pushes and pulls until no control op is left to be built again. */
  async #exchange(): Promise<void> {
    for (let round = 0; round < ROUNDS_MAX && !this.#stopped; round += 1) {
      try {
        await this.#pushAll();
        await this.#pullAll();
      } catch (error) {
        if (!(await this.#stepBack(error))) throw error;
        continue;
      }
      if (await this.#sendAgain()) continue;
      const hasEntered = await this.#finishRecovery();
      const hasResealed = await this.#reseal();
      const hasKept = await this.#keepControls();
      const { owesConfirmation } = this.#options.session.replica;
      if (!hasKept && !hasEntered && !hasResealed && !owesConfirmation) return;
    }
  }

  async #finishRecovery(): Promise<boolean> {
    const { session, now } = this.#options;
    const hasEntered = !this.#stopped && (await finishRecovery(session, now()));
    if (hasEntered) this.#changed();
    return hasEntered;
  }

  /** Goes back to where the server's log and this device's part, if they do; tells whether they did. */
  async #stepBack(error: unknown): Promise<boolean> {
    const { session, server, now } = this.#options;
    const { reader } = session.replica;
    const isFailure = error instanceof IntegrityFailure && error.reason !== 'stub';
    const isLog = isFailure || saysOtherLog(error);
    if (!isLog || reader.starting || this.#stopped) return false;
    const { space } = session.contents;
    const common = await lastCommonEnd(reader.view.ends.own(), (cursor) =>
      server.logAt(space, cursor, session.identity),
    );
    if (common === reader.view.cursor) return false;
    await session.stepBack(common, now());
    this.#changed();
    this.#report();
    return true;
  }

  /** What was acknowledged is sent again if all of the log was read since, without it; tells whether that is so. */
  async #sendAgain(): Promise<boolean> {
    const { session, now } = this.#options;
    const { outbox, reader } = session.replica;
    if (this.#stopped || outbox.inState('acknowledged').length === 0) return false;
    await session.stepBack(reader.view.cursor, now());
    this.#changed();
    this.#report();
    return true;
  }

  /** What waits under an epoch that will not come back is sealed again under the one in force. */
  async #reseal(): Promise<boolean> {
    const { session } = this.#options;
    if (this.#stopped || !(await resealDue(session.replica))) return false;
    const renamed = await session.change(() => reseal(session.replica));
    this.#changed();
    return renamed.size > 0;
  }

  /** A key that is not here is another administrator's to hand on: what waits for it stays set aside, and shown. */
  async #keepControls(): Promise<boolean> {
    const { session, now } = this.#options;
    if (this.#stopped || !controlsDue(session.replica)) return false;
    const moment = { local_ms: now(), at_ms: now(), random: randomBytes };
    try {
      return await session.change(() => keepControls(session.replica, moment));
    } catch (error) {
      if (error instanceof CannotWrite) return false;
      throw error;
    } finally {
      this.#changed();
    }
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

  async #pushAll(): Promise<void> {
    const { session, server } = this.#options;
    while (session.waits && !this.#stopped) {
      const body = await session.change(() => session.replica.push());
      if (body === null) return;
      const reaction = await this.#answer(server.push(session.contents.space, body));
      this.#changed();
      if (reaction === 'rebuild_control') return;
    }
  }

  /** Takes the server's answer to a push and says what to do now. Rejects with a refusal after which nothing is sent. */
  async #answer(pushed: Promise<Receipt>): Promise<Reaction> {
    const { session, now } = this.#options;
    const answer = await pushed.catch((error: unknown) => {
      if (error instanceof Refused) return error;
      throw error;
    });
    const reaction = await session.change((): Promise<Reaction> => {
      const { replica } = session;
      if (answer instanceof Refused) {
        const refusal = refusalOf(answer.body);
        return Promise.resolve(replica.refuse(refusal, randomId<StreamId>()));
      }
      replica.accept(answer, now());
      return Promise.resolve('send');
    });
    const goesOn = reaction === 'send' || reaction === 'rebuild_control';
    if (!goesOn && answer instanceof Refused) throw answer;
    return reaction;
  }

  async #pullAll(): Promise<void> {
    const { session, server, now } = this.#options;
    const isFirst = session.member === null;
    await this.#begin();
    let answered = false;
    try {
      for (let more = true; more && !this.#stopped;) {
        const before = session.replica.reader.view.cursor;
        const page = await server.page(session.contents.space, before, session.identity);
        answered = true;
        more = await session.take(page, now());
        const { cursor, firstEntries } = session.replica.reader.view;
        if (isFirst) this.#loading = firstEntries.own().size;
        if (cursor > before) this.#changed();
        this.#report();
      }
    } catch (error) {
      throw this.#isOwed(error, answered)
        ? new IntegrityFailure('stub', session.replica.reader.view.cursor)
        : error;
    }
  }

  /** Reads what is live at the checkpoint, from where it was interrupted, and proves it. */
  async #begin(): Promise<void> {
    const { session, server, now } = this.#options;
    const { identity, contents } = session;
    while (session.replica.reader.starting && !this.#stopped) {
      const { start } = session.replica.reader;
      if (start === null) return;
      const { cursor, after, complete } = start;
      try {
        if (complete) {
          await session.finishStart(
            await server.checkpoint(contents.space, cursor, identity),
            now(),
          );
        } else {
          await session.takeStart(await server.bootstrap(contents.space, cursor, after, identity));
          this.#loading = start.taken;
        }
      } catch (error) {
        throw saysOtherLog(error) ? await session.beginAgain() : error;
      }
      this.#report();
    }
  }

  /**
   * Whether a pull that ended early leaves a stub without its proof for more than a day. A line that is down owes
   * nothing: a tablet that slept in the middle of a pull has nobody to be told of.
   */
  #isOwed(error: unknown, answered: boolean): boolean {
    const { view } = this.#options.session.replica.reader;
    const isLine = error instanceof Refused || error instanceof Unreached;
    return isLine && answered && !saysOtherLog(error) && view.overdue(this.#options.now());
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
    const { session, chance } = this.#options;
    const delay_ms =
      session.member === null
        ? WAITED_FOR_MS
        : nextAttempt_ms(this.#failures, chance(), this.#retired !== null);
    this.#nextTry = this.#options.now() + delay_ms;
    this.#planned = this.#options.timer.set(() => void this.now(), delay_ms);
  }

  #forgetPlan(): void {
    if (this.#planned !== undefined) this.#options.timer.clear(this.#planned);
    this.#planned = undefined;
    this.#nextTry = null;
  }
}
