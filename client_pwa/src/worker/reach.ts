import type { Reachability } from './protocol.ts';

const ADDRESS = '/healthz';
const TIMEOUT_MS = 8_000;
const VERSION_CHARS_MAX = 40;

export type Fetch = (address: string, options: RequestInit) => Promise<Response>;

/** Tries to reach the server once. Never rejects: any failure is `unreached`. */
export async function askHealth(fetch: Fetch): Promise<Reachability> {
  try {
    const response = await fetch(ADDRESS, {
      cache: 'no-store',
      credentials: 'omit',
      redirect: 'error',
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
    return response.ok ? readHealth(await response.json()) : { state: 'unreached' };
  } catch {
    // Every failure means the same to the worker: the server did not answer this time.
    return { state: 'unreached' };
  }
}

/** A public hotspot answers 200 to everything: only the server's own object counts. */
function readHealth(body: unknown): Reachability {
  if (typeof body !== 'object' || body === null || Array.isArray(body)) {
    return { state: 'unreached' };
  }
  const version = 'version' in body ? body.version : null;
  const known = typeof version === 'string' && version.length <= VERSION_CHARS_MAX;
  return { state: 'reached', serverVersion: known ? version : null };
}
