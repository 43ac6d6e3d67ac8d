/**
 * Opens the app without a network. It holds no data and reads none.
 *
 * | event    | what it does                                                              |
 * |----------|---------------------------------------------------------------------------|
 * | install  | fetches and verifies every file of this version, into a cache of its own  |
 * | activate | forgets all versions but the one before, takes charge of the open pages    |
 * | fetch    | a page or a file from the cache; the server's routes are left alone       |
 * | message  | `activate`, sent by a page at the worker's tap: the only way to skip ahead |
 */
import { forgottenVersions, keepFiles, WrongFile, type BuiltFile } from './precache.ts';
import { routeOf } from './route.ts';
import type { ToPage, ToServiceWorker } from './messages.ts';

declare const self: ServiceWorkerGlobalScope;
declare const __BUILT_FILES__: readonly BuiltFile[];
declare const __BUILD__: string;

const CACHE_PREFIX = 'escale-app-';
const cacheName = CACHE_PREFIX + __BUILD__;
const addresses = new Set(__BUILT_FILES__.map((file) => file.address));

self.addEventListener('install', (event) => {
  event.waitUntil(install());
});

self.addEventListener('activate', (event) => {
  event.waitUntil(activate());
});

self.addEventListener('fetch', (event) => {
  const route = routeOf(event.request, self.location.origin, addresses);
  if (route === 'page') event.respondWith(answer('/', event.request));
  if (route === 'file') event.respondWith(answer(event.request, event.request));
});

self.addEventListener('message', (event: ExtendableMessageEvent) => {
  const message = event.data as ToServiceWorker | undefined;
  if (message?.type === 'activate') event.waitUntil(self.skipWaiting());
});

async function install(): Promise<void> {
  const cache = await caches.open(cacheName);
  try {
    await keepFiles(__BUILT_FILES__, cache, fetchAnew, (done, total) => {
      void tellPages({ type: 'progress', done, total });
    });
  } catch (error) {
    if (error instanceof WrongFile) await refuse();
    throw error;
  }
}

/** `reload` passes over the browser's own cache; a redirect is somebody else's answer. */
function fetchAnew(address: string): Promise<Response> {
  return fetch(address, { cache: 'reload', credentials: 'omit', redirect: 'error' });
}

async function refuse(): Promise<void> {
  await caches.delete(cacheName);
  await tellPages({ type: 'refused' });
}

async function activate(): Promise<void> {
  const names = (await caches.keys()).filter((name) => name.startsWith(CACHE_PREFIX));
  await Promise.all(forgottenVersions(names, cacheName).map((name) => caches.delete(name)));
  await self.clients.claim();
}

/** The network is asked only for what the browser has evicted; the version before, for what only its tabs ask for. */
async function answer(wanted: RequestInfo, request: Request): Promise<Response> {
  const cache = await caches.open(cacheName);
  const kept = await cache.match(wanted, { ignoreVary: true });
  return kept ?? (await caches.match(wanted, { ignoreVary: true })) ?? fetch(request);
}

async function tellPages(message: ToPage): Promise<void> {
  const pages = await self.clients.matchAll({ type: 'window', includeUncontrolled: true });
  for (const page of pages) page.postMessage(message);
}
