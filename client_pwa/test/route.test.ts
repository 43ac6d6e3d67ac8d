import { expect, test } from 'vitest';
import { routeOf, type Asked } from '../src/sw/route.ts';

const ORIGIN = 'https://escale.example';
const kept = new Set(['/', '/assets/app.js']);

function route(path: string, asked: Partial<Asked> = {}): string {
  const url = new URL(path, ORIGIN).href;
  return routeOf({ method: 'GET', mode: 'cors', url, ...asked }, ORIGIN, kept);
}

test('a navigation gets the kept page, wherever it leads', () => {
  expect(route('/', { mode: 'navigate' })).toBe('page');
  expect(route('/people/4?tab=notes', { mode: 'navigate' })).toBe('page');
});

test('a kept file is answered from the copy, any other file from the network', () => {
  expect(route('/assets/app.js')).toBe('file');
  expect(route('/icons/other.png')).toBe('network');
  expect(route('/assets/app.js?v=2')).toBe('network');
});

test('a file that is named by its content is looked for in the copy, whatever version it is of', () => {
  expect(route('/assets/worker-before.js')).toBe('file');
  expect(route('/assets/worker-before.js', { method: 'POST' })).toBe('network');
});

test('the routes of the server are left alone, even when navigated to', () => {
  expect(route('/v1/spaces')).toBe('network');
  expect(route('/v1/', { mode: 'navigate' })).toBe('network');
  expect(route('/healthz')).toBe('network');
});

test('what is not a reading, or not ours, is left alone', () => {
  expect(route('/', { method: 'POST', mode: 'navigate' })).toBe('network');
  expect(route('https://elsewhere.example/assets/app.js')).toBe('network');
});
