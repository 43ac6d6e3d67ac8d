/** Rounds as they are begun and looked up again. */
import { type EntityState, ownGroup } from '../../engine/fold.ts';
import type { OpId } from '../../engine/ids.ts';
import { FACT, FIELD } from '../../engine/liveness.ts';
import type { Handover, Opening, PatrolLine } from '../protocol.ts';
import { begunBy, patrolLine, zoneLine } from './encounters.ts';
import { elements, once, type Reading, shown, textOf, told } from './reading.ts';
import { bags } from './stock.ts';

const ROUNDS_MAX = 100;
/** Types that the mode says now. */
const SAID_BY_MODE: ReadonlySet<string> = new Set(['metro', 'bus']);

/** Returns what a worker begins a round from. */
export function opening(reading: Reading, worker: string | null): Opening {
  const mine = patrols(reading).find((state) => crewTold(reading, state).has(worker));
  const last = mine === undefined ? null : patrolLine(reading, mine);
  const known = bags(reading);
  const type = last?.type ?? null;
  return {
    bags: known,
    bag: known.find(({ id }) => id === last?.bag?.id)?.id ?? null,
    type: type !== null && SAID_BY_MODE.has(type) ? null : type,
    mode: last?.mode ?? null,
    handovers: handovers(reading),
  };
}

/** Returns the last rounds, the newest first. */
export function rounds(reading: Reading): PatrolLine[] {
  return patrols(reading)
    .slice(0, ROUNDS_MAX)
    .map((state) => patrolLine(reading, state));
}

/** Every patrol, the newest first. */
const patrols = once((reading): EntityState[] =>
  reading.entities('patrol').sort((a, b) => begunTold(reading, b) - begunTold(reading, a)),
);

const begunTold = told((state, reading) => {
  const begun = begunBy(state);
  return begun === undefined ? 0 : reading.at(begun);
});

const crewTold = told(
  (state): ReadonlySet<string | null> =>
    new Set(elements(ownGroup(state), FIELD, 'crew').map(([id]) => id)),
);

type Note = { readonly opId: OpId; readonly text: string; readonly at: number };

const handoverTold = told((state, reading): Note | null => {
  const own = ownGroup(state);
  const text = textOf(shown(own, FIELD, 'handover'));
  const opId = own?.registers.get(`${FIELD}handover`)?.winner;
  return text === null || opId === undefined ? null : { opId, text, at: reading.at(opId) };
});

/** The last one of each zone, the newest first. */
function handovers(reading: Reading): Handover[] {
  const noted = reading.entities('patrol').flatMap((state) => {
    const note = handoverTold(reading, state);
    return note === null ? [] : [{ state, note, zone: shown(ownGroup(state), FACT, 'zone') }];
  });
  noted.sort((a, b) => a.note.at - b.note.at);
  const lasts = new Map(noted.map((one) => [one.zone, one]));
  return [...lasts.values()]
    .sort((a, b) => b.note.at - a.note.at)
    .map(({ state, note, zone }) => ({
      patrol: state.entity,
      zone: zoneLine(reading, zone),
      text: note.text,
      author: reading.author(note.opId),
      at: note.at,
    }));
}
