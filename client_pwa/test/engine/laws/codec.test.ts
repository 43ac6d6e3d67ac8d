/** Law: a value has exactly one encoding, and nothing else decodes to it. */
import { encode as refereeEncode } from '@msgpack/msgpack';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type Bytes, toHex } from '../../../src/engine/bytes.ts';
import {
  decode,
  DEPTH_MAX,
  encode,
  isValue,
  NotCanonical,
  type Value,
} from '../../../src/engine/codec.ts';
import { type HeaderBytes, INT_MAX } from '../../../src/engine/ids.ts';
import { decodeHeader, encodeHeader, entityOf, HeaderFault } from '../../../src/engine/op.ts';
import { law } from './law.ts';

const anyBytes = fc.uint8Array({ maxLength: 60 }).map((data): Bytes => new Uint8Array(data));
const { values } = fc.letrec<{ leaves: Value; values: Value }>((tie) => ({
  leaves: fc.oneof(
    fc.constant(null),
    fc.boolean(),
    fc.integer({ min: -INT_MAX, max: INT_MAX }),
    fc.constantFrom(
      -0x81,
      -0x80,
      -0x21,
      0x7f,
      0xff,
      0x100,
      0xffff,
      2 ** 31,
      2 ** 32,
      -(2 ** 31) - 1,
    ),
    anyBytes,
    fc.string({ unit: 'grapheme', maxLength: 40 }),
    fc.constantFrom('\ufeff', '\ufeff'.repeat(100), 'é'.repeat(20), '\u{1f600}'),
  ),
  values: fc.oneof(
    { maxDepth: 9, depthSize: 'small' },
    tie('leaves'),
    fc.array(tie('values'), { maxLength: 18 }),
  ),
}));

function decodeOrNull(data: Uint8Array): [Value] | null {
  try {
    return [decode(data)];
  } catch (error) {
    if (error instanceof NotCanonical) return null;
    throw error;
  }
}

test('a value decodes to itself, and one that is too deep does not', () => {
  law(
    fc.property(values, (value) => {
      const read = decodeOrNull(encode(value));
      expect(read).toEqual(isValue(value, DEPTH_MAX) ? [value] : null);
    }),
  );
});

test('a value encodes to what another library writes', () => {
  law(
    fc.property(values, (value) => {
      expect(toHex(encode(value))).toBe(toHex(refereeEncode(value)));
    }),
  );
});

test('whatever decodes encodes to the same bytes', () => {
  law(
    fc.property(anyBytes, (data) => {
      const read = decodeOrNull(data);
      if (read) expect(toHex(encode(read[0]))).toBe(toHex(data));
    }),
  );
});

test('a changed byte is another value or none', () => {
  law(
    fc.property(values, fc.nat(200), fc.integer({ min: 1, max: 255 }), (value, at, change) => {
      const data = encode(value);
      const place = at % data.length;
      data[place] = (data[place] ?? 0) ^ change;
      const read = decodeOrNull(data);
      if (read) expect(read).not.toEqual([value]);
    }),
  );
});

test.each([
  ['an integer in a longer form', 'cc01'],
  ['an integer of two bytes in four', 'ce0000ffff'],
  ['a negative integer in a longer form', 'd0ff'],
  ['a positive integer in a signed form', 'd001'],
  ['an integer beyond 53 bits', 'cf0020000000000000'],
  ['an integer below 53 bits', 'd3ffe0000000000000'],
  ['a float', 'cb3ff0000000000000'],
  ['a map', '80'],
  ['an extension', 'd40100'],
  ['a timestamp', 'd6ff00000000'],
  ['text in a longer form', 'd90161'],
  ['bytes in a longer form', 'c5000161'],
  ['an array in a longer form', 'dc000100'],
  ['half a surrogate pair', 'a3eda080'],
  ['an overlong character', 'a2c080'],
  ['a broken character', 'a2c328'],
  ['a trailing byte', '00c0'],
  ['a cut array', '9200'],
  ['nothing', ''],
])('%s is refused', (_, hex) => {
  expect(
    decodeOrNull(Uint8Array.from(hex.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16))),
  ).toBeNull();
});

test('a few bytes that announce thousands of millions of items are refused at once', () => {
  const bomb = new Uint8Array(4095);
  for (let at = 0; at < bomb.length; at += 5) bomb.set([0xdd, 0x10, 0, 0, 0], at);
  const before = process.memoryUsage().rss;
  expect(decodeOrNull(bomb)).toBeNull();
  expect(process.memoryUsage().rss - before).toBeLessThan(50e6);
});

test('the greatest and the least integers are read', () => {
  for (const value of [INT_MAX, -INT_MAX]) expect(decode(encode(value))).toBe(value);
});

test('what is no value is not encoded', () => {
  for (const value of [1.5, 2 ** 53, Number.NaN, '\ud800'])
    expect(() => encode(value)).toThrow(TypeError);
});

test("no bytes crash the header's decoder: they are a header, or a fault", () => {
  law(
    fc.property(fc.oneof(anyBytes, values.map(encode)), (data) => {
      const header = data as HeaderBytes;
      entityOf(header);
      try {
        expect(toHex(encodeHeader(decodeHeader(header)))).toBe(toHex(data));
      } catch (error) {
        expect(error).toBeInstanceOf(HeaderFault);
      }
    }),
  );
});
