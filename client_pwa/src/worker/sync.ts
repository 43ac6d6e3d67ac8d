/**
 * Pushes all, then pulls all, and tries again by itself.
 *
 * No answer makes the device drop an op. A failing line is normal; a log that is no honest log is an alarm: pulling
 * stops, the worker goes on locally.
 */
import { sameBytes } from '../engine/bytes.ts';
import { IntegrityFailure, refusalOf } from '../engine/errors.ts';
import { decodeReceipt } from '../engine/log.ts';
import type { StreamId } from '../engine/ids.ts';
import { nextAttempt_ms } from './pace.ts';
import type { SyncState } from './protocol.ts';
import { randomId, Refused, type Server, Unreached } from './server.ts';
import type { Timer } from './server-watch.ts';
import type { Session } from './session.ts';

export type SyncOptions = {
  readonly session: Session;
  readonly server: Server;
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
  #stopped = false;

  constructor(options: SyncOptions) {
    this.#options = options;
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
    };
  }

  /** Synchronises now; asked while it runs, it runs once more. Ends when nothing is under way. */
  async now(): Promise<void> {
    this.#asked += 1;
    if (this.#running) return this.#running;
    this.#forgetPlan();
    this.#running = this.#run();
    await this.#running;
  }

  stop(): void {
    this.#stopped = true;
    this.#forgetPlan();
  }

  async #run(): Promise<void> {
    while (await this.#once());
    this.#running = null;
    this.#plan();
    this.#options.report(this.state);
  }

  /** Tells whether it was asked again meanwhile, and the line holds. */
  async #once(): Promise<boolean> {
    const asked = this.#asked;
    try {
      await this.#pushAll();
      if (this.#alarm === null) await this.#pullAll();
      await this.#directory();
      this.#lastReached = this.#options.now();
      this.#failures = 0;
    } catch (error) {
      if (error instanceof IntegrityFailure) this.#alarm = error.reason;
      else if (!(error instanceof Unreached || error instanceof Refused)) throw error;
      this.#failures += 1;
    }
    this.#loading = null;
    return this.#asked > asked && this.#failures === 0;
  }

  async #pushAll(): Promise<void> {
    const { session, server, now } = this.#options;
    for (;;) {
      const body = await session.alone(async () => {
        const push = await session.replica.push();
        if (push) await session.save();
        return push;
      });
      if (body === null) return;
      const reaction = await this.#answer(server.push(session.contents.space, body), now);
      this.#options.changed();
      if (reaction !== 'send') throw new Unreached();
    }
  }

  /** Takes the server's answer to a push and says what to do now. */
  #answer(
    pushed: Promise<Parameters<typeof decodeReceipt>[0]>,
    now: () => number,
  ): Promise<string> {
    const { session } = this.#options;
    return pushed.then(
      (bytes) =>
        session.alone(async () => {
          session.replica.accept(decodeReceipt(bytes), now());
          await session.save();
          return 'send';
        }),
      (error: unknown) => {
        if (!(error instanceof Refused)) throw error;
        return session.alone(async () => {
          const reaction = session.replica.refuse(refusalOf(error.body), randomId<StreamId>());
          await session.save();
          return reaction;
        });
      },
    );
  }

  async #pullAll(): Promise<void> {
    const { session, server } = this.#options;
    const isFirst = session.replica.reader.view.cursor === 0;
    for (let more = true; more;) {
      const before = session.replica.reader.view.cursor;
      const page = await server.page(session.contents.space, before, session.identity);
      more = await session.alone(() => session.take(page));
      const after = session.replica.reader.view.cursor;
      if (isFirst) this.#loading = after;
      if (after > before) this.#options.changed();
      this.#options.report(this.state);
    }
  }

  async #directory(): Promise<void> {
    const { session, server, changed } = this.#options;
    const [kept, directory] = [
      await session.kept('directory'),
      await server.directory(session.identity),
    ];
    if (kept !== null && sameBytes(kept, directory)) return;
    await session.keep('directory', directory);
    changed();
  }

  #plan(): void {
    if (this.#stopped) return;
    const delay_ms = nextAttempt_ms(this.#failures, this.#options.chance());
    this.#nextTry = this.#options.now() + delay_ms;
    this.#planned = this.#options.timer.set(() => void this.now(), delay_ms);
  }

  #forgetPlan(): void {
    if (this.#planned !== undefined) this.#options.timer.clear(this.#planned);
    this.#planned = undefined;
    this.#nextTry = null;
  }
}
