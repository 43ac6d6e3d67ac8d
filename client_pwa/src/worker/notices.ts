/** What every team must know before it goes out: as it is written, lifted and read, as the ops that it means. */
import { fromHex } from '../engine/bytes.ts';
import { ownGroup } from '../engine/fold.ts';
import type { EntityId } from '../engine/ids.ts';
import type { Intent } from '../engine/writer.ts';
import type { WorkerRole } from '../domain/catalogue.types.ts';
import { dayAt } from '../domain/day.ts';
import { CallProblem, type Calls } from './protocol.ts';
import { changed } from './said.ts';
import { type Scene, say } from './scene.ts';
import { randomId } from './server.ts';
import { workerLine } from './views/encounters.ts';
import { type NoticeState, noticeState, readersOf } from './views/notices.ts';

const KIND = 'notice';
const WRITERS: readonly (WorkerRole | null)[] = ['coordinator', 'administrator'];

/** Whoever writes one has read it. */
export async function writeNotice(
  scene: Scene,
  { type, zone, until, text }: Calls['notice.write']['ask'],
): Promise<{ id: string }> {
  refuseOthers(scene);
  const day = dayAt(scene.now);
  const words = text.trim();
  if (words === '' || (until !== null && until < day)) throw new CallProblem('refused');
  const entity = randomId<EntityId>();
  const where = zone === null ? {} : { zone: fromHex(zone) };
  const facts = { type, day, ...where, ...(until === null ? {} : { until }) };
  await say(scene, [
    { intent: 'genesis', entity, kind: KIND, facts, fields: { text: words } },
    seenIntent(entity),
  ]);
  return { id: entity };
}

export async function liftNotice(scene: Scene, { id }: Calls['notice.lift']['ask']): Promise<null> {
  refuseOthers(scene);
  const { state } = foundNotice(scene, id);
  const own = ownGroup(state);
  const facts = own === null ? {} : changed(own, { over: true });
  if (Object.keys(facts).length === 0) return null;
  await say(scene, [{ intent: 'edit', entity: state.entity, kind: KIND, facts }]);
  return null;
}

/** Says so once, whichever device of theirs a worker has read it on before, as far as this one has heard. */
export async function readNotice(scene: Scene, { id }: Calls['notice.read']['ask']): Promise<null> {
  const { state } = foundNotice(scene, id);
  const { worker } = scene.session;
  if (worker === null) throw new CallProblem('refused');
  if (readersOf(scene.reading, state).some((reader) => reader.worker === worker)) return null;
  await say(scene, [seenIntent(state.entity)]);
  return null;
}

function seenIntent(entity: EntityId): Intent {
  return { intent: 'row', entity, kind: 'notice_seen' };
}

function foundNotice({ reading }: Scene, id: string): NoticeState {
  const found = noticeState(reading, id);
  if (found === null) throw new CallProblem('not_found');
  return found;
}

function refuseOthers({ reading, session }: Scene): void {
  const { role } = workerLine(reading, session.worker ?? '');
  if (!WRITERS.includes(role)) throw new CallProblem('refused');
}
