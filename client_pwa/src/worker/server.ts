/** The server as this device speaks to it: problems by their code, tokens in memory only, bytes as they are. */
import { decode, encode, NotCanonical, type Value } from '../engine/codec.ts';
import { type Bytes, toHex } from '../engine/bytes.ts';
import { refusalOf } from '../engine/errors.ts';
import { bytesOf, type Digest, ID_BYTES, idOf, isHex, type SpaceId } from '../engine/ids.ts';
import { authMessage } from '../engine/keys.ts';
import type { Identity } from '../engine/keyring.ts';
import { decodeReceipt, type Receipt } from '../engine/log.ts';
import { type Cursors, decodeCursors } from './cursors.ts';
import { PATIENCE_MS_MAX } from './pace.ts';
import type { Fetch } from './reach.ts';
import type { WrittenLine } from './protocol.ts';
import { sentValues } from './views/directory.ts';

const TIMEOUT_MS = 30_000;
/** The statuses by which a server says that it has done nothing, and when to come back. */
const COME_BACK = [429, 503];
const MSGPACK = { 'content-type': 'application/msgpack' };
const JSON_TYPE = { 'content-type': 'application/json' };

/** The line failed, what answered is not the server, or it has no time now: the same is tried again later. */
export class Unreached extends Error {
  override readonly name = 'Unreached';
}

/** The server refused; `body` is its problem+json, with a stable `code`. */
export class Refused extends Error {
  override readonly name = 'Refused';
  readonly status: number;
  readonly body: { readonly code: string };

  constructor(status: number, body: { readonly code: string }) {
    super(body.code);
    this.status = status;
    this.body = body;
  }
}

/** The server says that its log has no such segment end. */
export function saysOtherLog(error: unknown): boolean {
  return error instanceof Refused && ['log_mismatch', 'unknown_cursor'].includes(error.body.code);
}

export type Mailbox = { readonly code1: string | null; readonly code2: string | null };

type Told = {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Bytes;
};

export class Server {
  readonly #fetch: Fetch;
  readonly #origin: string;
  readonly #now: () => number;
  #token: string | null = null;
  #held = { from: 0, until: 0 };

  constructor(fetch: Fetch, origin: string, now: () => number) {
    this.#fetch = fetch;
    this.#origin = origin;
    this.#now = now;
  }

  /** How long nothing is asked of the server, because it has asked for that; 0 if it has not. */
  get patience_ms(): number {
    const [now, { from, until }] = [this.#now(), this.#held];
    // A clock that was set back is before it: nothing says how long is left.
    return now >= from && now < until ? until - now : 0;
  }

  async putCode1(join: string, code: string): Promise<void> {
    await this.#ask('PUT', `/v1/joins/${join}/code1`, {
      headers: JSON_TYPE,
      body: JSON.stringify({ code }),
    });
  }

  async mailbox(join: string): Promise<Mailbox> {
    const { code1, code2 } = await jsonIn(await this.#ask('GET', `/v1/joins/${join}`, {}));
    return { code1: textOrNull(code1), code2: textOrNull(code2) };
  }

  /** Resolves if the set-up secret may still be used. */
  async lookAtSetup(secret: string): Promise<void> {
    await this.#ask('GET', '/v1/setup', bearer(secret));
  }

  /** Opens an empty log; asked again, it is open. */
  async openSpace(space: SpaceId, secret: string): Promise<void> {
    const headers = { ...bearer(secret).headers, ...MSGPACK };
    await this.#ask('POST', '/v1/spaces', { headers, body: encode([bytesOf(space)]) });
  }

  /** Opens an empty log beside those of an administrator's device; asked again, it is open. */
  async openSpaceAs(space: SpaceId, identity: Identity): Promise<void> {
    const init = { method: 'POST', headers: MSGPACK, body: encode([bytesOf(space)]) };
    await this.#askAs(identity, '/v1/spaces', init);
  }

  /** Returns the spaces that a device is a member of, by what the server says. */
  async spaces(identity: Identity): Promise<SpaceId[]> {
    const { spaces } = await jsonIn(await this.#askAs(identity, '/v1/spaces'));
    if (!Array.isArray(spaces) || !spaces.every(isSpace)) throw new Unreached();
    return spaces;
  }

  /** Writes one line of the directory; version 0 is a new one. */
  async writeLine({ kind, id, version, values }: WrittenLine, identity: Identity): Promise<void> {
    const known: Record<string, string> =
      version === 0 ? { 'if-none-match': '*' } : { 'if-match': `"${version}"` };
    const init = {
      method: 'PUT',
      headers: { ...JSON_TYPE, ...known },
      body: JSON.stringify(sentValues(kind, values)),
    };
    await this.#askAs(identity, `/v1/directory/${kind}/${id}`, init);
  }

  /** Opens a mailbox for a join link; answers when its time is over. */
  async openMailbox(join: string, identity: Identity): Promise<number> {
    const init = { method: 'POST', headers: JSON_TYPE, body: JSON.stringify({ join }) };
    const { expires_ms } = await jsonIn(await this.#askAs(identity, '/v1/joins', init));
    if (typeof expires_ms !== 'number') throw new Unreached();
    return expires_ms;
  }

  async putCode2(join: string, code: string, identity: Identity): Promise<void> {
    const init = { method: 'PUT', headers: JSON_TYPE, body: JSON.stringify({ code }) };
    await this.#askAs(identity, `/v1/joins/${join}/code2`, init);
  }

  /** The signature is the authority: no token is sent. */
  async push(space: SpaceId, body: Bytes): Promise<Receipt> {
    const path = `/v1/spaces/${space}/push`;
    const answer = await this.#ask('POST', path, { headers: MSGPACK, body });
    return understood(decodeReceipt, await packedIn(answer));
  }

  async page(space: SpaceId, after: number, identity: Identity): Promise<Bytes> {
    const path = `/v1/spaces/${space}/ops?after=${String(after)}`;
    return packedIn(await this.#askAs(identity, path));
  }

  /** Returns a page of what is live at a checkpoint, from a cursor on. */
  async bootstrap(space: SpaceId, at: number, after: number, identity: Identity): Promise<Bytes> {
    const path = `/v1/spaces/${space}/bootstrap?at=${String(at)}&after=${String(after)}`;
    return packedIn(await this.#askAs(identity, path));
  }

  /** Returns what the server says of its log at a checkpoint. */
  async checkpoint(space: SpaceId, at: number, identity: Identity): Promise<Bytes> {
    const path = `/v1/spaces/${space}/checkpoint?at=${String(at)}`;
    return packedIn(await this.#askAs(identity, path));
  }

  /** Returns the server's log hash at a cursor, or null if no segment of its log ends there. */
  async logAt(space: SpaceId, at: number, identity: Identity): Promise<Digest | null> {
    try {
      const answer = await this.#askAs(identity, `/v1/spaces/${space}/log?at=${String(at)}`);
      const [, log] = arrayOf(understood(decode, await packedIn(answer)));
      if (!(log instanceof Uint8Array)) throw new Unreached();
      return idOf(log);
    } catch (error) {
      if (saysOtherLog(error)) return null;
      throw error;
    }
  }

  /** Returns how far each member has said that it has applied a log; only for administrators of its space. */
  async seen(space: SpaceId, identity: Identity): Promise<Cursors> {
    const answer = await this.#askAs(identity, `/v1/spaces/${space}/seen`);
    return understood(decodeCursors, await packedIn(answer));
  }

  /** Returns the directory as it came, once it is known to be one. */
  async directory(identity: Identity): Promise<Bytes> {
    const answer = await this.#askAs(identity, '/v1/directory');
    const { zone, structure } = await jsonIn(answer.clone());
    if (!Array.isArray(zone) || !Array.isArray(structure)) throw new Unreached();
    return bytesIn(answer);
  }

  /** A token that has expired is asked for once more. */
  async #askAs(identity: Identity, path: string, init: Told = {}): Promise<Response> {
    const { method = 'GET', headers, body } = init;
    const ask = (token: string): Promise<Response> =>
      this.#ask(method, path, {
        headers: { ...headers, ...bearer(token).headers },
        ...(body === undefined ? {} : { body }),
      });
    const token = this.#token;
    if (token !== null) {
      try {
        return await ask(token);
      } catch (error) {
        if (!(error instanceof Refused) || error.status !== 401) throw error;
      }
    }
    this.#token = await this.#authenticate(identity);
    return ask(this.#token);
  }

  async #authenticate(identity: Identity): Promise<string> {
    const asked = await packedIn(await this.#ask('POST', '/v1/auth/challenge', {}));
    const [nonce, exp_ms] = arrayOf(understood(decode, asked));
    if (!(nonce instanceof Uint8Array) || typeof exp_ms !== 'number' || exp_ms < 0) {
      throw new Unreached();
    }
    const signature = await identity.signing.sign(authMessage(this.#origin, nonce, exp_ms));
    const body = encode([bytesOf(identity.device), nonce, exp_ms, signature]);
    const given = await this.#ask('POST', '/v1/auth/token', { headers: MSGPACK, body });
    const [token] = arrayOf(understood(decode, await packedIn(given)));
    if (typeof token !== 'string') throw new Unreached();
    return token;
  }

  async #ask(method: string, path: string, init: RequestInit): Promise<Response> {
    if (this.patience_ms > 0) throw new Unreached();
    let response: Response;
    try {
      response = await this.#fetch(path, {
        ...init,
        method,
        cache: 'no-store',
        credentials: 'omit',
        redirect: 'error',
        signal: AbortSignal.timeout(TIMEOUT_MS),
      });
    } catch {
      throw new Unreached();
    }
    if (response.ok) return response;
    const refusal = await refusalIn(response);
    if (refusal instanceof Refused && COME_BACK.includes(refusal.status)) {
      throw this.#comeBack(refusal);
    }
    throw refusal;
  }

  #comeBack({ body }: Refused): Unreached {
    const refusal = refusalOf(body);
    const asked_s = 'retryAfter_s' in refusal ? (refusal.retryAfter_s ?? 0) : 0;
    const from = this.#now();
    this.#held = { from, until: from + Math.min(asked_s * 1000, PATIENCE_MS_MAX) };
    return new Unreached();
  }
}

function bearer(token: string): { readonly headers: Readonly<Record<string, string>> } {
  return { headers: { authorization: `Bearer ${token}` } };
}

async function bytesIn(response: Response): Promise<Bytes> {
  try {
    return new Uint8Array(await response.arrayBuffer());
  } catch {
    throw new Unreached();
  }
}

/** A public hotspot answers 200 to everything, in HTML: only the server's own type counts. */
async function packedIn(response: Response): Promise<Bytes> {
  const type = response.headers.get('content-type') ?? '';
  if (!type.startsWith(MSGPACK['content-type'])) throw new Unreached();
  return bytesIn(response);
}

function understood<T>(decodeAs: (data: Bytes) => T, data: Bytes): T {
  try {
    return decodeAs(data);
  } catch (error) {
    if (error instanceof NotCanonical) throw new Unreached();
    throw error;
  }
}

async function jsonIn(response: Response): Promise<Readonly<Record<string, unknown>>> {
  try {
    const body: unknown = await response.json();
    if (typeof body === 'object' && body !== null) return { ...body };
  } catch {
    // Not JSON: not the server.
  }
  throw new Unreached();
}

function isSpace(value: unknown): value is SpaceId {
  return typeof value === 'string' && isHex(value, ID_BYTES);
}

function textOrNull(value: unknown): string | null {
  return typeof value === 'string' ? value : null;
}

/** An answer without a code is not the server's own: a proxy or a hotspot stands between. */
async function refusalIn(response: Response): Promise<Refused | Unreached> {
  const body = await jsonIn(response);
  const { code } = body;
  return typeof code === 'string'
    ? new Refused(response.status, { ...body, code })
    : new Unreached();
}

function arrayOf(value: Value): readonly (null | boolean | number | string | Bytes)[] {
  return Array.isArray(value) ? (value as (string | number | Bytes)[]) : [];
}

export function randomBytes(length: number): Bytes {
  return crypto.getRandomValues(new Uint8Array(length));
}

export function randomId<Id extends string>(): Id {
  return toHex(randomBytes(16)) as Id;
}
