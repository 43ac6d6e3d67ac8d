import { expect, test } from 'vitest';
import { Notes } from '../src/ui/notes.svelte.ts';
import { CallProblem, type DataWorker } from '../src/worker/protocol.ts';

const MOMO = '0a'.repeat(16);
const NADIA = '0b'.repeat(16);

/** A vault that keeps one draft, and knows who was erased. */
function vault(erased: readonly string[] = []) {
  const kept = new Map<string, string>();
  const listeners: (() => void)[] = [];
  const gone = [...erased];
  const answers: Record<string, (ask: never) => unknown> = {
    'draft.put': ({ name, body }: { name: string; body: string | null }) => {
      if (body === null) kept.delete(name);
      else kept.set(name, body);
      return null;
    },
    'draft.get': ({ name }: { name: string }) => kept.get(name) ?? null,
    'view.erased': ({ ids }: { ids: readonly string[] }) => ids.filter((id) => gone.includes(id)),
  };
  const worker = {
    setVisible: () => undefined,
    call: (name: string, ask: never) => Promise.resolve(answers[name]?.(ask)),
    on: (_: string, listener: () => void) => {
      listeners.push(listener);
      return () => undefined;
    },
  } as unknown as DataWorker;
  const erase = (id: string): void => {
    gone.push(id);
    for (const listener of listeners) listener();
  };
  return { kept, worker, erase };
}

async function attempt<T>(call: Promise<T>): Promise<T | undefined> {
  try {
    return await call;
  } catch (error) {
    if (error instanceof CallProblem) return undefined;
    throw error;
  }
}

async function opened(worker: DataWorker, letGo = (): void => undefined): Promise<Notes> {
  const notes = new Notes({ worker, attempt, letGo });
  await notes.load();
  return notes;
}

const settled = (): Promise<void> => new Promise((done) => setTimeout(done));

test('what is typed of each person is there again after a lock or a kill', async () => {
  const { worker } = vault();
  const notes = await opened(worker);
  notes.put(MOMO, 'Sa sœur');
  notes.put(NADIA, 'Rappeler');
  notes.put(MOMO, 'Sa sœur le cherche');
  await settled();
  notes.forget();
  expect(notes.textOf(MOMO)).toBe('');
  const again = await opened(worker);
  expect([MOMO, NADIA].map((one) => again.textOf(one))).toEqual(['Sa sœur le cherche', 'Rappeler']);
});

test('of what is saved or emptied nothing is kept', async () => {
  const { worker, kept } = vault();
  const notes = await opened(worker);
  notes.put(MOMO, 'Sa sœur');
  await settled();
  expect([...kept.values()].join('')).toContain('Sa sœur');
  notes.put(MOMO, '');
  await settled();
  expect(kept.size).toBe(0);
});

test('of somebody who is erased it goes, and of nobody else, also while the vault was closed', async () => {
  const { worker, kept, erase } = vault();
  let told = 0;
  const notes = await opened(worker, () => (told += 1));
  notes.put(MOMO, 'Sa sœur');
  notes.put(NADIA, 'Rappeler');
  await settled();
  erase(NADIA);
  await settled();
  expect([notes.textOf(MOMO), notes.textOf(NADIA), told]).toEqual(['Sa sœur', '', 1]);
  notes.forget();
  erase(MOMO);
  await opened(worker);
  await settled();
  expect(kept.size).toBe(0);
});
