import { expect, test } from 'vitest';
import { en } from '../src/i18n/en.ts';
import { fr } from '../src/i18n/fr.ts';
import { translate } from '../src/i18n/translate.ts';
import { readSources, type Source } from './sources.ts';

const SAME_IN_BOTH = ['app.version'];

const screens = readSources('ui/**/*.{ts,svelte}');
const keys = Object.keys(fr);

/** Keys asked for by `t('…')` that no dictionary has. */
function absentKeys(sources: readonly Source[]): string[] {
  const asked = sources.flatMap(({ text }) => [...text.matchAll(/\bt\(\s*'([^']+)'/g)]);
  return asked.map(([, key]) => key ?? '').filter((key) => !keys.includes(key));
}

/** Keys of `known` that stand quoted nowhere in the screens. */
function unusedKeys(known: readonly string[], sources: readonly Source[]): string[] {
  return known.filter((key) => !sources.some(({ text }) => text.includes(`'${key}'`)));
}

/** Keys whose words are the same in both languages. */
function untranslatedKeys(a: Readonly<Record<string, string>>, b: typeof a): string[] {
  return Object.keys(a).filter((key) => a[key] === b[key]);
}

/** What French typography does not write. */
function badFrench(words: string): boolean {
  return /[ \u00a0][;?!]|[^\u202f][;?!]|«[^\u202f]|[^\u202f]»|[^\u00a0]:(?!\/\/)|['!]|\.\.\./.test(
    words,
  );
}

/** The values that the words ask for, `{name}` or `{name|one|many}`, each once. */
function placeholders(words: string): string[] {
  return [...new Set(Array.from(words.matchAll(/\{(\w+)/g), ([, name]) => name ?? ''))].sort();
}

test('every key that a screen asks for exists, and a planted absent one is found', () => {
  expect(absentKeys(screens)).toEqual([]);
  const planted = { path: 'ui/Planted.svelte', text: "<p>{t('planted.absent')}</p>" };
  expect(absentKeys([...screens, planted])).toEqual(['planted.absent']);
});

test('every key is used, and a planted unused one is found', () => {
  expect(unusedKeys(keys, screens)).toEqual([]);
  expect(unusedKeys([...keys, 'planted.unused'], screens)).toEqual(['planted.unused']);
});

test('every key is translated, and a planted copy is found', () => {
  expect(untranslatedKeys(fr, en)).toEqual(SAME_IN_BOTH);
  const copied = { ...en, 'welcome.title': fr['welcome.title'] };
  expect(untranslatedKeys(fr, copied)).toContain('welcome.title');
});

test('both languages fill in the same values', () => {
  for (const key of keys as (keyof typeof fr)[]) {
    expect(placeholders(en[key]), key).toEqual(placeholders(fr[key]));
  }
});

test('French is set with its own spaces, and planted faults are found', () => {
  expect(Object.values(fr).filter(badFrench)).toEqual([]);
  const faults = ['Ici ?', 'Ici;', '« Essayer »', 'Fichiers : 3', "l'appareil", 'Voilà\u202f!'];
  expect(faults.filter((fault) => !badFrench(fault))).toEqual([]);
});

test('values are filled in where their names stand', () => {
  const words = translate('en', 'offline.preparing.files', { done: 2, total: 9 });
  expect(words).toBe('Files verified: 2 of 9. Keep this page open.');
});

test('a word follows its number, and zero is singular in French alone', () => {
  const counted = [0, 1, 2].map((n) => translate('fr', 'tile.requests', { n }));
  expect(counted).toEqual(['0 demande', '1 demande', '2 demandes']);
  expect(translate('en', 'tile.requests', { n: 0 })).toBe('0 requests');
});
