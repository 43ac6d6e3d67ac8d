/** What one screen shows another can read: the drawing of a code is the code. */
import { expect, test } from 'vitest';
import { qrReader, squaresOf } from '../src/ui/qr.ts';
import { painted } from './painted.ts';

const BORDER = 4;
/** As long as the answer of a server with a long name. */
const LONG = 'k2Yv-_09'.repeat(50);

test.each(['k1', LONG])('a code is read as it was drawn', async (text) => {
  const read = await qrReader();
  expect(read(painted(await squaresOf(text)))).toBe(text);
});

test('a code has its white border, four squares wide on every side', async () => {
  const { size, path } = await squaresOf(LONG);
  const places = [...path.matchAll(/M(\d+) (\d+)/g)].flatMap(([, x, y]) => [Number(x), Number(y)]);
  expect([Math.min(...places), Math.max(...places)]).toEqual([BORDER, size - 1 - BORDER]);
});

test('a picture without a code has no text', async () => {
  const read = await qrReader();
  expect(read(painted({ size: 60, path: '' }))).toBeNull();
  expect(read(painted({ size: 60, path: 'M3 3h1v1h-1zM9 30h1v1h-1z' }))).toBeNull();
});
