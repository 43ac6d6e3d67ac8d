/** What a patrol saw of a place as it is saved and taken back, as the ops that it means. */
import { fromHex } from '../engine/bytes.ts';
import { type EntityState, ownGroup } from '../engine/fold.ts';
import type { OpId } from '../engine/ids.ts';
import { FACT } from '../engine/liveness.ts';
import { type Fact, rowName } from '../engine/op.ts';
import type { Intent } from '../engine/writer.ts';
import { isSome, itemIntent, sound } from './encounters.ts';
import { CallProblem, type Calls, type ObservationDraft, type Values } from './protocol.ts';
import { entityOf, type Scene, say } from './scene.ts';
import { takenBack } from './taken-back.ts';
import { rowIdOf, rowsOf, shown } from './views/reading.ts';
import { observationOf } from './views/standing.ts';
import { isCollected } from './views/stock.ts';

const OBSERVATION = 'observation';

/** Nothing is given to a place: of material there is only what was used and is picked up. */
export async function saveObservation(
  scene: Scene,
  draft: ObservationDraft,
): Promise<{ row: string }> {
  const patrol = scene.reading.state(draft.patrol);
  if (patrol === null || ownGroup(patrol)?.kind !== 'patrol') throw new CallProblem('not_found');
  const items = draft.items.filter(isSome);
  if (!items.every(({ item }) => isCollected(item))) throw new CallProblem('refused');
  const [row] = await say(scene, [observationIntent(patrol, draft)]);
  if (row === undefined) throw new CallProblem('refused');
  const place = { observation: rowName(row) };
  await say(
    scene,
    items.map((one) => itemIntent(patrol.entity, place, one)),
  );
  return { row };
}

function observationIntent(patrol: EntityState, draft: ObservationDraft): Intent {
  const zone = draft.zone ?? shown(ownGroup(patrol), FACT, 'zone');
  const facts: Record<string, Fact> = { seen: sound(draft.seen) };
  if (typeof zone === 'string') facts['zone'] = fromHex(zone);
  return {
    intent: 'row',
    entity: patrol.entity,
    kind: OBSERVATION,
    facts,
    fields: fieldsOf(draft),
  };
}

/** What was not said is not written: no police seen is not a word about the police. */
function fieldsOf({ territory, mood, police, mediation, note }: ObservationDraft): Values {
  const said: Values = {
    ...Object.fromEntries(territory.map((code) => [`territory/${code}`, true])),
    mood,
    police: police || null,
    mediation: mediation || null,
    note: note.trim() === '' ? null : note,
  };
  return Object.fromEntries(Object.entries(said).filter(([, value]) => value !== null));
}

/** The encounters within it were encounters all the same: they stand. */
export async function voidObservation(
  scene: Scene,
  { row, reason }: Calls['observation.void']['ask'],
): Promise<null> {
  const entity = entityOf(scene, row);
  const patrol = scene.reading.state(entity);
  const group = patrol && rowsOf(patrol, OBSERVATION).find((one) => one.row === row);
  if (!group) throw new CallProblem('not_found');
  if (reason.trim() === '') throw new CallProblem('refused');
  const name = rowIdOf(row as OpId);
  const items = rowsOf(patrol, 'distribution').filter((one) => observationOf(one) === name);
  const written = [group, ...items].map((one) => ({ entity, kind: one.kind, row: one.row }));
  await say(scene, takenBack(scene.reading, written, reason));
  return null;
}
