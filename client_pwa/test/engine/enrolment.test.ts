/** The codes of an enrolment: read strictly, tied to a device by a nonce and to two screens by letters. */
import { expect, test } from 'vitest';
import { encode } from '../../src/engine/codec.ts';
import {
  BadCode,
  decodeCode1,
  decodeCode2,
  decodeLink,
  encodeCode1,
  encodeCode2,
  encodeLink,
  letters,
  welcome,
} from '../../src/engine/enrolment.ts';
import type { Digest, OpId } from '../../src/engine/ids.ts';
import { commit, unwrap, wrap } from '../../src/engine/keys.ts';
import { EPOCH_KEY, SAMIR, SPACE } from './kit.ts';

const NONCE = new Uint8Array(16).fill(7);
const ORIGIN = 'https://escale.example';
const CODE_1 = { edPk: SAMIR.signing.public, xPk: SAMIR.box?.public ?? NONCE, nonce: NONCE };
const ROOT = '01'.repeat(32) as OpId;
const EPOCH = { space: SPACE, n: 1, commitment: commit(SPACE, 1, EPOCH_KEY) };
const WRAP = await wrap(EPOCH_KEY, CODE_1.xPk, EPOCH, SAMIR.device);
const START = [7, '02'.repeat(32) as Digest] as const;
const WELCOME = welcome(EPOCH, ROOT, START, WRAP);
const CODE_2 = { origin: ORIGIN, nonce: NONCE, spaces: [WELCOME] };

test('the codes and the link are read as they were written', () => {
  expect(decodeCode1(encodeCode1(CODE_1))).toEqual(CODE_1);
  expect(decodeCode2(encodeCode2(CODE_2), NONCE)).toEqual(CODE_2);
  expect(decodeLink(encodeLink({ origin: ORIGIN, join: NONCE }))).toEqual({
    origin: ORIGIN,
    join: NONCE,
  });
});

test("a welcome brings the epoch's key to its device, and the checkpoint at which it begins", async () => {
  if (SAMIR.box === null) throw new Error('Samir is keyed.');
  expect(EPOCH_KEY.equals(await unwrap(WELCOME.wrap, SAMIR.box, EPOCH, SAMIR.device))).toBe(true);
  expect([WELCOME.begin, WELCOME.checkpoint]).toEqual(START);
});

test("another device's answer is refused", () => {
  expect(() => decodeCode2(encodeCode2(CODE_2), new Uint8Array(16))).toThrow(BadCode);
});

test('keys of small order are refused', () => {
  for (const weak of [{ edPk: new Uint8Array(32) }, { xPk: new Uint8Array(32) }]) {
    expect(() => decodeCode1(encodeCode1({ ...CODE_1, ...weak }))).toThrow(BadCode);
  }
});

test.each([
  ['no base64url', 'é'],
  ['base64 of another alphabet', `${encodeCode1(CODE_1)}+/`],
  ['padding', `${encodeCode1(CODE_1)}=`],
  ['bits that no byte has', `${encodeCode1(CODE_1).slice(0, -1)}_`],
  ['a byte too few', encodeCode1(CODE_1).slice(0, -2)],
  ['nothing', ''],
  ['another code', encodeLink({ origin: ORIGIN, join: NONCE })],
  ['a value of another shape', btoa(String.fromCharCode(...encode([1]))).replace(/=+$/, '')],
])('%s is no code', (_, text) => {
  expect(() => decodeCode1(text)).toThrow(BadCode);
});

test('an origin has 1 to 256 characters, an answer 1 to 8 spaces', () => {
  for (const origin of ['', 'x'.repeat(257)]) {
    expect(() => decodeLink(encodeLink({ origin, join: NONCE }))).toThrow(BadCode);
  }
  for (const count of [0, 9]) {
    const spaces = Array.from({ length: count }, () => WELCOME);
    expect(() => decodeCode2(encodeCode2({ ...CODE_2, spaces }), NONCE)).toThrow(BadCode);
  }
  expect(decodeLink(encodeLink({ origin: '😀'.repeat(256), join: NONCE })).origin).toHaveLength(
    512,
  );
});

test('both screens show the same sixteen letters, and others if a code was swapped on the way', () => {
  const [code1, code2] = [encodeCode1(CODE_1), encodeCode2(CODE_2)];
  expect(letters(code1, code2)).toMatch(/^[A-Z2-7]{4}( [A-Z2-7]{4}){3}$/);
  expect(letters(code1, encodeCode2({ ...CODE_2, origin: `${ORIGIN}.evil` }))).not.toBe(
    letters(code1, code2),
  );
  expect(() => letters(code1, '=')).toThrow(BadCode);
});
