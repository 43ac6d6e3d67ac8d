/** Law: padding is undone exactly, and no other length or ending is padding. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type Bytes, toHex } from '../../../src/engine/bytes.ts';
import { DoesNotOpen, pad, paddedSize, unpad } from '../../../src/engine/envelope.ts';
import { PAYLOAD_BYTES_MAX, SEALED_BYTES_MAX } from '../../../src/engine/limits.ts';
import { law } from './law.ts';

const lengths = fc.oneof(fc.nat(700), fc.nat(PAYLOAD_BYTES_MAX));

function filled(length: number, byte = 0x78): Bytes {
  return new Uint8Array(length).fill(byte);
}

test('padding comes off, even if the payload itself ends like padding', () => {
  law(
    fc.property(lengths, fc.constantFrom(0x78, 0x80, 0), (length, byte) => {
      expect(toHex(unpad(pad(filled(length, byte))))).toBe(toHex(filled(length, byte)));
    }),
  );
});

test('a padded size is at least 256 and at most an eighth more, and the longest payload still fits', () => {
  law(
    fc.property(lengths, (length) => {
      const size = paddedSize(length);
      expect(size).toBeGreaterThanOrEqual(Math.max(256, length + 1));
      expect(size).toBeLessThanOrEqual(Math.max(256, (length + 1) * 1.125));
      expect(paddedSize(length + 1)).toBeGreaterThanOrEqual(size);
      expect(size + 28).toBeLessThanOrEqual(SEALED_BYTES_MAX);
    }),
  );
});

test('another number of zeros is refused', () => {
  law(
    fc.property(lengths, fc.integer({ min: 1, max: 300 }), (length, more) => {
      const padded = pad(filled(length));
      const longer = new Uint8Array(padded.length + more);
      longer.set(padded);
      expect(() => unpad(longer)).toThrow(DoesNotOpen);
      expect(() => unpad(padded.subarray(0, Math.max(0, padded.length - more)))).toThrow(
        DoesNotOpen,
      );
    }),
  );
});

test('whatever unpads pads to the same bytes', () => {
  law(
    fc.property(fc.uint8Array({ maxLength: 600 }), (data) => {
      const ended = new Uint8Array(Math.max(256, data.length + 1));
      ended.set(data);
      ended[data.length] = 0x80;
      for (const candidate of [data, ended]) {
        try {
          expect(toHex(pad(unpad(candidate)))).toBe(toHex(candidate));
        } catch (error) {
          expect(error).toBeInstanceOf(DoesNotOpen);
        }
      }
    }),
  );
});
