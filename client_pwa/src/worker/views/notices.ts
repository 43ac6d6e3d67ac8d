/** What every team must know before it goes out, and who has said that they have read it. */
import { type EntityState, type Group, ownGroup } from '../../engine/fold.ts';
import type { OpId } from '../../engine/ids.ts';
import { FACT, FIELD } from '../../engine/liveness.ts';
import { OpClass } from '../../engine/op.ts';
import type { Day, NoticeType } from '../../domain/catalogue.types.ts';
import { dayAt } from '../../domain/day.ts';
import type { NoticeLine } from '../protocol.ts';
import { zoneLine } from './encounters.ts';
import { type Reading, rowsOf, shown, textOf } from './reading.ts';

/** A notice with the op that began it: of one that is not begun here, nothing is shown. */
export type NoticeState = {
  readonly state: EntityState;
  readonly own: Group;
  readonly begun: OpId;
};

/** Returns a notice by its id, or null if there is none. */
export function noticeState(reading: Reading, id: string): NoticeState | null {
  const state = reading.state(id);
  return state === null ? null : begunIn(reading, state);
}

/** Returns those that hold today first, then the last written first; `worker` is who holds the device. */
export function notices(reading: Reading, worker: string | null, now: number): NoticeLine[] {
  const lines = reading
    .entities('notice')
    .map((state) => begunIn(reading, state))
    .filter((one) => one !== null)
    .sort((a, b) => reading.place(b.begun) - reading.place(a.begun))
    .map((one) => noticeLine(reading, one, worker, dayAt(now)));
  return lines.sort((a, b) => Number(a.over) - Number(b.over) || b.at - a.at);
}

function begunIn(reading: Reading, state: EntityState): NoticeState | null {
  const own = ownGroup(state);
  const begun = reading.replica
    .ops(state.entity)
    .find(({ opId }) => reading.op(opId)?.header.opClass === OpClass.GENESIS)?.opId;
  return own?.kind === 'notice' && begun !== undefined ? { state, own, begun } : null;
}

function noticeLine(
  reading: Reading,
  { state, own, begun }: NoticeState,
  worker: string | null,
  today: Day,
): NoticeLine {
  const until = shown(own, FACT, 'until') as Day | null;
  const readers = readersOf(reading, state);
  const winners = Array.from(own.registers.values(), ({ winner }) => winner);
  return {
    id: state.entity,
    type: shown(own, FACT, 'type') as NoticeType | null,
    zone: zoneLine(reading, shown(own, FACT, 'zone')),
    day: shown(own, FACT, 'day') as Day | null,
    until,
    text: textOf(shown(own, FIELD, 'text')) ?? '',
    author: reading.author(begun),
    at: reading.at(begun),
    mark: reading.markOf([begun, ...winners]),
    over: shown(own, FACT, 'over') === true || (until !== null && until < today),
    readers,
    read: readers.some((reader) => reader.worker === worker),
  };
}

/** Who has said that they have read it, the first one first; on however many devices, each worker once. */
export function readersOf(reading: Reading, state: EntityState): NoticeLine['readers'] {
  const said = rowsOf(state, 'notice_seen')
    .filter(({ counts }) => counts)
    .map(({ row }) => ({ worker: reading.writer(row), at: reading.at(row) }))
    .sort((a, b) => b.at - a.at);
  const first = new Map<string, number>();
  for (const { worker, at } of said) if (worker !== null) first.set(worker, at);
  return Array.from(first, ([worker, at]) => ({
    worker,
    name: reading.workerName(worker),
    at,
  })).sort((a, b) => a.at - b.at);
}
