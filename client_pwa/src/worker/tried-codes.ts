/**
 * The codes that are tried on a vault: each counts before it is looked at, so that ending the app takes nothing back.
 *
 * What a full disk cannot take is counted as long as the app stays open; who fills the disk and starts the app anew has
 * a wait before each code all the same.
 */
import type { Bytes } from '../engine/bytes.ts';
import { isFull, type Store } from '../store/store.ts';
import { afterWrongCode, openVault, type SealedVault } from '../vault/vault.ts';
import { CallProblem } from './protocol.ts';
import type { Timer } from './server-watch.ts';

/** How long a code waits whose try could not be written down. */
const UNCOUNTED_MS = 10_000;

export type TriedCodesOptions = {
  readonly store: Store;
  readonly now: () => number;
  readonly timer: Timer;
};

export class TriedCodes {
  readonly #options: TriedCodesOptions;
  /** What a full disk could not take. */
  #unkept: SealedVault | null = null;

  constructor(options: TriedCodesOptions) {
    this.#options = options;
  }

  /** Returns the vault of this device, with the codes that were tried on it; undefined if there is none. */
  async vault(): Promise<SealedVault | undefined> {
    const kept = await this.#options.store.vault();
    return kept && (this.#unkept ?? kept);
  }

  /** Returns what a vault holds. Rejects with CallProblem for a wrong code, and for one that comes too early. */
  async open(vault: SealedVault, pin: string): Promise<Bytes> {
    const { store, now } = this.#options;
    if (vault.retryAt !== null && now() < vault.retryAt) throw new CallProblem('too_early');
    await this.#keep(afterWrongCode(vault, now()));
    if (this.#unkept) await this.#pause();
    const contents = await openVault(vault, pin, store.keys.vault);
    if (contents === null) throw new CallProblem('pin_wrong');
    await this.#keep({ ...vault, failures: 0, retryAt: null });
    return contents;
  }

  async #keep(vault: SealedVault): Promise<void> {
    this.#unkept = vault;
    try {
      await this.#options.store.keepVault(vault);
      this.#unkept = null;
    } catch (error) {
      if (!isFull(error)) throw error;
    }
  }

  #pause(): Promise<void> {
    return new Promise((done) => {
      this.#options.timer.set(done, UNCOUNTED_MS);
    });
  }
}
