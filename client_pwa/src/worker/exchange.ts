/**
 * One log exchanged with the server: pushes all, then pulls all.
 *
 * A control op that lost to another administrator's is built again after the pull, and a rotation that is due is
 * written: then there is something to push once more.
 *
 * A server that has lost the end of its log is given it again: the device steps back to the last end that both have.
 */
import type { Bytes } from '../engine/bytes.ts';
import { IntegrityFailure, refusalOf } from '../engine/errors.ts';
import type { StreamId } from '../engine/ids.ts';
import type { Receipt } from '../engine/log.ts';
import type { Reaction } from '../engine/outbox.ts';
import { reseal, resealDue } from '../engine/reseal.ts';
import { lastCommonEnd } from '../engine/restore.ts';
import { controlsDue, keepControls } from '../engine/rotation.ts';
import { CannotWrite } from '../engine/writer.ts';
import { isFull } from '../store/store.ts';
import { randomBytes, randomId, Refused, saysOtherLog, type Server, Unreached } from './server.ts';
import type { Session } from './session.ts';

/** Control ops that lost to another administrator's are built again; those are few. */
const ROUNDS_MAX = 8;

export type ExchangeOptions = {
  readonly session: Session;
  readonly server: Server;
  readonly now: () => number;
  /** Whether nothing more may be begun. */
  readonly isStopped: () => boolean;
  /** What else is due once all is pushed and pulled; tells whether there is something to push again. */
  readonly due: () => Promise<boolean>;
  /** Something of the log changed. */
  readonly changed: () => void;
  readonly report: () => void;
};

/** A server that answers, and keeps a proof back for more than a day. */
class Overdue extends IntegrityFailure {}

export class Exchange {
  readonly #options: ExchangeOptions;
  /** Ops read so far while the log is loaded for the first time. */
  loading: number | null = null;

  constructor(options: ExchangeOptions) {
    this.#options = options;
  }

  get session(): Session {
    return this.#options.session;
  }

  #isStopped(): boolean {
    return this.#options.isStopped();
  }

  /** Pushes and pulls until no control op is left to be built again. */
  async run(): Promise<void> {
    try {
      await this.#rounds();
    } finally {
      this.loading = null;
    }
  }

  async #rounds(): Promise<void> {
    let hasDoubted = false;
    for (let round = 0; round < ROUNDS_MAX && !this.#isStopped(); round += 1) {
      try {
        await this.#pushAll();
        await this.#pullAll();
      } catch (error) {
        if (await this.#stepBack(error)) continue;
        if (hasDoubted || this.#isStopped() || !this.#lacksProof(error)) throw error;
        hasDoubted = true;
        await this.#readAgain();
        continue;
      }
      if (await this.#sendAgain()) continue;
      const isDue = !this.#isStopped() && (await this.#options.due());
      const hasResealed = await this.#reseal();
      const hasKept = await this.#keepControls();
      const { owesConfirmation } = this.#options.session.replica;
      if (!hasKept && !isDue && !hasResealed && !owesConfirmation) return;
    }
  }

  /** Goes back to where the server's log and this device's part, if they do; tells whether they did. */
  async #stepBack(error: unknown): Promise<boolean> {
    const { session, server, now } = this.#options;
    const { reader } = session.replica;
    const isFailure = error instanceof IntegrityFailure && error.reason !== 'stub';
    const isLog = isFailure || saysOtherLog(error);
    if (!isLog || reader.starting || this.#isStopped()) return false;
    const { space } = session.contents;
    const common = await lastCommonEnd(reader.view.ends.own(), (cursor) =>
      server.logAt(space, cursor, session.identity),
    );
    if (common === reader.view.cursor) return false;
    await session.stepBack(common, now());
    this.#options.changed();
    this.#options.report();
    return true;
  }

  /** What was acknowledged is sent again if all of the log was read since, without it; tells whether that is so. */
  async #sendAgain(): Promise<boolean> {
    const { outbox } = this.#options.session.replica;
    if (this.#isStopped() || outbox.inState('acknowledged').length === 0) return false;
    await this.#readAgain();
    return true;
  }

  async #readAgain(): Promise<void> {
    const { session, now } = this.#options;
    await session.stepBack(session.replica.reader.view.cursor, now());
    this.#options.changed();
    this.#options.report();
  }

  /**
   * Whether no page brings the proof of what an earlier one had stubs of. A restored server may have lost what killed or
   * erased them: they are read again, once. One that hides them is found out then.
   */
  #lacksProof(error: unknown): boolean {
    const isStub = error instanceof IntegrityFailure && error.reason === 'stub';
    const isOverdue = error instanceof Overdue;
    return isStub && !isOverdue && this.#options.session.replica.reader.view.stubs.size > 0;
  }

  /** What waits under an epoch that will not come back is sealed again under the one in force. */
  async #reseal(): Promise<boolean> {
    const { session } = this.#options;
    if (this.#isStopped() || !(await resealDue(session.replica))) return false;
    const renamed = await session.change(() => reseal(session.replica));
    this.#options.changed();
    return renamed.size > 0;
  }

  /** A key that is not here is another administrator's to hand on: what waits for it stays set aside, and shown. */
  async #keepControls(): Promise<boolean> {
    const { session, now } = this.#options;
    if (this.#isStopped() || !controlsDue(session.replica)) return false;
    const moment = { local_ms: now(), at_ms: now(), random: randomBytes };
    try {
      return await session.change(() => keepControls(session.replica, moment));
    } catch (error) {
      if (error instanceof CannotWrite) return false;
      throw error;
    } finally {
      this.#options.changed();
    }
  }

  async #pushAll(): Promise<void> {
    const { session, server } = this.#options;
    while (session.waits && !this.#isStopped()) {
      const body = await this.#cut();
      if (body === null) return;
      const reaction = await this.#answer(server.push(session.contents.space, body));
      this.#options.changed();
      if (reaction === 'rebuild_control') return;
    }
  }

  /** On a full disk what waits is sent all the same, and then it is said that the disk is full. */
  async #cut(): Promise<Bytes | null> {
    const { session, server } = this.#options;
    try {
      return await session.change(() => session.replica.push());
    } catch (error) {
      const body = isFull(error) ? await session.pushUnkept() : null;
      if (body !== null) await server.push(session.contents.space, body);
      throw error;
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
      for (let more = true; more && !this.#isStopped();) {
        const before = session.replica.reader.view.cursor;
        const page = await server.page(session.contents.space, before, session.identity);
        answered = true;
        more = await session.take(page, now());
        const { cursor, firstEntries } = session.replica.reader.view;
        if (isFirst) this.loading = firstEntries.own().size;
        if (cursor > before) this.#options.changed();
        this.#options.report();
      }
    } catch (error) {
      throw this.#isOwed(error, answered)
        ? new Overdue('stub', session.replica.reader.view.cursor)
        : error;
    }
  }

  /** Reads what is live at the checkpoint, from where it was interrupted, and proves it. */
  async #begin(): Promise<void> {
    const { session, server, now } = this.#options;
    const { identity, contents } = session;
    while (session.replica.reader.starting && !this.#isStopped()) {
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
          this.loading = start.taken;
        }
      } catch (error) {
        throw saysOtherLog(error) ? await session.beginAgain() : error;
      }
      this.#options.report();
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
}
