/**
 * The recovery member: a member without a device, whose keys are made again from two of three papers.
 *
 * ```
 * signing seed = HKDF(seed32, zero32, "esc1/recovery-sign\0")
 * box seed     = HKDF(seed32, zero32, "esc1/recovery-box\0")
 * ```
 * The seed is split into SLIP-39 shares, two of three, and kept nowhere else.
 */
import { ascii } from './bytes.ts';
import { type MemberBody, ROLE_ADMIN, ROLE_ERASE, ROLE_WRITE } from './control.ts';
import { type OrgId, ZERO32 } from './ids.ts';
import { Identity } from './keyring.ts';
import { BoxKey, hkdf, SigningKey } from './keys.ts';
import { type RecoverySeed, Seed } from './secret.ts';

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
