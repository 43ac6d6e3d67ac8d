/**
 * The payload: what an op says, sealed.
 *
 * ```
 * payload = msgpack [1, secret, at_ms, by, fact_bases, fields]
 * ```
 * A base lists every live op that set the name in the author's view: from these the fold tells what
 * was known from what was written side by side.
 */
import { type Bytes, toHex } from './bytes.ts';
import {
  anything,
  bin,
  Codec,
  digest,
  id,
  int,
  isValue,
  list,
  NotCanonical,
  nullable,
  struct,
  text,
  type Value,
} from './codec.ts';
import { DoesNotOpen } from './envelope.ts';
import { INT_MAX, type OpId, type PayloadBytes, type WorkerId } from './ids.ts';
import { FACTS_MAX, PAYLOAD_BYTES_MAX } from './limits.ts';
import { type Header, isAscending, isName, OpClass } from './op.ts';
import { EntitySecret, SECRET_BYTES } from './secret.ts';

export const VALUE_DEPTH_MAX = 4;

/** One sealed name and value, with every live op that set it in the author's view. */
export type Field = {
  readonly name: string;
  readonly value: Value;
  readonly base: readonly OpId[];
};

/** The clear payload: what happened, when (milliseconds), and on what view it rests. */
export type Payload = {
  readonly secret: EntitySecret | null;
  readonly at_ms: number;
  readonly by: WorkerId | null;
  readonly factBases: readonly (readonly OpId[])[];
  readonly fields: readonly Field[];
};

type WirePayload = Omit<Payload, 'secret'> & { readonly secret: Bytes | null };

const base = list(digest<OpId>());
const payloadCodec = new Codec<WirePayload>(
  struct<WirePayload>(
    {
      secret: nullable(bin(SECRET_BYTES)),
      at_ms: int(-INT_MAX, INT_MAX),
      by: nullable(id<WorkerId>()),
      factBases: list(base, FACTS_MAX),
      fields: list(struct<Field>({ name: text, value: anything, base })),
    },
    1,
  ),
);

/** Returns the payload's bytes, to be padded and sealed. */
export function encodePayload(payload: Payload): PayloadBytes {
  const secret = payload.secret === null ? null : payload.secret.reveal();
  return payloadCodec.encode({ ...payload, secret }) as PayloadBytes;
}

/** Returns the payload of an op with this header. Throws DoesNotOpen if it breaks a rule. */
export function decodePayload(data: PayloadBytes, header: Header): Payload {
  if (data.length > PAYLOAD_BYTES_MAX) throw new DoesNotOpen('The payload is over its limit.');
  const wire = readPayload(data);
  if (!isPayloadOf(wire, header))
    throw new DoesNotOpen('The payload breaks the rules of its class.');
  return { ...wire, secret: wire.secret === null ? null : new EntitySecret(wire.secret) };
}

/** Returns every value of an op that may name another, in hex: what it amends and kills, its bases, ids among its values. */
export function namesIn({ re, kills, facts }: Header, { factBases, fields }: Payload): string[] {
  const values = [...facts.map(([, value]) => value), ...fields.map(({ value }) => value)];
  const bytes = values.filter((value) => value instanceof Uint8Array).map(toHex);
  const bases = [...factBases, ...fields.map(({ base: names }) => names)].flat();
  return [...(re === null ? [] : [re]), ...bytes, ...kills, ...bases];
}

function readPayload(data: PayloadBytes): WirePayload {
  try {
    return payloadCodec.decode(data);
  } catch (error) {
    if (!(error instanceof NotCanonical)) throw error;
    throw new DoesNotOpen('The payload is not in the one allowed form.');
  }
}

function isPayloadOf(wire: WirePayload, { opClass, facts }: Header): boolean {
  const bases = [...wire.factBases, ...wire.fields.map((field) => field.base)];
  const names = wire.fields.map((field) => field.name);
  return (
    (wire.secret !== null) === (opClass === OpClass.GENESIS) &&
    wire.factBases.length === facts.length &&
    names.every(isName) &&
    isAscending(names) &&
    wire.fields.every((field) => isValue(field.value, VALUE_DEPTH_MAX)) &&
    bases.every((one) => (opClass === OpClass.EDIT ? isAscending(one) : one.length === 0))
  );
}
