import type { CodeList, Day } from '../domain/catalogue.types.ts';
import { dayAt } from '../domain/day.ts';
import { codeLabel, label } from '../domain/labels.ts';
import {
  formatAgo,
  formatDate,
  formatDateInWords,
  formatDay,
  formatDaysAgo,
  formatLength,
  formatFullDay,
  formatGrams,
  formatList,
  formatNumber,
  formatTime,
  formatWhen,
} from '../i18n/dates.ts';
import { isLanguage, languageOf } from '../i18n/language.ts';
import { translate, type Key, type Language, type Values } from '../i18n/translate.ts';
import type { Choices } from './choices.ts';
import type { Clock } from './clock.svelte.ts';
import { isTheme, otherTheme, themeAt, type Theme } from './theme.ts';

export type SecretKind = 'digits' | 'phrase';

export type DisplayOptions = {
  readonly choices: Choices;
  readonly clock: Clock;
  readonly languages: readonly string[];
  readonly prefersDark: boolean;
};

/** The language and the light of the screen: what the worker chose, else what the moment asks. */
export class Display {
  readonly #choices: Choices;
  readonly #clock: Clock;
  #chosenTheme: Theme | null = $state(null);
  language: Language = $state('fr');
  prefersDark = $state(false);
  /** A laptop's width: the rail, the table, one step denser. */
  wide = $state(false);
  /** How the code of the vault is typed: on the pad, or as a phrase. */
  secretKind: SecretKind = $state('digits');

  constructor({ choices, clock, languages, prefersDark }: DisplayOptions) {
    const language = choices.read('language');
    const theme = choices.read('theme');
    this.#choices = choices;
    this.#clock = clock;
    this.#chosenTheme = isTheme(theme) ? theme : null;
    this.language = isLanguage(language) ? language : languageOf(languages);
    this.prefersDark = prefersDark;
    this.secretKind = choices.read('secret') === 'phrase' ? 'phrase' : 'digits';
  }

  get theme(): Theme {
    return this.#chosenTheme ?? this.#themeOfTheMoment;
  }

  get time(): string {
    return formatTime(this.#clock.now_ms, this.language);
  }

  get day(): string {
    return formatDay(this.#clock.now_ms, this.language);
  }

  /** The words of `key` in the language of the screen. */
  readonly t = <K extends Key>(key: K, ...values: Values<K>): string =>
    translate(this.language, key, ...values);

  get now_ms(): number {
    return this.#clock.now_ms;
  }

  /** To the second, for what counts down. */
  readonly readNow_ms = (): number => this.#clock.readNow_ms();

  readonly timeOf = (date_ms: number): string => formatTime(date_ms, this.language);
  readonly dateOf = (date_ms: number): string => formatDate(date_ms, this.now_ms, this.language);
  readonly dateInWords = (date_ms: number): string =>
    formatDateInWords(date_ms, this.now_ms, this.language);
  readonly dayOf = (date_ms: number): string => formatFullDay(date_ms, this.language);
  readonly when = (date_ms: number): string => formatWhen(date_ms, this.now_ms, this.language);
  readonly ago = (date_ms: number): string => formatAgo(date_ms, this.now_ms, this.language);
  readonly daysAgo = (day: Day): string => formatDaysAgo(dayAt(this.now_ms) - day, this.language);
  readonly length = (length_ms: number): string => formatLength(length_ms, this.language);
  readonly list = (words: readonly string[]): string => formatList(words, this.language);
  readonly grams = (grams: number): string => formatGrams(grams, this.language);
  readonly number = (count: number): string => formatNumber(count, this.language);

  /** The catalogue's words for a code, and for a field. */
  readonly code = (list: CodeList, code: string): string => codeLabel(list, code, this.language);
  readonly label = (kind: string, name: string): string => label(kind, name, this.language);

  switchLanguage(): void {
    this.language = this.language === 'fr' ? 'en' : 'fr';
    this.#choices.write('language', this.language);
  }

  switchSecretKind(): void {
    this.secretKind = this.secretKind === 'digits' ? 'phrase' : 'digits';
    this.#choices.write('secret', this.secretKind === 'digits' ? null : 'phrase');
  }

  /** Going back to what the moment asks for is no choice: the light then follows dusk again. */
  switchTheme(): void {
    const theme = otherTheme(this.theme);
    this.#chosenTheme = theme === this.#themeOfTheMoment ? null : theme;
    this.#choices.write('theme', this.#chosenTheme);
  }

  get #themeOfTheMoment(): Theme {
    return themeAt(this.#clock.now_ms, this.prefersDark);
  }
}
