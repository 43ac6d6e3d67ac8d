import { expect, test } from 'vitest';
import { formatDay, formatTime } from '../src/i18n/dates.ts';
import { languageOf } from '../src/i18n/language.ts';
import { choicesIn, type Choices } from '../src/ui/choices.ts';
import { Clock } from '../src/ui/clock.svelte.ts';
import { Display, type DisplayOptions } from '../src/ui/display.svelte.ts';
import { themeAt } from '../src/ui/theme.ts';

const at = (hour: number, minute = 0): number => new Date(2025, 10, 20, hour, minute).getTime();

function memory(): Choices {
  const kept = new Map<string, string>();
  return {
    read: (choice) => kept.get(choice) ?? null,
    write: (choice, value) => {
      if (value === null) kept.delete(choice);
      else kept.set(choice, value);
    },
  };
}

function display(options: Partial<DisplayOptions> & { now_ms?: number } = {}): Display {
  const clock = new Clock(() => options.now_ms ?? at(14));
  return new Display({
    choices: memory(),
    clock,
    languages: ['fr-FR'],
    prefersDark: false,
    ...options,
  });
}

test('the language is the first we speak of the browser, else French', () => {
  expect(languageOf(['en-GB', 'fr'])).toBe('en');
  expect(languageOf(['de', 'FR-ca', 'en'])).toBe('fr');
  expect(languageOf(['enm', 'pt'])).toBe('fr');
  expect(languageOf([])).toBe('fr');
});

test('the light is night from 20:00 to 07:00, and by day what the device asks', () => {
  const hours = [6, 7, 19, 20].map((hour) => themeAt(at(hour), false));
  expect(hours).toEqual(['dark', 'light', 'light', 'dark']);
  expect(themeAt(at(14), true)).toBe('dark');
});

test('the chosen light wins over the hour and is remembered', () => {
  const choices = memory();
  display({ choices, now_ms: at(23) }).switchTheme();
  expect(display({ choices, now_ms: at(23) }).theme).toBe('light');
});

test('going back to the light of the hour follows dusk again', () => {
  const choices = memory();
  const day = display({ choices });
  day.switchTheme();
  day.switchTheme();
  expect(choices.read('theme')).toBeNull();
  expect(display({ choices, now_ms: at(23) }).theme).toBe('dark');
});

test('the chosen language wins over the browser and is remembered', () => {
  const choices = memory();
  display({ choices }).switchLanguage();
  expect(display({ choices }).language).toBe('en');
});

test('what another program left in the storage is not a choice', () => {
  const choices: Choices = { ...memory(), read: () => 'purple' };
  const shown = display({ choices });
  expect([shown.language, shown.theme]).toEqual(['fr', 'light']);
});

test('a browser that forbids storage forgets, without failing', () => {
  const choices = choicesIn(() => {
    throw new DOMException('denied', 'SecurityError');
  });
  const shown = display({ choices });
  shown.switchLanguage();
  expect(shown.language).toBe('en');
  expect(choices.read('language')).toBeNull();
});

test('the hour and the day are written in the language of the screen', () => {
  expect(formatTime(at(9, 5), 'fr')).toBe('09:05');
  expect(formatTime(at(0, 7), 'en')).toBe('00:07');
  expect(formatDay(at(21), 'fr')).toBe('Jeudi 20 novembre');
  expect(formatDay(at(21), 'en')).toBe('Thursday 20 November');
});
