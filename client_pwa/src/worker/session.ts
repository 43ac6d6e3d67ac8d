/** One space of an open vault: the replica with its keys in memory, and how every change of it reaches the disk. */
import type { Bytes } from '../engine/bytes.ts';
import { IntegrityFailure } from '../engine/errors.ts';
import type { StreamId, WorkerId } from '../engine/ids.ts';
import type { Identity } from '../engine/keyring.ts';
import type { Member } from '../engine/members.ts';
import type { Replica } from '../engine/replica.ts';
import { lastKnownMembers, stepBack } from '../engine/restore.ts';
import type { Start } from '../engine/start.ts';
import type { Save, Shelf, Store } from '../store/store.ts';
import { type Contents, identityOf } from './contents.ts';
import { encodeTail, load, pagesOf, PROOF, TAIL } from './kept.ts';
import { encodeLost, isSame, type Lost, LOST, lostIn, NOTHING_LOST } from './lost.ts';
import { randomId } from './server.ts';
import { Turns } from './turns.ts';

type Sealed = NonNullable<Save['sealed']>;

/** A space of which something changes, with what the same transaction puts on its shelf beside the replica. */
type Changed = {
  readonly session: Session;
  /** Another one takes its place on the shelf: nothing of it is saved, now or later. */
  readonly isOver?: boolean;
} & Pick<Save, 'sealed' | 'forgetsAll'>;

export class Session {
  readonly contents: Contents;
  readonly identity: Identity;
  readonly #store: Store;
  readonly #shelf: Shelf;
  replica: Replica;
  /** Whether it came with the papers: it waits to be let in, or it is in and its person is not told what to do next. */
  recovery: 'waits' | 'untold' | null = null;
  /** What the store holds of the ops that the server has lost. */
  #lost: Lost;
  #isOver = false;
  readonly #turns = new Turns();

  private constructor(
    contents: Contents,
    identity: Identity,
    store: Store,
    shelf: Shelf,
    replica: Replica,
  ) {
    this.contents = contents;
    this.identity = identity;
    this.#store = store;
    this.#shelf = shelf;
    this.replica = replica;
    this.#lost = lostIn(replica, contents);
  }

  /** Opens what a shelf of the store holds: the pages of the log, then the outbox on top of them. */
  static async open(
    contents: Contents,
    store: Store,
    name: Shelf['name'] = null,
  ): Promise<Session> {
    const identity = await identityOf(contents.signing, contents.box);
    const shelf = { key: await storeKey(contents), name };
    const replica = await load(contents, identity, store, shelf);
    return new Session(contents, identity, store, shelf, replica);
  }

  /** Takes a replica that is in memory only, and keeps nothing of it: the first change does. */
  static async begin(
    contents: Contents,
    store: Store,
    replica: Replica,
    name: Shelf['name'] = null,
  ): Promise<Session> {
    const shelf = { key: await storeKey(contents), name };
    return new Session(contents, replica.identity, store, shelf, replica);
  }

  /** What the log says of this device, or said before the server lost its end; null as long as it says nothing. */
  get member(): Member | null {
    return lastKnownMembers(this.replica).byDevice.get(this.identity.device) ?? null;
  }

  /** The worker whose device this is, as the log says. */
  get worker(): WorkerId | null {
    return this.member?.worker ?? null;
  }

  /** Whether the founding segment of the space is this device's and waits for its answer. */
  get founds(): boolean {
    return this.member === null && this.replica.outbox.ops.size > 0;
  }

  /** Whether there is something to push: a segment in flight, ops to cut one from, or that an erasure is done here. */
  get waits(): boolean {
    const { flight, ops } = this.replica.outbox;
    if (this.replica.owesConfirmation) return true;
    return flight !== null || [...ops.values()].some(({ state }) => state === 'queued');
  }

  /**
   * Runs one change of the replica and saves it, each in its turn: reading the view, sealing and saving must not be
   * interleaved. A change that fails half-way never was, in memory as on the disk. `sealed` are records that the
   * same transaction puts or, where null, deletes.
   */
  change<Result>(step: () => Promise<Result>, sealed: Sealed = {}): Promise<Result> {
    return Session.changeAll([{ session: this, sealed }], step);
  }

  /**
   * Returns the push to send now, or null if nothing waits, of a device that has no room to keep it. What is cut from the
   * same ops again, the server knows.
   */
  pushUnkept(): Promise<Bytes | null> {
    return this.#turns.take(async () => {
      try {
        return await this.replica.push();
      } finally {
        await this.#restore();
      }
    });
  }

  /**
   * Runs one change of several replicas of a device and saves them in one transaction: all that the change did is
   * there, or nothing. Everybody names them in the same order.
   */
  static changeAll<Result>(
    changed: readonly Changed[],
    step: () => Promise<Result>,
  ): Promise<Result> {
    return inTurn(
      changed.map(({ session }) => session.#turns),
      async () => {
        try {
          const result = await step();
          await Session.#saveAll(changed);
          return result;
        } catch (error) {
          // What was to take the place of another space has nothing to go back to: it is given up by who began it.
          for (const { session, forgetsAll } of changed) {
            if (!forgetsAll) await session.#restore();
          }
          throw error;
        }
      },
    );
  }

  /**
   * Applies a page and saves it with its cursor in one transaction; tells whether more is to come. Pages that hold what
   * is erased by then are replaced in the same one. Rejects with IntegrityFailure, and then changed nothing.
   */
  take(page: Bytes, now_ms: number): Promise<boolean> {
    return this.#turns.take(async () => {
      const after = this.replica.reader.view.cursor;
      const { more, entries, page: kept, forgot } = await this.replica.applyPage(page, now_ms);
      const pages = entries.length > 0 ? [{ after, bytes: kept ?? page }] : [];
      try {
        await this.#save(forgot ? { forgetsPages: true, pages: pagesOf(this.replica) } : { pages });
      } catch (error) {
        await this.#restore();
        throw error;
      }
      return more;
    });
  }

  /**
   * Checks a page of the bootstrap and saves it: after a kill it goes on from there. Rejects with IntegrityFailure, and
   * then the bootstrap begins again from nothing: a page taken before may be the one that is of another log.
   */
  takeStart(page: Bytes): Promise<void> {
    return this.#begin(async (start) => {
      const { after, segments } = start;
      const before = segments.length;
      await this.replica.applyStart(page);
      if (start.segments.length > before) await this.#save({ pages: [{ after, bytes: page }] });
    });
  }

  /** Proves the bootstrap by the server's checkpoint and saves that. Rejects like `takeStart`. */
  finishStart(proof: Bytes, now_ms: number): Promise<void> {
    return this.#begin(async () => {
      await this.replica.finishStart(proof, now_ms);
      await this.#save({ sealed: { [PROOF]: proof } });
    });
  }

  /**
   * Goes back to the last end that the server's log has too, in one transaction: the pages, the outbox and what the
   * server has lost change together.
   */
  stepBack(common: number, now_ms: number): Promise<void> {
    return this.#turns.take(async () => {
      try {
        this.replica = await stepBack(this.replica, common, randomId<StreamId>(), now_ms);
        this.#lost = NOTHING_LOST;
        const proof = this.replica.reader.start?.proof ?? null;
        const pages = pagesOf(this.replica);
        await this.#save({ forgetsPages: true, pages, sealed: { [PROOF]: proof } });
      } catch (error) {
        await this.#restore();
        throw error;
      }
    });
  }

  /** The server does not know the log up to there: what was read of it, if anything, is worth nothing. */
  beginAgain(): Promise<never> {
    return this.#begin(({ cursor }) => Promise.reject(new IntegrityFailure('checkpoint', cursor)));
  }

  #begin<Result>(step: (start: Start) => Promise<Result>): Promise<Result> {
    return this.#turns.take(async () => {
      const { start } = this.replica.reader;
      if (start === null) throw new Error('This log is read from its first op.');
      try {
        return await step(start);
      } catch (error) {
        if (error instanceof IntegrityFailure) await this.#save({ forgetsPages: true });
        await this.#restore();
        throw error;
      }
    });
  }

  /** Keeps what the locked tablet may show. */
  label(label: Bytes): Promise<void> {
    return this.#turns.take(() => this.#save({ label }));
  }

  /** Saves the outbox and the clock, with whatever else belongs to the same change; what is lost, if that changed. */
  #save(more: Save = {}): Promise<void> {
    return Session.#saveAll([{ session: this, ...more }]);
  }

  static async #saveAll(
    changed: readonly (Save & Pick<Changed, 'session' | 'isOver'>)[],
  ): Promise<void> {
    if (changed.some(({ session }) => session.#isOver)) throw givenUp();
    const kept = changed.filter(({ isOver }) => !isOver);
    const wholes = kept.map(({ session, ...more }) => ({ session, ...session.#whole(more) }));
    const [first] = kept;
    if (first === undefined) return;
    await first.session.#store.saveAll(wholes.map(({ shelf, save }) => [shelf, save] as const));
    for (const { session, lost } of wholes) session.#lost = lost;
    for (const { session, isOver = false } of changed) session.#isOver = isOver;
  }

  /** Returns a save with what of the replica belongs to every one. */
  #whole(more: Save): { readonly shelf: Shelf; readonly save: Save; readonly lost: Lost } {
    const { replica, contents } = this;
    const lost = lostIn(replica, contents);
    const changed = isSame(lost, this.#lost) ? {} : { [LOST]: encodeLost(replica, lost) };
    const sealed = { ...more.sealed, ...changed, [TAIL]: encodeTail(replica) };
    return { shelf: this.#shelf, save: { ...more, sealed }, lost };
  }

  async #restore(): Promise<void> {
    if (this.#isOver) return;
    this.replica = await load(this.contents, this.identity, this.#store, this.#shelf);
    this.#lost = lostIn(this.replica, this.contents);
  }

  /** Puts or deletes a record, in its turn: what was asked first is not put over what was asked last. */
  keep(name: string, bytes: Bytes | null): Promise<void> {
    return this.#turns.take(async () => {
      if (this.#isOver) throw givenUp();
      await this.#store.save(this.#shelf, { sealed: { [name]: bytes } });
    });
  }

  /** Gives it up once what was begun is saved: an answer that is still on its way is kept nowhere. */
  end(): Promise<void> {
    return this.#turns.take(() => {
      this.#isOver = true;
      return Promise.resolve();
    });
  }

  kept(name: string): Promise<Bytes | null> {
    return this.#store.read(this.#shelf, name);
  }
}

function givenUp(): Error {
  return new Error('This space was given up: nothing more of it is saved.');
}

/** Runs a step when it is its turn everywhere; the turns are taken in the order given. */
function inTurn<Result>(turns: readonly Turns[], step: () => Promise<Result>): Promise<Result> {
  const [first, ...others] = turns;
  return first === undefined ? step() : first.take(() => inTurn(others, step));
}

function storeKey({ store }: Contents): Promise<CryptoKey> {
  const uses: KeyUsage[] = ['encrypt', 'decrypt'];
  return crypto.subtle.importKey('raw', store, 'AES-GCM', false, uses);
}
