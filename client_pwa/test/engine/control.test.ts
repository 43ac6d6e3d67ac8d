/** Control bodies and keys, each judged by itself. */
import { expect, test } from 'vitest';
import { toHex } from '../../src/engine/bytes.ts';
import { encode, type Value } from '../../src/engine/codec.ts';
import { type Body, ControlFault, decodeBody, encodeBody } from '../../src/engine/control.ts';
import { bytesOf, type DeviceId, type EntityId, type Sealed } from '../../src/engine/ids.ts';
import { isSoundEdPk, isSoundXPk, verifies } from '../../src/engine/keys.ts';
import type { ControlKind } from '../../src/engine/op.ts';
import { AWA, entity, member, ORG, SAMIR, SPACE } from './kit.ts';

const WRAP = new Uint8Array(80);
const HASH = new Uint8Array(32);
const [FIRST, SECOND] = [AWA.device, SAMIR.device].sort() as [DeviceId, DeviceId];

test.each<[string, Body]>([
  ['a founder', member(AWA)],
  [
    'a member with its wrap and worker',
    member(AWA, { wrap: WRAP, worker: '0c'.repeat(16) as never }),
  ],
  ['a revocation', member(AWA, { roles: 0, xPk: null })],
  ['a proposal', { kind: 'xkey', xPk: AWA.signing.public }],
  [
    'epoch one',
    {
      kind: 'epoch',
      n: 1,
      commit: toHex(HASH) as never,
      prev: null,
      wraps: [
        [FIRST, WRAP],
        [SECOND, WRAP],
      ],
    },
  ],
  [
    'epoch two',
    { kind: 'epoch', n: 2, commit: toHex(HASH) as never, prev: new Uint8Array(60), wraps: [] },
  ],
  ['an erasure', { kind: 'erase', entities: [entity(1), entity(2)] }],
  ['rules', { kind: 'rules', version: 1 }],
])('a body is read as it was written: %s', (_, body) => {
  expect(decodeBody(body.kind, encodeBody(body), SPACE)).toEqual(body);
});

const DEVICE = bytesOf(AWA.device);
const ED_PK = AWA.signing.public;
const X_PK = AWA.box?.public ?? HASH;
const ORG_BYTES = bytesOf(ORG);

test.each<[string, ControlKind, Value, string]>([
  ['another version', 'rules', [2, 1], 'encoding'],
  ['a member too few', 'rules', [1], 'encoding'],
  ['a version of zero', 'rules', [1, 0], 'encoding'],
  ['roles beyond seven', 'member', [1, DEVICE, ED_PK, X_PK, 8, ORG_BYTES, null, null], 'encoding'],
  [
    'a short wrap',
    'member',
    [1, DEVICE, ED_PK, X_PK, 1, ORG_BYTES, null, WRAP.slice(1)],
    'encoding',
  ],
  [
    "another's device",
    'member',
    [1, bytesOf(SAMIR.device), ED_PK, X_PK, 1, ORG_BYTES, null, null],
    'device',
  ],
  [
    'a signing key of small order',
    'member',
    [1, DEVICE, HASH, X_PK, 1, ORG_BYTES, null, null],
    'ed_pk',
  ],
  [
    'a box key of small order',
    'member',
    [1, DEVICE, ED_PK, HASH, 1, ORG_BYTES, null, null],
    'x_pk',
  ],
  ['a wrap without a key', 'member', [1, DEVICE, ED_PK, null, 1, ORG_BYTES, null, WRAP], 'wrap'],
  ['a proposal of small order', 'xkey', [1, HASH], 'x_pk'],
  ['a first epoch with a box', 'epoch', [1, 1, HASH, new Uint8Array(60), []], 'prev'],
  ['a second epoch without', 'epoch', [1, 2, HASH, null, []], 'prev'],
  ['a short box', 'epoch', [1, 2, HASH, new Uint8Array(59), []], 'encoding'],
  [
    'wraps out of order',
    'epoch',
    [
      1,
      1,
      HASH,
      null,
      [
        [bytesOf(SECOND), WRAP],
        [bytesOf(FIRST), WRAP],
      ],
    ],
    'wraps',
  ],
  [
    'a wrap twice',
    'epoch',
    [
      1,
      1,
      HASH,
      null,
      [
        [DEVICE, WRAP],
        [DEVICE, WRAP],
      ],
    ],
    'wraps',
  ],
  ['an erasure of nothing', 'erase', [1, []], 'encoding'],
  ['an erasure of the space', 'erase', [1, [bytesOf(SPACE)]], 'entities'],
  ['an entity twice', 'erase', [1, [bytesOf(entity(1)), bytesOf(entity(1))]], 'entities'],
  [
    'too many at once',
    'erase',
    [1, Array.from({ length: 501 }, (_, n) => bytesOf(entity(n)))],
    'encoding',
  ],
])('a body is refused for %s', (_, kind, members, fault) => {
  let found = '';
  try {
    decodeBody(kind, encode(members) as Sealed, SPACE);
  } catch (error) {
    if (error instanceof ControlFault) found = error.member;
  }
  expect(found).toBe(fault);
});

/** The y coordinates of points of small order, and what else reduces to them. */
const SMALL = [
  '0100000000000000000000000000000000000000000000000000000000000000',
  'ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
  '0000000000000000000000000000000000000000000000000000000000000080',
  'edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
  'eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff',
];
const SMALL_ED = [
  'c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a',
  '26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05',
];
const SMALL_X = [
  'e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800',
  '5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157',
];

test('points of small order are found in every form, and sound keys are not among them', () => {
  const bytes = (hex: string) => bytesOf(hex as EntityId);
  for (const hex of [...SMALL, ...SMALL_ED]) expect(isSoundEdPk(bytes(hex)), hex).toBe(false);
  for (const hex of [...SMALL, ...SMALL_X]) expect(isSoundXPk(bytes(hex)), hex).toBe(false);
  for (const who of [AWA, SAMIR]) {
    expect(isSoundEdPk(who.signing.public)).toBe(true);
    expect(isSoundXPk(who.box?.public ?? HASH)).toBe(true);
  }
  expect(isSoundEdPk(ED_PK.slice(1)) || isSoundXPk(X_PK.slice(1))).toBe(false);
});

test('a signature or a key of another length verifies nothing', async () => {
  const sig = await AWA.signing.sign(HASH);
  expect(await verifies(ED_PK, HASH, sig)).toBe(true);
  expect(await verifies(ED_PK.slice(1), HASH, sig)).toBe(false);
  expect(await verifies(ED_PK, HASH, sig.slice(1))).toBe(false);
  expect(await verifies(SAMIR.signing.public, HASH, sig)).toBe(false);
});
