/** The checkpoint: read strictly, and another one for whatever is live or stands elsewhere. */
import { expect, test } from 'vitest';
import {
  type Checkpoint,
  checkpointDigest,
  checkpointOf,
  decodeCheckpoint,
  encodeCheckpoint,
  liveDigest,
} from '../../src/engine/checkpoint.ts';
import { encode, NotCanonical } from '../../src/engine/codec.ts';
import { fromHex } from '../../src/engine/bytes.ts';
import type { DeviceId, Digest, StreamId } from '../../src/engine/ids.ts';
import { log0 } from '../../src/engine/log.ts';
import { Reader } from '../../src/engine/reader.ts';
import { write, writeControl } from '../../src/engine/writer.ts';
import { deliver, entity, founded, moment, name, SPACE } from './kit.ts';

const HEAD = '01'.repeat(32) as Digest;

function stream(n: number): Checkpoint['streams'][number] {
  const stream = n.toString(16).padStart(32, '0') as StreamId;
  return { stream, device: '02'.repeat(16) as DeviceId, nextSeq: 1, head: HEAD };
}

test('a checkpoint is read as it was written', () => {
  const checkpoint = { cursor: 7, log: HEAD, streams: [stream(1), stream(2)] };
  expect(decodeCheckpoint(encodeCheckpoint(checkpoint))).toEqual(checkpoint);
});

test.each([
  ['nothing', new Uint8Array()],
  ['another value', encode([1])],
  ['a cursor below zero', encode([-1, fromHex(HEAD), []])],
  [
    'streams out of order',
    encodeCheckpoint({ cursor: 7, log: HEAD, streams: [stream(2), stream(1)] }),
  ],
  ['a stream twice', encodeCheckpoint({ cursor: 7, log: HEAD, streams: [stream(1), stream(1)] })],
  [
    'a stream before its first op',
    encodeCheckpoint({ cursor: 7, log: HEAD, streams: [{ ...stream(1), nextSeq: 0 }] }),
  ],
])('%s is no checkpoint', (_, data) => {
  expect(() => decodeCheckpoint(data)).toThrow(NotCanonical);
});

test('an empty log has one too', () => {
  const { view } = new Reader(SPACE, null);
  const checkpoint = { cursor: 0, log: log0(SPACE), streams: [] };
  expect(checkpointOf(view)).toBe(checkpointDigest(SPACE, checkpoint, liveDigest([])));
});

test('a killed op and an erased entity leave the live ones, and a write that is not logged changes nothing', async () => {
  const { server, awa } = await founded();
  const thing = { entity: entity(1), kind: 'thing' };
  const liveAt = (): Digest => {
    const { view } = awa.reader;
    const live = [...view.firstEntries.own().values()].filter(
      ({ opId, entity: of }) => !view.killed.has(opId) && !view.erased.has(of),
    );
    const streams = decodeCheckpoint(server.checkpoint(server.cursor)).streams;
    return checkpointDigest(
      SPACE,
      { cursor: view.cursor, log: view.log, streams },
      liveDigest(live),
    );
  };
  const found: Digest[] = [];
  await write(awa, [{ intent: 'genesis', ...thing, facts: { count: 1 } }], moment(2));
  found.push(checkpointOf(awa.reader.view));
  for (const count of [1, 2]) {
    await write(awa, [{ intent: 'edit', ...thing, facts: { count } }], moment(count));
    await deliver(awa, server);
    expect(checkpointOf(awa.reader.view)).toBe(liveAt());
    found.push(checkpointOf(awa.reader.view));
  }
  expect(awa.reader.view.killed.own().size).toBe(1);
  writeControl(awa, { kind: 'erase', entities: [entity(1)] }, moment(9));
  await deliver(awa, server);
  expect(checkpointOf(awa.reader.view)).toBe(liveAt());
  expect(new Set([...found, liveAt()]).size).toBe(4);
});

test('many ops have a digest: more than a call may have arguments', () => {
  const opId = name(7);
  const rows = Array.from({ length: 200_000 }, (_, at) => ({ cursor: at, server_ms: at, opId }));
  expect(liveDigest(rows)).toMatch(/^[0-9a-f]{64}$/);
});
