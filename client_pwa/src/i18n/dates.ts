import type { Language } from './translate.ts';

const localeByLanguage: Readonly<Record<Language, string>> = { fr: 'fr-FR', en: 'en-GB' };

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

/** 21:47, in both languages. */
export function formatTime(date_ms: number, language: Language): string {
  const options = { hour: '2-digit', minute: '2-digit', hourCycle: 'h23' } as const;
  return new Intl.DateTimeFormat(localeByLanguage[language], options).format(date_ms);
}

/** Jeudi 20 novembre; Thursday 20 November. */
export function formatDay(date_ms: number, language: Language): string {
  return dayIn(date_ms, language, {});
}

/** Jeudi 20 novembre 2025: for paper, which is read in other years. */
export function formatFullDay(date_ms: number, language: Language): string {
  return dayIn(date_ms, language, { year: 'numeric' });
}

function dayIn(date_ms: number, language: Language, more: { readonly year?: 'numeric' }): string {
  const options = { weekday: 'long', day: 'numeric', month: 'long', ...more } as const;
  const day = new Intl.DateTimeFormat(localeByLanguage[language], options).format(date_ms);
  return day.charAt(0).toUpperCase() + day.slice(1);
}

/** 13 mars, and the year where it is another one. */
export function formatDate(date_ms: number, now_ms: number, language: Language): string {
  return dateIn(date_ms, now_ms, language, 'short');
}

/** 4 novembre, and the year where it is another one: within a sentence, which an abbreviation would seem to end. */
export function formatDateInWords(date_ms: number, now_ms: number, language: Language): string {
  return dateIn(date_ms, now_ms, language, 'long');
}

function dateIn(
  date_ms: number,
  now_ms: number,
  language: Language,
  month: 'short' | 'long',
): string {
  const sameYear = new Date(date_ms).getFullYear() === new Date(now_ms).getFullYear();
  const options = { day: 'numeric', month } as const;
  return new Intl.DateTimeFormat(
    localeByLanguage[language],
    sameYear ? options : { ...options, year: 'numeric' },
  ).format(date_ms);
}

/** 21:47 today; hier 21:47, demain 21:47; mar. 18, 21:47 within six days; 13 mars beyond. */
export function formatWhen(date_ms: number, now_ms: number, language: Language): string {
  const time = formatTime(date_ms, language);
  const days = daysBetween(date_ms, now_ms);
  if (days === 0) return time;
  if (Math.abs(days) === 1) return `${relative(-days, language)} ${time}`;
  if (Math.abs(days) > 6) return formatDate(date_ms, now_ms, language);
  const options = { weekday: 'short', day: 'numeric' } as const;
  return `${new Intl.DateTimeFormat(localeByLanguage[language], options).format(date_ms)}, ${time}`;
}

/** Aujourd’hui; hier; il y a 6 jours. */
export function formatAgo(date_ms: number, now_ms: number, language: Language): string {
  const ago = relative(-daysBetween(date_ms, now_ms), language);
  return ago.charAt(0).toUpperCase() + ago.slice(1);
}

/** Aujourd’hui, hier, il y a 6 jours, demain: so many days ago, in small letters. */
export function formatDaysAgo(days: number, language: Language): string {
  return relative(-days, language);
}

/** 40 min; 36 h; 12 j. */
export function formatLength(length_ms: number, language: Language): string {
  if (length_ms < HOUR_MS) return `${Math.max(0, Math.floor(length_ms / 60_000))}\u00a0min`;
  if (length_ms < 3 * DAY_MS) return `${Math.floor(length_ms / HOUR_MS)}\u00a0h`;
  return `${Math.floor(length_ms / DAY_MS)}\u00a0${language === 'fr' ? 'j' : 'd'}`;
}

/** Momo, La Grande et Sami. */
export function formatList(words: readonly string[], language: Language): string {
  return new Intl.ListFormat(localeByLanguage[language]).format(words);
}

export function formatNumber(count: number, language: Language): string {
  return new Intl.NumberFormat(localeByLanguage[language]).format(count);
}

/** 350 g. */
export function formatGrams(grams: number, language: Language): string {
  const options = { style: 'unit', unit: 'gram' } as const;
  return new Intl.NumberFormat(localeByLanguage[language], options).format(grams);
}

/** 2026-11-24, as a date control reads it. */
export function dayToControl(day: number): string {
  return new Date(day * DAY_MS).toISOString().slice(0, 10);
}

/** Null where the control is empty. */
export function controlToDay(control: string): number | null {
  return control === '' ? null : Math.floor(Date.parse(control) / DAY_MS);
}

function relative(days: number, language: Language): string {
  const format = new Intl.RelativeTimeFormat(localeByLanguage[language], { numeric: 'auto' });
  return format.format(days, 'day');
}

/** Calendar days, so that an hour past midnight is yesterday. */
function daysBetween(date_ms: number, now_ms: number): number {
  const startOf = (ms: number): number => new Date(ms).setHours(0, 0, 0, 0);
  return Math.round((startOf(now_ms) - startOf(date_ms)) / DAY_MS);
}
