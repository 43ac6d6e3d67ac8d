/**
 * What a worker does, as the ops that it means. One gesture is saved whole or not at all.
 *
 * What names or describes somebody is written under the person; what is counted is written under the patrol.
 */
import { type Bytes, fromHex } from '../engine/bytes.ts';
import { ownGroup } from '../engine/fold.ts';
import type { EntityId, OpId } from '../engine/ids.ts';
import { FACT } from '../engine/liveness.ts';
import { type Fact, rowName } from '../engine/op.ts';
import type { Intent } from '../engine/writer.ts';
import catalogue from '../domain/catalogue.json' with { type: 'json' };
import type { Consent, Need } from '../domain/catalogue.types.ts';
import { findSpec } from '../domain/labels.ts';
import { careIntents, healthIntents, saysCare } from './health/care.ts';
import { editIntents, firstRecord, mergeIntents, unmergeIntents } from './persons.ts';
import {
  CallProblem,
  type Calls,
  type ConflictCard,
  type EncounterDraft,
  type Value,
  type Values,
} from './protocol.ts';
import { type Scene, say } from './scene.ts';
import { randomId } from './server.ts';
import { HEALTH_OF_CONTACT, HEALTH_OF_PERSON, healthRows, namesOfRow } from './views/health.ts';
import { openPatrol } from './views/encounters.ts';
import { shown } from './views/reading.ts';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const CLAIM_MS = 10 * 60_000;

type Named<T> = Record<string, T>;

export async function saveEncounter(scene: Scene, draft: EncounterDraft): Promise<{ row: string }> {
  const patrol = draft.patrol as EntityId;
  const [encounter] = await say(scene, [encounterOf(scene, draft)]);
  if (encounter === undefined) throw new CallProblem('refused');
  const name = rowName(encounter);
  const given = Object.entries(draft.items)
    .filter(([, count]) => count > 0)
    .map(([item, count]): Intent => ({
      intent: 'row',
      entity: patrol,
      kind: 'distribution',
      facts: { encounter: name, source: 'bag', item, count, unit: 'piece' },
    }));
  const met = draft.people.flatMap((person) => contactOf(scene, draft, person, name));
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

function encounterOf({ reading }: Scene, draft: EncounterDraft): Intent {
  const patrol = reading.state(draft.patrol);
  const zone = patrol === null ? null : shown(ownGroup(patrol), FACT, 'zone');
  const counts = Object.entries(draft.anonymous).filter(([, count]) => count > 0);
  const facts: Named<Fact> = Object.fromEntries(
    counts.map(([gender, count]) => [`anon_${gender}`, count]),
  );
  if (typeof zone === 'string') facts['zone'] = fromHex(zone);
  const fields = draft.people.length === 0 ? noteOf(draft) : {};
  return { intent: 'row', entity: draft.patrol as EntityId, kind: 'encounter', facts, fields };
}

/** With somebody named a note is about them; with nobody, about the place. */
function noteOf({ note }: EncounterDraft): Named<string> {
  return note.trim() === '' ? {} : { note };
}

/** The person if they are new, the contact, what they ask for, and where they are referred. */
function contactOf(
  scene: Scene,
  draft: EncounterDraft,
  person: EncounterDraft['people'][number],
  encounter: Bytes,
): Intent[] {
  const isNew = !('id' in person);
  const entity = isNew ? randomId<EntityId>() : firstRecord(scene.reading, person.id);
  const begun = isNew ? [personOf(entity, person)] : [];
  const services = ['talk'];
  if (Object.values(draft.items).some((count) => count > 0)) services.push('kit');
  if (draft.needs.length > 0) services.push('request');
  if (saysCare(draft.health)) services.push('care');
  const said = saidOf('contact', draft.contact);
  const facts: Named<Fact> = { ...said.facts, encounter };
  for (const service of services) facts[`services/${service}`] = true;
  const requests = draft.needs.map((need) => requestOf(scene, entity, need));
  const referral = draft.referral ? referralOf(scene, entity, draft.referral) : [];
  return [
    ...begun,
    { intent: 'row', entity, kind: 'contact', facts, fields: { ...said.fields, ...noteOf(draft) } },
    ...requests,
    ...referral,
  ];
}

function personOf(entity: EntityId, { alias, sign }: { alias: string; sign?: string }): Intent {
  const fields: Named<string> = { [`alias/${randomId().slice(0, 8)}`]: alias.trim() };
  if (sign !== undefined && sign.trim() !== '') fields['description'] = sign.trim();
  return { intent: 'genesis', entity, kind: 'person', fields };
}

function requestOf({ now }: Scene, entity: EntityId, need: Need): Intent {
  const facts = { opened: Math.floor(now / DAY_MS), status: 'open' };
  return { intent: 'row', entity, kind: 'request', facts, fields: { need } };
}

type Referral = {
  readonly structure: string;
  readonly needs: readonly Need[];
  readonly consent: Consent;
};

/** The consent is the person's; the referral outlives an erasure with codes and a random id only. */
function referralOf(
  scene: Scene,
  person: EntityId,
  { structure, needs, consent }: Referral,
): Intent[] {
  const entity = randomId<EntityId>();
  const facts = { person: fromHex(person), structure: fromHex(structure), mode: 'live' };
  const fields = Object.fromEntries(needs.map((need) => [`needs/${need}`, true]));
  return [
    ...editIntents(scene.reading, person, { facts: {}, fields: { consent_sharing: consent } }),
    { intent: 'genesis', entity, kind: 'referral', facts, fields },
    { intent: 'row', entity, kind: 'referral_move', facts: sendFacts(scene, structure) },
  ];
}

/** The deadlines are frozen when it is sent, from the structure's own hours. */
function sendFacts({ reading, now }: Scene, structure: string): Named<Fact> {
  const line = reading.directory.structure.find(({ id }) => id === structure);
  const facts: Named<Fact> = { move: 'send', expect: 'draft' };
  for (const name of ['acknowledge', 'decide', 'start', 'feedback'] as const) {
    const hours = line?.[`${name}_h`];
    if (typeof hours === 'number') facts[`${name}_until`] = now + hours * HOUR_MS;
  }
  return facts;
}

export async function createReferral(
  scene: Scene,
  ask: Calls['referral.create']['ask'],
): Promise<{ id: string }> {
  const intents = referralOf(scene, firstRecord(scene.reading, ask.person), ask);
  await say(scene, intents);
  return { id: intents.find(({ kind }) => kind === 'referral')?.entity ?? '' };
}

export async function moveReferral(
  scene: Scene,
  ask: Calls['referral.move']['ask'],
): Promise<null> {
  const facts: Named<Fact> = { move: ask.move, expect: expected(scene, ask.id) };
  const { worker } = scene.session;
  if (ask.move === 'claim') {
    facts['until'] = scene.now + CLAIM_MS;
    if (worker) facts['worker'] = fromHex(worker);
  }
  if (ask.move === 'decline_provider') {
    facts['declined'] = ask.reason === 'at_capacity' ? 'at_capacity' : 'other';
  }
  const fields = ask.reason === null ? {} : { reason: ask.reason };
  const entity = ask.id as EntityId;
  await say(scene, [{ intent: 'row', entity, kind: 'referral_move', facts, fields }]);
  return null;
}

/** The state that this screen showed: if it has moved on meanwhile, the move stays pending. */
function expected({ session }: Scene, id: string): string {
  const { states } = session.replica.rulings;
  const ruled = [...states].find(([object]) => object.split('/')[1] === id);
  return ruled?.[1].state ?? catalogue.kinds.referral_move.first_state;
}

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

export async function voidEncounter(
  scene: Scene,
  { row, reason }: Calls['encounter.void']['ask'],
): Promise<null> {
  const encounter = entityOf(scene, row);
  const name = row.slice(0, 32);
  const others = ['contact', 'distribution'].flatMap((kind) =>
    scene.reading
      .rows(kind)
      .filter(({ group }) => shown(group, FACT, 'encounter') === name)
      .map(({ entity, group }) => ({ entity, kind, row: group.row ?? ('' as OpId) })),
  );
  const contacts = new Set(others.flatMap((one) => namesOfRow(scene.reading, one.row)));
  const care = healthRows(scene.reading, contacts).map((one) => ({
    kind: HEALTH_OF_CONTACT,
    ...one,
  }));
  const voided = [{ entity: encounter, kind: 'encounter', row: row as OpId }, ...others, ...care];
  const facts = { void: true };
  const fields = reason === '' ? {} : { 'reason/void': reason };
  await say(
    scene,
    voided.map((one): Intent => ({ intent: 'amend', ...one, facts, fields })),
  );
  return null;
}

export async function amendItem(
  scene: Scene,
  { row, count, reason }: Calls['item.amend']['ask'],
): Promise<null> {
  const entity = entityOf(scene, row);
  const fields = { 'reason/count': reason };
  const kind = 'distribution';
  await say(scene, [{ intent: 'amend', entity, kind, row: row as OpId, facts: { count }, fields }]);
  return null;
}

function entityOf({ reading }: Scene, row: string): EntityId {
  const op = reading.op(row as OpId);
  if (op === undefined) throw new CallProblem('not_found');
  return op.header.entity;
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
  await say(scene, [personOf(id, ask)]);
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
      ? editIntents(scene.reading, entity, { facts, fields })
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

type Rules = Readonly<
  Record<string, { readonly facts?: Readonly<Record<string, { readonly rule: string }>> }>
>;

/** Plain values become facts, the others are sealed: the catalogue says which is which. */
function saidOf(kind: string, values: Values): { facts: Named<Fact>; fields: Values } {
  const isPlain = ([name]: [string, Value]): boolean => findSpec(kind, name)?.plain === true;
  const facts = Object.entries(values)
    .filter(isPlain)
    .map(([name, value]) => [name, factOf(kind, name, value)] as const);
  const fields = Object.entries(values).filter((one) => !isPlain(one));
  return { facts: Object.fromEntries(facts), fields: Object.fromEntries(fields) };
}

/** Ids are hex on the page's side and 16 bytes in an op. */
function factOf(kind: string, name: string, value: Value): Fact {
  const rule = (catalogue.kinds as unknown as Rules)[kind]?.facts?.[name]?.rule;
  return rule === 'id' && typeof value === 'string' ? fromHex(value) : value;
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
  await say(scene, [intent]);
  return null;
}

export async function closeRequest(
  scene: Scene,
  ask: Calls['request.close']['ask'],
): Promise<null> {
  const facts = { status: ask.status, closed: Math.floor(scene.now / DAY_MS) };
  const entity = entityOf(scene, ask.row);
  await say(scene, [{ intent: 'amend', entity, kind: 'request', row: ask.row as OpId, facts }]);
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
