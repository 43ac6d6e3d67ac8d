import { en } from './en.ts';
import { fr, type Dictionary, type Key } from './fr.ts';

export type Language = 'fr' | 'en';
export type { Key };

const dictionaryByLanguage: Readonly<Record<Language, Dictionary>> = { fr, en };

type Placeholder<Text extends string> = Text extends `${string}{${infer Name}}${infer Rest}`
  ? Name | Placeholder<Rest>
  : never;

/** The values a key asks for: none, or one for each name between its braces. */
export type Values<K extends Key> = [Placeholder<(typeof fr)[K]>] extends [never]
  ? []
  : [values: Readonly<Record<Placeholder<(typeof fr)[K]>, string | number>>];

export function translate<K extends Key>(language: Language, key: K, ...values: Values<K>): string {
  const given: Readonly<Record<string, string | number>> = values[0] ?? {};
  return dictionaryByLanguage[language][key].replace(/\{(\w+)\}/g, (_, name: string) =>
    String(given[name]),
  );
}
