/**
 * Keys of epochs that a restored server has lost: they open what was sealed with them, and what is written goes on.
 *
 * A server that comes back from an older backup may have lost a rotation, and with it a revocation. The device that was
 * cut off holds the key from before. So nothing new is sealed with that one: writing goes on under the lost epoch, and
 * what it seals waits in the outbox until an administrator's device brings the epoch back. If the log gets another epoch
 * of the same number instead, the lost ones do not stand any more, and what waits is sealed again.
 */
import { type EpochBody } from './control.ts';
import { type DeviceId, type Digest, type SpaceId } from './ids.ts';
import { type BoxKey, KeyFails, unwrap } from './keys.ts';
import { type EpochKey } from './secret.ts';

/** The keys of lost epochs, as one device knows them. */
export class LostKeys {
  /** Whether the log may still get those epochs back: it has no other of the same number. */
  stand = true;
  readonly #byCommitment = new Map<Digest, readonly [number, EpochKey]>();

  /** The newest lost epoch that still stands; 0 for none. */
  get newest(): number {
    if (!this.stand) return 0;
    return Math.max(0, ...Array.from(this.#byCommitment.values(), ([n]) => n));
  }

  /** Returns the lost keys of an epoch's number, the one lost last first. */
  of(n: number): EpochKey[] {
    const keys = [...this.#byCommitment.values()].filter(([one]) => one === n);
    return keys.map(([, key]) => key).reverse();
  }

  /** Takes the key of a lost epoch from this device's wrap; `inLog` holds the commitments of the log. */
  async hold(
    { n, commit, wraps }: EpochBody,
    space: SpaceId,
    [device, box]: readonly [DeviceId, BoxKey],
    inLog: ReadonlyMap<number, Digest>,
  ): Promise<void> {
    const wrapped = wraps.find(([one]) => one === device)?.[1];
    if (wrapped === undefined || inLog.get(n) === commit) return;
    try {
      const key = await unwrap(wrapped, box, { space, n, commitment: commit }, device);
      this.#byCommitment.set(commit, [n, key]);
      this.stand &&= !inLog.has(n);
    } catch (error) {
      if (!(error instanceof KeyFails)) throw error;
    }
  }

  /** Notes what an epoch of the log makes of the lost ones: it is one of them, or they will not come back. */
  note({ n, commit }: EpochBody): void {
    const isFound = this.#byCommitment.delete(commit);
    this.stand &&= isFound || this.of(n).length === 0;
  }
}
