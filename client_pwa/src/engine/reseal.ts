/**
 * Sealing again what waits in the outbox under a key that is no more: nobody else could open it, or nobody takes it.
 *
 * - A restored server had lost an epoch, this device went on writing under it, and the log then got another epoch of the
 *   same number.
 * - Two devices began one entity without knowing of each other. The log has the other's genesis, with its secret, and
 *   has refused this one with all that was written on it.
 *
 * None of this was ever in the log. It is sealed again under the keys in force, with the same content and time; its name
 * is another one, so whatever waits and names it is sealed again too. A genesis that came second becomes an edit. Two
 * stores with the same outbox, one cloned from the other, write the same ops.
 */
import { namesOf, type Renamed, writeAgain } from './again.ts';
import { type EntityId, type OpId } from './ids.ts';
import { type Header, OpClass } from './op.ts';
import { type OutOp } from './outbox.ts';
import { namesIn, type Payload } from './payload.ts';
import { type Replica, type SoundEntry } from './replica.ts';

/** Tells whether `reseal` would change anything. */
export async function resealDue(replica: Replica): Promise<boolean> {
  const refused = refusedEntities(replica);
  if ((await returned(replica, refused)).size > 0) return true;
  for (const op of sealedHere(replica)) if (await needsIt(replica, op, refused)) return true;
  return false;
}

/**
 * Seals again in the outbox what needs it; call it after a pull. Returns the new names by the old.
 *
 * Others do the same: what of theirs is in the log again under a new name is let go of, and what names it is sealed
 * again too. So is what another store of this device has sent.
 */
export function reseal(replica: Replica): Promise<Renamed> {
  return replica.alone(async () => {
    replica.bar();
    const refused = refusedEntities(replica);
    const back = await returned(replica, refused);
    letGo(replica, back);
    const renamed = new Map([...back].flatMap(([old, again]) => [...namesOf(old, again)]));
    for (const op of sealedHere(replica)) {
      const payload = replica.payloads.get(op.opId);
      if (payload === undefined) continue;
      const follows = op.state === 'queued' && namesAny(op.header, payload, renamed);
      if (!follows && !(await needsIt(replica, op, refused))) continue;
      const again = await resealed(replica, op, payload, renamed, refused);
      if (again === null) continue;
      for (const [old, name] of namesOf(op.opId, again.opId)) renamed.set(old, name);
      replica.outbox.putInPlace(op.opId, again);
      replica.payloads.delete(op.opId);
      await replica.openUnsent(again);
    }
    return renamed;
  });
}

/** Returns the sealed ops of the outbox that no segment carries. */
function sealedHere({ outbox }: Replica): OutOp[] {
  const carried = new Set(outbox.flight?.opIds);
  return [...outbox.ops.values()].filter(
    ({ opId: name, header }) => header.opClass !== OpClass.CONTROL && !carried.has(name),
  );
}

function namesAny(header: Header, payload: Payload, renamed: Renamed): boolean {
  return namesIn(header, payload).some((name) => renamed.has(name));
}

async function needsIt(
  replica: Replica,
  op: OutOp,
  refused: ReadonlySet<EntityId>,
): Promise<boolean> {
  if (op.state === 'aside') return op.code === 'bad_header' && refused.has(op.header.entity);
  return op.state === 'queued' && (await replica.isStale(op));
}

/** Returns the entities whose genesis was refused here, because the log has another one. */
function refusedEntities({ outbox, reader }: Replica): Set<EntityId> {
  const refused = outbox
    .inState('aside')
    .filter(({ header }) => header.opClass === OpClass.GENESIS)
    .filter(({ header }) => reader.view.geneses.has(header.entity));
  return new Set(refused.map(({ header }) => header.entity));
}

/**
 * Returns what is in the log under another name, by the name that was lost.
 *
 * What was refused here may be there by another store of this device.
 */
async function returned(
  replica: Replica,
  refused: ReadonlySet<EntityId>,
): Promise<Map<OpId, OpId>> {
  const names = new Map<OpId, OpId>();
  for (const [entity, entries] of replica.lost) {
    const logged = byGesture(replica, entity);
    for (const entry of entries) {
      const again = await loggedAgain(replica, entry, logged);
      if (again !== null) names.set(entry.opId, again);
    }
  }
  for (const op of sealedHere(replica)) {
    if (!(await needsIt(replica, op, refused))) continue;
    const again = await loggedAgain(replica, op, byGesture(replica, op.header.entity));
    if (again !== null) names.set(op.opId, again);
  }
  return names;
}

/**
 * Lets go of what is in the log under another name.
 *
 * Its content goes too: an erasure that comes later finds what it is of by the ops that are here.
 */
function letGo({ lost, outbox, payloads, touched }: Replica, back: ReadonlyMap<OpId, OpId>): void {
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
    payloads.delete(old);
  }
}

type Logged = ReadonlyMap<string, readonly SoundEntry[]>;

function byGesture({ entries }: Replica, entity: EntityId): Logged {
  const logged = new Map<string, SoundEntry[]>();
  for (const entry of entries.get(entity) ?? []) {
    const gesture = gestureOf(entry.header);
    const known = logged.get(gesture);
    if (known) known.push(entry);
    else logged.set(gesture, [entry]);
  }
  return logged;
}

/** Returns what stays of a header when its op is sealed again: one store writes no two ops of one hybrid time. */
function gestureOf({ device, opClass, kind, hlc_ms, hlc_ctr }: Header): string {
  return [device, opClass, kind, hlc_ms, hlc_ctr].join('/');
}

/**
 * Returns the name under which the log has an op again, or null.
 *
 * Two stores of one device may write at one hybrid time, so what is said is compared, except for names, which others may
 * have by now. Under an epoch that is no more, the header has to do of what is dead in the log, or lost and not to be
 * read; what waits here is not let go of for what is live and cannot be read.
 */
async function loggedAgain(
  replica: Replica,
  op: OutOp | SoundEntry,
  logged: Logged,
): Promise<OpId | null> {
  const { outbox, payloads } = replica;
  const { opId, header } = op;
  const payload = payloads.get(opId);
  for (const entry of logged.get(gestureOf(header)) ?? []) {
    const again = payloads.get(entry.opId);
    const isOpen = payload !== undefined && again !== undefined;
    if (!isOpen && !(await isNoMore(replica, op))) continue;
    const isSame = isOpen
      ? saidIn(header, payload) === saidIn(entry.header, again)
      : entry.row.form === 1
        ? !outbox.ops.has(opId)
        : valuesOf(header.facts) === valuesOf(entry.header.facts);
    if (isSame) return entry.opId;
  }
  return null;
}

/** Tells whether the log has another epoch in the place of the last lost one of an op's number, or of its own. */
async function isNoMore(replica: Replica, op: OutOp | SoundEntry): Promise<boolean> {
  const { keyring, payloads, reader } = replica;
  if (keyring.lost.isReplaced(op.header.epoch, reader.view.members.commits)) return true;
  if (!('row' in op)) return replica.isStale(op);
  if (!payloads.has(op.opId) || op.row.form !== 1) return false;
  return keyring.isStale(op.header, op.row.header, op.row.sealed);
}

function saidIn({ facts }: Header, { at_ms, by, fields }: Payload): string {
  const named = fields.map(({ name, value }) => [name, value] as const);
  return JSON.stringify([at_ms, by, valuesOf(facts), valuesOf(named)]);
}

function valuesOf(named: readonly (readonly [string, unknown])[]): string {
  const isName = (value: unknown): boolean => value instanceof Uint8Array;
  return JSON.stringify(named.map(([name, value]) => [name, isName(value) ? null : value]));
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
  refused: ReadonlySet<EntityId>,
): Promise<OutOp | null> {
  const { keyring, restored_ms, reader } = replica;
  const all = restored_ms === null ? keyring.safeEpoch(reader.view.members.epoch) : null;
  const epoch = keyring.safeEpoch(op.header.epoch) ?? all;
  if (epoch === null && !namesAny(op.header, payload, renamed)) return null;
  const header = { ...op.header, epoch: epoch ?? op.header.epoch };
  const isSecond = header.opClass === OpClass.GENESIS && refused.has(header.entity);
  const again = isSecond ? asEdit(header, payload) : { header, payload };
  return writeAgain(replica, again.header, again.payload, renamed);
}

/** Returns a genesis as an edit that had seen nothing of the entity. */
export function asEdit(
  header: Header,
  payload: Payload,
): { readonly header: Header; readonly payload: Payload } {
  return {
    header: { ...header, opClass: OpClass.EDIT },
    payload: { ...payload, secret: null },
  };
}
