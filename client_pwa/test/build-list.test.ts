import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { listBuiltFiles } from '../vite/service-worker.ts';

test('every built file is listed once with its hash, but the service worker itself', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'escale-'));
  await mkdir(join(folder, 'assets'));
  await writeFile(join(folder, 'index.html'), 'page');
  await writeFile(join(folder, 'assets', 'app.js'), 'app');
  await writeFile(join(folder, 'service-worker.js'), 'old');
  const files = await listBuiltFiles(folder);
  await rm(folder, { recursive: true });
  const hash = (text: string): string => createHash('sha256').update(text).digest('hex');
  expect(files).toEqual([
    { address: '/', sha256: hash('page') },
    { address: '/assets/app.js', sha256: hash('app') },
  ]);
});
