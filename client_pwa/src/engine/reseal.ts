/**
 * Sealing again what was sealed under a lost epoch that will not come back: nobody else could open it.
 *
 * A restored server had lost a rotation, this device went on writing under it, and the log then got another epoch of the
 * same number. What was written waits in the outbox and was never in this log. It is sealed again under the epoch in
 * force, with the same content and time; its name is another one, so whatever waits and names it is sealed again too.
 * The nonce comes from the content: two stores with the same outbox, one cloned from the other, write the same op.
 */
import { fromHex, toHex } from './bytes.ts';
import { type Value } from './codec.ts';
import { nonceAgain, sealPayload } from './envelope.ts';
import { type OpId } from './ids.ts';
import { encodeHeader, type Fact, type Header, OpClass, opId, rowName } from './op.ts';
import { type OutOp } from './outbox.ts';
import { encodePayload, type Payload } from './payload.ts';
import { type Replica } from './replica.ts';

/** New names by old ones, in hex: whole op_ids, and the 16 bytes by which facts and fields name a row. */
export type Renamed = ReadonlyMap<string, string>;

/** Tells whether `reseal` would change anything. */
export async function resealDue(replica: Replica): Promise<boolean> {
  for (const op of sealedInWait(replica)) if (await replica.isStale(op)) return true;
  return false;
}

/** Seals again in the outbox what only a lost epoch opens; call it after a pull. Returns the new names by the old. */
export function reseal(replica: Replica): Promise<Renamed> {
  return replica.alone(async () => {
    const renamed = new Map<string, string>();
    for (const op of sealedInWait(replica)) {
      const payload = replica.payloads.get(op.opId);
      if (payload === undefined) continue;
      const isNamed = namesIn(op.header, payload).some((name) => renamed.has(name));
      if (!isNamed && !(await replica.isStale(op))) continue;
      const again = await resealed(replica, op, payload, renamed);
      if (again === null) continue;
      renamed.set(op.opId, again.opId);
      renamed.set(toHex(rowName(op.opId)), toHex(rowName(again.opId)));
      replica.outbox.putInPlace(op.opId, again);
    }
    return renamed;
  });
}

/** Returns the sealed ops that wait and that no segment carries yet. */
function sealedInWait({ outbox }: Replica): OutOp[] {
  const carried = new Set(outbox.flight?.opIds);
  return outbox
    .inState('queued')
    .filter(({ opId: name, header }) => header.opClass !== OpClass.CONTROL && !carried.has(name));
}

/** Returns the op under the epoch in force, or null while its key is missing. */
async function resealed(
  replica: Replica,
  op: OutOp,
  payload: Payload,
  renamed: Renamed,
): Promise<OutOp | null> {
  const header = renamedHeader({ ...op.header, epoch: replica.keyring.newest }, renamed);
  const key = await replica.keyring.key(header);
  if (key === null) return null;
  const again = renamedPayload(payload, renamed);
  const headerBytes = encodeHeader(header);
  const clear = encodePayload(again);
  const nonce = await nonceAgain(key, clear, headerBytes);
  const sealed = await sealPayload(key, nonce, clear, headerBytes);
  const name = opId(header.entity, headerBytes, sealed);
  replica.payloads.set(name, again);
  replica.payloads.delete(op.opId);
  replica.touched.add(header.entity);
  return { opId: name, header, headerBytes, sealed, state: 'queued', code: null };
}

/** Returns every value of an op that may name another, in hex. */
function namesIn({ re, kills, facts }: Header, { factBases, fields }: Payload): string[] {
  const values = [...facts.map(([, value]) => value), ...fields.map(({ value }) => value)];
  const bytes = values.filter((value) => value instanceof Uint8Array).map(toHex);
  const bases = [...factBases, ...fields.map(({ base }) => base)].flat();
  return [...(re === null ? [] : [re]), ...bytes, ...kills, ...bases];
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
