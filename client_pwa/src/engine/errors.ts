/**
 * The closed union of the server's refusals, and the one failure that stops a reader.
 *
 * A refusal is the server's answer to a request it must not carry out. A caller switches on its
 * `code`, exhaustively; its details hold what is needed to react, and nothing personal. An integrity
 * failure is the reader's own: it stops pulling a space and raises an alarm. It never crosses the wire.
 */
import { DIGEST_BYTES, type Digest, isHex, type OpId } from './ids.ts';

/** A refusal with one of these codes: a union with a member for each, so that a switch can be exhaustive. */
type Coded<Code extends string, Details = unknown> = Code extends string
  ? { readonly code: Code } & Details
  : never;

/** One op of the segment is refused: the client sets it aside and sends the rest. */
export type OpRefusal = Coded<'bad_header' | 'bad_fact' | 'bad_control', OpDetails>;
type OpDetails = {
  /** Position of the op in its segment, from 0. */
  readonly index: number | null;
  /** The op's name, or null when the header says no entity. */
  readonly opId: OpId | null;
  /** The fact or member at fault, or null. */
  readonly name: string | null;
};

/** Where the stream stands: 0 and zeros if it is closed or another device's, 1 and head_0 if unknown. */
export type StreamMoved = {
  readonly code: 'stream_moved';
  readonly nextSeq: number | null;
  readonly head: Digest | null;
};

export type AlreadyLogged = { readonly code: 'already_logged'; readonly opIds: readonly OpId[] };
export type EpochConflict = { readonly code: 'epoch_conflict'; readonly epoch: number | null };
export type LogMismatch = { readonly code: 'log_mismatch'; readonly cursor: number | null };

/** The client waits and sends the same again; the wait is its own choice if the server names none. */
export type Wait = Coded<'too_many_requests' | 'unavailable', WaitDetails>;
type WaitDetails = { readonly retryAfter_s: number | null };

const PLAIN_CODES = [
  'too_large',
  'bad_seg',
  'bad_sig',
  'bad_chain',
  'space_exists',
  'not_member',
  'device_revoked',
  'role_missing',
  'unauthenticated',
  'bad_request',
  'unknown_cursor',
  'internal_error',
] as const;

export type PlainRefusal = Coded<(typeof PLAIN_CODES)[number]>;

export type Refusal =
  OpRefusal | StreamMoved | AlreadyLogged | EpochConflict | LogMismatch | Wait | PlainRefusal;

type Details = Readonly<Record<string, unknown>>;

/**
 * Returns the refusal that a problem+json body tells.
 *
 * Anything that names no code of this protocol (a hotspot's page, a proxy's error) is `unavailable`:
 * it says nothing about the request, so the client waits. A detail that is missing or of another
 * type is null; never throws.
 */
export function refusalOf(body: unknown): Refusal {
  const details: Details = typeof body === 'object' && body !== null ? { ...body } : {};
  const code = details['code'];
  switch (code) {
    case 'bad_header':
    case 'bad_fact':
    case 'bad_control':
      return {
        code,
        index: numberOrNull(details['index']),
        opId: digestOrNull<OpId>(details['op_id']),
        name: textOrNull(details['name']),
      };
    case 'stream_moved': {
      const head = digestOrNull<Digest>(details['head']);
      return { code, nextSeq: numberOrNull(details['next_seq']), head };
    }
    case 'already_logged':
      return { code, opIds: opIds(details['op_ids']) };
    case 'epoch_conflict':
      return { code, epoch: numberOrNull(details['epoch']) };
    case 'log_mismatch':
      return { code, cursor: numberOrNull(details['cursor']) };
    case 'too_many_requests':
    case 'unavailable':
      return { code, retryAfter_s: numberOrNull(details['retry_after']) };
    default:
      return plainRefusal(code) ?? { code: 'unavailable', retryAfter_s: null };
  }
}

function plainRefusal(code: unknown): PlainRefusal | null {
  const known = PLAIN_CODES.find((one) => one === code);
  return known === undefined ? null : { code: known };
}

function numberOrNull(value: unknown): number | null {
  return Number.isSafeInteger(value) ? (value as number) : null;
}

function textOrNull(value: unknown): string | null {
  return typeof value === 'string' ? value : null;
}

function digestOrNull<T extends OpId | Digest>(value: unknown): T | null {
  return isHex(value, DIGEST_BYTES) ? (value as T) : null;
}

function opIds(value: unknown): OpId[] {
  const items: unknown[] = Array.isArray(value) ? value : [];
  return items.filter((item): item is OpId => isHex(item, DIGEST_BYTES));
}

/** Why a reader stopped: one stable word for each check of a page. */
export type Reason =
  | 'page'
  | 'cursor'
  | 'server_ms'
  | 'founding'
  | 'root'
  | 'device'
  | 'signature'
  | 'stream'
  | 'entity'
  | 'chain'
  | 'seen'
  | 'log'
  | 'stub'
  | 'checkpoint';

/** What the server sent cannot be an honest log: stop pulling this space, alarm, go on working locally. */
export class IntegrityFailure extends Error {
  override readonly name = 'IntegrityFailure';
  readonly reason: Reason;
  readonly cursor: number;

  constructor(reason: Reason, cursor: number) {
    super(`The log fails its ${reason} check after cursor ${cursor}.`);
    this.reason = reason;
    this.cursor = cursor;
  }
}
