/** Law: bytes of others are what a decoder reads, or its own error; and both languages say the same of them. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type Bytes, fromHex, toHex } from '../../src/engine/bytes.ts';
import { disagreements, judgeOf, readSpoilt, spoilt } from './decoders.ts';
import { asyncLaw } from './laws/law.ts';

const every = readSpoilt();
const titled = every.map((one, at) => [`${one.decoder} (${at})`, one] as const);

test.each(titled)('what is done to a %s reads here as in Python', async (_title, one) => {
  expect(await disagreements(one)).toEqual([]);
});

test('what is spoilt is of every decoder, and some of it is still read', () => {
  expect(every.flatMap(({ edits }) => edits).length).toBeGreaterThan(2_000);
  for (const { decoder, edits, verdicts } of every) {
    expect(verdicts).toHaveLength(edits.length);
    expect([decoder, verdicts.replaceAll('a', '').length > 0]).toEqual([decoder, true]);
  }
  const read = every.filter(({ verdicts }) => verdicts.slice(1).includes('a'));
  expect(read.length).toBeGreaterThan(every.length / 2);
});

test('a decoder that reads a little more or less than Python does is found', async () => {
  const texts = every.filter(({ decoder }) => decoder === 'value');
  for (const letter of ['a', 'r']) {
    const all = await Promise.all(
      texts.map((one) => disagreements(one, () => Promise.resolve(letter))),
    );
    expect(all.flat().length).toBeGreaterThan(10);
  }
  const headers = every.filter(({ decoder }) => decoder === 'header');
  const lenient = await Promise.all(
    headers.map((one) =>
      disagreements(one, async (data) => {
        const verdict = await judgeOf(one)(data);
        return verdict === 'n' ? 'a' : verdict;
      }),
    ),
  );
  expect(lenient.flat().length).toBeGreaterThan(10);
});

/** Any bytes, and sound ones with a few bytes replaced, left out or put in. */
function bytesLike(base: Bytes): fc.Arbitrary<Bytes> {
  const some = fc.uint8Array({ maxLength: 40 });
  const edit = fc.tuple(fc.nat(base.length), fc.nat(6), some.map(toHex));
  const edited = fc
    .array(edit, { minLength: 1, maxLength: 3 })
    .map((edits) => edits.map(([at, cut, put]) => `${at}-${cut}:${put}`).join(' '))
    .map((edits) => spoilt(base, edits));
  return fc.oneof(
    some.map((data): Bytes => new Uint8Array(data)),
    edited,
  );
}

const once = [...new Map(titled.map(([, one]) => [one.decoder, one])).values()];

test.each(once.map((one) => [one.decoder, one] as const))(
  'no bytes bring the decoder of a %s to anything but its verdict',
  async (_decoder, one) => {
    const judge = judgeOf(one);
    await asyncLaw(
      fc.asyncProperty(bytesLike(fromHex(one.base)), async (data) => {
        expect(await judge(data)).toMatch(/^[a-z]$/);
      }),
    );
  },
);

test('a decoder with a bug is found by bytes that nobody chose', async () => {
  const buggy = (data: Bytes): Promise<string> =>
    data.length > 3 && data[0] === 0x9c && data[1] !== 1
      ? Promise.reject(new RangeError('a bug'))
      : Promise.resolve('r');
  const [one] = every.filter(({ decoder }) => decoder === 'header');
  const law = asyncLaw(
    fc.asyncProperty(bytesLike(fromHex(one?.base ?? '')), async (data) => {
      expect(await buggy(data)).toBe('r');
    }),
  );
  await expect(law).rejects.toThrow('Property failed');
});

test('a few bytes that announce thousands of millions of items cost nothing, wherever they stand', async () => {
  const bombs = ['ddffffffff', 'c6ffffffff', 'dbffffffff', 'dfffffffff'];
  const before = process.memoryUsage().rss;
  for (const one of once) {
    const base = fromHex(one.base);
    for (const bomb of bombs) {
      for (const edits of [`0-${base.length}:${bomb}`, `${base.length - 1}-1:${bomb}`]) {
        expect(await judgeOf(one)(spoilt(base, edits))).not.toBe('a');
      }
    }
  }
  expect(process.memoryUsage().rss - before).toBeLessThan(100e6);
});
