/**
 * The distinct kinds of ids and byte strings: one of a kind is never an argument of another.
 *
 * Ids and hashes are lowercase hex in memory: so they compare, sort and key a map as their bytes do.
 */
import { type Bytes, fromHex, toHex } from './bytes.ts';

declare const kind: unique symbol;
type Kind<T, Name extends string> = T & { readonly [kind]: Name };

/** 16 bytes each; a device's is derived from its Ed25519 public key, the others are random. */
export type SpaceId = Kind<string, 'SpaceId'>;
export type StreamId = Kind<string, 'StreamId'>;
export type EntityId = Kind<string, 'EntityId'>;
export type OrgId = Kind<string, 'OrgId'>;
export type WorkerId = Kind<string, 'WorkerId'>;
export type DeviceId = Kind<string, 'DeviceId'>;

/** 32 bytes each: SHA-256 outputs (an op's name; a chain head, a log hash, the hash of a header). */
export type OpId = Kind<string, 'OpId'>;
export type Digest = Kind<string, 'Digest'>;

export type Id = SpaceId | StreamId | EntityId | OrgId | WorkerId | DeviceId | OpId | Digest;

/** Plain header, sealed payload and clear payload of an op: one where another belongs is a type error. */
export type HeaderBytes = Kind<Bytes, 'HeaderBytes'>;
export type Sealed = Kind<Bytes, 'Sealed'>;
export type PayloadBytes = Kind<Bytes, 'PayloadBytes'>;

export const ID_BYTES = 16;
export const DIGEST_BYTES = 32;
export const NONCE_BYTES = 12;
export const ZERO32: Bytes = new Uint8Array(DIGEST_BYTES);

/** The greatest integer that both languages hold exactly. */
export const INT_MAX = Number.MAX_SAFE_INTEGER;

/** Returns bytes of the right length as an id; the caller says of which kind. */
export function idOf<T extends Id>(bytes: Uint8Array): T {
  return toHex(bytes) as T;
}

export function bytesOf(id: Id): Bytes {
  return fromHex(id);
}

/** Returns the entity that control ops have: the space itself. */
export function entityOfSpace(space: SpaceId): EntityId {
  const entity: string = space;
  return entity as EntityId;
}

/** Tells whether a text is an id of so many bytes, as URLs and JSON carry it. */
export function isHex(text: unknown, bytes: number): text is string {
  return typeof text === 'string' && text.length === 2 * bytes && /^[0-9a-f]*$/.test(text);
}
