/** What an administrator does with a device that is lost, stolen or no longer used. */
import { ROLE_ADMIN } from '../engine/control.ts';
import { membersAhead } from '../engine/ahead.ts';
import type { DeviceId } from '../engine/ids.ts';
import { isRevoked, may } from '../engine/members.ts';
import { writeRevocation } from '../engine/rotation.ts';
import type { Scene } from './scene.ts';
import { CallProblem } from './protocol.ts';
import { randomBytes } from './server.ts';

/**
 * The device is a member no longer, and the next key is not for it: both are saved at once, and leave together. Asked
 * twice it is said once. Nobody retires the device in their hands: who has only that one would lock everybody out.
 */
export async function retireDevice({ session, now }: Scene, device: string): Promise<null> {
  const { member, replica, identity } = session;
  const target = membersAhead(replica).byDevice.get(device as DeviceId);
  if (target === undefined) throw new CallProblem('not_found');
  const isAdministrator = member !== null && may(member, ROLE_ADMIN) && member.org === target.org;
  if (!isAdministrator || target.device === identity.device) throw new CallProblem('refused');
  if (isRevoked(target)) return null;
  const moment = { local_ms: now, at_ms: now, random: randomBytes };
  await writeRevocation(replica, [target.device], moment);
  return null;
}
