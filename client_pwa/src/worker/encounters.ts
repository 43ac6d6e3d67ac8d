/**
 * An encounter as it is saved, corrected and taken back.
 *
 * A correction writes what changes and nothing else, each value with the reason beside it: what somebody else corrects
 * meanwhile stays theirs. Like every gesture it is saved whole or not at all.
 */
import { type Bytes, fromHex } from '../engine/bytes.ts';
import { isSameValue } from '../engine/codec.ts';
import { ownGroup } from '../engine/fold.ts';
import type { EntityId, OpId } from '../engine/ids.ts';
import { FACT, FIELD } from '../engine/liveness.ts';
import { type Fact, rowName } from '../engine/op.ts';
import type { Intent } from '../engine/writer.ts';
import type { Need } from '../domain/catalogue.types.ts';
import { careIntents, saysCare } from './health/care.ts';
import { beginIntent, firstRecord } from './persons.ts';
import {
  CallProblem,
  type Calls,
  type EncounterAmendment,
  type EncounterDraft,
  type Met,
  type NewItem,
  type Value,
} from './protocol.ts';
import { referralIntents } from './referrals.ts';
import { saidOf } from './said.ts';
import { entityOf, type Scene, say } from './scene.ts';
import { randomId } from './server.ts';
import { HEALTH_OF_CONTACT, healthRows, namesOfRow } from './views/health.ts';
import { personNamed } from './views/persons.ts';
import { type Reading, type Row, rowIdOf, rowsOf, shown } from './views/reading.ts';
import { ADDED, contactStands, distributions, encounterOf } from './views/standing.ts';
import { isInUnit } from './views/stock.ts';

const DAY_MS = 24 * 3_600_000;

type Named<T> = Record<string, T>;

export async function saveEncounter(scene: Scene, draft: EncounterDraft): Promise<{ row: string }> {
  const patrol = draft.patrol as EntityId;
  const [encounter] = await say(scene, [encounterIntent(scene, draft)]);
  if (encounter === undefined) throw new CallProblem('refused');
  const name = rowName(encounter);
  const given = draft.items.filter(isSome).map((one) => itemIntent(patrol, name, one));
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
  const fields = draft.people.length === 0 ? noteOf(draft) : {};
  return { intent: 'row', entity: draft.patrol as EntityId, kind: 'encounter', facts, fields };
}

/** The counts of people without a name, by the names of their facts. */
function countsOf({
  anonymous,
  ages,
}: Pick<EncounterDraft, 'anonymous' | 'ages'>): Readonly<Named<number>> {
  const named = (name: string, counts: Readonly<Named<number>>): [string, number][] =>
    Object.entries(counts).map(([code, count]) => [`${name}_${code}`, sound(count)]);
  return Object.fromEntries([...named('anon', anonymous), ...named('anon_age', ages)]);
}

/** A count as it was said. What is no number would be written as nothing said; how many there may be, the catalogue tells. */
function sound(count: number): number {
  if (!Number.isInteger(count) || count < 0) throw new CallProblem('refused');
  return count;
}

function isSome({ count }: NewItem): boolean {
  return sound(count) > 0;
}

/** What is taken back comes out of no bag: there the source says by whom it was taken, a patrol with its bag. */
function itemIntent(
  entity: EntityId,
  encounter: Bytes,
  { item, unit, count }: NewItem,
  fields: Named<string> = {},
): Intent {
  if (!isInUnit(item, unit)) throw new CallProblem('refused');
  const facts = { encounter, source: 'bag', item, count, unit };
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
  const requests = draft.needs.map((need) => requestOf(scene, entity, need));
  const referral = draft.referral ? referralIntents(scene, entity, draft.referral) : [];
  return [
    ...begun,
    { intent: 'row', entity, kind: 'contact', facts, fields: { ...said.fields, ...noteOf(draft) } },
    ...requests,
    ...referral,
  ];
}

/** The record under which somebody met is written, and what begins it if they are new. */
function metBy(
  { reading }: Scene,
  person: Met,
): { readonly entity: EntityId; readonly begun: readonly Intent[] } {
  if ('id' in person) return { entity: firstRecord(reading, person.id), begun: [] };
  const entity = randomId<EntityId>();
  return { entity, begun: [beginIntent(entity, person)] };
}

function requestOf({ now }: Scene, entity: EntityId, need: Need): Intent {
  const facts = { opened: Math.floor(now / DAY_MS), status: 'open' };
  return { intent: 'row', entity, kind: 'request', facts, fields: { need } };
}

// ── Correction ──

/** An encounter that stands, with its row and the name by which other rows are of it. */
type Standing = { readonly entity: EntityId; readonly group: Row; readonly name: string };

export async function amendEncounter(scene: Scene, ask: EncounterAmendment): Promise<null> {
  const encounter = standing(scene, ask.row);
  if (ask.reason.trim() === '') throw new CallProblem('refused');
  const items = itemAmendments(scene, encounter, ask);
  const amended = items.filter(({ intent }) => intent === 'amend');
  await say(scene, [
    ...ownAmendments(encounter, ask),
    ...amended,
    ...removals(scene, encounter, ask),
  ]);
  // What was forgotten happened then, and not now: a bag that was counted since misses it already.
  const added = items.filter(({ intent }) => intent === 'row');
  await say(
    scene,
    [...added, ...forgotten(scene, encounter, ask)],
    scene.reading.at(encounter.group.row),
  );
  return null;
}

function standing(scene: Scene, row: string): Standing {
  const entity = entityOf(scene, row);
  const state = scene.reading.state(entity);
  const group =
    state === null ? undefined : rowsOf(state, 'encounter').find((one) => one.row === row);
  if (group === undefined) throw new CallProblem('not_found');
  if (!group.counts) throw new CallProblem('encounter_void');
  return { entity, group, name: rowIdOf(group.row) };
}

/** Where it was, how many without a name, and the note about the place. */
function ownAmendments({ entity, group }: Standing, ask: EncounterAmendment): Intent[] {
  const zone = ask.zone === undefined ? {} : { zone: fromHex(ask.zone) };
  const counts = changed(group, { ...countsOf(ask) }, 0);
  const facts = { ...changed<Fact>(group, zone), ...counts };
  const note = ask.note === undefined ? {} : { note: ask.note.trim() === '' ? null : ask.note };
  const fields = changed<Value>(group, note, null, FIELD);
  return amendment({ entity, group, facts, fields, reason: ask.reason });
}

/** Returns what is otherwise than it shows, and where two values stand, what decides between them. */
function changed<T extends Fact | Value>(
  group: Row,
  said: Named<T>,
  absent: Fact = null,
  namespace: typeof FACT | typeof FIELD = FACT,
): Named<T> {
  const others = Object.entries(said).filter(([name, value]) => {
    const register = group.registers.get(`${namespace}${name}`);
    return register?.conflict === true || !isSameValue(register?.value ?? absent, value);
  });
  return Object.fromEntries(others);
}

/** New values of a row's names, each with the reason; nothing if there are none. */
function amendment({
  entity,
  group,
  facts,
  fields = {},
  reason,
}: {
  readonly entity: EntityId;
  readonly group: Row;
  readonly facts: Named<Fact>;
  readonly fields?: Named<Value>;
  readonly reason: string;
}): Intent[] {
  const names = [...Object.keys(facts), ...Object.keys(fields)];
  if (names.length === 0) return [];
  const reasons = Object.fromEntries(names.map((name) => [`reason/${name}`, reason]));
  const said = { facts, fields: { ...fields, ...reasons } };
  return [{ intent: 'amend', entity, kind: group.kind, row: group.row, ...said }];
}

/**
 * What was given or taken back otherwise than it was written, and what was forgotten. An item that has a row by now, as
 * when somebody else had not forgotten it, gets no second one: nothing is counted twice.
 */
function itemAmendments(
  { reading }: Scene,
  { entity, group, name }: Standing,
  { counts, items, reason }: EncounterAmendment,
): Intent[] {
  const patrol = reading.state(entity);
  const own = patrol === null ? [] : distributions(reading, patrol);
  const rows = own.filter((one) => encounterOf(one) === name);
  const amended = counts.flatMap(({ row, count }) => {
    const item = rows.find((one) => one.row === row);
    if (item === undefined) throw new CallProblem('not_found');
    const facts = changed(item, { count: sound(count) }, 0);
    return amendment({ entity, group: item, facts, reason });
  });
  const added = items.filter(isSome).flatMap((one): Intent[] => {
    const row = rows.find((known) => isOf(known, one));
    if (row === undefined) {
      return [itemIntent(entity, rowName(group.row), one, { [`reason/${ADDED}`]: reason })];
    }
    const facts = changed(row, { count: one.count }, 0);
    return amendment({ entity, group: row, facts, reason });
  });
  return [...amended, ...added];
}

function isOf(row: Row, { item, unit }: NewItem): boolean {
  return shown(row, FACT, 'item') === item && (shown(row, FACT, 'unit') ?? 'piece') === unit;
}

/** Who was there too; whoever is written down already is met once. */
function forgotten(
  scene: Scene,
  { group, name }: Standing,
  { people, reason }: EncounterAmendment,
): Intent[] {
  const { reading } = scene;
  const there = new Set(
    contactsIn(reading, name)
      .filter((one) => contactStands(reading, one.group))
      .map(({ person }) => person),
  );
  return people.flatMap((one) => {
    if ('id' in one && there.has(personNamed(reading, one.id).id)) return [];
    const { entity, begun } = metBy(scene, one);
    const facts = { encounter: rowName(group.row), 'services/talk': true };
    const fields = { [`reason/${ADDED}`]: reason };
    return [...begun, { intent: 'row', entity, kind: 'contact', facts, fields }];
  });
}

/** Who was not there: every contact of them in it, whichever of their records it stands under. */
function removals(
  { reading }: Scene,
  { name }: Standing,
  { removed, reason }: EncounterAmendment,
): Intent[] {
  const contacts = contactsIn(reading, name);
  const found = contacts.filter(({ group }) => removed.includes(group.row));
  // Of somebody who was erased meanwhile there is nothing left to take back.
  const known = removed.filter((row) => reading.op(row as OpId) !== undefined);
  if (known.length > found.length) throw new CallProblem('refused');
  const persons = new Set(found.map(({ person }) => person));
  const gone = contacts.filter(({ person, group }) => persons.has(person) && group.counts);
  return takenBack(
    reading,
    gone.map(({ entity, group }) => ({ entity, kind: group.kind, row: group.row })),
    reason,
  );
}

type Contact = { readonly entity: EntityId; readonly group: Row; readonly person: string };

function contactsIn(reading: Reading, encounter: string): Contact[] {
  return reading.holders('contact').flatMap((state) =>
    rowsOf(state, 'contact')
      .filter((group) => encounterOf(group) === encounter)
      .map((group) => {
        return { entity: state.entity, group, person: personNamed(reading, state.entity).id };
      }),
  );
}

// ── Withdrawal ──

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

type Written = { readonly entity: EntityId; readonly kind: string; readonly row: OpId };

/** Some rows count no more, and with a contact the care that was written of it. */
function takenBack(reading: Reading, rows: readonly Written[], reason: string): Intent[] {
  const contacts = rows.filter(({ kind }) => kind === 'contact');
  const names = new Set(contacts.flatMap(({ row }) => namesOfRow(reading, row)));
  const care = healthRows(reading, names).map((one) => ({ kind: HEALTH_OF_CONTACT, ...one }));
  const facts = { void: true };
  const fields = reason === '' ? {} : { 'reason/void': reason };
  return [...rows, ...care].map((one): Intent => ({ intent: 'amend', ...one, facts, fields }));
}
