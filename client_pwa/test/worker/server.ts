/** A server in memory, spoken to by fetch: one space, its join mailboxes, and faults on the line that a test states. */
import type { Bytes } from '../../src/engine/bytes.ts';
import { decode, encode } from '../../src/engine/codec.ts';
import { bytesOf as bytesOfId, type DeviceId, idOf, type OpId } from '../../src/engine/ids.ts';
import { encodeReceipt, type Receipt } from '../../src/engine/log.ts';
import { decodeHeader, opId } from '../../src/engine/op.ts';
import { decodePush, decodeSegment, head0, nextSeq, type Push } from '../../src/engine/segment.ts';
import type { Fetch } from '../../src/worker/reach.ts';
import type { Directory } from '../../src/worker/views/reading.ts';
import { SPACE, START_MS } from '../engine/kit.ts';
import { ModelServer } from '../engine/model.ts';

export const DIRECTORY: Directory = {
  zone: [
    { id: 'a1'.repeat(16), name: 'Stalingrad' },
    { id: 'a2'.repeat(16), name: 'Porte de la Chapelle' },
  ],
  structure: [
    {
      id: 'b1'.repeat(16),
      name: 'Hôtel ASSORE',
      type: 'assore',
      zone: null,
      hours: null,
      acknowledge_h: 4,
      decide_h: 48,
      start_h: null,
      feedback_h: null,
    },
  ],
};

/** What was asked of the server, before it has done anything. */
export type Asked = { readonly method: string; readonly path: string; readonly body: Bytes };

/** `down`: it never arrives. `lost`: it is done, and the answer never comes back. A response: it is not done. */
export type Fault = 'down' | 'lost' | Response | null;

export class MemoryServer extends ModelServer {
  readonly asked: Asked[] = [];
  readonly mailboxes = new Map<string, { code1: string | null; code2: string | null }>();
  /** What befalls a request; null is no fault. */
  fault: (asked: Asked) => Fault = () => null;
  /** How many segments a page holds at most. */
  pageSegments = 1000;
  /** What a page is on its way to the tablet. */
  alter: (page: Bytes) => Bytes = (page) => page;
  /** What a checkpoint is on its way to the tablet. */
  alterCheckpoint: (checkpoint: Bytes) => Bytes = (checkpoint) => checkpoint;
  /** The spaces that it says a device is a member of. */
  memberships: readonly string[] = [];
  readonly #tokens: (DeviceId | null)[] = [];
  #expired = 0;
  readonly #receipts = new Map<string, Receipt>();
  /** How far each device has said that it has come, by its pushes, empty ones too. */
  readonly #seen = new Map<DeviceId, number>();

  constructor(space = SPACE) {
    super(space, START_MS);
    this.memberships = [space];
  }

  override backup(): () => void {
    const [putBack, receipts] = [super.backup(), new Map(this.#receipts)];
    return () => {
      putBack();
      this.#receipts.clear();
      for (const [key, receipt] of receipts) this.#receipts.set(key, receipt);
    };
  }

  /** Every token given so far is none any more. */
  expireTokens(): void {
    this.#expired = this.#tokens.length;
  }

  readonly fetch: Fetch = async (path, options) => {
    const asked: Asked = { method: options.method ?? 'GET', path, body: bytesOf(options.body) };
    this.asked.push(asked);
    const fault = this.fault(asked);
    if (fault === 'down') throw new TypeError('The line is down.');
    if (fault instanceof Response) return fault;
    const answer = this.answer(asked, new Headers(options.headers).get('authorization'));
    if (fault === 'lost') throw new TypeError('The answer is lost.');
    return Promise.resolve(answer);
  };

  protected answer({ method, path, body }: Asked, authorization: string | null): Response {
    const { pathname, searchParams } = new URL(path, 'https://escale.example');
    const [, , what = '', name = '', code] = pathname.split('/');
    if (what === 'joins') return this.#join(method, name, code, body);
    if (what === 'auth') return name === 'challenge' ? this.#challenge() : this.#token(body);
    if (method === 'POST') return this.#push(body);
    if (tokenIn(authorization) <= this.#expired) return problem(401, 'unauthenticated');
    if (what === 'directory') return Response.json(DIRECTORY);
    if (what === 'spaces' && name === '') return Response.json({ spaces: this.memberships });
    return this.#page(code ?? '', searchParams);
  }

  /** A page of the log or of a bootstrap, or what stands at a checkpoint or an end of the log. */
  #page(what: string, asked: URLSearchParams): Response {
    const [at, after] = [Number(asked.get('at')), Number(asked.get('after'))];
    if (what === 'seen') return packed(encode(seenIn(this.#seen)));
    const end = this.ends.get(what === 'ops' ? after : at);
    if (end === undefined) {
      return what === 'checkpoint' || what === 'log'
        ? problem(404, 'unknown_cursor')
        : problem(409, 'log_mismatch', { cursor: this.cursor });
    }
    if (what === 'log') return packed(encode([at, bytesOfId(end)]));
    if (what === 'checkpoint') return packed(this.alterCheckpoint(this.checkpoint(at)));
    if (what === 'bootstrap') {
      return packed(this.alter(this.bootstrap(at, after, this.pageSegments)));
    }
    return packed(this.alter(this.thinPage(after, this.pageSegments)));
  }

  override push(data: Bytes): Receipt {
    const { device, seenCursor } = decodeSegment(decodePush(data).seg);
    const receipt = super.push(data);
    this.#seen.set(device, Math.max(seenCursor, this.#seen.get(device) ?? 0));
    return receipt;
  }

  #join(method: string, name: string, slot: string | undefined, body: Bytes): Response {
    const which = slot === 'code2' ? 'code2' : 'code1';
    const { code, join } = (body.length > 0 ? JSON.parse(new TextDecoder().decode(body)) : {}) as {
      code: string;
      join: string;
    };
    if (method === 'POST') return this.#openMailbox(join);
    const mailbox = this.mailboxes.get(name);
    if (mailbox === undefined) return problem(404, 'join_expired');
    if (method === 'GET') return Response.json(mailbox);
    if ((mailbox[which] ?? code) !== code) return problem(409, 'join_used');
    this.mailboxes.set(name, { ...mailbox, [which]: code });
    return new Response(null, { status: 204 });
  }

  #openMailbox(join: string): Response {
    this.mailboxes.set(join, { code1: null, code2: null });
    return Response.json({ expires_ms: this.now_ms + 7 * 86_400_000 }, { status: 201 });
  }

  #challenge(): Response {
    return packed(encode([new Uint8Array(32).fill(8), this.now_ms + 60_000]));
  }

  #token(body: Bytes): Response {
    const [device] = decode(body) as [Bytes];
    this.#tokens.push(idOf<DeviceId>(device));
    return packed(encode([`token-${this.#tokens.length}`, this.now_ms + 900_000]));
  }

  /** Returns whose token it is, or null. */
  protected callerOf(authorization: string | null): DeviceId | null {
    return this.#tokens[tokenIn(authorization) - 1] ?? null;
  }

  /** As the protocol says: the stored receipt for the same segment, else only what continues its stream. */
  #push(body: Bytes): Response {
    const { seg, ops } = decodePush(body);
    const segment = decodeSegment(seg);
    const { stream, device, fromSeq, n, prevHead, head } = segment;
    const key = [stream, fromSeq, n, head].join();
    const stored = this.#receipts.get(key);
    if (stored) return packed(encodeReceipt(stored));
    const last = this.segments
      .map(({ seg: one }) => decodeSegment(one))
      .filter((one) => one.stream === stream)
      .at(-1);
    const [next, at] = last ? [nextSeq(last), last.head] : [1, head0(this.space, stream, device)];
    if (fromSeq !== next || prevHead !== at) {
      return problem(409, 'stream_moved', { next_seq: next, head: at });
    }
    const logged = new Set(this.opIds());
    if (this.ends.get(segment.seenCursor) !== segment.seenLog) return problem(409, 'log_mismatch');
    const twice = ops.map(nameOf).filter((name) => logged.has(name));
    if (twice.length > 0) return problem(409, 'already_logged', { op_ids: twice });
    const receipt = this.push(body);
    if (n > 0) this.#receipts.set(key, receipt);
    return packed(encodeReceipt(receipt));
  }

  /** The ops of the log by name, in cursor order. */
  opIds(): OpId[] {
    return this.segments.flatMap(({ rows }) =>
      rows.map(({ header, sealed }) => nameOf([header, sealed])),
    );
  }

  /** The kinds of the ops of the log, in cursor order. */
  kinds(): string[] {
    return this.segments.flatMap(({ rows }) => rows.map(({ header }) => decodeHeader(header).kind));
  }
}

function seenIn(seen: ReadonlyMap<DeviceId, number>): (readonly [Bytes, number])[] {
  return Array.from(seen, ([device, cursor]) => [bytesOfId(device), cursor] as const);
}

function tokenIn(authorization: string | null): number {
  return Number(/^Bearer token-(\d+)$/.exec(authorization ?? '')?.[1] ?? 0);
}

export function nameOf([header, sealed]: Push['ops'][number]): OpId {
  return opId(decodeHeader(header).entity, header, sealed);
}

export function problem(status: number, code: string, details: object = {}): Response {
  return Response.json({ code, ...details }, { status });
}

function packed(body: Bytes): Response {
  return new Response(body, { headers: { 'content-type': 'application/msgpack' } });
}

function bytesOf(body: BodyInit | null | undefined): Bytes {
  if (typeof body === 'string') return new TextEncoder().encode(body);
  return body instanceof Uint8Array ? new Uint8Array(body) : new Uint8Array(0);
}
