/**
 * Who is to read the health file: the devices of those whom an administrator's device has called health workers.
 *
 * Every device may write down a worker; one that calls its own worker a health worker must not be given the key by that.
 */
import { ROLE_ADMIN } from '../../engine/control.ts';
import { ownGroup } from '../../engine/fold.ts';
import type { OpId } from '../../engine/ids.ts';
import { FACT } from '../../engine/liveness.ts';
import { isKeyed, may, type Member, type Members } from '../../engine/members.ts';
import { membersBefore } from '../../engine/past.ts';
import type { Replica } from '../../engine/replica.ts';
import type { WorkerRole } from '../../domain/catalogue.types.ts';
import type { Folds } from '../views/folds.ts';

const ROLE: WorkerRole = 'health';

/** Returns the devices of health workers, of those that are members of the association. */
export function healthDevices(folds: Folds, members: Members): Member[] {
  const workers = new Set(healthWorkers(folds));
  return [...members.byDevice.values()].filter(
    (member) => member.worker !== null && workers.has(member.worker) && isKeyed(member),
  );
}

/** Returns the ids of those workers. */
export function healthWorkers(folds: Folds): string[] {
  return folds.entities('worker').flatMap((state) => {
    const role = ownGroup(state)?.registers.get(`${FACT}role`);
    if (role?.value !== ROLE || role.conflict) return [];
    return isAdministrators(folds.replica, role.winner) ? [state.entity] : [];
  });
}

/** Of an op of the log, by its members then; what waits on this device is judged as what comes next. */
function isAdministrators(replica: Replica, opId: OpId): boolean {
  const { view } = replica.reader;
  const entry = view.firstEntries.get(opId);
  const device = (entry ?? replica.outbox.ops.get(opId))?.header?.device;
  if (device === undefined) return false;
  const members = entry ? membersBefore(replica, entry.cursor) : view.members;
  const author = members.byDevice.get(device);
  return author !== undefined && may(author, ROLE_ADMIN);
}
