import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { FILE, makeVectors } from '../vectors/make.ts';

test('the committed vectors are those that this engine makes: run `npm run vectors` after a change that is meant', async () => {
  expect(await makeVectors()).toBe(readFileSync(FILE, 'utf8'));
});

test('they are the same in every run', async () => {
  expect(await makeVectors()).toBe(await makeVectors());
});
