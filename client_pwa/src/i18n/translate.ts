import { en } from './en.ts';
import { fr, type Dictionary, type Key } from './fr.ts';

export type Language = 'fr' | 'en';
export type { Key };

const dictionaryByLanguage: Readonly<Record<Language, Dictionary>> = { fr, en };

type NameOf<Inside extends string> = Inside extends `${infer Name}|${string}` ? Name : Inside;
type Placeholder<Text extends string> = Text extends `${string}{${infer Inside}}${infer Rest}`
  ? NameOf<Inside> | Placeholder<Rest>
  : never;

/** The values a key asks for: none, or one for each name between its braces. */
export type Values<K extends Key> = [Placeholder<(typeof fr)[K]>] extends [never]
  ? []
  : [values: Readonly<Record<Placeholder<(typeof fr)[K]>, string | number>>];

/** `{name}` shows the value; `{name|one|many}` shows the word that its number asks for. */
const PLACEHOLDER = /\{(\w+)(?:\|([^|}]*)\|([^}]*))?\}/g;

export function translate<K extends Key>(language: Language, key: K, ...values: Values<K>): string {
  const given: Readonly<Record<string, string | number>> = values[0] ?? {};
  return dictionaryByLanguage[language][key].replace(
    PLACEHOLDER,
    (_, name: string, one?: string, many?: string) => {
      if (one === undefined || many === undefined) return String(given[name]);
      return isSingular(Number(given[name]), language) ? one : many;
    },
  );
}

/** In French, zero is singular. */
function isSingular(count: number, language: Language): boolean {
  return count === 1 || (count === 0 && language === 'fr');
}
