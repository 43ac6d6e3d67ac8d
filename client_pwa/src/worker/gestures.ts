/**
 * What a worker does, as the ops that it means. One gesture is saved whole or not at all.
 *
 * What names or describes somebody is written under the person; what is counted is written under the patrol.
 */
import type { EntityId, OpId } from '../engine/ids.ts';
import { FACT } from '../engine/liveness.ts';
import type { Intent } from '../engine/writer.ts';
import { careIntents, healthIntents, saysCare } from './health/care.ts';
import { consentIntents, personIntents } from './consents.ts';
import { beginIntent, binIntents, knownPerson, mergeIntents, unmergeIntents } from './persons.ts';
import { CallProblem, type Calls, type ConflictCard, type Value } from './protocol.ts';
import { factOf } from './said.ts';
import { entityOf, type Scene, say } from './scene.ts';
import { randomId } from './server.ts';
import { openPatrol } from './views/encounters.ts';
import { HEALTH_OF_PERSON } from './views/health.ts';
import { shown } from './views/reading.ts';

/** Adds care to a contact that was saved before, and counts it as such. */
export async function addHealth(
  scene: Scene,
  { contact, values }: Calls['health.add']['ask'],
): Promise<null> {
  const [entity, row] = [entityOf(scene, contact), contact as OpId];
  if (scene.reading.op(row)?.header.kind !== 'contact') throw new CallProblem('not_found');
  if (!saysCare(values)) throw new CallProblem('refused');
  const state = scene.reading.state(entity);
  const group = state?.groups.find((one) => one.row === row) ?? null;
  const isCounted = shown(group, FACT, 'services/care') === true;
  const counted: Intent = {
    intent: 'amend',
    entity,
    kind: 'contact',
    row,
    facts: { 'services/care': true },
  };
  const care = careIntents(scene.health, entity, row, values);
  await say(scene, isCounted ? care : [counted, ...care]);
  return null;
}

export async function addWorker(
  scene: Scene,
  { name, role, profession }: Calls['worker.add']['ask'],
): Promise<{ id: string }> {
  const entity = randomId<EntityId>();
  const said = { facts: { role, profession }, fields: { name: name.trim() } };
  if (said.fields.name === '') throw new CallProblem('name_missing');
  await say(scene, [{ intent: 'genesis', entity, kind: 'worker', ...said }]);
  return { id: entity };
}

export async function createPerson(
  scene: Scene,
  ask: Calls['person.create']['ask'],
): Promise<{ id: string }> {
  const id = randomId<EntityId>();
  await say(scene, [beginIntent(id, ask)]);
  return { id };
}

export async function editEntity(scene: Scene, ask: Calls['entity.edit']['ask']): Promise<null> {
  const facts = Object.fromEntries(
    Object.entries(ask.facts).map(([name, value]) => [name, factOf(ask.kind, name, value)]),
  );
  const { entity, kind, fields } = ask;
  if (kind === HEALTH_OF_PERSON) {
    await say(scene, healthIntents(scene, entity, fields));
    return null;
  }
  const intents: Intent[] =
    kind === 'person'
      ? personIntents(scene, entity, { facts, fields })
      : [{ intent: 'edit', entity: entity as EntityId, kind, facts, fields }];
  await say(scene, intents);
  return null;
}

export async function mergePersons(
  scene: Scene,
  { ids }: Calls['person.merge']['ask'],
): Promise<null> {
  await say(scene, mergeIntents(scene.reading, ids));
  return null;
}

export async function unmergePerson(
  scene: Scene,
  { id }: Calls['person.unmerge']['ask'],
): Promise<null> {
  await say(scene, unmergeIntents(scene.reading, id));
  return null;
}

/** Puts somebody with all their records into the bin, or takes them out. */
export async function binPerson(scene: Scene, id: string, trash: true | null): Promise<null> {
  await say(scene, binIntents(scene.reading, knownPerson(scene.reading, id), trash));
  return null;
}

/** Writes the chosen value again: its base lists every candidate, so that the conflict is over. */
export async function resolveConflict(
  scene: Scene,
  { card, value }: { card: ConflictCard; value: Value },
): Promise<null> {
  const facts = card.plain ? { [card.name]: factOf(card.kind, card.name, value) } : {};
  const fields = card.plain ? {} : { [card.name]: value };
  const said = { entity: card.entity as EntityId, kind: card.kind, facts, fields };
  const intent: Intent =
    card.row === null
      ? { intent: 'edit', ...said }
      : { intent: 'amend', ...said, row: card.row as OpId };
  const isOfPerson = card.kind === 'person' && card.row === null;
  const more = isOfPerson ? consentIntents(scene, card.entity, { facts, fields }) : [];
  await say(scene, [intent, ...more]);
  return null;
}

/** What the locked screen may say of the round: its zone and since when. */
export function roundLabel({
  session,
  reading,
}: Pick<Scene, 'session' | 'reading'>): { zone: string; since: number } | null {
  const patrol = openPatrol(reading, session.worker);
  return patrol?.zone ? { zone: patrol.zone.name, since: patrol.start } : null;
}
