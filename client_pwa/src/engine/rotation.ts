/**
 * Rotation: a new epoch key for whoever may still read, and the control ops that bring it.
 *
 * A revoked device keeps what it has and gets nothing new: the member op that revokes it and the next
 * epoch go out in one segment. Nothing recorded is sealed again. An epoch is due when somebody who was
 * given the key in force is to have none any more, revoked or a member without a key from then on, or after
 * ninety days by the log's own time; any keyed administrator's device then writes it by itself. Two that do
 * so at once conflict at the server: the second one pulls, and finds that nothing is due any more.
 *
 * After a server was restored from a backup nobody rotates until a person has said that every administrator's device
 * has come back: one of them may bring a lost epoch, and whatever is sealed under it.
 *
 * Every body is made before the first one is saved: a revocation never waits without its rotation.
 */
import { type Bytes, sameBytes } from './bytes.ts';
import { type Ahead, ahead, membersAhead, unsentControls } from './ahead.ts';
import { type Hlc } from './clock.ts';
import {
  type Body,
  decodeBody,
  type EpochBody,
  type MemberBody,
  ROLE_ADMIN,
  ROLE_ERASE,
} from './control.ts';
import { erasedBy } from './erasure.ts';
import { type DeviceId, type EntityId, entityOfSpace, NONCE_BYTES, type OpId } from './ids.ts';
import { commit, type Epoch, sealPrev, wrap } from './keys.ts';
import { isAnswered, saidAt } from './lastknown.ts';
import { isKeyed, isRevoked, may, type Member, type Members } from './members.ts';
import { isControlKind } from './op.ts';
import { CONFLICT, type OutOp } from './outbox.ts';
import { type Replica, type SoundEntry } from './replica.ts';
import { lastKnownMembers } from './restore.ts';
import { EpochKey, SECRET_BYTES } from './secret.ts';
import { CannotWrite, type Moment, writeControl, writeErasure } from './writer.ts';

export const ROTATION_MS = 90 * 86_400_000;

/** Returns the epoch after a state, wrapped for every keyed member. Rejects with CannotWrite without its key. */
export async function nextEpoch(
  { members, keys }: Ahead,
  random: Moment['random'],
): Promise<EpochBody> {
  const { space } = members;
  const previous = keys.get(members.epoch);
  if (previous === undefined) throw new CannotWrite('The key of the epoch in force is not here.');
  const n = members.epoch + 1;
  const epochKey = new EpochKey(random(SECRET_BYTES));
  const epoch = { space, n, commitment: commit(space, n, epochKey) };
  const wraps: [DeviceId, Bytes][] = [];
  for (const device of members.keyed()) {
    const xPk = members.byDevice.get(device)?.xPk ?? null;
    if (xPk !== null) wraps.push([device, await wrap(epochKey, xPk, epoch, device)]);
  }
  const prev = await sealPrev(epochKey, previous, random(NONCE_BYTES), space, n);
  return { kind: 'epoch', n, commit: epoch.commitment, prev, wraps };
}

/** Saves the next epoch in the outbox. Rejects with CannotWrite if this device holds no key to hand on. */
export function writeRotation(replica: Replica, moment: Moment): Promise<OpId> {
  return replica.alone(async () =>
    writeControl(replica, await nextEpoch(await ahead(replica), moment.random), moment),
  );
}

/**
 * Saves in the outbox that devices are members no longer, and the epoch that they get no key of.
 *
 * An administrator who cannot hand on a key revokes all the same: the next one's device rotates.
 */
export function writeRevocation(
  replica: Replica,
  devices: readonly DeviceId[],
  moment: Moment,
): Promise<OpId[]> {
  return replica.alone(async () => {
    const own = replica.identity.device;
    const { members, keys } = await ahead(replica);
    const bodies: Body[] = devices.map((device) => revoked(known(members, device)));
    const hasKey = isKeyed(known(members, own)) && keys.has(members.epoch);
    if (hasKey && !devices.includes(own) && !awaitsOthers(replica)) {
      const then = bodies.reduce((state, body) => state.after(own, body), members);
      bodies.push(await nextEpoch({ members: then, keys }, moment.random));
    }
    return bodies.map((body) => writeControl(replica, body, moment));
  });
}

/**
 * Tells whether this device ought to rotate: it may, and the key in force is too old or in the wrong hands.
 *
 * Or an epoch is missed, which others may have read before a restored server lost it, and write under.
 */
export function rotationDue(replica: Replica, isMissed = false): boolean {
  const { view } = replica.reader;
  const members = membersAhead(replica);
  const own = members.byDevice.get(replica.identity.device);
  const inForce = view.members.epoch;
  if (own === undefined || !isKeyed(own) || !may(own, ROLE_ADMIN)) return false;
  if (members.epoch !== inForce || !replica.keyring.epochKeys.has(inForce)) return false;
  if (awaitsOthers(replica)) return false;
  const { holders, since_ms } = holdersOf(replica.controls, inForce);
  const isOld = view.server_ms - since_ms > ROTATION_MS;
  const isLost = replica.keyring.lost.highest > members.epoch;
  return (
    isOld ||
    isLost ||
    isMissed ||
    [...holders].some((device) => known(members, device).xPk === null)
  );
}

/**
 * Tells whether a member who is to have no key has the one that this device would write under.
 *
 * False without any key. Who was revoked does not count: nobody waits for a rotation to save what they have to say.
 * What a restored server has lost counts: the key in hand may be that of a lost epoch.
 */
export function isExposed({ reader, controls, lost, space, keyring }: Replica): boolean {
  const { byDevice } = reader.view.members;
  const known = [...controls, ...(lost.get(entityOfSpace(space)) ?? [])];
  const { holders } = holdersOf(known, keyring.newest);
  return [...holders].some((device) => {
    const member = byDevice.get(device);
    return member?.xPk === null && !isRevoked(member);
  });
}

/** Tells whether `keepControls` would change anything. */
export function controlsDue(replica: Replica): boolean {
  const due = [conflicting(replica), forgotten(replica), unerased(replica)];
  return due.some(({ length }) => length > 0) || rotationDue(replica);
}

/**
 * Returns what an epoch conflict has set aside.
 *
 * Left out are epochs that are missed while another administrator's device may still bring one back.
 */
function conflicting(replica: Replica): OutOp[] {
  const aside = replica.outbox.inState('aside').filter(({ code }) => code === CONFLICT);
  return aside.filter((op) => !(missed(replica, op) && awaitsOthers(replica)));
}

/** Tells whether an op is an epoch's, and the log has none of its number, nor another one that it stands on. */
function missed({ reader, space, keyring }: Replica, { header, sealed }: OutOp): boolean {
  if (header.kind !== 'epoch' || !keyring.lost.stand) return false;
  const body = decodeBody('epoch', sealed, space);
  return body.kind === 'epoch' && body.n > reader.view.members.epoch;
}

/**
 * Writes again what an epoch conflict has set aside, and rotates if that is due; tells whether the outbox has changed.
 * Call it after a pull.
 *
 * An epoch is written anew only if the log has none of its number: else another's has done what it was for. Nor is an
 * addition written again to which the log has answered with a revocation.
 */
export async function keepControls(replica: Replica, moment: Moment): Promise<boolean> {
  const aside = conflicting(replica);
  const isMissed = aside.some((op) => missed(replica, op));
  for (const { opId } of aside) replica.outbox.ops.delete(opId);
  const waiting = aside.flatMap((op) => {
    const { kind } = op.header;
    return isControlKind(kind) ? [[op, decodeBody(kind, op.sealed, replica.space)] as const] : [];
  });
  const members = waiting.map(([, body]) => body).filter((body) => body.kind === 'member');
  const saidLast = new Map(members.map((body) => [body.device, body]));
  const lost = replica.lost.get(entityOfSpace(replica.space)) ?? [];
  for (const [op, body] of waiting) {
    if (body.kind === 'member') {
      // Who was let in and revoked is given no key of today in between.
      const isDue = saidLast.get(body.device) === body;
      const counts = isDue && !isAnswered(replica.controls, lost, op, body);
      const at = isRevoked(body) ? undefined : saidAt(lost, op);
      if (counts) await writeMember(replica, body, moment, at);
    } else if (body.kind !== 'epoch') writeControl(replica, body, moment);
  }
  const again = [revokeAgain(replica, moment), eraseAgain(replica, moment)];
  const isDue = rotationDue(replica, isMissed);
  if (isDue) await writeRotation(replica, moment);
  return isDue || again.includes(true) || aside.length > 0;
}

/**
 * Revokes whom a restored server has forgotten to be revoked, when nobody is waited for who would do it.
 *
 * Whoever is let in again after that stays in: a later word counts more than a lost one.
 */
function revokeAgain(replica: Replica, moment: Moment): boolean {
  const gone = forgotten(replica);
  for (const member of gone) writeControl(replica, revoked(member), moment);
  return gone.length > 0;
}

function forgotten(replica: Replica): Member[] {
  const members = membersAhead(replica).byDevice;
  const own = members.get(replica.identity.device);
  const isHeard = replica.restored_ms === null && own !== undefined && may(own, ROLE_ADMIN);
  if (!isHeard || !replica.lost.has(entityOfSpace(replica.space))) return [];
  const lastKnown = lastKnownMembers(replica);
  return [...members.values()].filter((member) => {
    const then = lastKnown.byDevice.get(member.device);
    return !isRevoked(member) && then !== undefined && isRevoked(then);
  });
}

/** Erases at once what a restored server has forgotten to be erased: whoever may does, for twice does no harm. */
function eraseAgain(replica: Replica, moment: Moment): boolean {
  const entities = unerased(replica);
  return entities.length > 0 && writeErasure(replica, entities, moment).length > 0;
}

function unerased(replica: Replica): EntityId[] {
  const { space, lost, reader } = replica;
  const own = membersAhead(replica).byDevice.get(replica.identity.device);
  if (own === undefined || !may(own, ROLE_ERASE)) return [];
  const entries = lost.get(entityOfSpace(space)) ?? [];
  const known = erasedBy(entries.map(({ body }) => body));
  const said = erasedBy(unsentControls(replica).map(([, body]) => body));
  return [...known].filter((entity) => !said.has(entity) && !reader.view.erased.has(entity));
}

/** Tells whether another administrator's device may still bring back an epoch that a restored server has lost. */
function awaitsOthers({ restored_ms, reader, identity }: Replica): boolean {
  if (restored_ms === null) return false;
  const members = [...reader.view.members.byDevice.values()];
  const others = members.filter(
    ({ device, worker }) => device !== identity.device && worker !== null,
  );
  return others.some((one) => isKeyed(one) && may(one, ROLE_ADMIN));
}

/**
 * Writes a member op again, its wrap of the epoch in force; one that says what is so already is left out.
 *
 * An addition keeps its time, `at`: a revocation that its author has not read, and the server has lost, is later.
 */
function writeMember(replica: Replica, body: MemberBody, moment: Moment, at?: Hlc): Promise<void> {
  return replica.alone(async () => {
    const state = await ahead(replica);
    const member = state.members.byDevice.get(body.device);
    if (member !== undefined && states(body, member)) return;
    const wrapped = body.xPk && (await wrapAhead(state, body.xPk, body.device));
    writeControl(replica, { ...body, wrap: wrapped }, moment, at);
  });
}

/** Returns the key of the epoch ahead, wrapped for a device. Rejects with CannotWrite without that key. */
export function wrapAhead({ members, keys }: Ahead, xPk: Bytes, device: DeviceId): Promise<Bytes> {
  const epochKey = keys.get(members.epoch);
  if (epochKey === undefined) throw new CannotWrite('The key of the epoch in force is not here.');
  return wrap(epochKey, xPk, epochOf(members), device);
}

/** Returns the epoch in force in a state. */
export function epochOf({ space, epoch, commits }: Members): Epoch {
  const commitment = commits.get(epoch);
  if (commitment === undefined) throw new CannotWrite('No epoch is in force yet.');
  return { space, n: epoch, commitment };
}

function states(body: MemberBody, { xPk, roles, worker, proposed }: Member): boolean {
  const sameKey = body.xPk === null || xPk === null ? body.xPk === xPk : sameBytes(body.xPk, xPk);
  return proposed === null && sameKey && body.roles === roles && body.worker === worker;
}

function revoked({ device, edPk, org, worker }: Member): MemberBody {
  return { kind: 'member', device, edPk, xPk: null, roles: 0, org, worker, wrap: null };
}

function known({ byDevice }: Members, device: DeviceId): Member {
  const member = byDevice.get(device);
  if (member === undefined) throw new CannotWrite('The device is no member.');
  return member;
}

/** Returns who was given the key of an epoch, and since when it is, by the log's time. */
function holdersOf(
  controls: readonly SoundEntry[],
  n: number,
): { holders: Set<DeviceId>; since_ms: number } {
  const holders = new Set<DeviceId>();
  let [epoch, since_ms] = [0, 0];
  for (const { body, server_ms: at_ms } of controls) {
    if (body?.kind === 'epoch') {
      epoch = body.n;
      if (epoch !== n) continue;
      for (const [device] of body.wraps) holders.add(device);
      since_ms = at_ms;
    } else if (body?.kind === 'member' && body.wrap !== null && epoch === n) {
      holders.add(body.device);
    }
  }
  return { holders, since_ms };
}
