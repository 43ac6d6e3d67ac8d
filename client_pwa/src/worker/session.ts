/** An open vault: the replica with its keys in memory, and how every change of it reaches the disk. */
import { type Bytes } from '../engine/bytes.ts';
import { type Hlc, later } from '../engine/clock.ts';
import { decode, encode, type Value } from '../engine/codec.ts';
import {
  bytesOf,
  idOf,
  type OpId,
  type SpaceId,
  type StreamId,
  type WorkerId,
} from '../engine/ids.ts';
import { Identity } from '../engine/keyring.ts';
import { BoxKey, SigningKey } from '../engine/keys.ts';
import type { Member } from '../engine/members.ts';
import { decodeOutbox, encodeOutbox, Outbox } from '../engine/outbox.ts';
import { Reader } from '../engine/reader.ts';
import { Replica } from '../engine/replica.ts';
import { Seed } from '../engine/secret.ts';
import type { Save, Store } from '../store/store.ts';
import { registry } from './catalogue.ts';
import { randomId } from './server.ts';
import { Turns } from './turns.ts';

const TAIL = 'tail';

type Sealed = NonNullable<Save['sealed']>;

/** What a vault holds: the seeds of the device's two pairs, the key of the store, and which log is its own. */
export type Contents = {
  readonly signing: Bytes;
  readonly box: Bytes;
  readonly store: Bytes;
  readonly space: SpaceId;
  readonly root: OpId;
  readonly origin: string;
};

export function encodeContents({ signing, box, store, space, root, origin }: Contents): Bytes {
  return encode([1, signing, box, store, bytesOf(space), bytesOf(root), origin]);
}

export function decodeContents(data: Bytes): Contents {
  const [, signing, box, store, space, root, origin] = decode(data) as readonly Value[];
  return {
    signing: signing as Bytes,
    box: box as Bytes,
    store: store as Bytes,
    space: idOf(space as Bytes),
    root: idOf(root as Bytes),
    origin: origin as string,
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
  }

  /** Opens what the store holds: the pages of the log, then the outbox on top of them. */
  static async open(contents: Contents, store: Store): Promise<Session> {
    const identity = await identityOf(contents.signing, contents.box);
    const key = await storeKey(contents);
    return new Session(contents, identity, store, key, await load(contents, identity, store, key));
  }

  /** Keeps what a founder has written in memory; nothing of it is anywhere before. The caller keeps the vault. */
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

  /** What the log says of this device, or null as long as it says nothing. */
  get member(): Member | null {
    return this.replica.reader.view.members.byDevice.get(this.identity.device) ?? null;
  }

  /** The worker whose device this is, as the log says. */
  get worker(): WorkerId | null {
    return this.member?.worker ?? null;
  }

  /** Whether the founding segment of the space is this device's and waits for its answer. */
  get founds(): boolean {
    return this.member === null && this.replica.outbox.ops.size > 0;
  }

  /** Whether there is something to push: a segment in flight, or ops to cut one from. */
  get waits(): boolean {
    const { flight, ops } = this.replica.outbox;
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
   * Applies a page and saves it with its cursor in one transaction; tells whether more is to come. Rejects with
   * IntegrityFailure, and then changed nothing.
   */
  take(page: Bytes): Promise<boolean> {
    return this.#turns.take(async () => {
      const after = this.replica.reader.view.cursor;
      const { more, entries } = await this.replica.applyPage(page);
      try {
        await this.#save(entries.length > 0 ? { page: { after, bytes: page } } : {});
      } catch (error) {
        await this.#restore();
        throw error;
      }
      return more;
    });
  }

  /** Keeps what the locked tablet may show. */
  label(label: Bytes): Promise<void> {
    return this.#turns.take(() => this.#save({ label }));
  }

  /** Saves the outbox and the clock, with whatever else belongs to the same change. */
  #save(more: Save = {}): Promise<void> {
    const sealed = { ...more.sealed, [TAIL]: encodeTail(this.replica) };
    return this.#store.save(this.#key, { ...more, sealed });
  }

  async #restore(): Promise<void> {
    this.replica = await load(this.contents, this.identity, this.#store, this.#key);
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
 * The pages are taken again and the outbox goes on top: what is here is what was last saved.
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
  const kept = tail === null ? null : decodeTail(tail, space, identity);
  const outbox = kept?.outbox ?? new Outbox(space, identity.device, randomId<StreamId>());
  const replica = new Replica(identity, registry(), new Reader(space, root), outbox);
  for (const page of await store.pages(key)) await replica.applyPage(page, 'store');
  if (kept) {
    replica.hlc = later(replica.hlc, kept.hlc);
    replica.offsets = kept.offsets;
  }
  for (const op of replica.outbox.ops.values()) await replica.openUnsent(op);
  return replica;
}

type Tail = { readonly outbox: Outbox; readonly hlc: Hlc; readonly offsets: readonly number[] };

function encodeTail({ outbox, hlc, offsets }: Replica): Bytes {
  return encode([1, encodeOutbox(outbox), hlc.ms, hlc.ctr, offsets]);
}

function decodeTail(tail: Bytes, space: SpaceId, { device }: Identity): Tail {
  const [, outbox, ms, ctr, offsets] = decode(tail) as readonly Value[];
  return {
    outbox: decodeOutbox(outbox as Bytes, space, device),
    hlc: { ms: ms as number, ctr: ctr as number },
    offsets: offsets as readonly number[],
  };
}
