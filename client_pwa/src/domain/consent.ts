/** What a person's word stands for today: given by mouth or in writing, for a purpose, until a day. */
import type { Day } from './catalogue.types.ts';

/** For how long a word is taken where nobody says otherwise. */
export const CONSENT_DAYS = 365;

export const PURPOSES = ['follow_up', 'statistics', 'sharing'] as const;
export type Purpose = (typeof PURPOSES)[number];

/** `undecided`: two people wrote down different answers, and the stricter one holds until somebody settles it. */
export type Standing = 'unasked' | 'refused' | 'given' | 'expired' | 'undecided';

type Answer = { readonly value: unknown; readonly undecided: boolean };

/** Returns what stands for a purpose on a day. A word without a last day stands until it is taken back. */
export function consentOn(
  today: Day,
  fields: Readonly<Record<string, Answer | undefined>>,
  purpose: Purpose,
): Standing {
  const said = fields[`consent_${purpose}`];
  const until = fields[`consent_${purpose}_until`];
  if (said?.undecided === true || until?.undecided === true) return 'undecided';
  if (said === undefined || said.value === null) return 'unasked';
  if (said.value === 'refused') return 'refused';
  return typeof until?.value === 'number' && until.value < today ? 'expired' : 'given';
}
