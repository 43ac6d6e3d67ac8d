/** What is written of a person by itself: what they ask for, procedures, tasks and notes, as lines. */
import type { EntityState } from '../../engine/fold.ts';
import { FACT, FIELD } from '../../engine/liveness.ts';
import type { Day, Need, Procedure, Status } from '../../domain/catalogue.types.ts';
import type { NoteLine, PursuitLine, TaskLine, WrittenKind } from '../protocol.ts';
import { workerLine } from './encounters.ts';
import { elements, type Reading, type Row, rowsOf, shown, textOf } from './reading.ts';

/** Returns the rows of a kind that count, the last written first. */
function standingRows(reading: Reading, state: EntityState, kind: WrittenKind): Row[] {
  const rows = rowsOf(state, kind).filter(({ counts }) => counts);
  const at = new Map(rows.map(({ row }) => [row, reading.at(row)]));
  const later = (a: Row, b: Row): number => (at.get(b.row) ?? 0) - (at.get(a.row) ?? 0);
  return rows.sort((a, b) => later(a, b) || reading.place(b.row) - reading.place(a.row));
}

/** Who wrote a row first and when, whatever became of it; and whether all of it is where it should be. */
function written(
  reading: Reading,
  { row, registers }: Row,
): Pick<NoteLine, 'row' | 'at' | 'author' | 'mark'> {
  const winners = Array.from(registers.values(), ({ winner }) => winner);
  return {
    row,
    at: reading.at(row),
    author: reading.author(row),
    mark: reading.markOf([row, ...winners]),
  };
}

export function requestLines(reading: Reading, state: EntityState): PursuitLine<Need>[] {
  return pursuitLines(reading, state, 'request', 'need');
}

export function procedureLines(reading: Reading, state: EntityState): PursuitLine<Procedure>[] {
  return pursuitLines(reading, state, 'procedure', 'type');
}

function pursuitLines<What extends Need | Procedure>(
  reading: Reading,
  state: EntityState,
  kind: 'request' | 'procedure',
  what: string,
): PursuitLine<What>[] {
  const lines = standingRows(reading, state, kind).map((group): PursuitLine<What> => {
    const status = shown(group, FACT, 'status') as Status | null;
    return {
      ...written(reading, group),
      what: shown(group, FIELD, what) as What | null,
      status,
      opened: shown(group, FACT, 'opened') as Day | null,
      // While two tablets differ, one may have closed what the other opened again.
      closed: status === 'open' ? null : (shown(group, FACT, 'closed') as Day | null),
      note: textOf(shown(group, FIELD, 'note')),
    };
  });
  return lines.sort((a, b) => Number(a.status !== 'open') - Number(b.status !== 'open'));
}

/** Not done ones first: urgent, then by the day they are due, those without one last; of the others, the last done. */
export function taskLines(reading: Reading, state: EntityState): TaskLine[] {
  const lines = standingRows(reading, state, 'task').map((group): TaskLine => ({
    ...written(reading, group),
    text: textOf(shown(group, FIELD, 'text')) ?? '',
    urgent: shown(group, FIELD, 'urgent') === true,
    due: shown(group, FACT, 'due') as Day | null,
    done: shown(group, FACT, 'done') as Day | null,
    whom: elements(group, FIELD, 'whom').map(([id]) => workerLine(reading, id)),
  }));
  return lines.sort((a, b) => {
    if (a.done !== null && b.done !== null) return b.done - a.done;
    if (a.done !== null || b.done !== null) return a.done === null ? -1 : 1;
    return Number(b.urgent) - Number(a.urgent) || dueBefore(a, b);
  });
}

function dueBefore({ due: a }: TaskLine, { due: b }: TaskLine): number {
  if (a === null || b === null) return Number(a === null) - Number(b === null);
  return a - b;
}

export function noteLines(reading: Reading, state: EntityState): NoteLine[] {
  return standingRows(reading, state, 'note').map((group) => ({
    ...written(reading, group),
    text: textOf(shown(group, FIELD, 'text')) ?? '',
  }));
}
