/** What each answer of the server does to the outbox: no answer makes a client drop an op. */
import { expect, test } from 'vitest';
import { type Bytes, toHex } from '../../src/engine/bytes.ts';
import { type Refusal, refusalOf } from '../../src/engine/errors.ts';
import { type Digest, type OpId, type StreamId } from '../../src/engine/ids.ts';
import { PUSH_BYTES_MAX, PUSH_OPS_MAX } from '../../src/engine/limits.ts';
import { type Reaction } from '../../src/engine/outbox.ts';
import type { Replica } from '../../src/engine/replica.ts';
import {
  decodeOutbox,
  decodeReplica,
  encodeOutbox,
  encodeReplica,
} from '../../src/engine/stored.ts';
import { chain, decodePush, decodeSegment, head0, type Segment } from '../../src/engine/segment.ts';
import { type Intent, write, writeControl } from '../../src/engine/writer.ts';
import {
  AWA,
  deliver,
  entity,
  founded,
  founder,
  moment,
  pull,
  REGISTRY,
  SPACE,
  START_MS,
} from './kit.ts';
import type { ModelServer } from './model.ts';

const FRESH = '99'.repeat(16) as StreamId;
const ZERO = '00'.repeat(32);
const GENESIS: Intent = { intent: 'genesis', entity: entity(1), kind: 'thing' };
const EDIT: Intent = { intent: 'edit', entity: entity(1), kind: 'thing', facts: { count: 1 } };

function note(text: string): Intent {
  return { intent: 'row', entity: entity(1), kind: 'mark', fields: { text } };
}

type Space = { server: ModelServer; awa: Replica; names: OpId[] };

/** A founded space in which Awa's outbox holds a genesis and further ops of its entity. */
async function space(count = 3): Promise<Space> {
  const { server, awa } = await founded();
  const notes = Array.from({ length: count - 1 }, (_, n) => note(`note ${n}`));
  return { server, awa, names: await write(awa, [GENESIS, ...notes], moment(2)) };
}

async function pushed(awa: Replica): Promise<Bytes> {
  const data = await awa.push();
  if (data === null) throw new Error('Nothing waits.');
  return data;
}

async function inFlight(awa: Replica): Promise<Segment> {
  return decodeSegment(decodePush(await pushed(awa)).seg);
}

function states(awa: Replica): string {
  return [...awa.outbox.ops.values()].map(({ state }) => state).join(' ');
}

function refuse(awa: Replica, code: string, details: object = {}): Reaction {
  return awa.refuse(refusalOf({ code, ...details }), FRESH);
}

test('a signed segment is sent as it is until it is answered, whatever is written or restarted meanwhile', async () => {
  const { awa } = await space();
  const first = toHex(await pushed(awa));
  await write(awa, [EDIT], moment(9));
  expect(toHex(await pushed(awa))).toBe(first);
  const again = await decodeReplica(encodeReplica(awa), AWA, REGISTRY);
  expect(toHex(await pushed(again))).toBe(first);
  expect((await inFlight(awa)).n).toBe(3);
});

test('an op leaves the outbox when it is pulled back, and not at 200', async () => {
  const { server, awa, names } = await space();
  expect(awa.accept(server.push(await pushed(awa)), START_MS)).toBe(true);
  expect([...awa.outbox.ops.keys()]).toEqual(names);
  expect(states(awa)).toBe('acknowledged acknowledged acknowledged');
  expect(await awa.push()).toBeNull();
  await pull(awa, server);
  expect(awa.outbox.ops.size).toBe(0);
});

test('a lost answer is made good by pulling: the log itself is an answer', async () => {
  const { server, awa } = await space();
  server.push(await pushed(awa));
  await pull(awa, server);
  expect([awa.outbox.ops.size, awa.outbox.flight]).toEqual([0, null]);
  await write(awa, [EDIT], moment(9));
  await deliver(awa, server);
  expect(awa.outbox.ops.size).toBe(0);
});

test('a receipt for another number of ops is no answer', async () => {
  const { awa } = await space();
  const first = toHex(await pushed(awa));
  expect(awa.outbox.accept(2)).toBe(false);
  expect(toHex(await pushed(awa))).toBe(first);
  expect([awa.outbox.accept(3), awa.outbox.accept(3)]).toEqual([true, false]);
});

test('a segment holds at most 500 ops and 256 KiB; the rest follows', async () => {
  const { server, awa } = await founded();
  const many = Array.from({ length: PUSH_OPS_MAX + 1 }, (_, n): Intent => ({
    ...GENESIS,
    entity: entity(n),
  }));
  await write(awa, many, moment(2));
  expect((await inFlight(awa)).n).toBe(PUSH_OPS_MAX);
  await deliver(awa, server);
  await write(awa, Array(8).fill(note('x'.repeat(60_000))) as Intent[], moment(3));
  const data = await pushed(awa);
  expect(data.length).toBeLessThanOrEqual(PUSH_BYTES_MAX);
  expect(decodeSegment(decodePush(data).seg).n).toBe(4);
  await deliver(awa, server);
  expect(awa.outbox.ops.size).toBe(0);
});

test('a moved stream whose head is ours is continued from there', async () => {
  const { server, awa } = await space();
  await deliver(awa, server);
  const names = await write(awa, ['a', 'b', 'c'].map(note), moment(20));
  const { stream, fromSeq, prevHead } = await inFlight(awa);
  const head = chain(prevHead, names)[0];
  expect(refuse(awa, 'stream_moved', { next_seq: fromSeq + 1, head })).toBe('send');
  const again = await inFlight(awa);
  expect([again.stream, again.fromSeq, again.n]).toEqual([stream, fromSeq + 1, 2]);
  expect(states(awa)).toBe('acknowledged queued queued');
});

test('ops that stand in the log are forgotten, and the stream goes on', async () => {
  const { server, awa } = await space();
  await deliver(awa, server);
  expect([awa.outbox.sent, awa.outbox.settled]).toEqual([[], 6]);
  await write(awa, [note('more')], moment(20));
  const again = await decodeReplica(encodeReplica(awa), AWA, REGISTRY);
  expect((await inFlight(again)).fromSeq).toBe(7);
  await deliver(again, server);
  expect([again.outbox.ops.size, again.outbox.settled]).toEqual([0, 7]);
});

test('a server that lost the end of the stream gets it again', async () => {
  const { server, awa } = await space();
  awa.accept(server.push(await pushed(awa)), START_MS);
  await write(awa, [note('more')], moment(20));
  const { fromSeq } = await inFlight(awa);
  const head = awa.outbox.base;
  expect(refuse(awa, 'stream_moved', { next_seq: fromSeq - 3, head })).toBe('send');
  expect((await inFlight(awa)).n).toBe(4);
});

test.each([
  ['closed', { next_seq: 0, head: ZERO }],
  ['on another head', { next_seq: 2, head: 'ab'.repeat(32) }],
  ['far ahead', { next_seq: 99, head: ZERO }],
  ['said in another form', { next_seq: '1', head: null }],
  ['said without details', {}],
])(
  'a stream that is %s is left for a fresh one with the same ops, byte for byte',
  async (_, details) => {
    const { server, awa, names } = await space();
    const before = decodePush(await pushed(awa)).ops;
    expect(refuse(awa, 'stream_moved', details)).toBe('send');
    const { stream, fromSeq, prevHead } = await inFlight(awa);
    expect([stream, fromSeq, prevHead]).toEqual([FRESH, 1, head0(SPACE, FRESH, AWA.device)]);
    expect(decodePush(await pushed(awa)).ops).toEqual(before);
    await deliver(awa, server);
    expect(names.every((name) => awa.reader.view.firstEntries.has(name))).toBe(true);
  },
);

test('an unknown stream begins again: itself if none of its ops stands in the log, else a fresh one', async () => {
  const { awa } = await founder();
  const { stream } = await inFlight(awa);
  refuse(awa, 'stream_moved', { next_seq: 1, head: head0(SPACE, stream, AWA.device) });
  let again = await inFlight(awa);
  expect([again.stream, again.fromSeq, again.n]).toEqual([stream, 1, 3]);
  const { awa: later } = await space();
  const moved = await inFlight(later);
  refuse(later, 'stream_moved', { next_seq: 1, head: head0(SPACE, moved.stream, AWA.device) });
  again = await inFlight(later);
  expect([again.stream, again.fromSeq, again.n]).toEqual([FRESH, 1, 3]);
});

test('ops that are logged already are acknowledged, and the others sent', async () => {
  const { awa, names } = await space();
  await awa.push();
  expect(refuse(awa, 'already_logged', { op_ids: [names[0]] })).toBe('send');
  expect(states(awa)).toBe('acknowledged queued queued');
  expect((await inFlight(awa)).n).toBe(2);
});

test('a push too large is halved down to one op, which is set aside', async () => {
  const { awa, names } = await space(4);
  const sizes: number[] = [];
  for (let time = 0; time < 3; time += 1) {
    sizes.push((await inFlight(awa)).n);
    expect(refuse(awa, 'too_large')).toBe('send');
  }
  expect(sizes).toEqual([4, 2, 1]);
  expect(states(awa)).toBe('aside queued queued queued');
  expect(awa.outbox.ops.get(names[0] ?? (ZERO as OpId))?.code).toBe('too_large');
  expect((await inFlight(awa)).n).toBe(3);
});

test.each(['bad_header', 'bad_fact', 'bad_control'])(
  'an op refused with %s is set aside, and the rest sent',
  async (code) => {
    const { awa, names } = await space();
    await awa.push();
    expect(refuse(awa, code, { index: 1, op_id: names[1], name: 'x' })).toBe('send');
    expect(states(awa)).toBe('queued aside queued');
    expect((await inFlight(awa)).n).toBe(2);
    expect(awa.ops(entity(1)).map(({ opId }) => opId)).toEqual(names);
  },
);

test("a refused genesis takes its entity's unsent ops along, and no other's", async () => {
  const { awa } = await space();
  await write(awa, [{ ...GENESIS, entity: entity(2) }], moment(20));
  await awa.push();
  refuse(awa, 'bad_header', { index: 0, op_id: null, name: 'entity' });
  expect(states(awa)).toBe('aside aside aside queued');
});

test.each(['bad_seg', 'bad_sig', 'bad_chain'])(
  'a segment found %s is built again once and then set aside',
  async (code) => {
    const { awa, names } = await space();
    await awa.push();
    expect(refuse(awa, code)).toBe('send');
    expect(states(awa)).toBe('queued queued queued');
    await awa.push();
    expect(refuse(awa, code)).toBe('send');
    expect(states(awa)).toBe('aside aside aside');
    expect([...awa.outbox.ops.keys()]).toEqual(names);
    expect(await awa.push()).toBeNull();
  },
);

test.each([
  ['bad_fact', { index: 7, op_id: ZERO }],
  ['already_logged', { op_ids: [ZERO] }],
])(
  'a %s that names no op of the flight is treated as unreadable: the client does not loop',
  async (code, details) => {
    const { awa } = await space();
    for (let time = 0; time < 2; time += 1) {
      await awa.push();
      refuse(awa, code, details);
    }
    expect(states(awa)).toBe('aside aside aside');
  },
);

test('an epoch conflict sets the control ops aside to be built again, and the others are sent', async () => {
  const { server, awa } = await space();
  const name = writeControl(awa, { kind: 'rules', version: 2 }, moment(20));
  await awa.push();
  expect(refuse(awa, 'epoch_conflict', { epoch: 2 })).toBe('rebuild_control');
  await deliver(awa, server);
  expect(Array.from(awa.outbox.ops, ([opId, { state }]) => [opId, state])).toEqual([
    [name, 'aside'],
  ]);
});

test.each<[string, Reaction]>([
  ['device_revoked', 'salvage'],
  ['not_member', 'salvage'],
  ['role_missing', 'salvage'],
  ['log_mismatch', 'restore'],
  ['unauthenticated', 'authenticate'],
  ['too_many_requests', 'wait'],
  ['unavailable', 'wait'],
  ['internal_error', 'wait'],
  ['bad_request', 'wait'],
  ['a_code_of_the_future', 'wait'],
])('%s leaves the outbox and the flight as they are', async (code, reaction) => {
  const { awa } = await space();
  const first = toHex(await pushed(awa));
  expect(refuse(awa, code)).toBe(reaction);
  expect(toHex(await pushed(awa))).toBe(first);
  expect(states(awa)).toBe('queued queued queued');
});

test('a refusal without a flight changes nothing', async () => {
  const { awa } = await space();
  const late: Refusal = { code: 'stream_moved', nextSeq: 0, head: ZERO as Digest };
  expect(awa.refuse(late, FRESH)).toBe('wait');
  expect(awa.outbox.stream).not.toBe(FRESH);
});

test('an outbox survives a restart in every state', async () => {
  const { awa, names } = await space(4);
  await awa.push();
  refuse(awa, 'bad_fact', { index: 1, op_id: names[1] });
  const flight = toHex(await pushed(awa));
  const again = decodeOutbox(encodeOutbox(awa.outbox), SPACE, AWA.device);
  expect(again).toEqual(awa.outbox);
  expect(toHex((await again.push(AWA.signing, 0, ZERO as Digest)) ?? new Uint8Array())).toBe(
    flight,
  );
});
