import type { Language } from './translate.ts';

export function isLanguage(value: string | null): value is Language {
  return value === 'fr' || value === 'en';
}

/** The first of the browser's languages that we speak; French when we speak none of them. */
export function languageOf(preferred: readonly string[]): Language {
  const bases = preferred.map((tag) => tag.toLowerCase().replace(/-.*/, ''));
  return bases.find(isLanguage) ?? 'fr';
}
