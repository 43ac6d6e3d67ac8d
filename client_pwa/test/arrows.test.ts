import { posix } from 'node:path';
import { expect, test } from 'vitest';
import { readSources, type Source } from './sources.ts';

/** What a folder may import: folders or files of ours, then packages. */
type Arrows = { readonly ours: readonly string[]; readonly packages: readonly string[] };

const NOTHING: Arrows = { ours: [], packages: [] };

const arrowsByFolder: Readonly<Record<string, Arrows>> = {
  // Types alone, of which nothing is left in what is built.
  domain: { ours: [], packages: ['geojson'] },
  i18n: NOTHING,
  sw: NOTHING,
  engine: { ours: [], packages: ['@hpke/core', '@noble/hashes/sha2.js', 'hash-wasm'] },
  vault: {
    ours: ['engine'],
    packages: [
      '@noble/hashes/hmac.js',
      '@noble/hashes/pbkdf2.js',
      '@noble/hashes/sha2.js',
      'hash-wasm',
      'slip39',
      'slip39/src/slip39_helper.js',
    ],
  },
  search: { ours: ['domain'], packages: [] },
  store: { ours: ['vault', 'engine', 'search', 'domain'], packages: ['idb'] },
  // Of geojson there are types alone.
  worker: { ours: ['engine', 'vault', 'store', 'search', 'domain'], packages: [] },
  ui: {
    ours: ['worker/client.ts', 'worker/protocol.ts', 'domain', 'i18n'],
    packages: ['svelte', 'point-in-polygon-hao', 'qr', 'qr/decode.js'],
  },
  // The files at the root only put the parts together.
  '': { ours: ['sw', 'ui', 'worker/client.ts'], packages: ['svelte'] },
};

/** The ways a page could reach the network or a database without the data worker. */
const REACH = /\b(fetch|XMLHttpRequest|WebSocket|EventSource|sendBeacon|indexedDB|caches)\b/;
const MAY_REACH = ['worker', 'store', 'sw'];

function folderOf(path: string): string {
  const [first = ''] = path.split('/');
  return first === path ? '' : first;
}

function importsOf({ text }: Source): string[] {
  const found = text.matchAll(/(?:\bfrom|\bimport)\s*\(?\s*(['"])([^'"]+)\1/g);
  return Array.from(found, ([, , target = '']) => target.replace(/\?.*$/, ''));
}

function isAllowed(path: string, target: string): boolean {
  const arrows = arrowsByFolder[folderOf(path)];
  if (!arrows) return false;
  if (!target.startsWith('.')) return arrows.packages.includes(target);
  const reached = posix.join(posix.dirname(path), target);
  if (folderOf(reached) === folderOf(path)) return true;
  return arrows.ours.some((allowed) => reached === allowed || folderOf(reached) === allowed);
}

function forbiddenArrows(sources: readonly Source[]): string[] {
  return sources.flatMap((source) =>
    importsOf(source)
      .filter((target) => !isAllowed(source.path, target))
      .map((target) => `${source.path} -> ${target}`),
  );
}

function forbiddenReach(sources: readonly Source[]): string[] {
  return sources
    .filter(({ path, text }) => !MAY_REACH.includes(folderOf(path)) && REACH.test(text))
    .map(({ path }) => path);
}

const sources = readSources();

test('imports are read in every form they are written in', () => {
  const text = `
    import './a.css';
    import type { B } from "./b.ts";
    import { c,
      d } from '../c.ts?worker&url';
    export { e } from './e.ts';
    const f = await import('./f.ts');`;
  const found = ['./a.css', './b.ts', '../c.ts', './e.ts', './f.ts'];
  expect(importsOf({ path: 'ui/x.ts', text })).toEqual(found);
});

test('every import follows the arrows', () => {
  expect(sources.flatMap(importsOf).length).toBeGreaterThan(40);
  expect(forbiddenArrows(sources)).toEqual([]);
});

test.each([
  ['ui/parts/Planted.svelte', '../../worker/reach.ts'],
  ['ui/planted.ts', '../sw/messages.ts'],
  ['ui/planted.ts', '../engine/keys.ts'],
  ['ui/planted.ts', 'idb'],
  ['sw/planted.ts', '../i18n/fr.ts'],
  ['i18n/planted.ts', 'svelte'],
  ['worker/planted.ts', '../ui/theme.ts'],
  ['engine/planted.ts', '../domain/person.ts'],
  ['elsewhere/planted.ts', './own.ts'],
  ['planted.ts', './worker/reach.ts'],
])('a planted import from %s of %s is found', (path, target) => {
  const planted = { path, text: `import { x } from '${target}';` };
  expect(forbiddenArrows([...sources, planted])).toEqual([`${path} -> ${target}`]);
});

test('only the workers reach the network or a database, and a planted reach is found', () => {
  expect(forbiddenReach(sources)).toEqual([]);
  const planted = { path: 'ui/planted.ts', text: "await fetch('/v1/spaces')" };
  expect(forbiddenReach([...sources, planted])).toEqual(['ui/planted.ts']);
});
