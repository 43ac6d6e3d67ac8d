/** What is written of a person by itself, outside an encounter: as it is added, amended and taken back. */
import { dayAt } from '../domain/day.ts';
import { findSpec } from '../domain/labels.ts';
import type { EntityId, OpId } from '../engine/ids.ts';
import { FACT, FIELD } from '../engine/liveness.ts';
import type { Intent } from '../engine/writer.ts';
import { knownPerson } from './persons.ts';
import {
  CallProblem,
  type NewRow,
  type RowAmendment,
  type Value,
  type Values,
  type WrittenKind,
} from './protocol.ts';
import { changed, saidOf } from './said.ts';
import { entityOf, type Scene, say } from './scene.ts';
import { takenBack } from './taken-back.ts';
import { type Row, rowsOf, shown } from './views/reading.ts';

/** Without which a row says nothing. */
const CONTENT: Readonly<Record<WrittenKind, string>> = {
  request: 'need',
  procedure: 'type',
  task: 'text',
  note: 'text',
};

export async function addRow(
  scene: Scene,
  { person, kind, values }: NewRow,
): Promise<{ row: string }> {
  if (!isWritten(kind)) throw new CallProblem('refused');
  refuseUnsound(kind, { [CONTENT[kind]]: null, ...values });
  const entity = knownPerson(scene.reading, person);
  const [row] = await say(scene, [rowIntent(scene, entity, kind, values)]);
  if (row === undefined) throw new CallProblem('refused');
  return { row };
}

/** What is written of a person; what is opened is opened today. */
export function rowIntent(
  { now }: Pick<Scene, 'now'>,
  entity: EntityId,
  kind: WrittenKind,
  values: Values,
): Intent {
  const begun = isPursued(kind) ? { opened: dayAt(now), status: 'open' } : {};
  const all: Values = { ...begun, ...closing(kind, values, now), ...values };
  const some = Object.entries(all).filter(([, value]) => value !== null);
  return { intent: 'row', entity, kind, ...saidOf(kind, Object.fromEntries(some)) };
}

/** Writes what changes and nothing else: what somebody else amends meanwhile stays theirs. */
export async function amendRow(scene: Scene, { row, values }: RowAmendment): Promise<null> {
  const { entity, group } = standing(scene, row);
  const { kind } = group;
  if (!isWritten(kind) || !group.counts) throw new CallProblem('refused');
  refuseUnsound(kind, values);
  const said = saidOf(kind, values);
  const isMoved = 'status' in changed(group, said.facts);
  const closed = isMoved ? closing(kind, values, scene.now) : {};
  const facts = changed(group, { ...saidOf(kind, closed).facts, ...said.facts });
  const fields = changed<Value>(group, said.fields, null, FIELD);
  if (Object.keys({ ...facts, ...fields }).length === 0) return null;
  await say(scene, [{ intent: 'amend', entity, kind, row: group.row, facts, fields }]);
  return null;
}

export async function voidRow(
  scene: Scene,
  { row, reason }: { readonly row: string; readonly reason: string },
): Promise<null> {
  const { entity, group } = standing(scene, row);
  const isLinked = group.kind === 'contact' && shown(group, FACT, 'anonymous') === true;
  if (reason.trim() === '' || !(isWritten(group.kind) || isLinked)) {
    throw new CallProblem('refused');
  }
  const written = { entity, kind: group.kind, row: group.row };
  await say(scene, takenBack(scene.reading, [written], reason));
  return null;
}

/** Returns a row with what it stands under. Throws CallProblem if it is none. */
function standing(scene: Scene, row: string): { entity: EntityId; group: Row } {
  const entity = entityOf(scene, row);
  const state = scene.reading.state(entity);
  const kind = scene.reading.op(row as OpId)?.header.kind ?? '';
  const group = state && rowsOf(state, kind).find((one) => one.row === row);
  if (!group) throw new CallProblem('not_found');
  return { entity, group };
}

/** When what is pursued ended, or that it goes on. */
function closing(kind: WrittenKind, { status }: Values, now: number): Values {
  if (!isPursued(kind) || status === undefined) return {};
  return { closed: status === 'open' ? null : dayAt(now) };
}

function isWritten(kind: string): kind is WrittenKind {
  return Object.hasOwn(CONTENT, kind);
}

function isPursued(kind: WrittenKind): boolean {
  return kind === 'request' || kind === 'procedure';
}

/** Refuses names that the catalogue does not know, and a row that would say nothing. */
function refuseUnsound(kind: WrittenKind, values: Values): void {
  const isKnown = Object.keys(values).every((name) => findSpec(kind, name) !== null);
  const content = values[CONTENT[kind]];
  const isEmpty = content !== undefined && (typeof content !== 'string' || content.trim() === '');
  if (!isKnown || isEmpty) throw new CallProblem('refused');
}
