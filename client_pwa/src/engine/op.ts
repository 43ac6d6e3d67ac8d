/**
 * The op: a plain header, and the name that binds it and its sealed payload to their entity.
 *
 * ```
 * header = msgpack [1, space, device, entity, class, kind, hlc_ms, hlc_ctr, epoch, re, kills, facts]
 * op_id  = H("esc1/op\0" || entity || H(header) || H(sealed))
 * ```
 * An op is final the moment it is saved: its bytes never change again.
 */
import { ascii, type Bytes, fromHex, hash } from './bytes.ts';
import {
  anything,
  Codec,
  decode,
  digest,
  id,
  int,
  list,
  NotCanonical,
  nullable,
  pair,
  struct,
  text,
  type Value,
} from './codec.ts';
import {
  bytesOf,
  type DeviceId,
  type Digest,
  type EntityId,
  type HeaderBytes,
  ID_BYTES,
  idOf,
  type OpId,
  type Sealed,
  type SpaceId,
} from './ids.ts';
import { FACTS_MAX, HEADER_BYTES_MAX, KILLS_MAX } from './limits.ts';

export const CONTROL_KINDS = ['member', 'xkey', 'epoch', 'erase', 'rules'] as const;
export type ControlKind = (typeof CONTROL_KINDS)[number];

const OP = ascii('esc1/op\0');
const NAME = /^[a-z][a-z0-9_]{0,31}(\/[a-z0-9_]{1,32})?$/;
const CODE = /^[a-z0-9_]{1,32}$/;

/** What an op is: the first of an entity, an edit, an append-only row, or a control op of the space. */
export const OpClass = { GENESIS: 0, EDIT: 1, ROW: 2, CONTROL: 3 } as const;
export type OpClass = (typeof OpClass)[keyof typeof OpClass];

/** A plain value: nil, bool, int, code or 16-byte id. */
export type Fact = null | boolean | number | string | Bytes;
export type NamedFact = readonly [name: string, value: Fact];

/** The plain header, in wire order behind its version 1. Times are milliseconds. */
export type Header = {
  readonly space: SpaceId;
  readonly device: DeviceId;
  readonly entity: EntityId;
  readonly opClass: OpClass;
  readonly kind: string;
  readonly hlc_ms: number;
  readonly hlc_ctr: number;
  readonly epoch: number;
  readonly re: OpId | null;
  readonly kills: readonly OpId[];
  readonly facts: readonly NamedFact[];
};

/** The header breaks the header rules; `member` is the member or the fact at fault. */
export class HeaderFault extends Error {
  override readonly name = 'HeaderFault';
  readonly member: string;

  constructor(member: string) {
    super(`The header is refused for its ${member}.`);
    this.member = member;
  }
}

type WireHeader = Omit<Header, 'opClass' | 'facts'> & {
  readonly opClass: number;
  readonly facts: readonly (readonly [string, Value])[];
};

const headerCodec = new Codec<WireHeader>(
  struct<WireHeader>(
    {
      space: id(),
      device: id(),
      entity: id(),
      opClass: int(0, 3),
      kind: text,
      hlc_ms: int(0, 2 ** 48 - 1),
      hlc_ctr: int(0, 2 ** 16 - 1),
      epoch: int(0, 2 ** 32 - 1),
      re: nullable(digest()),
      kills: list(digest(), KILLS_MAX),
      facts: list(pair(text, anything), FACTS_MAX),
    },
    1,
  ),
);

/** Tells whether `text` may name a fact or a field: `name` or `name/element`. */
export function isName(text: string): boolean {
  return NAME.test(text);
}

/** Tells whether `text` may be a code: 1 to 32 of a-z, 0-9 and the underscore. */
export function isCode(text: string): boolean {
  return CODE.test(text);
}

/** Tells whether names or ids are strictly ascending, and so without duplicates. */
export function isAscending(items: readonly string[]): boolean {
  return items.every((item, at) => at === 0 || (items[at - 1] ?? item) < item);
}

/** Returns the header's bytes. */
export function encodeHeader(header: Header): HeaderBytes {
  return headerCodec.encode(header) as HeaderBytes;
}

/** Returns the header if it keeps every rule that needs no log and no registry. Throws HeaderFault. */
export function decodeHeader(data: HeaderBytes): Header {
  if (data.length > HEADER_BYTES_MAX) throw new HeaderFault('size');
  const header = readHeader(data);
  const fault = headerFault(header);
  if (fault !== null) throw new HeaderFault(fault);
  return header as Header;
}

function readHeader(data: HeaderBytes): WireHeader {
  try {
    return headerCodec.decode(data);
  } catch (error) {
    if (error instanceof NotCanonical) throw new HeaderFault('encoding');
    throw error;
  }
}

/** Returns the name of the first member or fact that breaks the rules of the header's class, or null. */
export function headerFault(header: WireHeader): string | null {
  if (header.kind.includes('/') || !isName(header.kind)) return 'kind';
  if (header.opClass === OpClass.CONTROL) return controlFault(header);
  if (isOf(header.entity, header.space)) return 'entity';
  if (header.epoch === 0) return 'epoch';
  return linksFault(header) ?? factsFault(header.facts);
}

function linksFault({ opClass, re, kills }: WireHeader): string | null {
  if (re !== null && opClass !== OpClass.EDIT) return 're';
  const mayKill = opClass === OpClass.EDIT && re === null && isAscending(kills);
  return kills.length > 0 && !mayKill ? 'kills' : null;
}

function controlFault(header: WireHeader): string | null {
  if (!isControlKind(header.kind)) return 'kind';
  if (!isOf(header.entity, header.space)) return 'entity';
  if (header.re !== null) return 're';
  return header.kills.length > 0 ? 'kills' : header.facts.length > 0 ? 'facts' : null;
}

export function isControlKind(kind: string): kind is ControlKind {
  return (CONTROL_KINDS as readonly string[]).includes(kind);
}

function isOf(entity: string, space: string): boolean {
  return entity === space;
}

function factsFault(facts: WireHeader['facts']): string | null {
  let before = '';
  for (const [name, value] of facts) {
    if (!isName(name)) return 'facts';
    if (name <= before || !isFact(value)) return name;
    before = name;
  }
  return null;
}

/** Tells whether a decoded value may stand as a fact. */
export function isFact(value: Value): value is Fact {
  if (value === null || typeof value === 'boolean') return true;
  if (typeof value === 'string') return isCode(value);
  if (typeof value === 'number') return Number.isSafeInteger(value);
  return value instanceof Uint8Array && value.length === ID_BYTES;
}

/**
 * Returns the entity that a header names even if it breaks other rules, or null: then the op has no name.
 *
 * Readable means: canonical MessagePack, an array of at least four members, the fourth 16 bytes.
 */
export function entityOf(data: HeaderBytes): EntityId | null {
  const members = decodeOrNull(data);
  const entity = Array.isArray(members) ? (members as readonly Value[])[3] : undefined;
  return entity instanceof Uint8Array && entity.length === ID_BYTES ? idOf<EntityId>(entity) : null;
}

function decodeOrNull(data: Uint8Array): Value {
  try {
    return decode(data);
  } catch (error) {
    if (error instanceof NotCanonical) return null;
    throw error;
  }
}

/** Returns the op's name: 32 bytes that no other entity, header or sealed payload has. */
export function opId(entity: EntityId, header: HeaderBytes, sealed: Sealed): OpId {
  return idOf(hash(OP, bytesOf(entity), hash(header), hash(sealed)));
}

/** Returns the op's name from what an erasure leaves of it. */
export function opIdOfHashes(entity: EntityId, headerHash: Digest, sealedHash: Digest): OpId {
  return idOf(hash(OP, bytesOf(entity), bytesOf(headerHash), bytesOf(sealedHash)));
}

/** Returns the 16 bytes by which a fact names a row: the first half of its op_id. */
export function rowName(op: OpId): Bytes {
  return fromHex(op.slice(0, 2 * ID_BYTES));
}
