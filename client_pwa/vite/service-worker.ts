/**
 * Builds the service worker last, once every other file stands on the disk, and writes into it
 * the address and SHA-256 of each. It is its own script, at a fixed address, in one file.
 */
import { createHash } from 'node:crypto';
import { glob, readFile } from 'node:fs/promises';
import { resolve, sep } from 'node:path';
import { build, type Plugin, type ResolvedConfig } from 'vite';
import type { BuiltFile } from '../src/sw/precache.ts';

const SERVICE_WORKER = 'service-worker.js';

/** The address a built file is asked for by: the page itself is the root. */
export function addressOf(path: string): string {
  return path === 'index.html' ? '/' : `/${path}`;
}

/** Every file under `folder` but the service worker, in one order on every machine. */
export async function listBuiltFiles(folder: string): Promise<BuiltFile[]> {
  const files: BuiltFile[] = [];
  for await (const entry of glob('**/*', { cwd: folder, withFileTypes: true })) {
    if (!entry.isFile()) continue;
    const full = resolve(entry.parentPath, entry.name);
    const path = full.slice(folder.length + 1).replaceAll(sep, '/');
    if (path === SERVICE_WORKER) continue;
    files.push({ address: addressOf(path), sha256: sha256(await readFile(full)) });
  }
  return files.sort((a, b) => (a.address < b.address ? -1 : 1));
}

function sha256(data: string | Uint8Array): string {
  return createHash('sha256').update(data).digest('hex');
}

export function serviceWorker({ entry }: { entry: string }): Plugin {
  let config: ResolvedConfig;
  return {
    name: 'escale-service-worker',
    apply: 'build',
    configResolved: (resolved) => {
      config = resolved;
    },
    async closeBundle() {
      const folder = resolve(config.root, config.build.outDir);
      await buildServiceWorker(resolve(config.root, entry), folder);
    },
  };
}

async function buildServiceWorker(entry: string, folder: string): Promise<void> {
  const files = await listBuiltFiles(folder);
  await build({
    configFile: false,
    publicDir: false,
    logLevel: 'warn',
    define: {
      __BUILT_FILES__: JSON.stringify(files),
      __BUILD__: JSON.stringify(sha256(JSON.stringify(files)).slice(0, 16)),
    },
    build: {
      outDir: folder,
      emptyOutDir: false,
      target: 'es2023',
      rolldownOptions: {
        input: entry,
        output: { format: 'iife', entryFileNames: SERVICE_WORKER },
      },
    },
  });
}
