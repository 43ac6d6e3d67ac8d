import { expect, test } from 'vitest';
import { Kept } from '../src/ui/kept.svelte.ts';
import type { DataWorker } from '../src/worker/protocol.ts';

/** A vault that keeps one draft, and writes only when it is let. */
class SlowVault {
  body: string | null = null;
  writes = 0;
  #waiting: (() => void)[] = [];

  readonly worker = {
    call: (name: string, ask: { readonly body?: string | null }) => {
      if (name === 'draft.get') return Promise.resolve(this.body);
      this.writes += 1;
      return new Promise((done) => {
        this.#waiting.push(() => {
          this.body = ask.body ?? null;
          done(null);
        });
      });
    },
  } as unknown as DataWorker;

  async let(): Promise<void> {
    for (const write of this.#waiting.splice(0)) write();
    await new Promise((done) => setImmediate(done));
  }
}

async function keptIn(vault: SlowVault): Promise<Kept<string>> {
  const attempt = <T>(call: Promise<T>): Promise<T | undefined> => call;
  const read = (body: string): string => JSON.parse(body) as string;
  const kept = new Kept({ worker: vault.worker, name: 'n', read, attempt });
  await kept.load();
  return kept;
}

test('what was written last is what is kept, however slowly the vault writes', async () => {
  const vault = new SlowVault();
  const kept = await keptIn(vault);
  for (const text of ['a', 'ab', 'abc']) kept.put(text);
  await vault.let();
  await vault.let();
  expect([vault.body, vault.writes]).toEqual(['"abc"', 2]);
  expect((await keptIn(vault)).value).toBe('abc');
});

test('the same again is not written, and what comes after it is', async () => {
  const vault = new SlowVault();
  const kept = await keptIn(vault);
  kept.put('a');
  await vault.let();
  kept.put('a');
  expect(vault.writes).toBe(1);
  kept.put('b');
  await vault.let();
  expect(vault.body).toBe('"b"');
});

test('what is dropped is gone from the vault when that is answered, and not before', async () => {
  const vault = new SlowVault();
  const kept = await keptIn(vault);
  kept.put('a');
  let isGone = false;
  const gone = kept.drop().then(() => {
    isGone = true;
  });
  await vault.let();
  expect([vault.body, isGone]).toEqual(['"a"', false]);
  await vault.let();
  await gone;
  expect(vault.body).toBeNull();
});

test('a locked page holds nothing of it and writes nothing more', async () => {
  const vault = new SlowVault();
  const kept = await keptIn(vault);
  kept.put('a');
  kept.put('b');
  kept.forget();
  await vault.let();
  expect([kept.value, kept.isRead, vault.body, vault.writes]).toEqual([null, false, '"a"', 1]);
});
