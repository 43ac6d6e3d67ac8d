import { formatDay, formatTime } from '../i18n/dates.ts';
import { isLanguage, languageOf } from '../i18n/language.ts';
import { translate, type Key, type Language, type Values } from '../i18n/translate.ts';
import type { Choices } from './choices.ts';
import type { Clock } from './clock.svelte.ts';
import { isTheme, otherTheme, themeAt, type Theme } from './theme.ts';

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

  constructor({ choices, clock, languages, prefersDark }: DisplayOptions) {
    const language = choices.read('language');
    const theme = choices.read('theme');
    this.#choices = choices;
    this.#clock = clock;
    this.#chosenTheme = isTheme(theme) ? theme : null;
    this.language = isLanguage(language) ? language : languageOf(languages);
    this.prefersDark = prefersDark;
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

  switchLanguage(): void {
    this.language = this.language === 'fr' ? 'en' : 'fr';
    this.#choices.write('language', this.language);
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
