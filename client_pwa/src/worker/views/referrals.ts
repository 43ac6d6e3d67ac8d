/** Referrals as the queue shows them: their state as ruled, their deadlines, and what only this device can add. */
import { type EntityState, ownGroup } from '../../engine/fold.ts';
import type { EntityId, OpId } from '../../engine/ids.ts';
import { FACT, FIELD } from '../../engine/liveness.ts';
import type {
  Consent,
  DeclineReason,
  Need,
  ReferralMove,
  ReferralState,
} from '../../domain/catalogue.types.ts';
import catalogue from '../../domain/catalogue.json' with { type: 'json' };
import type { MoveLine, ReferralLine, ReferralRecord, StructureLine } from '../protocol.ts';
import { personNamed, personState } from './persons.ts';
import { elements, grouped, once, type Reading, rowsOf, shown, textOf } from './reading.ts';

const MOVES = catalogue.kinds.referral_move.moves as Readonly<
  Record<string, { readonly from: readonly string[]; readonly to: string }>
>;
const SETTLED: ReadonlySet<string> = new Set(
  Object.values(MOVES)
    .map(({ to }) => to)
    .filter((state) => !Object.values(MOVES).some(({ from }) => from.includes(state))),
);

export const structures = once((reading): StructureLine[] => {
  const lines = reading.directory.structure.map((line) => ({
    id: line.id,
    name: line.name ?? '',
    type: line.type as StructureLine['type'],
    zone: line.zone,
    hours: line.hours,
    decideHours: line.decide_h,
  }));
  return lines.sort((a, b) => a.name.localeCompare(b.name, 'fr'));
});

/** Every referral, the newest first. */
const referralLines = once((reading): ReferralLine[] => {
  const lines = reading.entities('referral').map((state) => referralLine(reading, state));
  return lines.sort((a, b) => b.since - a.since);
});

/** The referrals of each person, the newest first. */
export const referralsByPerson = once((reading): ReadonlyMap<string, readonly ReferralLine[]> =>
  grouped(referralLines(reading).map((line) => [line.person?.id ?? '', line])),
);

/** Returns every referral as the queue shows it: those that await something first, the one due first at the top. */
export function queue(reading: Reading): ReferralLine[] {
  const rank = (line: ReferralLine): number => Number(SETTLED.has(line.state));
  const due = (line: ReferralLine): number => line.decideUntil ?? Infinity;
  return referralLines(reading).toSorted((a, b) => rank(a) - rank(b) || due(a) - due(b));
}

export function referralRecord(reading: Reading, id: string): ReferralRecord | null {
  const state = reading.state(id);
  if (state === null || ownGroup(state)?.kind !== 'referral') return null;
  const line = referralLine(reading, state);
  const offers = Object.entries(MOVES)
    .filter(([, { from }]) => from.includes(line.state))
    .map(([move]) => move as ReferralMove);
  return { line, note: noteOf(reading, state), moves: moves(reading, state), offers };
}

function referralLine(reading: Reading, state: EntityState): ReferralLine {
  const own = ownGroup(state);
  const begun = referredBy(state);
  const made = moves(reading, state);
  const last = made.filter(({ ruling }) => ruling !== 'pending').at(-1);
  const sent = rowsOf(state, 'referral_move').find(
    (group) => shown(group, FACT, 'move') === 'send',
  );
  const claim = made.filter(({ move, ruling }) => move === 'claim' && ruling !== 'pending').at(-1);
  const named = textOf(shown(own, FACT, 'person'));
  const person = named === null ? null : personNamed(reading, named);
  const structure = shown(own, FACT, 'structure');
  return {
    id: state.entity,
    person,
    erased: named !== null && reading.replica.isErased(named as EntityId),
    structure: structures(reading).find((line) => line.id === structure) ?? null,
    needs: elements(own, FIELD, 'needs').map(([need]) => need as Need),
    state: stateOf(reading, state, made),
    since: last?.at ?? (begun === undefined ? 0 : reading.at(begun)),
    sentAt: sent === undefined ? null : reading.at(sent.row),
    decideUntil: sent === undefined ? null : (shown(sent, FACT, 'decide_until') as number | null),
    author: begun === undefined ? '' : reading.author(begun),
    claimedBy: claim?.author ?? null,
    ...consentOf(reading, person?.id ?? ''),
    mark:
      begun === undefined
        ? 'tablet'
        : reading.markOf([begun, ...rowsOf(state, 'referral_move').map(({ row }) => row)]),
  };
}

/** Returns the op that refers somebody, or undefined while none does. */
export function referredBy(referral: EntityState): OpId | undefined {
  return ownGroup(referral)?.registers.get(`${FACT}person`)?.winner;
}

/** The state as ruled by the log; a move that has no place in the log yet is a request, shown as if it were ruled. */
function stateOf(reading: Reading, state: EntityState, made: readonly MoveLine[]): ReferralState {
  const object = `referral_move/${state.entity}/${state.entity}` as const;
  const ruled = reading.replica.rulings.states.get(object)?.state;
  let current = ruled ?? catalogue.kinds.referral_move.first_state;
  for (const { move, ruling } of made) {
    const rule = MOVES[move];
    if (ruling === 'request' && rule?.from.includes(current)) current = rule.to;
  }
  return current as ReferralState;
}

/** A clock that was set back meanwhile changes nothing of their order. */
function moves(reading: Reading, state: EntityState): MoveLine[] {
  const rows = rowsOf(state, 'referral_move').sort(
    (a, b) => reading.place(a.row) - reading.place(b.row),
  );
  return rows.map((group): MoveLine => ({
    row: group.row,
    move: shown(group, FACT, 'move') as ReferralMove,
    at: reading.at(group.row),
    author: reading.author(group.row),
    ruling: reading.replica.rulings.outcomes.get(group.row) ?? 'request',
    reason: shown(group, FIELD, 'reason') as DeclineReason | null,
    mark: reading.mark(group.row),
  }));
}

/** The person's consent to sharing as it stands, the stricter while it is not decided. */
function consentOf(
  reading: Reading,
  person: string,
): Pick<ReferralLine, 'consent' | 'consentUndecided'> {
  const state = personState(reading, person);
  const register = state && ownGroup(state)?.registers.get(`${FIELD}consent_sharing`);
  if (!register) return { consent: null, consentUndecided: false };
  const { value, undecided } = reading.field('person', 'consent_sharing', register);
  return { consent: value as Consent | null, consentUndecided: undecided };
}

/** The note of the person's contact that came last before the referral was written. */
function noteOf(reading: Reading, referral: EntityState): string | null {
  const own = ownGroup(referral);
  const begun = referredBy(referral);
  const person = personState(reading, textOf(shown(own, FACT, 'person')) ?? '');
  if (begun === undefined || person === null) return null;
  const before = rowsOf(person, 'contact')
    .filter(({ row, counts }) => counts && reading.at(row) <= reading.at(begun))
    .sort((a, b) => reading.at(b.row) - reading.at(a.row));
  return textOf(shown(before[0] ?? null, FIELD, 'note'));
}
