/** Where two values exist, and what waits or was refused. */
import { ownGroup } from '../../engine/fold.ts';
import { FACT, FIELD } from '../../engine/liveness.ts';
import type { ConflictCard, UnsentLine } from '../protocol.ts';
import { elements, type Reading, shown, textOf, told } from './reading.ts';

export function conflicts(reading: Reading): ConflictCard[] {
  const kinds = ['person', 'patrol', 'referral', 'worker'];
  return kinds
    .flatMap((kind) => reading.entities(kind))
    .flatMap((state) =>
      inConflict(reading, state).map(({ register, ...card }) => {
        return { ...card, candidates: reading.field(register).candidates };
      }),
    );
}

const inConflict = told((state) => {
  const own = ownGroup(state);
  const title = textOf(elements(own, FIELD, 'alias')[0]?.[1] ?? shown(own, FIELD, 'name')) ?? '';
  return state.groups.flatMap((group) =>
    Array.from(group.registers)
      .filter(([, register]) => register.conflict)
      .map(([setter, register]) => ({
        entity: state.entity,
        kind: group.kind,
        row: group.row,
        name: setter.slice(1),
        plain: setter.startsWith(String(FACT)),
        title,
        register,
      })),
  );
});

export function unsent(reading: Reading): UnsentLine[] {
  return Array.from(reading.replica.outbox.ops.values(), (op) => ({
    op: op.opId,
    kind: op.header.kind,
    at: reading.at(op.opId),
    code: op.code,
  }));
}
