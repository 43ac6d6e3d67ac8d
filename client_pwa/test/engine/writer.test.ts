/** Writing: bases, keys, clocks, and gestures that are saved whole or not at all. */
import { describe, expect, test } from 'vitest';
import { toHex } from '../../src/engine/bytes.ts';
import type { Value } from '../../src/engine/codec.ts';
import { type EntityState, foldBytes, type Register } from '../../src/engine/fold.ts';
import type { EntityId, OpId } from '../../src/engine/ids.ts';
import { Identity } from '../../src/engine/keyring.ts';
import { FACT, FIELD, type Setter } from '../../src/engine/liveness.ts';
import type { Fact } from '../../src/engine/op.ts';
import type { Payload } from '../../src/engine/payload.ts';
import type { Replica } from '../../src/engine/replica.ts';
import { decodeReplica, encodeReplica } from '../../src/engine/stored.ts';
import { EntitySecret } from '../../src/engine/secret.ts';
import {
  CannotWrite,
  firstEpoch,
  type Intent,
  write,
  writeControl,
  writeFounding,
} from '../../src/engine/writer.ts';
import {
  AWA,
  deliver,
  entity,
  EPOCH_KEY,
  founded,
  member,
  moment,
  pull,
  RECOVERY,
  REGISTRY,
  replica,
  SAMIR,
  SPACE,
  START_MS,
} from './kit.ts';
import { ModelServer } from './model.ts';

type Named<T> = Readonly<Record<string, T>>;

function genesis(n: number, facts: Named<Fact> = {}, fields: Named<Value> = {}): Intent {
  return { intent: 'genesis', entity: entity(n), kind: 'thing', facts, fields };
}

function edit(n: number, facts: Named<Fact> = {}, fields: Named<Value> = {}): Intent {
  return { intent: 'edit', entity: entity(n), kind: 'thing', facts, fields };
}

function state(who: Replica, of: EntityId): EntityState {
  const shown = who.state(of);
  if (shown === null) throw new Error('The entity is erased.');
  return shown;
}

function register(who: Replica, of: EntityId, setter: Setter): Register | undefined {
  return state(who, of).groups[0]?.registers.get(setter);
}

function shownBytes(who: Replica, of: EntityId): string {
  return toHex(foldBytes(state(who, of)));
}

function only([name]: readonly (OpId | undefined)[]): OpId {
  if (name === undefined) throw new RangeError('Nothing was written.');
  return name;
}

function payload(who: Replica, names: readonly OpId[]): Payload | undefined {
  return names[0] === undefined ? undefined : who.payloads.get(names[0]);
}

test("an edit's base is every live op that sets the name in its group, and not the current siblings alone", async () => {
  const { awa } = await founded();
  const first = await write(awa, [genesis(1, { count: 1 }, { note: 'a' })], moment(2));
  const second = await write(awa, [edit(1, { count: 2 }, { count: 'field' })], moment(3));
  const mark = { entity: entity(1), kind: 'mark' };
  const row = await write(
    awa,
    [{ intent: 'row', ...mark, facts: { done: false }, fields: { note: 'b' } }],
    moment(4),
  );
  const third = await write(awa, [edit(1, { count: 3 }, { note: 'c' })], moment(5));
  const amend: Intent = {
    intent: 'amend',
    ...mark,
    row: only(row),
    facts: { done: true },
    fields: { note: 'd' },
  };
  const amended = await write(awa, [amend], moment(6));
  expect(payload(awa, first)?.factBases).toEqual([[]]);
  expect(payload(awa, second)?.factBases).toEqual([first]);
  expect(payload(awa, second)?.fields[0]?.base).toEqual([]);
  expect(payload(awa, third)?.factBases).toEqual([[...first, ...second].sort()]);
  expect(payload(awa, third)?.fields[0]?.base).toEqual(first);
  expect(payload(awa, amended)?.factBases).toEqual([row]);
  expect(payload(awa, amended)?.fields[0]?.base).toEqual(row);
});

test('one worker never conflicts with themself, before and after the push, here and on another device', async () => {
  const { server, awa, root } = await founded();
  await write(awa, [genesis(1, { count: 1 })], moment(2));
  for (let n = 2; n < 6; n += 1) await write(awa, [edit(1, { count: n })], moment(n));
  const offline = register(awa, entity(1), `${FACT}count`);
  expect([offline?.value, offline?.conflict, offline?.candidates.length]).toEqual([5, false, 1]);
  await deliver(awa, server);
  const other = replica(RECOVERY, root);
  await pull(other, server);
  expect(shownBytes(other, entity(1))).toBe(shownBytes(awa, entity(1)));
});

test('two writes asked for at once see each other: the second has the first in its base', async () => {
  const { awa } = await founded();
  await write(awa, [genesis(1)], moment(2));
  const writes = [1, 2, 3].map((count) => write(awa, [edit(1, { count })], moment(10 + count)));
  await Promise.all(writes);
  const shown = register(awa, entity(1), `${FACT}count`);
  expect([shown?.value, shown?.conflict]).toEqual([3, false]);
});

test('two devices that wrote side by side both show the conflict, and an edit that saw both settles it', async () => {
  const { server, awa, root } = await founded();
  await write(awa, [genesis(1, {}, { note: 'a' })], moment(2));
  await deliver(awa, server);
  const other = replica(RECOVERY, root, 1);
  await pull(other, server);
  await write(awa, [edit(1, {}, { note: 'b' })], moment(3));
  await write(other, [edit(1, {}, { note: 'c' })], moment(4));
  for (const who of [awa, other, awa]) await deliver(who, server);
  for (const who of [awa, other]) {
    const shown = register(who, entity(1), `${FIELD}note`);
    expect([shown?.conflict, shown?.candidates.map(({ value }) => value).sort()]).toEqual([
      true,
      ['b', 'c'],
    ]);
  }
  await write(other, [edit(1, {}, { note: 'd' })], moment(5));
  await deliver(other, server);
  await pull(awa, server);
  const settled = register(awa, entity(1), `${FIELD}note`);
  expect([settled?.value, settled?.conflict]).toEqual(['d', false]);
});

describe('a gesture with one op that cannot be is not saved at all', () => {
  test.each<[string, Intent]>([
    ['a second genesis', genesis(1)],
    ["a row's kind for an entity", { ...genesis(2), kind: 'mark' }],
    ['a kind that is no name', { ...genesis(2), kind: 'Thing' }],
    ['an entity without its secret', edit(2, { count: 1 })],
    ['a fact that is not registered', edit(1, { alias: 'momo' })],
    ['a code that is not registered', edit(1, { size: 'huge' })],
    ['a fact that is no whole number', edit(1, { count: 1.5 })],
    ['a field that is no name', edit(1, {}, { Note: 'x' })],
    ['a field that is no whole number', edit(1, {}, { note: 1.5 })],
    ['a field that is no text', edit(1, {}, { note: '\ud800' })],
    ['a field too deep', edit(1, {}, { note: [[[[[1]]]]] })],
    ['a field too long', edit(1, {}, { note: 'x'.repeat(70_000) })],
    [
      'an amendment of nothing',
      { intent: 'amend', entity: entity(1), kind: 'mark', row: '00'.repeat(32) as OpId },
    ],
    ['a row of an entity without its secret', { intent: 'row', entity: entity(9), kind: 'mark' }],
  ])('%s', async (_, refused) => {
    const { awa } = await founded();
    await write(awa, [genesis(1)], moment(2));
    const before = [...awa.outbox.ops.keys()];
    await expect(write(awa, [edit(1, { count: 1 }), refused], moment(3))).rejects.toThrow(
      CannotWrite,
    );
    expect([...awa.outbox.ops.keys()]).toEqual(before);
    expect(await write(awa, [edit(1, { count: 1 })], moment(3))).toHaveLength(1);
  });
});

test('nothing is written about an erased entity, nor shown of it', async () => {
  const { server, awa } = await founded();
  await write(awa, [genesis(1)], moment(2));
  writeControl(awa, { kind: 'erase', entities: [entity(1)] }, moment(3));
  await deliver(awa, server);
  expect(awa.state(entity(1))).toBeNull();
  await expect(write(awa, [edit(1, { count: 1 })], moment(4))).rejects.toThrow(CannotWrite);
});

test('a device without the epoch key writes nothing, and one with another box key says so', async () => {
  const { server, root } = await founded();
  const impostor = replica(new Identity(RECOVERY.signing, AWA.box), root);
  expect((await impostor.applyPage(server.page(), START_MS)).failedEpochs).toEqual(new Set([1]));
  await expect(write(impostor, [genesis(1)], moment(2))).rejects.toThrow(CannotWrite);
  const keyless = replica(new Identity(SAMIR.signing, null), root);
  expect((await keyless.applyPage(server.page(), START_MS)).failedEpochs.size).toBe(0);
  expect(keyless.keyring.newest).toBe(0);
});

test('header times are quarter hours and only grow, even if the clock is set back', async () => {
  const { awa } = await founded();
  await write(awa, [genesis(1)], moment(2, START_MS + 1_000_000));
  await write(awa, [edit(1, { count: 1 })], moment(3, 0));
  await write(awa, [edit(1, { count: 2 })], moment(4, START_MS + 1_000_000));
  const times = [...awa.outbox.ops.values()].map(({ header }) => [header.hlc_ms, header.hlc_ctr]);
  expect(times).toEqual([0, 1, 2].map((ctr) => [START_MS + 900_000, ctr]));
});

test('ops that come before their genesis open when it arrives', async () => {
  const { server, awa, root } = await founded();
  await write(awa, [genesis(1, { count: 1 }), edit(1, { count: 2 })], moment(2));
  const reversed = [...awa.outbox.ops].reverse();
  awa.outbox.ops.clear();
  for (const [, op] of reversed) awa.outbox.add(op);
  server.push((await awa.push()) ?? new Uint8Array());
  const other = replica(RECOVERY, root);
  await pull(other, server);
  expect(other.waiting.size).toBe(0);
  expect(register(other, entity(1), `${FACT}count`)?.value).toBe(2);
});

test('and when it arrives in a later page', async () => {
  const { server, awa, root } = await founded();
  const [first, second] = await write(
    awa,
    [genesis(1, { count: 1 }), edit(1, { count: 2 })],
    moment(2),
  );
  const born = awa.outbox.ops.get(only([first]));
  awa.outbox.ops.delete(only([first]));
  server.push((await awa.push()) ?? new Uint8Array());
  const other = replica(RECOVERY, root);
  await pull(other, server);
  expect([...other.waiting.keys()]).toEqual([second]);
  awa.outbox.accept(1);
  if (born !== undefined) awa.outbox.add(born);
  server.push((await awa.push()) ?? new Uint8Array());
  await pull(other, server);
  expect(other.waiting.size).toBe(0);
  expect(register(other, entity(1), `${FACT}count`)?.value).toBe(2);
});

test('an op that never opens is kept and changes nothing, though its facts are in clear', async () => {
  const { server, awa, root } = await founded();
  await write(awa, [genesis(1, { count: 1 })], moment(2));
  await deliver(awa, server);
  const other = replica(RECOVERY, root, 1);
  await pull(other, server);
  other.keyring.secrets.set(entity(1), new EntitySecret(new Uint8Array(32)));
  await write(other, [edit(1, { count: 9 })], moment(3));
  await deliver(other, server);
  await pull(awa, server);
  expect(awa.waiting.size).toBe(1);
  expect(register(awa, entity(1), `${FACT}count`)?.value).toBe(1);
});

test('a command is a request until it has a cursor; then it is ruled, until its object is erased', async () => {
  const { server, awa } = await founded();
  const move = (of: string, expected: string): Intent => {
    return {
      intent: 'row',
      entity: entity(4),
      kind: 'lane_move',
      facts: { move: of, expect: expected },
    };
  };
  const lane: Intent = { intent: 'genesis', entity: entity(4), kind: 'lane' };
  const names = await write(awa, [lane, move('send', 'draft')], moment(2));
  expect(awa.rulings.outcomes.size).toBe(0);
  await deliver(awa, server);
  expect([...awa.rulings.outcomes]).toEqual([[names[1], 'applied']]);
  await write(awa, [move('accept', 'offered')], moment(3));
  await deliver(awa, server);
  expect([...awa.rulings.outcomes.values()]).toEqual(['applied', 'pending']);
  writeControl(awa, { kind: 'erase', entities: [entity(4)] }, moment(4));
  await deliver(awa, server);
  expect(awa.rulings.outcomes.size).toBe(0);
});

test('a replica survives a restart with unsent ops, and without a key or a word in clear at rest', async () => {
  const { server, awa } = await founded();
  await write(awa, [genesis(1, { count: 1 }, { note: 'canary' })], moment(2));
  await deliver(awa, server);
  await write(awa, [genesis(2, {}, { note: 'canary' }), edit(1, { count: 2 })], moment(3));
  const kept = encodeReplica(awa);
  const again = await decodeReplica(kept, AWA, REGISTRY);
  for (const n of [1, 2]) expect(shownBytes(again, entity(n))).toBe(shownBytes(awa, entity(n)));
  expect([again.hlc, again.offsets, again.keyring.newest]).toEqual([awa.hlc, awa.offsets, 1]);
  const secret = awa.keyring.secrets.get(entity(2))?.reveal() ?? new Uint8Array();
  for (const clear of [new TextEncoder().encode('canary'), EPOCH_KEY.reveal(), secret]) {
    expect(toHex(kept)).not.toContain(toHex(clear));
    expect(clear.length).toBeGreaterThan(5);
  }
  expect([...again.outbox.ops.keys()]).toEqual([...awa.outbox.ops.keys()]);
});

test('a founder survives a restart before its first push, and its founding goes out alone', async () => {
  const founder = replica(AWA);
  const bodies = [member(AWA), member(RECOVERY)] as const;
  await writeFounding(founder, bodies, await firstEpoch(SPACE, bodies, EPOCH_KEY), moment(1));
  const [server, awa] = [
    new ModelServer(SPACE, START_MS),
    await decodeReplica(encodeReplica(founder), AWA, REGISTRY),
  ];
  expect(awa.keyring.newest).toBe(1);
  await write(awa, [genesis(1)], moment(2));
  await deliver(awa, server);
  expect(server.segments.map(({ rows }) => rows.length)).toEqual([3, 1]);
  expect(awa.outbox.ops.size).toBe(0);
});
