/**
 * An op that is written again: sealed under another epoch, or by another device, with the same content.
 *
 * It keeps its hybrid time and its bases, so that it stands in the same places as before: beside what was written at the
 * same time, not over what was written since. It has another name, and whatever names it is written with the new one.
 * Two who write the same op again from the same content write the same bytes: the nonce comes from the content.
 */
import { fromHex, toHex } from './bytes.ts';
import { type Value } from './codec.ts';
import { nonceAgain, sealPayload } from './envelope.ts';
import { type OpId } from './ids.ts';
import { PAYLOAD_BYTES_MAX } from './limits.ts';
import { encodeHeader, type Fact, type Header, headerFault, opId, rowName } from './op.ts';
import { type OutOp } from './outbox.ts';
import { encodePayload, type Payload } from './payload.ts';
import { type Replica } from './replica.ts';

/** New names by old ones, in hex: whole op_ids, and the 16 bytes by which facts and fields name a row. */
export type Renamed = ReadonlyMap<string, string>;

/**
 * Returns an op of this header and content, with the names that hold now; nothing is kept.
 *
 * Null while its key is missing, or if it has become more than an op may be.
 */
export async function writeAgain(
  replica: Replica,
  header: Header,
  payload: Payload,
  renamed: Renamed,
): Promise<OutOp | null> {
  const again = renamedHeader(header, renamed);
  const clear = encodePayload(renamedPayload(payload, renamed));
  const key = await replica.keyring.key(again);
  if (key === null || headerFault(again) !== null || clear.length > PAYLOAD_BYTES_MAX) return null;
  const headerBytes = encodeHeader(again);
  const nonce = await nonceAgain(key, clear, headerBytes);
  const sealed = await sealPayload(key, nonce, clear, headerBytes);
  const name = opId(again.entity, headerBytes, sealed);
  return { opId: name, header: again, headerBytes, sealed, state: 'queued', code: null };
}

/** Returns the new names of one op by its old ones. */
export function namesOf(old: OpId, next: OpId): Map<string, string> {
  return new Map<string, string>([
    [old, next],
    [toHex(rowName(old)), toHex(rowName(next))],
  ]);
}

function renamedHeader(header: Header, renamed: Renamed): Header {
  const { re, kills, facts } = header;
  return {
    ...header,
    re: re === null ? null : renamedOp(re, renamed),
    kills: renamedAll(kills, renamed),
    facts: facts.map(([name, value]): [string, Fact] => [name, renamedValue(value, renamed)]),
  };
}

function renamedPayload(payload: Payload, renamed: Renamed): Payload {
  return {
    ...payload,
    factBases: payload.factBases.map((base) => renamedAll(base, renamed)),
    fields: payload.fields.map(({ name, value, base }) => {
      return { name, value: renamedValue(value, renamed), base: renamedAll(base, renamed) };
    }),
  };
}

function renamedAll(names: readonly OpId[], renamed: Renamed): OpId[] {
  return names.map((name) => renamedOp(name, renamed)).sort();
}

function renamedOp(name: OpId, renamed: Renamed): OpId {
  return (renamed.get(name) ?? name) as OpId;
}

function renamedValue<V extends Value>(value: V, renamed: Renamed): V {
  if (!(value instanceof Uint8Array)) return value;
  const name = renamed.get(toHex(value));
  return name === undefined ? value : (fromHex(name) as V);
}
