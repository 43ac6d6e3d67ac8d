import { expect, test } from 'vitest';
import worked from '../../../tests/vectors/worked_example.json' with { type: 'json' };
import { workedChecks, type Worked } from '../vectors/worked.ts';

const vectors = worked as unknown as Worked;

test.each(workedChecks(vectors))('$promise', async ({ holds }) => {
  expect(await holds()).toBe(true);
});
