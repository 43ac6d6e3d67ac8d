/**
 * What is written of a person who may have several records: whose records are one, and which of them an edit goes to.
 *
 * An edit goes to the first record. It goes to another one as well where that one would otherwise outvote it: an
 * element of a set that is taken out, and an answer of high stakes, of which the stricter shows.
 */
import { isSameValue } from '../engine/codec.ts';
import { merge, unmerge } from '../engine/duplicates.ts';
import { type EntityState, ownGroup } from '../engine/fold.ts';
import type { EntityId } from '../engine/ids.ts';
import { FACT, FIELD, type Namespace } from '../engine/liveness.ts';
import type { Fact } from '../engine/op.ts';
import type { Intent } from '../engine/writer.ts';
import { CallProblem, type NewPerson, type Value } from './protocol.ts';
import { refuseErased } from './erasing.ts';
import { changed } from './said.ts';
import { randomId } from './server.ts';
import { erasedIn, links, recordsOf } from './views/persons.ts';
import type { Reading } from './views/reading.ts';

const KIND = 'person';

type Named<T> = Readonly<Record<string, T>>;
export type Said = { readonly facts: Named<Fact>; readonly fields: Named<Value> };

/** Returns the record of somebody who is here to be written of. Throws CallProblem if there is none, or not any more. */
export function knownPerson(reading: Reading, id: string): EntityId {
  refuseErased(reading.replica, [id as EntityId]);
  const [first] = recordsOf(reading, id);
  if (first === undefined) throw new CallProblem('not_found');
  return first.entity;
}

/** Returns the record that is written to by whichever of a person's ids; one that is not known is itself. */
export function firstRecord(reading: Reading, id: string): EntityId {
  return recordsOf(reading, id)[0]?.entity ?? (id as EntityId);
}

/** Returns what begins somebody new. */
export function beginIntent(entity: EntityId, { alias, sign }: NewPerson): Intent {
  const fields: Record<string, string> = { [`alias/${randomId().slice(0, 8)}`]: alias.trim() };
  if (sign !== undefined && sign.trim() !== '') fields['description'] = sign.trim();
  return { intent: 'genesis', entity, kind: KIND, fields };
}

export function mergeIntents(reading: Reading, ids: readonly string[]): Intent[] {
  if (ids.some((id) => recordsOf(reading, id).length === 0)) throw new CallProblem('not_found');
  const linkings = merge(ids.map((id) => firstRecord(reading, id)));
  return linkings.map((linking): Intent => ({ intent: 'edit', kind: KIND, ...linking }));
}

export function unmergeIntents(reading: Reading, id: string): Intent[] {
  if (recordsOf(reading, id).length === 0) throw new CallProblem('not_found');
  const linkings = unmerge(id as EntityId, links(reading), erasedIn(reading));
  return linkings.map((linking): Intent => ({ intent: 'edit', kind: KIND, ...linking }));
}

/** Returns the edits by which a person says so, one for each record that is written to. */
export function editIntents(reading: Reading, id: string, { facts, fields }: Said): Intent[] {
  const [first, ...others] = recordsOf(reading, id);
  const told = others.map((state) => ({
    entity: state.entity,
    facts: outvoting(reading, state, FACT, facts),
    fields: outvoting(reading, state, FIELD, fields),
  }));
  const entity = first?.entity ?? (id as EntityId);
  return [{ entity, facts, fields }, ...told.filter(saysSomething)].map((said): Intent => ({
    intent: 'edit',
    kind: KIND,
    ...said,
  }));
}

/** Returns the edits by which every record of a person is in the bin, or out of it. */
export function binIntents(reading: Reading, id: string, trash: true | null): Intent[] {
  return recordsOf(reading, id).flatMap((state): Intent[] => {
    const own = ownGroup(state);
    const facts = own === null ? {} : changed(own, { trash });
    const isSo = Object.keys(facts).length === 0;
    return isSo ? [] : [{ intent: 'edit', entity: state.entity, kind: KIND, facts }];
  });
}

/** Returns the edits that take some names away from whichever of a person's records says anything under them. */
export function takingIntents(
  reading: Reading,
  id: string,
  namespace: Namespace,
  names: readonly string[],
): Intent[] {
  return recordsOf(reading, id).flatMap((state): Intent[] => {
    const registers = ownGroup(state)?.registers;
    const those = names.filter((name) =>
      registers?.get(`${namespace}${name}`)?.candidates.some(({ value }) => value !== null),
    );
    if (those.length === 0) return [];
    const gone = Object.fromEntries(those.map((name) => [name, null]));
    const said = namespace === FACT ? { facts: gone } : { fields: gone };
    return [{ intent: 'edit', entity: state.entity, kind: KIND, ...said }];
  });
}

function saysSomething({ facts, fields }: Said): boolean {
  return Object.keys(facts).length + Object.keys(fields).length > 0;
}

/** Returns what is said against what a record has, where the record would otherwise have its way. */
function outvoting<T extends Fact | Value>(
  reading: Reading,
  state: EntityState,
  namespace: Namespace,
  said: Named<T>,
): Named<T> {
  const registers = ownGroup(state)?.registers;
  const against = Object.entries(said).filter(([name, value]) => {
    const register = registers?.get(`${namespace}${name}`);
    if (register === undefined || isSameValue(register.value, value)) return false;
    return name.includes('/') ? value === null : reading.isHighStakes(KIND, name);
  });
  return Object.fromEntries(against);
}
