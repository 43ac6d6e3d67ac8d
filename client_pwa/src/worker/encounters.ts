/** An encounter as it is saved and taken back, as the ops that it means. */
import { type Bytes, fromHex } from '../engine/bytes.ts';
import { ownGroup } from '../engine/fold.ts';
import type { EntityId, OpId } from '../engine/ids.ts';
import { FACT } from '../engine/liveness.ts';
import { type Fact, rowName } from '../engine/op.ts';
import type { Intent } from '../engine/writer.ts';
import { careIntents, saysCare } from './health/care.ts';
import { beginIntent, firstRecord } from './persons.ts';
import {
  CallProblem,
  type Calls,
  type EncounterDraft,
  type Met,
  type NewItem,
} from './protocol.ts';
import { referralIntents } from './referrals.ts';
import { rowIntent } from './rows.ts';
import { saidOf } from './said.ts';
import { entityOf, type Scene, say } from './scene.ts';
import { randomId } from './server.ts';
import { takenBack } from './taken-back.ts';
import { type Row, rowsOf, shown } from './views/reading.ts';
import { encounterOf } from './views/standing.ts';
import { isInUnit } from './views/stock.ts';

type Named<T> = Record<string, T>;

export async function saveEncounter(scene: Scene, draft: EncounterDraft): Promise<{ row: string }> {
  const patrol = draft.patrol as EntityId;
  const [encounter] = await say(scene, [encounterIntent(scene, draft)]);
  if (encounter === undefined) throw new CallProblem('refused');
  const name = rowName(encounter);
  const place = { encounter: name };
  const given = draft.items.filter(isSome).map((one) => itemIntent(patrol, place, one));
  const met = draft.people.flatMap((person) => contactIntents(scene, draft, person, name));
  await say(scene, given);
  const names = await say(scene, met);
  await say(scene, careOf(scene, draft, met, names));
  return { row: encounter };
}

/** The care given, of the one person met. */
function careOf(
  scene: Scene,
  { people, health }: EncounterDraft,
  met: readonly Intent[],
  names: readonly (OpId | undefined)[],
): Intent[] {
  if (!saysCare(health)) return [];
  const at = met.findIndex(({ kind }) => kind === 'contact');
  const [contact, row] = [met[at], names[at]];
  if (people.length !== 1 || !contact || !row) throw new CallProblem('refused');
  return careIntents(scene.health, contact.entity, row, health);
}

function encounterIntent({ reading }: Scene, draft: EncounterDraft): Intent {
  const patrol = reading.state(draft.patrol);
  const zone = draft.zone ?? (patrol === null ? null : shown(ownGroup(patrol), FACT, 'zone'));
  const counts = Object.entries(countsOf(draft)).filter(([, count]) => count > 0);
  const facts: Named<Fact> = Object.fromEntries(counts);
  if (typeof zone === 'string') facts['zone'] = fromHex(zone);
  const within = draft.within === null ? {} : { within: rowName(draft.within as OpId) };
  const fields = { ...within, ...(draft.people.length === 0 ? noteOf(draft) : {}) };
  return { intent: 'row', entity: draft.patrol as EntityId, kind: 'encounter', facts, fields };
}

/** The counts of people without a name, by the names of their facts. */
export function countsOf({
  anonymous,
  ages,
}: Pick<EncounterDraft, 'anonymous' | 'ages'>): Readonly<Named<number>> {
  const named = (name: string, counts: Readonly<Named<number>>): [string, number][] =>
    Object.entries(counts).map(([code, count]) => [`${name}_${code}`, sound(count)]);
  return Object.fromEntries([...named('anon', anonymous), ...named('anon_age', ages)]);
}

/** A count as it was said. What is no number would be written as nothing said; how many there may be, the catalogue tells. */
export function sound(count: number): number {
  if (!Number.isInteger(count) || count < 0) throw new CallProblem('refused');
  return count;
}

export function isSome({ count }: NewItem): boolean {
  return sound(count) > 0;
}

/**
 * `place` is the encounter or the observation that a row is of. What is taken back comes out of no bag: there the source
 * says by whom it was taken, a patrol with its bag.
 */
export function itemIntent(
  entity: EntityId,
  place: Named<Bytes>,
  { item, unit, count }: NewItem,
  fields: Named<string> = {},
): Intent {
  if (!isInUnit(item, unit)) throw new CallProblem('refused');
  const facts = { ...place, source: 'bag', item, count, unit };
  return { intent: 'row', entity, kind: 'distribution', facts, fields };
}

/** With somebody named a note is about them; with nobody, about the place. */
function noteOf({ note }: EncounterDraft): Named<string> {
  return note.trim() === '' ? {} : { note };
}

/** The person if they are new, the contact, what they ask for, and where they are referred. */
function contactIntents(
  scene: Scene,
  draft: EncounterDraft,
  person: Met,
  encounter: Bytes,
): Intent[] {
  const { entity, begun } = metBy(scene, person);
  const services = ['talk'];
  if (draft.items.some(isSome)) services.push('kit');
  if (draft.needs.length > 0) services.push('request');
  if (saysCare(draft.health)) services.push('care');
  const said = saidOf('contact', draft.contact);
  const facts: Named<Fact> = { ...said.facts, encounter };
  for (const service of services) facts[`services/${service}`] = true;
  const requests = draft.needs.map((need) => rowIntent(scene, entity, 'request', { need }));
  const referral = draft.referral ? referralIntents(scene, entity, draft.referral) : [];
  return [
    ...begun,
    { intent: 'row', entity, kind: 'contact', facts, fields: { ...said.fields, ...noteOf(draft) } },
    ...requests,
    ...referral,
  ];
}

/** The record under which somebody met is written, and what begins it if they are new. */
export function metBy(
  { reading }: Scene,
  person: Met,
): { readonly entity: EntityId; readonly begun: readonly Intent[] } {
  if ('id' in person) return { entity: firstRecord(reading, person.id), begun: [] };
  const entity = randomId<EntityId>();
  return { entity, begun: [beginIntent(entity, person)] };
}

export async function voidEncounter(
  scene: Scene,
  { row, reason }: Calls['encounter.void']['ask'],
): Promise<null> {
  const encounter = { entity: entityOf(scene, row), kind: 'encounter', row: row as OpId };
  const name = row.slice(0, 32);
  const others = ['contact', 'distribution'].flatMap((kind) =>
    scene.reading
      .rows(kind)
      .filter(({ group }) => encounterOf(group) === name)
      .map(({ entity, group }) => ({ entity, kind, row: group.row ?? ('' as OpId) })),
  );
  await say(scene, takenBack(scene.reading, [encounter, ...others], reason));
  return null;
}

/** An encounter that stands, and the patrol it is of. */
export type StandingEncounter = { readonly entity: EntityId; readonly group: Row };

/** Throws CallProblem if there is no such encounter, or if it was taken back. */
export function standingEncounter(scene: Scene, row: string): StandingEncounter {
  const entity = entityOf(scene, row);
  const state = scene.reading.state(entity);
  const group =
    state === null ? undefined : rowsOf(state, 'encounter').find((one) => one.row === row);
  if (group === undefined) throw new CallProblem('not_found');
  if (!group.counts) throw new CallProblem('encounter_void');
  return { entity, group };
}
