/**
 * The sealed store of this browser: ciphertext only, and no key that could be read out.
 *
 * A save seals first and then puts everything in one transaction with strict durability and no await inside it: what
 * a call answers is on the disk, whole, or it was never saved.
 */
import { type DBSchema, type IDBPDatabase, openDB } from 'idb';
import type { Bytes } from '../engine/bytes.ts';
import { type BrowserKeys, newBrowserKeys, open, seal, type SealedVault } from '../vault/vault.ts';

const NAME = 'escale';
const VERSION = 1;

type Schema = DBSchema & {
  browser: { key: 'keys'; value: BrowserKeys };
  vault: { key: 'vault'; value: SealedVault };
  /** What a locked tablet may show, sealed under the browser's own key. */
  label: { key: 'label'; value: Bytes };
  /** The log as it was pulled: one sealed page for each cursor it begins after. */
  log: { key: number; value: Bytes };
  /** The outbox with its clock, the directory, drafts: sealed, by name. */
  sealed: { key: string; value: Bytes };
};

export type Random = (bytes: number) => Bytes;

/** A page as it came, with the cursor it begins after. */
export type Page = { readonly after: number; readonly bytes: Bytes };

/** What one save puts in place; null deletes. */
export type Save = {
  readonly sealed?: Readonly<Record<string, Bytes | null>>;
  readonly pages?: readonly Page[];
  /** Deletes every page of the log first. */
  readonly forgetsPages?: boolean;
  readonly label?: Bytes;
};

export class Store {
  readonly #database: IDBPDatabase<Schema>;
  readonly #random: Random;
  readonly keys: BrowserKeys;

  private constructor(database: IDBPDatabase<Schema>, keys: BrowserKeys, random: Random) {
    this.#database = database;
    this.keys = keys;
    this.#random = random;
  }

  static async open(random: Random): Promise<Store> {
    const database = await openDB<Schema>(NAME, VERSION, {
      upgrade: (made) => {
        for (const name of ['browser', 'vault', 'label', 'log', 'sealed'] as const) {
          made.createObjectStore(name);
        }
      },
    });
    const known = await database.get('browser', 'keys');
    if (known) return new Store(database, known, random);
    const keys = await newBrowserKeys();
    await database.put('browser', keys, 'keys');
    return new Store(database, keys, random);
  }

  vault(): Promise<SealedVault | undefined> {
    return this.#database.get('vault', 'vault');
  }

  async keepVault(vault: SealedVault): Promise<void> {
    const transaction = this.#database.transaction('vault', 'readwrite', { durability: 'strict' });
    await settled([transaction.store.put(vault, 'vault'), transaction.done]);
  }

  /** Forgets everything but the browser's keys: a join that was given up, or one that begins anew. */
  async clear(): Promise<void> {
    const names = ['vault', 'label', 'log', 'sealed'] as const;
    const transaction = this.#database.transaction(names, 'readwrite', { durability: 'strict' });
    await settled([
      ...names.map((name) => transaction.objectStore(name).clear()),
      transaction.done,
    ]);
  }

  /** Seals and puts everything of a save at once. */
  async save(key: CryptoKey, save: Save): Promise<void> {
    const sealed: [string, Bytes | null][] = [];
    for (const [name, clear] of Object.entries(save.sealed ?? {})) {
      sealed.push([name, clear === null ? null : await seal(key, clear, this.#random, name)]);
    }
    const pages: [number, Bytes][] = [];
    for (const { after, bytes } of save.pages ?? []) {
      pages.push([after, await seal(key, bytes, this.#random, pageName(after))]);
    }
    const label = save.label
      ? await seal(this.keys.label, save.label, this.#random, 'label')
      : undefined;
    const names = ['sealed', 'log', 'label'] as const;
    const transaction = this.#database.transaction(names, 'readwrite', { durability: 'strict' });
    const done: Promise<unknown>[] = [transaction.done];
    for (const [name, bytes] of sealed) {
      const records = transaction.objectStore('sealed');
      done.push(bytes === null ? records.delete(name) : records.put(bytes, name));
    }
    if (save.forgetsPages) done.push(transaction.objectStore('log').clear());
    for (const [after, bytes] of pages) {
      done.push(transaction.objectStore('log').put(bytes, after));
    }
    if (label) done.push(transaction.objectStore('label').put(label, 'label'));
    await settled(done);
  }

  /** Returns a sealed record, or null if there is none; one that does not open is a damaged store. */
  async read(key: CryptoKey, name: string): Promise<Bytes | null> {
    const sealed = await this.#database.get('sealed', name);
    return sealed ? opened(key, sealed, name) : null;
  }

  /** Returns the pages of the log in order. */
  async pages(key: CryptoKey): Promise<Page[]> {
    const [cursors, sealed] = await Promise.all([
      this.#database.getAllKeys('log'),
      this.#database.getAll('log'),
    ]);
    const pages = sealed.map(async (page, at) => {
      const after = cursors[at] ?? 0;
      return { after, bytes: await opened(key, page, pageName(after)) };
    });
    return Promise.all(pages);
  }

  async label(): Promise<Bytes | null> {
    const sealed = await this.#database.get('label', 'label');
    return sealed ? opened(this.keys.label, sealed, 'label') : null;
  }
}

/** Tells whether a save failed because the browser gives no more room. */
export function isFull(error: unknown): boolean {
  return error instanceof DOMException && error.name === 'QuotaExceededError';
}

/** Waits for a transaction with its requests. A full disk is told by one of them; the others say only that it was undone. */
async function settled(done: readonly Promise<unknown>[]): Promise<void> {
  const results = await Promise.allSettled(done);
  const failures = results.flatMap((one): unknown[] => ('reason' in one ? [one.reason] : []));
  if (failures.length > 0) throw failures.find(isFull) ?? failures[0];
}

function pageName(after: number): string {
  return `log/${String(after)}`;
}

async function opened(key: CryptoKey, sealed: Bytes, name: string): Promise<Bytes> {
  const clear = await open(key, sealed, name);
  if (clear === null) throw new Error('A record of the store does not open.');
  return clear;
}
