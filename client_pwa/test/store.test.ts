import 'fake-indexeddb/auto';
import { IDBFactory } from 'fake-indexeddb';
import { beforeEach, expect, test } from 'vitest';
import { ascii } from '../src/engine/bytes.ts';
import { fillDisk } from './full-disk.ts';
import { isFull, type Shelf, Store } from '../src/store/store.ts';

const random = (length: number): Uint8Array<ArrayBuffer> =>
  crypto.getRandomValues(new Uint8Array(length));
const CANARY = 'Momo tousse beaucoup';

beforeEach(() => {
  globalThis.indexedDB = new IDBFactory();
});

async function shelf(name: Shelf['name'] = null): Promise<Shelf> {
  const algorithm = { name: 'AES-GCM', length: 256 };
  return { key: await crypto.subtle.generateKey(algorithm, false, ['encrypt', 'decrypt']), name };
}

/** Everything that lies in the database, as text: each byte a character. */
async function dump(): Promise<string> {
  const database = await new Promise<IDBDatabase>((resolve, reject) => {
    const request = indexedDB.open('escale');
    request.onsuccess = () => {
      resolve(request.result);
    };
    request.onerror = () => {
      reject(new Error('The database does not open.'));
    };
  });
  const texts: string[] = [];
  for (const name of database.objectStoreNames) {
    const values = await new Promise<unknown[]>((resolve) => {
      const request = database.transaction(name).objectStore(name).getAll();
      request.onsuccess = () => {
        resolve(request.result);
      };
    });
    texts.push(...values.map(asText));
  }
  database.close();
  return texts.join('\n');
}

function asText(value: unknown): string {
  if (value instanceof Uint8Array) {
    return Array.from(value, (byte) => String.fromCharCode(byte)).join('');
  }
  return typeof value === 'object' && value !== null
    ? Object.values(value).map(asText).join('\n')
    : String(value);
}

test('what was saved is there in a store opened anew', async () => {
  const own = await shelf();
  const first = await Store.open(random);
  await first.save(own, {
    sealed: { tail: ascii('outbox') },
    pages: [{ after: 0, bytes: ascii('page') }],
    label: ascii('Awa'),
  });
  const second = await Store.open(random);
  expect(await second.read(own, 'tail')).toEqual(ascii('outbox'));
  expect(await second.pages(own)).toEqual([{ after: 0, bytes: ascii('page') }]);
  expect(await second.label()).toEqual(ascii('Awa'));
});

test('no word lies readable in the store', async () => {
  const store = await Store.open(random);
  const bytes = ascii(CANARY);
  await store.save(await shelf(), {
    sealed: { tail: bytes, 'draft/encounter': bytes },
    pages: [{ after: 0, bytes }],
    label: bytes,
  });
  expect(await dump()).not.toContain(CANARY);
});

test('a word that lies readable is found', async () => {
  const store = await Store.open(random);
  await store.keepVault({ salt: ascii(CANARY), sealed: random(8), failures: 0, retryAt: null });
  expect(await dump()).toContain(CANARY);
});

test('a deleted record is gone, and pages come back in the order of their cursors', async () => {
  const own = await shelf();
  const store = await Store.open(random);
  for (const after of [9, 0, 100]) {
    await store.save(own, { pages: [{ after, bytes: ascii(String(after)) }] });
  }
  await store.save(own, { sealed: { draft: ascii('x') } });
  await store.save(own, { sealed: { draft: null } });
  expect(await store.read(own, 'draft')).toBeNull();
  expect(await store.pages(own)).toEqual(
    [0, 9, 100].map((after) => ({ after, bytes: ascii(String(after)) })),
  );
});

test('each shelf has pages and records of its own, and one is forgotten without the other', async () => {
  const [own, other] = [await shelf(), await shelf('other')];
  const store = await Store.open(random);
  await store.saveAll([
    [own, { sealed: { tail: ascii('own') }, pages: [{ after: 0, bytes: ascii('own') }] }],
    [other, { sealed: { tail: ascii('other') }, pages: [{ after: 0, bytes: ascii('other') }] }],
  ]);
  expect(await store.read(other, 'tail')).toEqual(ascii('other'));
  expect(await store.pages(own)).toEqual([{ after: 0, bytes: ascii('own') }]);
  expect(await store.pages(other)).toEqual([{ after: 0, bytes: ascii('other') }]);
  const anew = await shelf('other');
  await store.save(anew, { forgetsAll: true, sealed: { tail: ascii('anew') } });
  expect(await store.read(anew, 'tail')).toEqual(ascii('anew'));
  expect([await store.pages(anew), await store.read(own, 'tail')]).toEqual([[], ascii('own')]);
  await store.save(own, { forgetsPages: true });
  expect([await store.pages(own), await store.read(anew, 'tail')]).toEqual([[], ascii('anew')]);
});

test('what is saved on two shelves at once is on both, or on neither when the disk is full', async () => {
  const [own, other] = [await shelf(), await shelf('other')];
  const store = await Store.open(random);
  const both = (text: string): Parameters<Store['saveAll']>[0] => [
    [own, { sealed: { tail: ascii(text) } }],
    [other, { sealed: { tail: ascii(text) } }],
  ];
  await store.saveAll(both('before'));
  fillDisk(2);
  await expect(store.saveAll(both('after'))).rejects.toSatisfy(isFull);
  const found = [await store.read(own, 'tail'), await store.read(other, 'tail')];
  expect(found).toEqual([ascii('before'), ascii('before')]);
  await store.saveAll(both('after'));
  expect(await store.read(other, 'tail')).toEqual(ascii('after'));
});
