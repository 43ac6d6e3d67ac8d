/**
 * What is typed is kept by the sealed store and by nothing else: a browser writes the words that stand in a control
 * into its own session files, in clear, unless the control forbids it.
 */
import { expect, test } from 'vitest';
import { readSources, type Source } from './sources.ts';

function controlsLeftToTheBrowser({ path, text }: Source): string[] {
  const controls = text.match(/<(?:input|textarea|select)\b(?:[^>]|=>)*>/g) ?? [];
  return controls
    .filter((control) => !control.includes('autocomplete="off"'))
    .map((control) => `${path}: ${control}`);
}

test('no control leaves what is typed to the browser', () => {
  const screens = readSources('ui/**/*.svelte');
  expect(screens.filter(({ text }) => /<(input|textarea)\b/.test(text)).length).toBeGreaterThan(3);
  expect(screens.flatMap(controlsLeftToTheBrowser)).toEqual([]);
});

test('a control that leaves it to the browser is found', () => {
  const written = '<input aria-label="x" oninput={(event) => change(event)} />\n<textarea>';
  const forbids = '<textarea autocomplete="off" oninput={() => save()}></textarea>';
  expect(controlsLeftToTheBrowser({ path: 'a.svelte', text: written + forbids })).toHaveLength(2);
});
