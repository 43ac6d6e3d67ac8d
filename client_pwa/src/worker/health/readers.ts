/** Who reads the health file: to whom it is given, and from whom it is taken. */
import { membersAhead } from '../../engine/ahead.ts';
import { letIn } from '../../engine/compartment.ts';
import { ROLE_ADMIN } from '../../engine/control.ts';
import type { DeviceId } from '../../engine/ids.ts';
import { isKeyed, may, type Member } from '../../engine/members.ts';
import type { Replica } from '../../engine/replica.ts';
import { writeRevocation } from '../../engine/rotation.ts';
import type { Moment } from '../../engine/writer.ts';
import { CallProblem, type HealthReader, type HealthTeam } from '../protocol.ts';
import type { Session } from '../session.ts';
import { workerLine } from '../views/encounters.ts';
import type { Reading } from '../views/reading.ts';
import type { HealthFile } from './file.ts';
import { healthDevices } from './workers.ts';

/** What all of this stands on: the association's space, what it shows now, and the health file. */
export type HealthScene = {
  readonly session: Session;
  readonly reading: Reading;
  readonly file: HealthFile;
};

type Reader = Pick<HealthReader, 'since' | 'waiting'> & { readonly member: Member };

export function healthTeam(scene: HealthScene): HealthTeam {
  const { session, file } = scene;
  const { pointer, access } = file;
  const founds = file.session?.founds ?? false;
  const isThere = pointer?.isLogged === true && !founds;
  const without = withoutKey(scene);
  return {
    exists: pointer === null ? 'no' : isThere ? 'yes' : 'opening',
    mayOpen: mayOpen(scene),
    mayGive: access === 'open',
    mayTake: administers(session) && administers(file.session),
    readers: readersOf(file).map((reader) => readerLine(scene, reader)),
    without: without.map((member) => readerLine(scene, { member, since: null, waiting: null })),
  };
}

/** Founds it, with every device of a health worker as its readers. Rejects with CallProblem. */
export async function openHealth(scene: HealthScene): Promise<null> {
  if (!mayOpen(scene)) throw new CallProblem('refused');
  await scene.file.open();
  return null;
}

/** A reader lets one more device read. Rejects with CallProblem. */
export async function giveHealth(
  scene: HealthScene,
  device: string,
  moment: Moment,
): Promise<null> {
  const { session: health, access } = scene.file;
  if (health === null || access !== 'open') throw new CallProblem('refused');
  return health.change(async () => {
    const member = withoutKey(scene).find((one) => one.device === device);
    if (member === undefined) throw new CallProblem('not_found');
    await letIn(health.replica, member, moment);
    return null;
  });
}

/** The device keeps what it has read, and is given nothing more; asked twice it is said once. Rejects with CallProblem. */
export async function takeHealth(
  scene: HealthScene,
  device: string,
  moment: Moment,
): Promise<null> {
  const { session, file } = scene;
  const health = file.session;
  const isAllowed = administers(session) && administers(health);
  if (health === null || !isAllowed) throw new CallProblem('refused');
  return health.change(async () => {
    const reader = readersOf(file).find(({ member }) => member.device === device);
    if (reader === undefined) throw new CallProblem('not_found');
    if (reader.waiting === 'taken') return null;
    await writeRevocation(health.replica, [device as DeviceId], moment);
    return null;
  });
}

function mayOpen({ session, reading, file }: HealthScene): boolean {
  if (!administers(session) || file.pointer !== null) return false;
  return healthDevices(reading.folds, membersAhead(session.replica)).some(
    ({ device }) => device !== session.identity.device,
  );
}

/** Also while that waits in the outbox: a founder has no other place yet. */
function administers(session: Session | null): boolean {
  const own = session && membersAhead(session.replica).byDevice.get(session.identity.device);
  return own != null && may(own, ROLE_ADMIN);
}

/** Returns the devices of health workers that cannot read; nobody knows them who is no member. */
function withoutKey({ session, reading, file }: HealthScene): Member[] {
  if (file.session === null && !administers(session)) return [];
  if (file.session === null && file.pointer !== null) return [];
  const known = new Set(readersOf(file).map(({ member }) => member.device));
  const workers = healthDevices(reading.folds, membersAhead(session.replica));
  return workers.filter(({ device }) => !known.has(device));
}

/** Returns the devices that have a key, or will once what waits here is in the log; recovery is no device. */
function readersOf({ session }: HealthFile): Reader[] {
  if (session === null) return [];
  const { replica } = session;
  const { byDevice: inLog } = replica.reader.view.members;
  const since = sinceWhen(replica);
  return [...membersAhead(replica).byDevice.values()].flatMap((member): Reader[] => {
    if (member.worker === null) return [];
    const here = inLog.get(member.device);
    const [was, is] = [here !== undefined && isKeyed(here), isKeyed(member)];
    if (!was && !is) return [];
    const waiting = was === is ? null : is ? 'given' : 'taken';
    return [{ member, since: since.get(member.device) ?? null, waiting }];
  });
}

/** Since when each device has a key, by the log's time. */
function sinceWhen({ controls }: Replica): Map<DeviceId, number> {
  const since = new Map<DeviceId, number>();
  for (const { body, server_ms } of controls) {
    if (body?.kind !== 'member') continue;
    if (body.xPk === null) since.delete(body.device);
    else if (!since.has(body.device)) since.set(body.device, server_ms);
  }
  return since;
}

function readerLine({ session, reading }: HealthScene, reader: Reader): HealthReader {
  const { member, since, waiting } = reader;
  return {
    device: member.device,
    worker: workerLine(reading, member.worker ?? ''),
    here: member.device === session.identity.device,
    since,
    waiting,
  };
}
