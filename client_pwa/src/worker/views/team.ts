/** Who works in the association, on which devices, and who is invited. */
import type { Replica } from '../../engine/replica.ts';
import { ROLE_ADMIN } from '../../engine/control.ts';
import { isRevoked } from '../../engine/members.ts';
import type { DeviceLine, InviteLine, TeamLine } from '../protocol.ts';
import { workers } from './encounters.ts';
import type { Reading } from './reading.ts';

export function team(
  reading: Reading,
  replica: Replica,
  invites: readonly InviteLine[],
): readonly TeamLine[] {
  return workers(reading).map((worker) => ({
    worker,
    devices: devicesOf(replica, worker.id),
    invites: invites.filter((invite) => invite.worker === worker.id),
  }));
}

function devicesOf({ identity, reader }: Replica, worker: string): DeviceLine[] {
  return [...reader.view.members.byDevice.values()]
    .filter((member) => member.worker === worker && !isRevoked(member))
    .map(({ device, roles }) => ({
      id: device,
      here: device === identity.device,
      administers: (roles & ROLE_ADMIN) !== 0,
    }));
}
