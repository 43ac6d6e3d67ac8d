/**
 * Keys of epochs that a restored server has lost: they open what was sealed with them, and what is written goes on.
 *
 * A server that comes back from an older backup may have lost a rotation, and with it a revocation. The device that was
 * cut off holds the key from before. So nothing new is sealed with that one: writing goes on under the lost epoch, and
 * what it seals waits in the outbox until an administrator's device brings the epoch back. If the log gets another epoch
 * of the same number instead, the lost ones do not stand any more, and what waits is sealed again.
 */
import { type Bytes } from './bytes.ts';
import { type Body, type EpochBody } from './control.ts';
import { type DeviceId, type Digest, type SpaceId } from './ids.ts';
import { type BoxKey, type Epoch, KeyFails, openPrev, unwrap } from './keys.ts';
import { isRevoked } from './members.ts';
import { type EpochKey } from './secret.ts';

/** Who opens a wrap: a device of a space, with its box key. */
export type Opener = {
  readonly space: SpaceId;
  readonly device: DeviceId;
  readonly box: BoxKey;
};

/** The keys of lost epochs, as one device knows them. */
export class LostKeys {
  /** Whether the log may still get those epochs back: it has no other of the same number. */
  stand = true;
  /** Whom the lost control ops had revoked, also if they let them in again. */
  readonly revoked = new Set<DeviceId>();
  /** Those of them for whom nothing new is sealed, whatever keys the log has given them since. */
  barred: ReadonlySet<DeviceId> = new Set();
  readonly #byCommitment = new Map<Digest, readonly [number, EpochKey]>();
  readonly #commits = new Map<number, Digest>();
  readonly #prevs = new Map<number, Bytes>();
  readonly #holders = new Map<number, Set<DeviceId>>();
  readonly #lostHolders = new Map<Digest, Set<DeviceId>>();

  /** The lost epoch to write under as long as it still stands; 0 for none. */
  get newest(): number {
    return this.stand ? this.safest : 0;
  }

  /** The lost epoch whose key the fewest have who are barred, of several the newest; 0 for none. */
  get safest(): number {
    const ranked = Array.from(
      this.#byCommitment,
      ([commit, [n]]) => [this.#barredHolders(commit), n] as const,
    );
    const least = Math.min(...ranked.map(([count]) => count));
    return Math.max(0, ...ranked.filter(([count]) => count === least).map(([, n]) => n));
  }

  /** The newest lost epoch, whether it stands or not; 0 for none. */
  get highest(): number {
    return Math.max(0, ...Array.from(this.#byCommitment.values(), ([n]) => n));
  }

  /** Tells whether the log has given its epoch `n`, or a later one that opens it, to somebody who is barred. */
  bars(n: number): boolean {
    if (this.barred.size === 0) return false;
    return [...this.#holders].some(
      ([of, devices]) => of >= n && [...devices].some((device) => this.barred.has(device)),
    );
  }

  /** Returns the lost keys of a number: first what the fewest have who are barred, of several the one lost last. */
  of(n: number): EpochKey[] {
    const found = [...this.#byCommitment].filter(([, [one]]) => one === n).reverse();
    found.sort(([a], [b]) => this.#barredHolders(a) - this.#barredHolders(b));
    return found.map(([, [, key]]) => key);
  }

  /** Returns the key of an epoch's number that was lost last: it had taken the place of those before it. */
  lastOf(n: number): EpochKey | null {
    const [, key] = [...this.#byCommitment.values()].findLast(([one]) => one === n) ?? [];
    return key ?? null;
  }

  /** Tells whether an epoch is one of the lost ones of which this device has the key. */
  has({ commit }: EpochBody): boolean {
    return this.#byCommitment.has(commit);
  }

  /** Tells whether the log has another epoch of a lost one's number; `inLog` are its commitments. */
  isReplaced(n: number, inLog: ReadonlyMap<number, Digest>): boolean {
    const lost = this.#commits.get(n);
    return lost !== undefined && (inLog.get(n) ?? lost) !== lost;
  }

  /**
   * Takes the key that a lost control op brings this device: an epoch's, or the one that it was let in with.
   *
   * `epoch` is the one in force when the op was written; `inLog` holds the commitments of the log.
   */
  async hold(
    body: Body,
    epoch: number,
    opener: Opener,
    inLog: ReadonlyMap<number, Digest>,
  ): Promise<void> {
    const { device } = opener;
    if (body.kind === 'epoch') {
      this.#commits.set(body.n, body.commit);
      this.#lostHolders.set(body.commit, new Set(body.wraps.map(([one]) => one)));
      this.stand &&= !this.isReplaced(body.n, inLog);
      if (body.prev !== null) this.#prevs.set(body.n, body.prev);
      const wrapped = body.wraps.find(([one]) => one === device)?.[1] ?? null;
      await this.#unwrap(wrapped, body.n, opener, inLog);
    } else if (body.kind === 'member') {
      if (isRevoked(body)) this.revoked.add(body.device);
      const commit = this.#commits.get(epoch);
      if (body.wrap !== null && commit !== undefined)
        this.#lostHolders.get(commit)?.add(body.device);
      await this.#unwrap(body.device === device ? body.wrap : null, epoch, opener, inLog);
    }
  }

  /**
   * Notes to whom a control op of the log gives a key; `epoch` is the one in force after it.
   *
   * An epoch of the log is one of the lost ones, or those will not come back.
   */
  note(body: Body, epoch: number): void {
    const holders = this.#holders.get(epoch) ?? new Set();
    this.#holders.set(epoch, holders);
    if (body.kind === 'member' && body.wrap !== null) holders.add(body.device);
    if (body.kind !== 'epoch') return;
    this.#holders.set(body.n, new Set(body.wraps.map(([device]) => device)));
    this.#byCommitment.delete(body.commit);
    const isReplaced = this.isReplaced(body.n, new Map([[body.n, body.commit]]));
    this.stand &&= !isReplaced && this.of(body.n).length === 0;
    if (body.prev !== null && !this.#prevs.has(body.n)) this.#prevs.set(body.n, body.prev);
  }

  /** Returns how many who are barred have a key; an epoch of the log, which a lost one opens, comes last. */
  #barredHolders(commit: Digest): number {
    const holders = this.#lostHolders.get(commit);
    if (holders === undefined) return this.barred.size + 1;
    return [...holders].filter((device) => this.barred.has(device)).length;
  }

  /** Takes a wrapped key, and those of the epochs before it that it opens. */
  async #unwrap(
    wrapped: Bytes | null,
    n: number,
    { space, device, box }: Opener,
    inLog: ReadonlyMap<number, Digest>,
  ): Promise<void> {
    const committed = (of: number) => this.#commits.get(of) ?? inLog.get(of);
    const commitment = committed(n);
    if (wrapped === null || commitment === undefined) return;
    try {
      const key = await unwrap(wrapped, box, { space, n, commitment }, device);
      await this.#chain(key, { space, n, commitment }, committed);
    } catch (error) {
      if (!(error instanceof KeyFails)) throw error;
    }
  }

  /** Keeps an epoch's key, and the one before it as long as a box holds it. Rejects with KeyFails at one that does not. */
  async #chain(
    key: EpochKey,
    { space, n, commitment }: Epoch,
    committed: (n: number) => Digest | undefined,
  ): Promise<void> {
    this.#byCommitment.set(commitment, [n, key]);
    const [prev, before] = [this.#prevs.get(n), committed(n - 1)];
    if (prev === undefined || before === undefined) return;
    const previous = { space, n: n - 1, commitment: before };
    await this.#chain(await openPrev(prev, key, previous), previous, committed);
  }
}
