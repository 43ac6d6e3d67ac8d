/** What a person has agreed to, in sentences. */
import type { Consent, Day } from '../domain/catalogue.types.ts';
import { consentOn, PURPOSES, type Purpose, type Standing } from '../domain/consent.ts';
import { dayAt, momentOf } from '../domain/day.ts';
import type { Key } from '../i18n/translate.ts';
import type { Candidate, FieldViews } from '../worker/protocol.ts';
import type { Display } from './display.svelte.ts';

export const purposeKey = {
  follow_up: 'consents.followUp',
  statistics: 'consents.statistics',
  sharing: 'consents.sharing',
} as const satisfies Record<Purpose, Key>;

const givenKey = {
  spoken: 'consents.spoken',
  written: 'consents.written',
} as const;

/** The answer about one purpose as it stands, and who took it down last. */
export type Answer = {
  readonly purpose: Purpose;
  readonly standing: Standing;
  readonly value: Consent | null;
  readonly until: Day | null;
  readonly by: Candidate | null;
};

export type Sentence = {
  readonly purpose: Purpose;
  readonly standing: Standing;
  readonly words: string;
};

/** Returns the answers in the order in which they are asked. */
export function answersOf(fields: FieldViews, now_ms: number): readonly Answer[] {
  return PURPOSES.map((purpose) => {
    const said = fields[`consent_${purpose}`];
    const until = fields[`consent_${purpose}_until`];
    const [by = null] = [...(said?.candidates ?? []), ...(until?.candidates ?? [])].toSorted(
      (a, b) => b.at - a.at,
    );
    return {
      purpose,
      standing: consentOn(dayAt(now_ms), fields, purpose),
      value: (said?.value ?? null) as Consent | null,
      until: (until?.value ?? null) as Day | null,
      by,
    };
  });
}

/** One sentence for each purpose that somebody has asked about, and one for all the others. */
export function sentencesOf(fields: FieldViews, display: Display): readonly Sentence[] {
  const answers = answersOf(fields, display.now_ms);
  const asked = answers.filter(({ standing }) => standing !== 'unasked');
  const others = answers.filter(({ standing }) => standing === 'unasked');
  const [first] = others;
  const told = asked.map((one) => ({ ...one, words: wordsOf(one, display) }));
  if (first === undefined) return told;
  const list = others.map(({ purpose }) => display.t(purposeKey[purpose])).join(', ');
  return [...told, { ...first, words: display.t('consents.unasked', { list }) }];
}

function wordsOf({ purpose, standing, value, until, by }: Answer, display: Display): string {
  const { t, dateInWords } = display;
  const what = t(purposeKey[purpose]);
  const date = dateInWords(by?.at ?? 0);
  const author = by?.author ?? '';
  if (standing === 'undecided') return t('consents.undecided', { what });
  if (standing === 'refused') return t('consents.refused', { what, author, date });
  if (standing === 'expired') {
    return t('consents.expired', { what, until: dateInWords(momentOf(until ?? 0)) });
  }
  const given = t(value === 'written' ? givenKey.written : givenKey.spoken, { what });
  return until === null
    ? t('consents.given', { given, author, date })
    : t('consents.givenUntil', { given, author, date, until: dateInWords(momentOf(until)) });
}
