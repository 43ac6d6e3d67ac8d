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
import { type EntityId, type OpId } from './ids.ts';
import { encodeHeader, type Fact, type Header, OpClass, opId, rowName } from './op.ts';
import { type OutOp } from './outbox.ts';
import { encodePayload, namesIn, type Payload } from './payload.ts';
import { type Replica } from './replica.ts';

/** New names by old ones, in hex: whole op_ids, and the 16 bytes by which facts and fields name a row. */
export type Renamed = ReadonlyMap<string, string>;

/** Tells whether `reseal` would change anything. */
export async function resealDue(replica: Replica): Promise<boolean> {
  if ((await returned(replica)).size > 0) return true;
  for (const op of sealedInWait(replica)) if (await replica.isStale(op)) return true;
  return false;
}

/**
 * Seals again in the outbox what only a lost epoch opens; call it after a pull. Returns the new names by the old.
 *
 * Others do the same: what of theirs is in the log again under a new name is let go of, and what names it is sealed
 * again too. So is what another store of this device has sent.
 */
export function reseal(replica: Replica): Promise<Renamed> {
  return replica.alone(async () => {
    replica.bar();
    const back = await returned(replica);
    letGo(replica, back);
    const renamed = new Map([...back].flatMap(([old, again]) => both(old, again)));
    for (const op of sealedInWait(replica)) {
      const payload = replica.payloads.get(op.opId);
      if (payload === undefined) continue;
      const isNamed = namesIn(op.header, payload).some((name) => renamed.has(name));
      if (!isNamed && !(await replica.isStale(op))) continue;
      const again = await resealed(replica, op, payload, renamed);
      if (again === null) continue;
      for (const [old, name] of both(op.opId, again.opId)) renamed.set(old, name);
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

/** Returns what is in the log under another name, by the name that was lost. */
async function returned(replica: Replica): Promise<Map<OpId, OpId>> {
  const names = new Map<OpId, OpId>();
  if (replica.keyring.lost.stand) return names;
  for (const [entity, entries] of replica.lost) {
    const logged = byGesture(replica, entity);
    for (const { opId: old, header } of entries) {
      const again = logged.get(gestureOf(header));
      if (again !== undefined) names.set(old, again);
    }
  }
  for (const op of sealedInWait(replica)) {
    if (!(await replica.isStale(op))) continue;
    const again = byGesture(replica, op.header.entity).get(gestureOf(op.header));
    if (again !== undefined) names.set(op.opId, again);
  }
  return names;
}

/** Lets go of what is in the log under another name. */
function letGo({ lost, outbox, touched }: Replica, back: ReadonlyMap<OpId, OpId>): void {
  for (const [entity, entries] of lost) {
    const still = entries.filter(({ opId: name }) => !back.has(name));
    if (still.length === entries.length) continue;
    touched.add(entity);
    if (still.length > 0) lost.set(entity, still);
    else lost.delete(entity);
  }
  for (const old of back.keys()) {
    const op = outbox.ops.get(old);
    if (op !== undefined) touched.add(op.header.entity);
    outbox.ops.delete(old);
  }
}

function byGesture({ entries }: Replica, entity: EntityId): Map<string, OpId> {
  const logged = entries.get(entity) ?? [];
  return new Map(logged.map(({ header, opId: name }) => [gestureOf(header), name]));
}

/** Returns what stays of a header when its op is sealed again: no device writes two ops of one hybrid time. */
function gestureOf({ device, opClass, kind, hlc_ms, hlc_ctr }: Header): string {
  return [device, opClass, kind, hlc_ms, hlc_ctr].join('/');
}

/** Returns an op's new name by its old one, whole and as a row's. */
function both(old: OpId, again: OpId): (readonly [string, string])[] {
  return [
    [old, again],
    [toHex(rowName(old)), toHex(rowName(again))],
  ];
}

/**
 * Returns the op under the first epoch from its own on that may be used.
 *
 * Two stores of one device seal it alike by that. An epoch so high may never come, once all have come back. While there
 * is none, an op that names another by its old name is sealed with the lost key again; any other is left: null.
 */
async function resealed(
  replica: Replica,
  op: OutOp,
  payload: Payload,
  renamed: Renamed,
): Promise<OutOp | null> {
  const { keyring, restored_ms, reader } = replica;
  const all = restored_ms === null ? keyring.safeEpoch(reader.view.members.epoch) : null;
  const epoch = keyring.safeEpoch(op.header.epoch) ?? all;
  const isNamed = namesIn(op.header, payload).some((name) => renamed.has(name));
  if (epoch === null && !isNamed) return null;
  const header = renamedHeader({ ...op.header, epoch: epoch ?? op.header.epoch }, renamed);
  const key = await keyring.key(header);
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
