/**
 * An encounter as it is corrected.
 *
 * A correction writes what changes and nothing else, each value with the reason beside it: what somebody else corrects
 * meanwhile stays theirs. Like every gesture it is saved whole or not at all.
 */
import { fromHex } from '../engine/bytes.ts';
import type { EntityId, OpId } from '../engine/ids.ts';
import { FACT, FIELD } from '../engine/liveness.ts';
import { type Fact, rowName } from '../engine/op.ts';
import type { Intent } from '../engine/writer.ts';
import {
  countsOf,
  isSome,
  itemIntent,
  metBy,
  sound,
  type StandingEncounter,
  standingEncounter,
} from './encounters.ts';
import { CallProblem, type EncounterAmendment, type Value } from './protocol.ts';
import { changed } from './said.ts';
import { type Scene, say } from './scene.ts';
import { takenBack } from './taken-back.ts';
import { type ContactLine, contactsIn, recognisedIn, standsIn } from './views/contacts.ts';
import { personNamed } from './views/persons.ts';
import { type Reading, type Row, rowIdOf, rowsOf } from './views/reading.ts';
import { ADDED, countedIn, distributions, encounterOf } from './views/standing.ts';

type Named<T> = Record<string, T>;

export async function amendEncounter(scene: Scene, ask: EncounterAmendment): Promise<null> {
  const encounter = standingEncounter(scene, ask.row);
  if (ask.reason.trim() === '') throw new CallProblem('refused');
  const items = itemAmendments(scene, encounter, ask);
  const amended = items.filter(({ intent }) => intent === 'amend');
  await say(scene, [
    ...ownAmendments(scene, encounter, ask),
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

/** Where it was, how many without a name, and the note about the place. */
function ownAmendments(
  { reading }: Scene,
  { entity, group }: StandingEncounter,
  ask: EncounterAmendment,
): Intent[] {
  const zone = ask.zone === undefined ? {} : { zone: fromHex(ask.zone) };
  const counts = changed(group, writtenCounts(reading, group, ask), 0);
  const facts = { ...changed<Fact>(group, zone), ...counts };
  const note = ask.note === undefined ? {} : { note: ask.note.trim() === '' ? null : ask.note };
  const fields = changed<Value>(group, note, null, FIELD);
  return amendment({ entity, group, facts, fields, reason: ask.reason });
}

/**
 * The counts as they are written: who was recognised since is counted among those without a name, and is not shown so.
 *
 * What shows as it is said stays, if more were recognised than counted too.
 */
function writtenCounts(
  reading: Reading,
  group: Row,
  ask: EncounterAmendment,
): Record<string, number> {
  const except = new Set(goneIn(reading, group, ask.removed).map(({ contact }) => contact));
  const recognised = countsOf(recognisedIn(reading, group, except));
  const written = Object.entries(countsOf(ask)).flatMap(([name, count]): [string, number][] => {
    const register = group.registers.get(`${FACT}${name}`);
    const among = recognised[name] ?? 0;
    const shows = Math.max(0, Number(register?.value ?? 0) - among);
    return shows === count && register?.conflict !== true ? [] : [[name, count + among]];
  });
  return Object.fromEntries(written);
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
  { entity, group }: StandingEncounter,
  { counts, items, reason }: EncounterAmendment,
): Intent[] {
  const patrol = reading.state(entity);
  const name = rowIdOf(group.row);
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
      const place = { encounter: rowName(group.row) };
      return [itemIntent(entity, place, one, { [`reason/${ADDED}`]: reason })];
    }
    const facts = changed(row, { count: one.count }, 0);
    return amendment({ entity, group: row, facts, reason });
  });
  return [...amended, ...added];
}

/** Who was there too; whoever is written down already is met once. */
function forgotten(
  scene: Scene,
  { group }: StandingEncounter,
  { people, reason }: EncounterAmendment,
): Intent[] {
  return people.flatMap((one) => {
    if ('id' in one && standsIn(scene.reading, group, one.id)) return [];
    const { entity, begun } = metBy(scene, one);
    const facts = { encounter: rowName(group.row), 'services/talk': true };
    const fields = { [`reason/${ADDED}`]: reason };
    return [...begun, { intent: 'row', entity, kind: 'contact', facts, fields }];
  });
}

function removals(
  { reading }: Scene,
  { group }: StandingEncounter,
  { removed, reason }: EncounterAmendment,
): Intent[] {
  const found = contactsIn(reading, group).filter(({ contact }) => removed.includes(contact));
  // Of somebody who was erased meanwhile there is nothing left to take back.
  const known = removed.filter((row) => reading.op(row as OpId) !== undefined);
  if (known.length > found.length) throw new CallProblem('refused');
  return takenBack(
    reading,
    goneIn(reading, group, removed).map(({ id, contact }) => {
      return { entity: id, kind: 'contact', row: contact };
    }),
    reason,
  );
}

/** Who was not there: every contact of them in it, whichever of their records it stands under. */
function goneIn(reading: Reading, group: Row, removed: readonly string[]): ContactLine[] {
  const contacts = contactsIn(reading, group);
  const personOf = ({ id }: ContactLine): string => personNamed(reading, id).id;
  const found = contacts.filter(({ contact }) => removed.includes(contact));
  const persons = new Set(found.map(personOf));
  return contacts.filter((one) => one.counts && persons.has(personOf(one)));
}
