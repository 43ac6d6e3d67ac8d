/**
 * The sealed store of this browser: ciphertext only, and no key that could be read out.
 *
 * Every space has a shelf of it, with a key of its own. The first one's records stand under their bare names, another
 * one's under its name before them.
 *
 * A save seals first and then puts everything in one transaction with strict durability and no await inside it: what
 * a call answers is on the disk, whole, or it was never saved.
 */
import { type DBSchema, type IDBPDatabase, openDB } from 'idb';
import type { Bytes } from '../engine/bytes.ts';
import { type BrowserKeys, newBrowserKeys, open, seal, type SealedVault } from '../vault/vault.ts';

const NAME = 'escale';
const VERSION = 1;
const LOOKS_MAX = 3;

type Schema = DBSchema & {
  browser: { key: 'keys'; value: BrowserKeys };
  vault: { key: 'vault'; value: SealedVault };
  /** What a locked tablet may show, sealed under the browser's own key. */
  label: { key: 'label'; value: Bytes };
  /** The logs as they were pulled: one sealed page for each cursor it begins after. */
  log: { key: number | [string, number]; value: Bytes };
  /** The outboxes with their clocks, the directory, drafts: sealed, by name. */
  sealed: { key: string; value: Bytes };
};

export type Random = (bytes: number) => Bytes;

/** A page as it came, with the cursor it begins after. */
export type Page = { readonly after: number; readonly bytes: Bytes };

/** Where a space stands in the store, and what opens it there; the name of the first space is null. */
export type Shelf = { readonly key: CryptoKey; readonly name: string | null };

/** What one save puts in place on a shelf; null deletes. */
export type Save = {
  readonly sealed?: Readonly<Record<string, Bytes | null>>;
  readonly pages?: readonly Page[];
  /** Deletes every page of the log first. */
  readonly forgetsPages?: boolean;
  /** Deletes everything on the shelf first, what another key has sealed among it. */
  readonly forgetsAll?: boolean;
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

  /** Tells when the browser takes the connection away, as it does when it erases what the app keeps. */
  onClose(tell: () => void): void {
    this.#database.addEventListener('close', tell);
  }

  /** Whether the browser has cleared it: nothing will come back. Nothing new is made in its place. */
  async isCleared(): Promise<boolean> {
    // A browser that has just cleared it closes the first connection that is opened after that, too.
    for (let attempt = 0; attempt < LOOKS_MAX; attempt += 1) {
      const isThere = await looked();
      if (isThere !== null) return !isThere;
    }
    return false;
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
  async save(shelf: Shelf, save: Save): Promise<void> {
    await this.saveAll([[shelf, save]]);
  }

  /** Seals and puts everything of saves on several shelves at once: all of it, or nothing. */
  async saveAll(saves: readonly (readonly [Shelf, Save])[]): Promise<void> {
    const ready: Ready[] = [];
    for (const [shelf, save] of saves) ready.push(await this.#ready(shelf, save));
    const names = ['sealed', 'log', 'label'] as const;
    const transaction = this.#database.transaction(names, 'readwrite', { durability: 'strict' });
    const done: Promise<unknown>[] = [transaction.done];
    const records = transaction.objectStore('sealed');
    const log = transaction.objectStore('log');
    for (const { shelf, forgetsAll, forgetsPages, sealed, pages, label } of ready) {
      if (forgetsAll) done.push(records.delete(recordsOf(shelf)));
      if (forgetsAll || forgetsPages) done.push(log.delete(pagesOf(shelf)));
      for (const [name, bytes] of sealed) {
        done.push(bytes === null ? records.delete(name) : records.put(bytes, name));
      }
      for (const [after, bytes] of pages) done.push(log.put(bytes, pageKey(shelf, after)));
      if (label) done.push(transaction.objectStore('label').put(label, 'label'));
    }
    await settled(done);
  }

  async #ready(shelf: Shelf, save: Save): Promise<Ready> {
    const { forgetsAll = false, forgetsPages = false } = save;
    const sealed: [string, Bytes | null][] = [];
    for (const [record, clear] of Object.entries(save.sealed ?? {})) {
      const name = nameOn(shelf, record);
      sealed.push([name, clear && (await seal(shelf.key, clear, this.#random, name))]);
    }
    const pages: [number, Bytes][] = [];
    for (const { after, bytes } of save.pages ?? []) {
      pages.push([after, await seal(shelf.key, bytes, this.#random, pageName(shelf, after))]);
    }
    const label = save.label
      ? await seal(this.keys.label, save.label, this.#random, 'label')
      : undefined;
    return { shelf, forgetsAll, forgetsPages, sealed, pages, label };
  }

  /** Returns a sealed record, or null if there is none; one that does not open is a damaged store. */
  async read(shelf: Shelf, record: string): Promise<Bytes | null> {
    const name = nameOn(shelf, record);
    const sealed = await this.#database.get('sealed', name);
    return sealed ? opened(shelf.key, sealed, name) : null;
  }

  /** Returns the pages of a space's log in order. */
  async pages(shelf: Shelf): Promise<Page[]> {
    const range = pagesOf(shelf);
    const [keys, sealed] = await Promise.all([
      this.#database.getAllKeys('log', range),
      this.#database.getAll('log', range),
    ]);
    const pages = sealed.map(async (page, at) => {
      const key = keys[at] ?? 0;
      const after = typeof key === 'number' ? key : key[1];
      return { after, bytes: await opened(shelf.key, page, pageName(shelf, after)) };
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

/** Whether there is a database; null if the browser does not say. None is made. */
async function looked(): Promise<boolean | null> {
  let isThere: boolean | null = null;
  const upgrade = (_: unknown, before: number, __: unknown, made: Undone): void => {
    isThere = before > 0;
    made.done.catch(() => undefined);
    made.abort();
  };
  try {
    (await openDB(NAME, VERSION, { upgrade })).close();
    return true;
  } catch {
    return isThere;
  }
}

/** Waits for a transaction with its requests. A full disk is told by one of them; the others say only that it was undone. */
async function settled(done: readonly Promise<unknown>[]): Promise<void> {
  const results = await Promise.allSettled(done);
  const failures = results.flatMap((one): unknown[] => ('reason' in one ? [one.reason] : []));
  if (failures.length > 0) throw failures.find(isFull) ?? failures[0];
}

/** What is needed of a transaction that makes a database, to make none. */
type Undone = { readonly done: Promise<void>; readonly abort: () => void };

type Ready = {
  readonly shelf: Shelf;
  readonly forgetsAll: boolean;
  readonly forgetsPages: boolean;
  readonly sealed: readonly (readonly [string, Bytes | null])[];
  readonly pages: readonly (readonly [number, Bytes])[];
  readonly label: Bytes | undefined;
};

function nameOn({ name }: Shelf, record: string): string {
  return name === null ? record : `${name}/${record}`;
}

function pageName(shelf: Shelf, after: number): string {
  return nameOn(shelf, `log/${String(after)}`);
}

function pageKey({ name }: Shelf, after: number): number | [string, number] {
  return name === null ? after : [name, after];
}

/** A number comes before every list: the first space's pages stand before the others'. */
function pagesOf({ name }: Shelf): IDBKeyRange {
  if (name === null) return IDBKeyRange.bound(0, Infinity);
  return IDBKeyRange.bound([name, 0], [name, Infinity]);
}

/** Whatever begins with the shelf's name; the first one's are not told from the others by theirs. */
function recordsOf({ name }: Shelf): IDBKeyRange {
  if (name === null) throw new Error('The first space is forgotten with the whole store.');
  return IDBKeyRange.bound(`${name}/`, `${name}0`, false, true);
}

async function opened(key: CryptoKey, sealed: Bytes, name: string): Promise<Bytes> {
  const clear = await open(key, sealed, name);
  if (clear === null) throw new Error('A record of the store does not open.');
  return clear;
}
