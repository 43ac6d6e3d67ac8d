/** Secrets show nothing, wherever they are printed. */
import { inspect } from 'node:util';
import { expect, test } from 'vitest';
import { EntitySecret, EpochKey, OpKey, Seed } from '../../src/engine/secret.ts';
import { AWA } from './kit.ts';

const BYTES = Uint8Array.from({ length: 32 }, (_, at) => at + 100);

test.each([Seed, EpochKey, EntitySecret, OpKey])(
  'a secret is never printed, spread or serialised: %o',
  (Kind) => {
    const secret = new Kind(BYTES);
    const shown = [
      String(secret),
      inspect(secret, { depth: 9, showHidden: true }),
      inspect(Object.assign({}, secret)),
    ];
    for (const text of shown) expect(text).not.toContain('101');
    expect(String(secret)).toBe(`${secret.kind}(…)`);
    expect(() => JSON.stringify({ secret })).toThrow(TypeError);
    expect([...secret.reveal()]).toEqual([...BYTES]);
  },
);

test('a secret has 32 bytes, of its own', () => {
  expect(() => new EpochKey(BYTES.slice(1))).toThrow(RangeError);
  const given = BYTES.slice();
  const secret = new EpochKey(given);
  given.fill(0);
  expect(secret.equals(new EpochKey(BYTES))).toBe(true);
});

test('secrets are equal byte for byte', () => {
  const other = BYTES.slice();
  other[31] = 0;
  expect(new EpochKey(BYTES).equals(new EpochKey(BYTES))).toBe(true);
  expect(new EpochKey(BYTES).equals(new EpochKey(other))).toBe(false);
});

test("a device's private keys are not printed", () => {
  const shown = inspect(AWA, { depth: 9, showHidden: true });
  expect(shown).not.toContain('0101010101');
  expect(() => JSON.stringify(AWA)).not.toThrow();
  expect(Object.keys(AWA.signing)).toEqual(['public']);
});
