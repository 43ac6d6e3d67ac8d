import { expect, test } from 'vitest';
import { readWorked } from '../vectors/files.ts';
import { workedChecks } from '../vectors/worked.ts';

test.each(workedChecks(readWorked()))('$promise', async ({ holds }) => {
  expect(await holds()).toBe(true);
});
