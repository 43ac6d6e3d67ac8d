import { createHash } from 'node:crypto';
import { expect, test } from 'vitest';
import {
  forgottenVersions,
  keepFiles,
  MissingFile,
  WrongFile,
  type BuiltFile,
  type FetchFile,
  type FileStore,
} from '../src/sw/precache.ts';

const bodyByAddress: Readonly<Record<string, string>> = {
  '/': '<!doctype html>',
  '/assets/app.js': 'start()',
  '/assets/app.css': ':root{}',
};

const files: readonly BuiltFile[] = Object.entries(bodyByAddress).map(([address, body]) => ({
  address,
  sha256: createHash('sha256').update(body).digest('hex'),
}));

class MemoryStore implements FileStore {
  readonly kept = new Map<string, Response>();

  match(address: string): Promise<Response | undefined> {
    return Promise.resolve(this.kept.get(address));
  }

  put(address: string, response: Response): Promise<void> {
    this.kept.set(address, response);
    return Promise.resolve();
  }
}

function serve(change: Readonly<Record<string, string>> = {}): FetchFile {
  return (address) => Promise.resolve(new Response(change[address] ?? bodyByAddress[address]));
}

const silent = (): void => undefined;

test('every file is verified, kept and still readable, and progress counts them', async () => {
  const store = new MemoryStore();
  const seen: string[] = [];
  await keepFiles(files, store, serve(), (done, total) => seen.push(`${done}/${total}`));
  expect(seen).toEqual(['0/3', '1/3', '2/3', '3/3']);
  expect(await store.kept.get('/assets/app.js')?.text()).toBe('start()');
});

test('one flipped bit in one file refuses the version', async () => {
  const flipped = serve({ '/assets/app.js': 'ctart()' });
  const keeping = keepFiles(files, new MemoryStore(), flipped, silent);
  await expect(keeping).rejects.toThrow(WrongFile);
});

test('a wrong file is never kept', async () => {
  const store = new MemoryStore();
  const flipped = serve({ '/assets/app.js': 'ctart()' });
  await keepFiles(files, store, flipped, silent).catch(silent);
  expect([...store.kept.keys()]).toEqual(['/']);
});

test('a file that answers 404 is missing, not wrong', async () => {
  const absent: FetchFile = () => Promise.resolve(new Response(null, { status: 404 }));
  await expect(keepFiles(files, new MemoryStore(), absent, silent)).rejects.toThrow(MissingFile);
});

test('after a drop, the files already verified are not fetched again', async () => {
  const store = new MemoryStore();
  const asked: string[] = [];
  const dropsOnce: FetchFile = (address) => {
    asked.push(address);
    const first = asked.filter((past) => past === address).length === 1;
    if (address === '/assets/app.js' && first) return Promise.reject(new TypeError('dropped'));
    return serve()(address);
  };
  await keepFiles(files, store, dropsOnce, silent).catch(silent);
  await keepFiles(files, store, dropsOnce, silent);
  expect(asked).toEqual(['/', '/assets/app.js', '/assets/app.js', '/assets/app.css']);
});

test('a version that takes over keeps the one before it, for the tabs that this one has opened, and no other', () => {
  expect(forgottenVersions(['first', 'second', 'third'], 'third')).toEqual(['first']);
  expect(forgottenVersions(['second', 'third'], 'third')).toEqual([]);
  expect(forgottenVersions(['third'], 'third')).toEqual([]);
});
