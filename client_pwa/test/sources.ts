import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** One file of the app's source, by its path under `src`. */
export type Source = { readonly path: string; readonly text: string };

const ROOT = join(import.meta.dirname, '..', 'src');

export function readSources(pattern = '**/*.{ts,svelte}'): Source[] {
  return globSync(pattern, { cwd: ROOT })
    .sort()
    .map((path) => ({ path, text: readFileSync(join(ROOT, path), 'utf8') }));
}
