/**
 * A compartment: a second space beside another, the outer one, that fewer of the same people read.
 *
 * Whoever opens one cannot read it afterwards. The founder's device draws the first key, lets in those who read, and
 * gives its own place as a reader up, all in one gesture. The first reader that pulls finds the founder among the
 * holders of the key in force and rotates (`rotationDue`); until then nothing is written (`isExposed`). Administrators
 * of the outer space are members without a key: they revoke and erase.
 */
import { ahead, membersAhead } from './ahead.ts';
import { type MemberBody, ROLE_ADMIN, ROLE_ERASE, ROLE_WRITE } from './control.ts';
import { type DeviceId, type OpId } from './ids.ts';
import { isKeyed, isRevoked, may, type Member, type Members } from './members.ts';
import { ROLES } from './recovery.ts';
import { type Replica } from './replica.ts';
import { wrapAhead, writeRevocation } from './rotation.ts';
import { EpochKey, SECRET_BYTES } from './secret.ts';
import { CannotWrite, firstEpoch, type Moment, writeControl, writeFounding } from './writer.ts';

/** Readers let in and rotate, so that no administrator is needed who would hold a key. */
export const READER_ROLES = ROLE_WRITE + ROLE_ADMIN;
export const KEYLESS_ROLES = ROLE_ADMIN + ROLE_ERASE;

/**
 * Saves in the outbox all that founds a compartment, and returns its root.
 *
 * The first segment is the founder's, with the recovery member of the outer space (of one without papers, the first
 * reader in its place). The second lets in the other readers, adds the other administrators without a key, and takes
 * the founder's own key away.
 *
 * `replica` is the founder's of the new space, empty and without a root, with its identity of the outer space; `outer`
 * are the members of the outer space, and `readers` the devices that are to read, of those that it knows. Rejects with
 * CannotWrite if the founder is no keyed administrator there, or nobody would be able to read.
 */
export async function writeCompartment(
  replica: Replica,
  outer: Members,
  readers: ReadonlySet<DeviceId>,
  moment: Moment,
): Promise<OpId> {
  const own = outer.byDevice.get(replica.identity.device);
  if (own === undefined || !isKeyed(own) || !may(own, ROLE_ADMIN)) {
    throw new CannotWrite('This device does not administer the outer space.');
  }
  const keyed = othersOf(outer, own).filter(isKeyed);
  const reading = keyed.filter(({ device, worker }) => readers.has(device) && worker !== null);
  const [firstReader] = reading;
  if (firstReader === undefined) throw new CannotWrite('Nobody would be able to read.');
  const recovery = keyed.filter(({ worker }) => worker === null).map((one) => bodyOf(one, ROLES));
  const beside = recovery.length > 0 ? recovery : [bodyOf(firstReader, READER_ROLES)];
  const first: [MemberBody, ...MemberBody[]] = [bodyOf(own, ROLES), ...beside];
  const epochKey = new EpochKey(moment.random(SECRET_BYTES));
  const epoch = await firstEpoch(replica.space, first, epochKey);
  const root = await writeFounding(replica, first, epoch, moment);
  const known = new Set(first.map(({ device }) => device));
  for (const one of reading) if (!known.has(one.device)) await letIn(replica, one, moment);
  for (const one of administratorsOf(outer, own)) {
    if (known.has(one.device) || readers.has(one.device)) continue;
    writeControl(replica, keyless(one), moment);
  }
  writeControl(replica, keyless(own), moment);
  return root;
}

/**
 * Saves in the outbox that a device of the outer space reads from here on, with the key in force. Rejects with
 * CannotWrite if the device has no box key, or this one holds no key to hand on.
 */
export function letIn(replica: Replica, member: Member, moment: Moment): Promise<OpId> {
  return replica.alone(async () => {
    const { xPk, device } = member;
    if (xPk === null) throw new CannotWrite('The device has no key to wrap for.');
    const wrap = await wrapAhead(await ahead(replica), xPk, device);
    return writeControl(replica, { ...bodyOf(member, READER_ROLES), wrap }, moment);
  });
}

/**
 * Does what the outer space has decided meanwhile, and tells whether the outbox has changed; call it after a pull of
 * both, on an administrator's device.
 *
 * A device revoked there is revoked here; an administrator's device that is missing here is added without a key.
 */
export async function keepCompartment(
  replica: Replica,
  outer: Members,
  moment: Moment,
): Promise<boolean> {
  const members = membersAhead(replica);
  const own = members.byDevice.get(replica.identity.device);
  if (own === undefined || !may(own, ROLE_ADMIN)) return false;
  const gone = [...members.byDevice.values()].filter((here) => {
    const there = outer.byDevice.get(here.device);
    return !isRevoked(here) && there !== undefined && isRevoked(there);
  });
  const missing = administratorsOf(outer, own).filter(
    ({ device }) => !members.byDevice.has(device),
  );
  const devices = gone.map(({ device }) => device);
  if (devices.length > 0) await writeRevocation(replica, devices, moment);
  for (const one of missing) writeControl(replica, keyless(one), moment);
  return gone.length > 0 || missing.length > 0;
}

/** Returns the other members of the same association, ascending by device. */
function othersOf({ byDevice }: Members, { device, org }: Member): Member[] {
  const others = [...byDevice.values()].filter((one) => one.device !== device && one.org === org);
  return others.sort((a, b) => (a.device < b.device ? -1 : 1));
}

function administratorsOf(outer: Members, own: Member): Member[] {
  return othersOf(outer, own).filter((one) => may(one, ROLE_ADMIN) && one.worker !== null);
}

function bodyOf({ device, edPk, xPk, org, worker }: Member, roles: number): MemberBody {
  return { kind: 'member', device, edPk, xPk, roles, org, worker, wrap: null };
}

function keyless(member: Member): MemberBody {
  return { ...bodyOf(member, KEYLESS_ROLES), xPk: null };
}
