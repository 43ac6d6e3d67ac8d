/**
 * The keys a device holds of one space, learnt from the log: epoch keys from wraps, entity secrets from genesis ops.
 *
 * Nothing here is stored in clear. What a restart loses is learnt again from the log and the outbox
 * with the device's box key. A wrap that fails is an alarm and a missing key, never a void op: others
 * may hold a good one.
 */
import { type Bytes } from './bytes.ts';
import { type Body } from './control.ts';
import { DoesNotOpen, openPayload } from './envelope.ts';
import {
  type DeviceId,
  type Digest,
  type EntityId,
  type HeaderBytes,
  type Sealed,
  type SpaceId,
} from './ids.ts';
import {
  type BoxKey,
  deviceId,
  KeyFails,
  openPrev,
  opKey,
  type SigningKey,
  unwrap,
} from './keys.ts';
import { LostKeys } from './lostkeys.ts';
import { type Header, OpClass } from './op.ts';
import { decodePayload, type Payload } from './payload.ts';
import { type EntitySecret, type EpochKey, type OpKey } from './secret.ts';

/** A device's own keys; `box` is null for a device that is not keyed. Printing it shows nothing. */
export class Identity {
  readonly signing: SigningKey;
  readonly box: BoxKey | null;
  readonly device: DeviceId;

  constructor(signing: SigningKey, box: BoxKey | null) {
    this.signing = signing;
    this.box = box;
    this.device = deviceId(signing.public);
  }
}

type Commits = ReadonlyMap<number, Digest>;

/** Epoch keys and entity secrets of one space, as one device knows them. */
export class Keyring {
  readonly space: SpaceId;
  readonly identity: Identity;
  readonly epochKeys = new Map<number, EpochKey>();
  readonly secrets = new Map<EntityId, EntitySecret>();
  /** Epochs of which a wrap or a previous-key box failed and no other has opened yet: an alarm. */
  readonly failed = new Set<number>();
  /** The keys of epochs that a restored server has lost. */
  readonly lost: LostKeys;
  readonly #prevs = new Map<number, Bytes>();
  /** By `entity/epoch/is it the genesis`; a key on its way is there already, so that it is derived once. */
  readonly #opKeys = new Map<string, Promise<OpKey>>();

  constructor(space: SpaceId, identity: Identity, lost = new LostKeys()) {
    this.space = space;
    this.identity = identity;
    this.lost = lost;
  }

  /** Returns a keyring with the same keys: what it takes from now on is not taken here. */
  apart(): Keyring {
    const keys = new Keyring(this.space, this.identity, this.lost);
    for (const [n, key] of this.epochKeys) keys.epochKeys.set(n, key);
    for (const [entity, secret] of this.secrets) keys.secrets.set(entity, secret);
    return keys;
  }

  /** The newest epoch of which the key is held, under which this device writes; 0 without any. */
  get newest(): number {
    const inLog = Math.max(0, ...this.epochKeys.keys());
    const { safest, newest } = this.lost;
    return safest > 0 && this.lost.bars(inLog) ? safest : Math.max(newest, inLog);
  }

  /**
   * Takes the epoch key that a valid control op brings this device, and tells whether one was learnt.
   *
   * `epoch` is the epoch in force after the op; `commits` is every commitment so far, that of `epoch` included.
   */
  async learn(body: Body, epoch: number, commits: Commits): Promise<boolean> {
    const held = this.epochKeys.size;
    const { device } = this.identity;
    this.lost.note(body, epoch);
    if (body.kind === 'epoch') {
      if (body.prev !== null) this.#prevs.set(body.n, body.prev);
      const wrapped = body.wraps.find(([one]) => one === device)?.[1] ?? null;
      await this.#unwrap(wrapped, body.n, commits);
    } else if (body.kind === 'member' && body.device === device) {
      await this.#unwrap(body.wrap, epoch, commits);
    }
    await this.#openPrevs(commits);
    return this.epochKeys.size > held;
  }

  /** Returns the key of an op with this header, or null while its epoch key or entity secret is missing. */
  key(header: Header): Promise<OpKey> | null {
    return this.#keys(header)[0] ?? null;
  }

  /** Returns the first epoch of the log from `n` on of which nobody who is barred has the key; null for none. */
  safeEpoch(n: number): number | null {
    const safe = [...this.epochKeys.keys()].filter((of) => of >= n && !this.lost.bars(of));
    return safe.length > 0 ? Math.min(...safe) : null;
  }

  /** Returns every key that an op with this header may be sealed with, first the one to seal it with. */
  #keys(header: Header): Promise<OpKey>[] {
    const [lost, key] = [this.#lostKeys(header), this.#keyInLog(header)];
    const inLog = key === null ? [] : [key];
    return this.lost.bars(header.epoch) ? [...lost, ...inLog] : [...inLog, ...lost];
  }

  #keyInLog(header: Header): Promise<OpKey> | null {
    const { opClass, entity, epoch } = header;
    const epochKey = this.epochKeys.get(epoch);
    if (epochKey === undefined) return null;
    const name = `${entity}/${epoch}/${opClass === OpClass.GENESIS ? 'genesis' : ''}`;
    const known = this.#opKeys.get(name);
    if (known) return known;
    const derived = this.#derive(epochKey, header);
    if (derived !== null) this.#opKeys.set(name, derived);
    return derived;
  }

  /** Returns an op's payload, or null if it does not open with the keys held. */
  async open(header: Header, headerBytes: HeaderBytes, sealed: Sealed): Promise<Payload | null> {
    for (const one of this.#keys(header)) {
      const payload = await orNull(async () =>
        decodePayload(await openPayload(await one, sealed, headerBytes), header),
      );
      if (payload !== null) return payload;
    }
    return null;
  }

  /** Tells whether an op of this device's is sealed with the key of a lost epoch that will not come back. */
  async isStale(header: Header, headerBytes: HeaderBytes, sealed: Sealed): Promise<boolean> {
    return !this.lost.stand && (await this.isBehind(header, headerBytes, sealed));
  }

  /**
   * Tells whether an op of this device's is sealed with another key than its epoch's number now stands for.
   *
   * While lost epochs stand, that is the one lost last: it had taken the place of those before it.
   */
  async isBehind(header: Header, headerBytes: HeaderBytes, sealed: Sealed): Promise<boolean> {
    const lost = this.lost.lastOf(header.epoch);
    if (lost === null) return false;
    const epochKey = this.lost.stand ? lost : this.epochKeys.get(header.epoch);
    const key = epochKey && this.#derive(epochKey, header);
    if (!key) return true;
    return (await orNull(async () => openPayload(await key, sealed, headerBytes))) === null;
  }

  /** Takes an entity's secret; keys derived from another one are forgotten. */
  hold(entity: EntityId, secret: EntitySecret): void {
    const held = this.secrets.get(entity);
    if (held !== undefined && !held.equals(secret)) {
      for (const n of this.epochKeys.keys()) this.#opKeys.delete(`${entity}/${n}/`);
    }
    this.secrets.set(entity, secret);
  }

  /** Lets go of an entity's secret and of the keys derived from it. */
  forget(entity: EntityId): void {
    this.secrets.delete(entity);
    for (const name of this.#opKeys.keys()) {
      if (name.startsWith(`${entity}/`)) this.#opKeys.delete(name);
    }
  }

  /** Takes the epoch key that a control op brings which a restored server has lost: see `LostKeys.hold`. */
  async holdLost(body: Body, epoch: number, inLog: Commits): Promise<void> {
    const { box, device } = this.identity;
    if (box !== null) await this.lost.hold(body, epoch, { space: this.space, device, box }, inLog);
  }

  #lostKeys(header: Header): Promise<OpKey>[] {
    const keys = this.lost.of(header.epoch).map((key) => this.#derive(key, header));
    return keys.filter((key) => key !== null);
  }

  /** Returns an op's key of an epoch key, or null while the entity's secret is missing. */
  #derive(epochKey: EpochKey, { opClass, entity, epoch }: Header): Promise<OpKey> | null {
    const secret = opClass === OpClass.GENESIS ? null : this.secrets.get(entity);
    return secret === undefined ? null : opKey(epochKey, secret, this.space, entity, epoch);
  }

  async #unwrap(wrapped: Bytes | null, n: number, commits: Commits): Promise<void> {
    const { box, device } = this.identity;
    const commitment = commits.get(n);
    if (wrapped === null || box === null || commitment === undefined || this.epochKeys.has(n))
      return;
    const epoch = { space: this.space, n, commitment };
    await this.#holdEpoch(n, () => unwrap(wrapped, box, epoch, device));
  }

  async #openPrevs(commits: Commits): Promise<void> {
    const newestFirst = [...this.#prevs].sort(([a], [b]) => b - a);
    for (const [n, prev] of newestFirst) {
      const newer = this.epochKeys.get(n);
      const commitment = commits.get(n - 1);
      if (newer === undefined || commitment === undefined || this.epochKeys.has(n - 1)) continue;
      const previous = { space: this.space, n: n - 1, commitment };
      await this.#holdEpoch(n - 1, () => openPrev(prev, newer, previous));
    }
  }

  async #holdEpoch(n: number, open: () => Promise<EpochKey>): Promise<void> {
    try {
      this.epochKeys.set(n, await open());
      this.failed.delete(n);
    } catch (error) {
      if (!(error instanceof KeyFails)) throw error;
      this.failed.add(n);
    }
  }
}

/** Returns what a step does, or null if the bytes do not open. */
async function orNull<T>(step: () => Promise<T>): Promise<T | null> {
  try {
    return await step();
  } catch (error) {
    if (error instanceof DoesNotOpen) return null;
    throw error;
  }
}
