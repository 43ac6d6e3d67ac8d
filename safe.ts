/** Where the vault, its attempts and the label of the locked screen lie. */
import { type Bytes } from '../engine/bytes.ts';
import { makeBrowserKeys } from '../vault/browser-keys.ts';
import { UNTRIED, type Throttle } from '../vault/throttle.ts';
import { type KeptVault, type Safe } from '../vault/vault.ts';
import { type Database } from './database.ts';

const STRICT = { durability: 'strict' } as const;

export type DeviceSafe = Safe & {
  readonly label: () => Promise<Bytes | null>;
  readonly keepLabel: (label: Bytes) => Promise<void>;
};

export function safeIn(database: Database): DeviceSafe {
  const read = async (name: string) => database.get('vault', name);
  const write = async (name: string, value: KeptVault | Bytes): Promise<void> => {
    const transaction = database.transaction('vault', 'readwrite', STRICT);
    await Promise.all([transaction.store.put(value, name), transaction.done]);
  };
  return {
    browserKeys: async () => {
      const kept = await database.get('browser', 'keys');
      if (kept) return kept;
      const made = await makeBrowserKeys();
      const transaction = database.transaction('browser', 'readwrite', STRICT);
      // Two tabs may have made keys at once: the first to be kept are the browser's.
      const first = (await transaction.store.get('keys')) ?? made;
      await Promise.all([transaction.store.put(first, 'keys'), transaction.done]);
      return first;
    },
    vault: async () => ((await read('vault')) as KeptVault | undefined) ?? null,
    keepVault: (vault) => write('vault', vault),
    throttle: async () => ((await read('throttle')) as Throttle | undefined) ?? UNTRIED,
    attempt: async (next) => {
      const transaction = database.transaction('vault', 'readwrite', STRICT);
      const kept = (await transaction.store.get('throttle')) as Throttle | undefined;
      const throttle = next(kept ?? UNTRIED);
      await Promise.all([transaction.store.put(throttle, 'throttle'), transaction.done]);
      return throttle;
    },
    label: async () => ((await read('label')) as Bytes | undefined) ?? null,
    keepLabel: (label) => write('label', label),
  };
}
