import { expect, test } from 'vitest';
import { checkVectors } from '../vectors/check.ts';
import { readPython, readWorked } from '../vectors/files.ts';
import { pythonChecks } from '../vectors/python.ts';

const [worked, python] = [readWorked(), readPython()];

test.each(pythonChecks(python))('$promise', async ({ holds }) => {
  expect(await holds()).toBe(true);
});

test('the one function that a browser runs finds no failure', async () => {
  expect(await checkVectors(worked, python)).toEqual([]);
});

test('with vectors that are not true it names what fails, and goes on to the end', async () => {
  const forged = { ...worked, device: '00'.repeat(16), pads: { 0: 255 } };
  const [first] = python.folds;
  const failures = await checkVectors(forged, {
    ...python,
    folds: first ? [{ ...first, state: '00' }] : [],
    pages: python.pages.map((page) => ({ ...page, failure: 'stub' })),
  });
  expect(failures.filter((promise) => promise.includes('fold 0'))).toHaveLength(1);
  expect(failures.filter((promise) => promise.includes('the page'))).toHaveLength(
    python.pages.length,
  );
  expect(failures.length).toBeGreaterThan(python.pages.length + 6);
});
