/**
 * An encounter as it is corrected.
 *
 * A correction writes what changes and nothing else, each value with the reason beside it: what somebody else corrects
 * meanwhile stays theirs. Like every gesture it is saved whole or not at all.
 */
import { fromHex } from '../engine/bytes.ts';
import { isSameValue } from '../engine/codec.ts';
import type { EntityId, OpId } from '../engine/ids.ts';
import { FACT, FIELD } from '../engine/liveness.ts';
import { type Fact, rowName } from '../engine/op.ts';
import type { Intent } from '../engine/writer.ts';
import { countsOf, isSome, itemIntent, metBy, sound, takenBack } from './encounters.ts';
import { CallProblem, type EncounterAmendment, type Value } from './protocol.ts';
import { entityOf, type Scene, say } from './scene.ts';
import { personNamed } from './views/persons.ts';
import { type Reading, type Row, rowIdOf, rowsOf } from './views/reading.ts';
import { ADDED, contactStands, countedIn, distributions, encounterOf } from './views/standing.ts';

type Named<T> = Record<string, T>;

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
  const isIts = (one: Row): boolean => encounterOf(one) === name;
  const written = patrol === null ? [] : rowsOf(patrol, 'distribution').filter(isIts);
  const rows = patrol === null ? [] : distributions(reading, patrol).filter(isIts);
  const amended = counts.flatMap(({ row, count }) => {
    const meant = written.find((one) => one.row === row);
    // Of a row that gave way to what somebody else had added, that one is meant.
    const isMeant = (one: Row): boolean =>
      meant !== undefined && countedIn(one) === countedIn(meant);
    const item = rows.find((one) => one === meant) ?? rows.find(isMeant);
    if (item === undefined) throw new CallProblem('not_found');
    const facts = changed(item, { count: sound(count) }, 0);
    return amendment({ entity, group: item, facts, reason });
  });
  const added = items.filter(isSome).flatMap((one): Intent[] => {
    const row = rows.find((known) => countedIn(known) === `${one.item}/${one.unit}`);
    if (row === undefined) {
      return [itemIntent(entity, rowName(group.row), one, { [`reason/${ADDED}`]: reason })];
    }
    const facts = changed(row, { count: one.count }, 0);
    return amendment({ entity, group: row, facts, reason });
  });
  return [...amended, ...added];
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
