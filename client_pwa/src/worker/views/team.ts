/** Who works in the association, on which devices, and who is invited. */
import { membersAhead } from '../../engine/ahead.ts';
import type { Replica } from '../../engine/replica.ts';
import { lastKnownMembers } from '../../engine/restore.ts';
import { ROLE_ADMIN } from '../../engine/control.ts';
import type { DeviceId, WorkerId } from '../../engine/ids.ts';
import { isRevoked, type Member, may } from '../../engine/members.ts';
import type { DeviceLine, InviteLine, TeamLine } from '../protocol.ts';
import { workers } from './encounters.ts';
import type { Reading } from './reading.ts';

type Seen = { readonly joined: number; readonly wrote: number | null };

export function team(
  reading: Reading,
  replica: Replica,
  invites: readonly InviteLine[],
): readonly TeamLine[] {
  const lines = devicesIn(replica);
  return workers(reading).map((worker) => ({
    worker,
    devices: lines
      .filter((one) => one.worker === worker.id)
      .map(({ line }) => line)
      .sort((a, b) => Number(a.retired === 'done') - Number(b.retired === 'done')),
    invites: invites.filter((invite) => invite.worker === worker.id),
  }));
}

/** Every device that is or was a member, with whose it is. */
export function devicesIn(
  replica: Replica,
): { readonly worker: WorkerId | null; readonly line: DeviceLine }[] {
  const seen = seenOf(replica);
  const { byDevice: inLog } = replica.reader.view.members;
  const { byDevice: lastKnown } = lastKnownMembers(replica);
  const ahead = [...membersAhead(replica).byDevice.values(), ...lastKnown.values()];
  const gone = new Set(ahead.filter(isRevoked).map(({ device }) => device));
  return [...lastKnown.values()].map((member) => ({
    worker: member.worker,
    line: deviceLine(inLog.get(member.device) ?? member, replica, seen, gone),
  }));
}

function deviceLine(
  member: Member,
  { identity }: Replica,
  seen: ReadonlyMap<DeviceId, Seen>,
  gone: ReadonlySet<DeviceId>,
): DeviceLine {
  const { device } = member;
  const waits = gone.has(device) ? 'waiting' : null;
  return {
    id: device,
    here: device === identity.device,
    administers: may(member, ROLE_ADMIN),
    joined: seen.get(device)?.joined ?? null,
    wrote: seen.get(device)?.wrote ?? null,
    retired: isRevoked(member) ? 'done' : waits,
  };
}

/** When each device became a member, and the last time that the log took something of it. */
export function seenOf({ controls, entries }: Replica): Map<DeviceId, Seen> {
  const joined = new Map<DeviceId, number>();
  const wrote = new Map<DeviceId, number>();
  const note = (device: DeviceId, server_ms: number): void => {
    wrote.set(device, Math.max(server_ms, wrote.get(device) ?? 0));
  };
  for (const { body, header, server_ms } of controls) {
    note(header.device, server_ms);
    if (body?.kind === 'member' && !joined.has(body.device)) joined.set(body.device, server_ms);
  }
  for (const ops of entries.values()) {
    for (const { header, server_ms } of ops) note(header.device, server_ms);
  }
  return new Map(
    Array.from(joined, ([device, at]) => [
      device,
      { joined: at, wrote: wrote.get(device) ?? null },
    ]),
  );
}
