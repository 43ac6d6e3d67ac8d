/**
 * The recovery member: a member without a device, whose keys are made again from two of three papers.
 *
 * ```
 * signing seed = HKDF(seed32, zero32, "esc1/recovery-sign\0")
 * box seed     = HKDF(seed32, zero32, "esc1/recovery-box\0")
 * ```
 * The seed is split into SLIP-39 shares, two of three, and kept nowhere else.
 *
 * Whoever holds two papers reads the whole log from its first op and lets one device in, which administers.
 * They know the root from the paper and from nobody else: `rootIn` says which one a server shows, and a person
 * compares it before anything is written. Nothing else is ever written by this member.
 */
import { ascii, type Bytes } from './bytes.ts';
import { NotCanonical } from './codec.ts';
import { type MemberBody, ROLE_ADMIN, ROLE_ERASE, ROLE_WRITE } from './control.ts';
import { ahead } from './ahead.ts';
import { IntegrityFailure } from './errors.ts';
import { type OpId, type OrgId, type WorkerId, ZERO32 } from './ids.ts';
import { Identity } from './keyring.ts';
import { BoxKey, deviceId, hkdf, SigningKey } from './keys.ts';
import { decodePage } from './log.ts';
import { isKeyed, may } from './members.ts';
import { decodeHeader, HeaderFault, opId } from './op.ts';
import { type Replica } from './replica.ts';
import { wrapAhead } from './rotation.ts';
import { type RecoverySeed, Seed } from './secret.ts';
import { CannotWrite, type Moment, writeControl } from './writer.ts';

export const ROLES = ROLE_WRITE + ROLE_ADMIN + ROLE_ERASE;

/** Returns the recovery member's keys. */
export async function recoveryIdentity(seed: RecoverySeed): Promise<Identity> {
  const signing = new Seed(await hkdf(seed, ZERO32, ascii('esc1/recovery-sign\0')));
  const box = new Seed(await hkdf(seed, ZERO32, ascii('esc1/recovery-box\0')));
  return new Identity(await SigningKey.from(signing), await BoxKey.from(box));
}

/** Returns the recovery member's body in a founding segment: every role, and no worker. */
export function recoveryBody({ device, signing, box }: Identity, org: OrgId): MemberBody {
  if (box === null) throw new Error('The recovery member is keyed.');
  const keys = { edPk: signing.public, xPk: box.public };
  return { kind: 'member', device, ...keys, roles: ROLES, org, worker: null, wrap: null };
}

/**
 * Returns the root that the first page of a log shows. Nothing of it is checked: a replica made with it does that.
 *
 * Throws IntegrityFailure if the page holds no first op.
 */
export function rootIn(page: Bytes): OpId {
  try {
    const [first] = decodePage(page).segments;
    const row = first?.rows[0];
    if (first?.firstCursor !== 1 || row?.form !== 1) throw new IntegrityFailure('page', 0);
    return opId(decodeHeader(row.header).entity, row.header, row.sealed);
  } catch (error) {
    if (error instanceof NotCanonical || error instanceof HeaderFault) {
      throw new IntegrityFailure('page', 0);
    }
    throw error;
  }
}

/**
 * Saves in the recovery member's outbox that a device is a worker's, with every role and the key in force.
 *
 * Call it after a pull of the whole log, and after a person has found its root on the paper. Rejects with
 * CannotWrite if the recovery member may not, or holds no key to hand on.
 */
export function writeAdministrator(
  replica: Replica,
  { edPk, xPk }: { readonly edPk: Bytes; readonly xPk: Bytes },
  worker: WorkerId,
  moment: Moment,
): Promise<OpId> {
  return replica.alone(async () => {
    const own = replica.reader.view.members.byDevice.get(replica.identity.device);
    if (own === undefined || !isKeyed(own) || !may(own, ROLE_ADMIN)) {
      throw new CannotWrite('The recovery member does not administer this space.');
    }
    const device = deviceId(edPk);
    const wrap = await wrapAhead(await ahead(replica), xPk, device);
    const { org } = own;
    const body = { kind: 'member', device, edPk, xPk, roles: ROLES, org, worker, wrap } as const;
    return writeControl(replica, body, moment);
  });
}
