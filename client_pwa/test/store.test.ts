import 'fake-indexeddb/auto';
import { IDBFactory } from 'fake-indexeddb';
import { beforeEach, expect, test } from 'vitest';
import { ascii } from '../src/engine/bytes.ts';
import { Store } from '../src/store/store.ts';

const random = (length: number): Uint8Array<ArrayBuffer> =>
  crypto.getRandomValues(new Uint8Array(length));
const CANARY = 'Momo tousse beaucoup';

beforeEach(() => {
  globalThis.indexedDB = new IDBFactory();
});

async function storeKey(): Promise<CryptoKey> {
  return crypto.subtle.generateKey({ name: 'AES-GCM', length: 256 }, false, ['encrypt', 'decrypt']);
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
  const key = await storeKey();
  const first = await Store.open(random);
  await first.save(key, {
    sealed: { tail: ascii('outbox') },
    pages: [{ after: 0, bytes: ascii('page') }],
    label: ascii('Awa'),
  });
  const second = await Store.open(random);
  expect(await second.read(key, 'tail')).toEqual(ascii('outbox'));
  expect(await second.pages(key)).toEqual([{ after: 0, bytes: ascii('page') }]);
  expect(await second.label()).toEqual(ascii('Awa'));
});

test('no word lies readable in the store', async () => {
  const store = await Store.open(random);
  const bytes = ascii(CANARY);
  await store.save(await storeKey(), {
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
  const key = await storeKey();
  const store = await Store.open(random);
  for (const after of [9, 0, 100]) {
    await store.save(key, { pages: [{ after, bytes: ascii(String(after)) }] });
  }
  await store.save(key, { sealed: { draft: ascii('x') } });
  await store.save(key, { sealed: { draft: null } });
  expect(await store.read(key, 'draft')).toBeNull();
  expect(await store.pages(key)).toEqual(
    [0, 9, 100].map((after) => ({ after, bytes: ascii(String(after)) })),
  );
});
