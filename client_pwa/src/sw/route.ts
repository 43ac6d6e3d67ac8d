/** Who answers a request: the kept page, a kept file, or the network as if we were not there. */
export type Route = 'page' | 'file' | 'network';

/** The parts of the browser's `Request` that decide. */
export type Asked = Pick<Request, 'method' | 'mode' | 'url'>;

const SERVER_ONLY = [/^\/v1\//, /^\/healthz$/];
/** A file that has its content's hash in its name is the right one in whatever version it is found. */
const NAMED_BY_CONTENT = /^\/assets\/[^/]+$/;

export function routeOf(asked: Asked, origin: string, kept: ReadonlySet<string>): Route {
  const url = new URL(asked.url);
  if (asked.method !== 'GET' || url.origin !== origin) return 'network';
  if (SERVER_ONLY.some((pattern) => pattern.test(url.pathname))) return 'network';
  if (asked.mode === 'navigate') return 'page';
  if (url.search === '' && NAMED_BY_CONTENT.test(url.pathname)) return 'file';
  return kept.has(url.pathname + url.search) ? 'file' : 'network';
}
