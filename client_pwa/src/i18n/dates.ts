import type { Language } from './translate.ts';

const localeByLanguage: Readonly<Record<Language, string>> = { fr: 'fr-FR', en: 'en-GB' };

/** 21:47, in both languages. */
export function formatTime(date_ms: number, language: Language): string {
  const options = { hour: '2-digit', minute: '2-digit', hourCycle: 'h23' } as const;
  return new Intl.DateTimeFormat(localeByLanguage[language], options).format(date_ms);
}

/** Jeudi 20 novembre; Thursday 20 November. */
export function formatDay(date_ms: number, language: Language): string {
  const options = { weekday: 'long', day: 'numeric', month: 'long' } as const;
  const day = new Intl.DateTimeFormat(localeByLanguage[language], options).format(date_ms);
  return day.charAt(0).toUpperCase() + day.slice(1);
}
