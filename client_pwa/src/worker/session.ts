/** An open vault: the replica with its keys in memory, and how every change of it reaches the disk. */
import { type Bytes } from '../engine/bytes.ts';
import { type Hlc, later } from '../engine/clock.ts';
import { decode, encode, type Value } from '../engine/codec.ts';
import { IntegrityFailure } from '../engine/errors.ts';
import {
  bytesOf,
  type Digest,
  idOf,
  type OpId,
  type SpaceId,
  type StreamId,
  type WorkerId,
} from '../engine/ids.ts';
import { Identity } from '../engine/keyring.ts';
import { BoxKey, SigningKey } from '../engine/keys.ts';
import { encodePage } from '../engine/log.ts';
import type { Member } from '../engine/members.ts';
import { Outbox } from '../engine/outbox.ts';
import { decodeOutbox, encodeOutbox } from '../engine/stored.ts';
import { Reader } from '../engine/reader.ts';
import { Replica } from '../engine/replica.ts';
import { lastKnownMembers, stepBack } from '../engine/restore.ts';
import { Seed } from '../engine/secret.ts';
import { Start } from '../engine/start.ts';
import type { Page, Save, Store } from '../store/store.ts';
import { registry } from './catalogue.ts';
import { decodeLost, encodeLost, isSame, type Lost, LOST, lostIn, NOTHING_LOST } from './lost.ts';
import { randomId } from './server.ts';
import { Turns } from './turns.ts';

const TAIL = 'tail';
/** The server's checkpoint that proved the start. */
const PROOF = 'proof';

type Sealed = NonNullable<Save['sealed']>;

/** What a vault holds: the seeds of the device's two pairs, the key of the store, and which log is its own. */
export type Contents = {
  readonly signing: Bytes;
  readonly box: Bytes;
  readonly store: Bytes;
  readonly space: SpaceId;
  readonly root: OpId;
  readonly origin: string;
  /** The checkpoint at which it begins, as it was scanned; null for the first op. */
  readonly start: Pick<Start, 'cursor' | 'checkpoint'> | null;
};

export function encodeContents(contents: Contents): Bytes {
  const { signing, box, store, space, root, origin, start } = contents;
  const log = [bytesOf(space), bytesOf(root), origin];
  return encode([
    2,
    signing,
    box,
    store,
    ...log,
    start?.cursor ?? 0,
    start && bytesOf(start.checkpoint),
  ]);
}

/** Version 1 had no checkpoint: those devices read from the first op. */
export function decodeContents(data: Bytes): Contents {
  const [, signing, box, store, space, root, origin, cursor = 0, checkpoint = null] = decode(
    data,
  ) as readonly Value[];
  return {
    signing: signing as Bytes,
    box: box as Bytes,
    store: store as Bytes,
    space: idOf(space as Bytes),
    root: idOf(root as Bytes),
    origin: origin as string,
    start:
      checkpoint === null
        ? null
        : { cursor: cursor as number, checkpoint: idOf<Digest>(checkpoint as Bytes) },
  };
}

export async function identityOf(signing: Bytes, box: Bytes): Promise<Identity> {
  return new Identity(await SigningKey.from(new Seed(signing)), await BoxKey.from(new Seed(box)));
}

export class Session {
  readonly contents: Contents;
  readonly identity: Identity;
  readonly #store: Store;
  readonly #key: CryptoKey;
  replica: Replica;
  /** Whether it came with the papers: it waits to be let in, or it is in and its person is not told what to do next. */
  recovery: 'waits' | 'untold' | null = null;
  /** What the store holds of the ops that the server has lost. */
  #lost: Lost;
  readonly #turns = new Turns();

  private constructor(
    contents: Contents,
    identity: Identity,
    store: Store,
    key: CryptoKey,
    replica: Replica,
  ) {
    this.contents = contents;
    this.identity = identity;
    this.#store = store;
    this.#key = key;
    this.replica = replica;
    this.#lost = lostIn(replica, contents);
  }

  /** Opens what the store holds: the pages of the log, then the outbox on top of them. */
  static async open(contents: Contents, store: Store): Promise<Session> {
    const identity = await identityOf(contents.signing, contents.box);
    const key = await storeKey(contents);
    return new Session(contents, identity, store, key, await load(contents, identity, store, key));
  }

  /** Keeps what a device that enters without being let in has in memory, a founder's or a recovered one's; nothing of
   * it is anywhere before. The caller keeps the vault. */
  static async found(
    contents: Contents,
    store: Store,
    replica: Replica,
    sealed: Sealed,
  ): Promise<Session> {
    const key = await storeKey(contents);
    const session = new Session(contents, replica.identity, store, key, replica);
    await session.#save({ sealed });
    return session;
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
    return this.#turns.take(async () => {
      try {
        const result = await step();
        await this.#save({ sealed });
        return result;
      } catch (error) {
        await this.#restore();
        throw error;
      }
    });
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
  async #save(more: Save = {}): Promise<void> {
    const { replica, contents } = this;
    const lost = lostIn(replica, contents);
    const changed = isSame(lost, this.#lost) ? {} : { [LOST]: encodeLost(replica, lost) };
    const sealed = { ...more.sealed, ...changed, [TAIL]: encodeTail(replica) };
    await this.#store.save(this.#key, { ...more, sealed });
    this.#lost = lost;
  }

  async #restore(): Promise<void> {
    this.replica = await load(this.contents, this.identity, this.#store, this.#key);
    this.#lost = lostIn(this.replica, this.contents);
  }

  keep(name: string, bytes: Bytes | null): Promise<void> {
    return this.#store.save(this.#key, { sealed: { [name]: bytes } });
  }

  kept(name: string): Promise<Bytes | null> {
    return this.#store.read(this.#key, name);
  }
}

function storeKey({ store }: Contents): Promise<CryptoKey> {
  const uses: KeyUsage[] = ['encrypt', 'decrypt'];
  return crypto.subtle.importKey('raw', store, 'AES-GCM', false, uses);
}

/**
 * The pages are taken again, those of the bootstrap first, and the outbox goes on top: what is here is what was last
 * saved. A bootstrap page begins after a cursor below the checkpoint's, a page of the log never does.
 *
 * A page was saved only after its signatures held (`take`), and opens only if no byte of it has changed since under
 * the store's key, which the vault alone holds: its signatures are not verified a second time, its hashes are.
 */
async function load(
  contents: Contents,
  identity: Identity,
  store: Store,
  key: CryptoKey,
): Promise<Replica> {
  const tail = await store.read(key, TAIL);
  const { space, root } = contents;
  const lost = decodeLost(await store.read(key, LOST), space);
  const begun = lost.fromFirst ? null : contents.start;
  const start = begun && new Start(space, begun.cursor, begun.checkpoint);
  const kept = tail === null ? null : decodeTail(tail, space, identity);
  const outbox = kept?.outbox ?? new Outbox(space, identity.device, randomId<StreamId>());
  const replica = new Replica(identity, registry(), new Reader(space, root, start), outbox);
  await readPages(replica, await store.pages(key), await store.read(key, PROOF));
  replica.reader.view.unprovenSince_ms = kept?.unprovenSince_ms ?? null;
  if (kept) {
    replica.hlc = later(replica.hlc, kept.hlc);
    replica.offsets = kept.offsets;
  }
  replica.restored_ms = lost.restored_ms;
  await replica.holdLost(lost.entries);
  return replica;
}

/** Returns what was read of the log as pages to keep: that of the bootstrap, and that of all after it. */
function pagesOf({ reader }: Replica): Page[] {
  const { start, segments, view } = reader;
  const pages: Page[] = [];
  if (start !== null && start.segments.length > 0) {
    const { cursor: toCursor, segments: begun } = start;
    const whole = { toCursor, log: null, more: false, segments: begun };
    pages.push({ after: 0, bytes: encodePage(whole) });
  }
  if (segments.length > 0) {
    const page = { toCursor: view.cursor, log: view.log, more: view.stubs.size > 0, segments };
    pages.push({ after: start?.cursor ?? 0, bytes: encodePage(page) });
  }
  return pages;
}

async function readPages(
  replica: Replica,
  pages: readonly Page[],
  proof: Bytes | null,
): Promise<void> {
  const begin = replica.reader.start?.cursor ?? 0;
  // Since when a stub waits for its proof is kept: what this says of it is put right after.
  const now_ms = 0;
  for (const { after, bytes } of pages) {
    if (after < begin) await replica.applyStart(bytes, 'store');
  }
  if (proof !== null) await replica.finishStart(proof, now_ms);
  for (const { after, bytes } of pages) {
    if (after >= begin) await replica.applyPage(bytes, now_ms, 'store');
  }
}

type Tail = {
  readonly outbox: Outbox;
  readonly hlc: Hlc;
  readonly offsets: readonly number[];
  readonly unprovenSince_ms: number | null;
};

function encodeTail({ outbox, hlc, offsets, reader }: Replica): Bytes {
  const { unprovenSince_ms } = reader.view;
  return encode([2, encodeOutbox(outbox), hlc.ms, hlc.ctr, offsets, unprovenSince_ms]);
}

/** Version 1 did not say since when stubs wait: then they do from the next page on. */
function decodeTail(tail: Bytes, space: SpaceId, { device }: Identity): Tail {
  const [, outbox, ms, ctr, offsets, unprovenSince_ms = null] = decode(tail) as readonly Value[];
  return {
    outbox: decodeOutbox(outbox as Bytes, space, device),
    hlc: { ms: ms as number, ctr: ctr as number },
    offsets: offsets as readonly number[],
    unprovenSince_ms: unprovenSince_ms as number | null,
  };
}
