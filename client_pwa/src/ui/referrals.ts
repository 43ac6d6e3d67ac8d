/** How a referral stands: open or over, its way, its age against the time to decide. */
import type { ReferralMove, ReferralState } from '../domain/catalogue.types.ts';
import type { Language } from '../i18n/translate.ts';
import type { ReferralLine } from '../worker/protocol.ts';

const OVER: readonly ReferralState[] = [
  'completed',
  'declined_provider',
  'declined_person',
  'lost_contact',
  'withdrawn',
  'in_error',
];

/** While something else is awaited, the time to decide does not run. */
const PAUSED: readonly ReferralState[] = ['info_needed', 'waitlisted'];
const UNDECIDED: readonly ReferralState[] = ['sent', 'triage'];

/** The way every referral goes, in the five steps of the screen. */
export const STEPS = ['sent', 'triage', 'offered', 'accepted', 'in_service'] as const;

const stepByState: Readonly<Partial<Record<ReferralState, number>>> = {
  sent: 0,
  triage: 1,
  info_needed: 1,
  waitlisted: 1,
  offered: 2,
  accepted: 3,
  scheduled: 3,
  no_show: 3,
  in_service: 4,
  completed: 5,
};

/** The one main move of each state. */
const mainByState: Readonly<Partial<Record<ReferralState, ReferralMove>>> = {
  draft: 'send',
  sent: 'claim',
  triage: 'offer',
  info_needed: 'answer_info',
  waitlisted: 'offer',
  offered: 'accept',
  accepted: 'schedule',
  scheduled: 'start',
  in_service: 'complete',
  no_show: 'schedule',
};

/** A letter of the move's own word, in each language. */
const keyByMove: Readonly<Record<Language, Readonly<Partial<Record<ReferralMove, string>>>>> = {
  fr: { claim: 'P', offer: 'O', waitlist: 'L', ask_info: 'I', accept: 'A', decline_provider: 'R' },
  en: { claim: 'C', offer: 'O', waitlist: 'L', ask_info: 'I', accept: 'A', decline_provider: 'D' },
};

export type Age =
  | { readonly state: 'none' | 'paused' }
  | { readonly state: 'calm' | 'due' | 'late'; readonly share: number };

export function isOpen(state: ReferralState): boolean {
  return !OVER.includes(state);
}

/** Null where the state is not on the way. */
export function stepOf(state: ReferralState): number | null {
  return stepByState[state] ?? null;
}

export function mainMove(
  state: ReferralState,
  offers: readonly ReferralMove[],
): ReferralMove | null {
  const main = mainByState[state];
  return main && offers.includes(main) ? main : null;
}

export function keyOf(move: ReferralMove, language: Language): string | null {
  return keyByMove[language][move] ?? null;
}

/** `share` of the time to decide that has passed, at most 1. */
export function ageOf(line: ReferralLine, now_ms: number): Age {
  const { state, sentAt, decideUntil } = line;
  if (PAUSED.includes(state)) return { state: 'paused' };
  if (!UNDECIDED.includes(state) || sentAt === null || decideUntil === null) {
    return { state: 'none' };
  }
  const share = (now_ms - sentAt) / (decideUntil - sentAt);
  if (share >= 1) return { state: 'late', share: 1 };
  return { state: share < 0.5 ? 'calm' : 'due', share: Math.max(0, share) };
}

/** The nearest to its time first; then what has no time to decide, the longest in its state first. */
export function inOrder(lines: readonly ReferralLine[]): readonly ReferralLine[] {
  const rank = ({ state, decideUntil }: ReferralLine): number =>
    UNDECIDED.includes(state) ? (decideUntil ?? Infinity) : Infinity;
  return [...lines].sort((a, b) => {
    const open = Number(isOpen(b.state)) - Number(isOpen(a.state));
    if (open !== 0) return open;
    return rank(a) === rank(b) ? a.since - b.since : rank(a) - rank(b);
  });
}
