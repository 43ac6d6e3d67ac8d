/** Where two values exist, and what waits or was refused. */
import { type EntityState, ownGroup } from '../../engine/fold.ts';
import { FACT, FIELD } from '../../engine/liveness.ts';
import type { ConflictCard, UnsentLine } from '../protocol.ts';
import { personNamed, recordName, recordsOf } from './persons.ts';
import { plainValue, type Reading, shown, textOf, told } from './reading.ts';

export function conflicts(reading: Reading): ConflictCard[] {
  const kinds = ['person', 'patrol', 'referral', 'worker'];
  return kinds
    .flatMap((kind) => reading.entities(kind))
    .flatMap((state) =>
      inConflict(reading, state).map(({ register, ...card }) => ({
        ...card,
        ...titleOf(reading, state),
        stands: plainValue(register.value),
        undecided: reading.isHighStakes(card.kind, card.name),
        candidates: reading.candidates(register.candidates),
      })),
    );
}

/** A person is named as everywhere, and the record beside them if they have several. */
function titleOf(reading: Reading, state: EntityState): Pick<ConflictCard, 'title' | 'record'> {
  const own = ownGroup(state);
  if (own?.kind !== 'person') {
    return { title: textOf(shown(own, FIELD, 'name')) ?? '', record: null };
  }
  const isOneOfSeveral = recordsOf(reading, state.entity).length > 1;
  return {
    title: personNamed(reading, state.entity).name,
    record: isOneOfSeveral ? recordName(reading, state) : null,
  };
}

const inConflict = told((state) =>
  state.groups.flatMap((group) =>
    Array.from(group.registers)
      .filter(([, register]) => register.conflict)
      .map(([setter, register]) => ({
        entity: state.entity,
        kind: group.kind,
        row: group.row,
        name: setter.slice(1),
        plain: setter.startsWith(String(FACT)),
        register,
      })),
  ),
);

export function unsent(reading: Reading): UnsentLine[] {
  return Array.from(reading.replica.outbox.ops.values(), (op) => ({
    op: op.opId,
    kind: op.header.kind,
    at: reading.at(op.opId),
    code: op.code,
  }));
}
