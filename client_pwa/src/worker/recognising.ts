/**
 * Whoever was counted without a name, and is recognised later.
 *
 * Nothing of the encounter is written anew: a contact of the person says that they were counted in it without a name,
 * and as whom. What is shown of the encounter is its count less those contacts, whatever other tablets write meanwhile.
 */
import type { EntityId, OpId } from '../engine/ids.ts';
import { rowName } from '../engine/op.ts';
import { standingEncounter } from './encounters.ts';
import { knownPerson } from './persons.ts';
import { CallProblem, type Calls, type Recognised } from './protocol.ts';
import { type Scene, say } from './scene.ts';
import { standsIn, unnamedIn } from './views/contacts.ts';

export async function recognise(
  scene: Scene,
  { id, met }: Calls['person.recognise']['ask'],
): Promise<null> {
  const entity = knownPerson(scene.reading, id);
  const said = new Map(met.map((one) => [one.encounter, one]));
  for (const one of said.values()) await recogniseIn(scene, entity, one);
  return null;
}

/** Whoever stands in an encounter already was met there once. */
async function recogniseIn(
  scene: Scene,
  entity: EntityId,
  { encounter, gender, age }: Recognised,
): Promise<void> {
  const { reading } = scene;
  const { group } = standingEncounter(scene, encounter);
  if (standsIn(reading, group, entity)) return;
  const left = unnamedIn(reading, group);
  const isLeft = (left.anonymous[gender] ?? 0) > 0 && (age === null || (left.ages[age] ?? 0) > 0);
  if (!isLeft) throw new CallProblem('nobody_unnamed');
  const facts = { encounter: rowName(group.row), anonymous: true, 'services/talk': true };
  const fields = { anonymous_gender: gender, ...(age === null ? {} : { anonymous_age: age }) };
  // When they were met, and not now.
  const at = reading.at(encounter as OpId);
  await say(scene, [{ intent: 'row', entity, kind: 'contact', facts, fields }], at);
}
