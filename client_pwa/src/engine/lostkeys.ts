/**
 * Keys of epochs that a restored server has lost: they open what was sealed with them, and what is written goes on.
 *
 * A server that comes back from an older backup may have lost a rotation, and with it a revocation. The device that was
 * cut off holds the key from before. So nothing new is sealed with that one: writing goes on under the lost epoch, and
 * what it seals waits in the outbox until an administrator's device brings the epoch back. If the log gets another epoch
 * of the same number instead, the lost ones do not stand any more, and what waits is sealed again.
 */
import { type EpochBody } from './control.ts';
import { type Digest } from './ids.ts';
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

  /** Takes the key of a lost epoch; `inLog` holds the commitments of the log, of which it is none. */
  hold(n: number, commitment: Digest, key: EpochKey, inLog: ReadonlyMap<number, Digest>): void {
    this.#byCommitment.set(commitment, [n, key]);
    this.stand &&= !inLog.has(n);
  }

  /**
   * Notes what an epoch of the log makes of the lost ones: it is one of them, or they will not come back.
   *
   * The key of one that came back is returned: it is a lost one no more.
   */
  note({ n, commit }: EpochBody): EpochKey | null {
    const key = this.#byCommitment.get(commit)?.[1] ?? null;
    this.#byCommitment.delete(commit);
    this.stand &&= key !== null || this.of(n).length === 0;
    return key;
  }
}
