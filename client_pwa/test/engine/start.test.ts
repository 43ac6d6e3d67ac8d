/** Beginning at a checkpoint: what a hostile server can do to a bootstrap, and what comes of an honest one. */
import { expect, test } from 'vitest';
import { toHex } from '../../src/engine/bytes.ts';
import {
  type Checkpoint,
  checkpointOf,
  decodeCheckpoint,
  encodeCheckpoint,
} from '../../src/engine/checkpoint.ts';
import { encode } from '../../src/engine/codec.ts';
import { IntegrityFailure, type Reason } from '../../src/engine/errors.ts';
import { foldBytes } from '../../src/engine/fold.ts';
import type { DeviceId, Digest, EntityId, OpId, StreamId } from '../../src/engine/ids.ts';
import { decodePage, encodePage, type Page } from '../../src/engine/log.ts';
import { DAY_MS } from '../../src/engine/logview.ts';
import type { Replica } from '../../src/engine/replica.ts';
import { decodeReplica, encodeReplica } from '../../src/engine/stored.ts';
import { rulingsBytes } from '../../src/engine/rulings.ts';
import { type Intent, write, writeControl } from '../../src/engine/writer.ts';
import { Chance } from './chance.ts';
import {
  AWA,
  beginner,
  bootstrap,
  deliver,
  entity,
  founded,
  MALLORY,
  moment,
  pull,
  RECOVERY,
  REGISTRY,
  replica,
  START_MS,
} from './kit.ts';
import type { ModelServer } from './model.ts';
import { opRow, row, segment, signed, stub, without } from './pages.ts';

const ZERO = '00'.repeat(32);

function said(n: number): { readonly entity: EntityId; readonly kind: string } {
  return { entity: entity(n), kind: 'thing' };
}

type Lived = {
  readonly server: ModelServer;
  readonly awa: Replica;
  /** Where Awa stood at the checkpoint: a replica that has read the whole log up to there. */
  readonly there: Replica;
};

/**
 * A log of eight segments: founding; two things; a count that is superseded; a count, a thing erased later and a row;
 * a note by another device; an erasure; then, after the checkpoint, a count that supersedes and another erasure.
 */
async function lived(): Promise<Lived> {
  const { server, awa, root } = await founded();
  const save = async (...intents: Intent[]): Promise<void> => {
    await write(awa, intents, moment(server.cursor));
    await deliver(awa, server);
  };
  await save(
    { intent: 'genesis', ...said(1), facts: { size: 'small' } },
    { intent: 'genesis', ...said(3) },
  );
  await save({ intent: 'edit', ...said(1), facts: { count: 1 } });
  await save(
    { intent: 'edit', ...said(1), facts: { count: 2 } },
    { intent: 'genesis', ...said(2) },
    { intent: 'row', ...said(1), kind: 'mark', facts: { done: true } },
  );
  const recovery = replica(RECOVERY, root, 1);
  await pull(recovery, server);
  await write(recovery, [{ intent: 'edit', ...said(1), fields: { note: 'x' } }], moment(50));
  await deliver(recovery, server);
  writeControl(awa, { kind: 'erase', entities: [entity(2)] }, moment(51));
  await deliver(awa, server);
  const there = replica(RECOVERY, root, 2);
  await pull(there, server);
  await save({ intent: 'edit', ...said(1), facts: { count: 3 } });
  writeControl(awa, { kind: 'erase', entities: [entity(3)] }, moment(52));
  await deliver(awa, server);
  return { server, awa, there };
}

const { server: SERVER, awa: LIVED, there: THERE } = await lived();
const K = THERE.reader.view.cursor;
const PAGE = decodePage(SERVER.bootstrap(K));
const STATED = decodeCheckpoint(SERVER.checkpoint(K));

async function failure(step: () => unknown): Promise<Reason | null> {
  try {
    await step();
    return null;
  } catch (error) {
    if (error instanceof IntegrityFailure) return error.reason;
    throw error;
  }
}

function shown(who: Replica): string[] {
  const entities = [...who.entries.keys()].sort();
  const states = entities.map((one) => who.state(one)).filter((state) => state !== null);
  return [...states.map((state) => toHex(foldBytes(state))), toHex(rulingsBytes(who.rulings))];
}

test('a bootstrap holds what is live at the checkpoint, in the form it has by now, and names of the rest', () => {
  expect(PAGE.segments.map(({ rows }) => rows.map(({ form }) => form))).toEqual([
    [1, 1, 1],
    [1, 3],
    [2, 0, 1],
    [1],
    [1],
  ]);
});

test('a device that begins at a checkpoint shows what one shows that has read everything, and stands at the same cp', async () => {
  const late = beginner(RECOVERY, THERE);
  expect(late.reader.starting).toBe(true);
  await bootstrap(late, SERVER);
  expect([late.reader.view.cursor, late.reader.view.log]).toEqual([SERVER.cursor, SERVER.log]);
  expect(late.reader.view.base).toBe(K);
  expect(shown(late)).toEqual(shown(LIVED));
  expect(checkpointOf(late.reader.view)).toBe(checkpointOf(LIVED.reader.view));
});

test('before it is proved nothing of a bootstrap shows, and no log is read', async () => {
  const late = beginner(RECOVERY, THERE);
  await late.applyStart(SERVER.bootstrap(K));
  const { view } = late.reader;
  expect([view.cursor, view.firstEntries.own().size, view.members.byDevice.size]).toEqual([
    0, 0, 0,
  ]);
  expect([late.entries.size, late.payloads.size, late.touched.size]).toEqual([0, 0, 0]);
  await expect(late.applyPage(SERVER.thinPage(0), START_MS)).rejects.toThrow('start');
});

test('what a device writes that began at a checkpoint is read by one that read everything', async () => {
  const { server, awa, there } = await lived();
  const late = beginner(RECOVERY, there);
  await bootstrap(late, server);
  await write(late, [{ intent: 'edit', ...said(1), facts: { count: 4 } }], moment(60));
  await deliver(late, server);
  await pull(awa, server);
  expect(shown(late)).toEqual(shown(awa));
  const later = beginner(AWA, late);
  await bootstrap(later, server);
  expect(shown(later)).toEqual(shown(awa));
});

type Change = (page: Page) => Page | Promise<Page>;

const HOSTILE: [string, Change, Reason][] = [
  ['a log', (page) => ({ ...page, log: THERE.reader.view.log }), 'log'],
  ['another end', (page) => ({ ...page, toCursor: K - 1 }), 'page'],
  ['more, but nothing', (page) => ({ ...page, more: true, segments: [], toCursor: 0 }), 'page'],
  ['more to come, at another end', (page) => ({ ...page, more: true, toCursor: K + 1 }), 'page'],
  ['what came after the checkpoint', () => decodePage(SERVER.bootstrap(SERVER.cursor)), 'cursor'],
  ['no founding', (page) => without(page, 0), 'cursor'],
  ['the last segment left out', (page) => without(page, 4), 'checkpoint'],
  ['two segments swapped', (page) => swapped(page, 2, 3), 'cursor'],
  ['two segments in each other’s place', (page) => exchanged(page, 2, 3), 'checkpoint'],
  ['a segment elsewhere', (page) => segment(page, 1, { firstCursor: 5 }), 'checkpoint'],
  ['a segment at another time', (page) => at(page, 1, 1), 'checkpoint'],
  ['a time that stands still', (page) => at(page, 1, -1000), 'server_ms'],
  ['a segment of dead ops', (page) => padded(page, decodePage(SERVER.page())), 'checkpoint'],
  ['a segment of names', (page) => padded(page, stub(decodePage(SERVER.page()), 2, 0, 0)), 'page'],
  ['a dead op', (page) => whole(page, 2, 1), 'checkpoint'],
  ['a live op as a name', (page) => stub(page, 2, 2, 0), 'checkpoint'],
  ['a live row as a dead op', (page) => stub(page, 2, 2, 2), 'stub'],
  ['a control op as a name', (page) => stub(page, 4, 0, 0), 'page'],
  ['a founding op as a name', (page) => stub(page, 0, 1, 0), 'founding'],
  ['the root as a name', (page) => stub(page, 0, 0, 0), 'founding'],
  ['another op', (page) => row(page, 3, 0, opRow(page, 4, 0)), 'chain'],
  ['an unknown device', (page) => signed(page, 1, { device: MALLORY.device }, MALLORY), 'device'],
  ["another's signature", (page) => signed(page, 1, {}, MALLORY), 'signature'],
  [
    "another device's stream",
    (page) => signed(page, 2, { device: RECOVERY.device }, RECOVERY),
    'stream',
  ],
  ['a stream that goes back', (page) => signed(page, 2, { fromSeq: 2 }), 'stream'],
  [
    'a first segment that says it is none',
    (page) => signed(page, 3, { fromSeq: 2 }, RECOVERY),
    'stream',
  ],
  [
    'a first segment on a head of its own',
    (page) => signed(page, 3, { prevHead: ZERO as Digest }, RECOVERY),
    'stream',
  ],
  ['a stream on another head', (page) => signed(page, 1, { prevHead: ZERO as Digest }), 'stream'],
  [
    'a stream that begins with no head of its own',
    (page) => signed(page, 2, { fromSeq: 1 }),
    'stream',
  ],
  ['a cut segment', (page) => segment(page, 1, { seg: new Uint8Array(3) }), 'page'],
  [
    'another count',
    (page) => segment(page, 2, { rows: page.segments[2]?.rows.slice(1) ?? [] }),
    'page',
  ],
];

function swapped(page: Page, first: number, second: number): Page {
  const { segments } = page;
  const order = segments.map((_, index) =>
    index === first ? second : index === second ? first : index,
  );
  return {
    ...page,
    segments: order.map((index) => segments[index]).filter((one) => one !== undefined),
  };
}

/** Two neighbours swapped, with the cursors and times that hide it. */
function exchanged(page: Page, first: number, second: number): Page {
  const [a, b] = [page.segments[first], page.segments[second]];
  if (a === undefined || b === undefined) throw new Error('There are no such segments.');
  const moved = { ...a, firstCursor: a.firstCursor + b.rows.length, server_ms: b.server_ms };
  const before = { ...b, firstCursor: a.firstCursor, server_ms: a.server_ms };
  return {
    ...swapped(page, first, second),
    segments: page.segments.map((one, index) =>
      index === first ? before : index === second ? moved : one,
    ),
  };
}

function at(page: Page, index: number, later_ms: number): Page {
  return segment(page, index, { server_ms: (page.segments[index]?.server_ms ?? 0) + later_ms });
}

/** The page with the segment of the log that has no live op. */
function padded(page: Page, log: Page): Page {
  const dead = log.segments[2];
  return {
    ...page,
    segments: page.segments.flatMap((one, index) => (index === 2 && dead ? [dead, one] : [one])),
  };
}

/** The page with an op whole that it only names. */
function whole(page: Page, index: number, place: number): Page {
  return row(page, index, place, opRow(decodePage(SERVER.wholePage()), index + 1, place));
}

test.each(HOSTILE)(
  'a hostile bootstrap is stopped by its own check: %s',
  async (_, change, reason) => {
    const late = beginner(RECOVERY, THERE);
    const page = encodePage(await change(PAGE));
    expect(
      await failure(async () => {
        await late.applyStart(page);
        await late.finishStart(SERVER.checkpoint(K), START_MS);
      }),
    ).toBe(reason);
    expect([late.reader.starting, late.reader.view.cursor, late.entries.size]).toEqual([
      true,
      0,
      0,
    ]);
    await bootstrap(late, SERVER);
    expect(shown(late)).toEqual(shown(LIVED));
  },
);

test('another root is stopped', async () => {
  const late = beginner(RECOVERY, THERE);
  late.reader.root = ZERO as OpId;
  expect(await failure(() => late.applyStart(SERVER.bootstrap(K)))).toBe('root');
});

type Restated = (stated: Checkpoint) => Checkpoint;

test.each<[string, Restated]>([
  ['another cursor', (stated) => ({ ...stated, cursor: K + 1 })],
  ['another log', (stated) => ({ ...stated, log: ZERO as Digest })],
  ['a stream left out', (stated) => ({ ...stated, streams: stated.streams.slice(1) })],
  ['a stream more', (stated) => ({ ...stated, streams: [...stated.streams, strange(stated)] })],
  ['a stream further', (stated) => changed(stated, { nextSeq: 99 })],
  ['a stream on another head', (stated) => changed(stated, { head: ZERO as Digest })],
  ["another device's stream", (stated) => changed(stated, { device: ZERO.slice(32) as DeviceId })],
  ['streams out of order', (stated) => ({ ...stated, streams: stated.streams.toReversed() })],
])('another checkpoint is none, and the bootstrap begins again: %s', async (_, restate) => {
  const late = beginner(RECOVERY, THERE);
  await late.applyStart(SERVER.bootstrap(K));
  const proof = encodeCheckpoint(restate(STATED));
  expect(await failure(() => late.finishStart(proof, START_MS))).toBe('checkpoint');
  expect([late.reader.starting, late.reader.view.cursor]).toEqual([true, 0]);
  await bootstrap(late, SERVER);
  expect(late.reader.starting).toBe(false);
});

function strange(stated: Checkpoint): Checkpoint['streams'][number] {
  const [first] = stated.streams;
  if (first === undefined) throw new Error('There is no stream.');
  return { ...first, stream: 'ff'.repeat(16) as StreamId };
}

function changed(stated: Checkpoint, more: Partial<Checkpoint['streams'][number]>): Checkpoint {
  const [first, ...others] = stated.streams;
  if (first === undefined) throw new Error('There is no stream.');
  return { ...stated, streams: [{ ...first, ...more }, ...others] };
}

test('what is no checkpoint at all is refused', async () => {
  const late = beginner(RECOVERY, THERE);
  await late.applyStart(SERVER.bootstrap(K));
  expect(await failure(() => late.finishStart(encode([]), START_MS))).toBe('checkpoint');
});

test('another cp than the one scanned proves nothing', async () => {
  const late = beginner(RECOVERY, LIVED);
  await late.applyStart(SERVER.bootstrap(SERVER.cursor));
  const other = beginner(RECOVERY, THERE);
  await other.applyStart(SERVER.bootstrap(K));
  expect(await failure(() => late.finishStart(SERVER.checkpoint(K), START_MS))).toBe('checkpoint');
  expect(await failure(() => other.finishStart(SERVER.checkpoint(K), START_MS))).toBeNull();
});

test.each([2, 3] as const)(
  'a live op hidden behind form %i of a bootstrap is found by the end of the first pull',
  async (form) => {
    const late = beginner(RECOVERY, THERE);
    await late.applyStart(encodePage(stub(PAGE, 3, 0, form)));
    await late.finishStart(SERVER.checkpoint(K), START_MS);
    expect(late.reader.view.stubs.size).toBe(3);
    expect(await failure(() => late.applyPage(SERVER.thinPage(K), START_MS))).toBe('stub');
    expect(late.reader.view.cursor).toBe(K);
  },
);

test('stubs wait for their proof: those it brings are let go, and one that is owed for a day is overdue', async () => {
  const late = beginner(RECOVERY, THERE);
  await late.applyStart(encodePage(stub(PAGE, 3, 0, 2)));
  await late.finishStart(SERVER.checkpoint(K), START_MS);
  const { reader } = late;
  expect(reader.view.unprovenSince_ms).toBe(START_MS);
  await late.applyPage(SERVER.thinPage(K, 1), START_MS + 1000);
  expect([reader.view.stubs.size, reader.view.unprovenSince_ms]).toEqual([2, START_MS]);
  await late.applyPage(more(SERVER.thinPage(reader.view.cursor, 1)), START_MS + 2000);
  expect(reader.view.stubs.size).toBe(1);
  expect([DAY_MS, DAY_MS + 1].map((ms) => reader.view.overdue(START_MS + ms))).toEqual([
    false,
    true,
  ]);
  const kept = await decodeReplica(encodeReplica(late), RECOVERY, REGISTRY);
  expect(kept.reader.view.unprovenSince_ms).toBe(START_MS);
  const honest = beginner(RECOVERY, THERE);
  await bootstrap(honest, SERVER);
  expect(honest.reader.view.unprovenSince_ms).toBeNull();
  expect(honest.reader.view.overdue(START_MS + 10 * DAY_MS)).toBe(false);
});

function more(page: Uint8Array): Uint8Array {
  return encodePage({ ...decodePage(page), more: true });
}

test('a bootstrap goes on after a restart wherever it was cut, and before its first pull', async () => {
  let late = beginner(RECOVERY, THERE);
  const restart = async (): Promise<void> => {
    late = await decodeReplica(encodeReplica(late), RECOVERY, REGISTRY);
  };
  const asked: number[] = [];
  for (;;) {
    await restart();
    const { start } = late.reader;
    if (start === null) throw new Error('The start is lost.');
    if (start.complete) break;
    asked.push(start.after);
    await late.applyStart(SERVER.bootstrap(K, start.after, 1));
  }
  expect(asked).toEqual([0, 3, 5, 9, 10]);
  await late.finishStart(SERVER.checkpoint(K), START_MS);
  await restart();
  expect([late.reader.starting, late.reader.view.cursor]).toEqual([false, K]);
  while (late.reader.view.cursor < SERVER.cursor) {
    await late.applyPage(SERVER.thinPage(late.reader.view.cursor, 1), START_MS);
    await restart();
  }
  expect(shown(late)).toEqual(shown(LIVED));
});

test('a page from the own store is spared its signatures and nothing else', async () => {
  const resigned = encodePage(await signed(PAGE, 1, {}, MALLORY));
  expect(await failure(() => beginner(RECOVERY, THERE).applyStart(resigned))).toBe('signature');
  expect(await failure(() => beginner(RECOVERY, THERE).applyStart(resigned, 'store'))).toBeNull();
  const other = encodePage(row(PAGE, 3, 0, opRow(PAGE, 4, 0)));
  expect(await failure(() => beginner(RECOVERY, THERE).applyStart(other, 'store'))).toBe('chain');
});

test('form 0 has no place in a log that is pulled', async () => {
  const whole = replica(RECOVERY, LIVED.reader.root, 3);
  const named = encodePage(stub(decodePage(SERVER.page()), 2, 0, 0));
  expect(await failure(() => whole.applyPage(named, START_MS))).toBe('page');
});

async function liveOn(who: readonly Replica[], server: ModelServer, chance: Chance): Promise<void> {
  const one = chance.pick(who);
  const n = chance.between(1, 4);
  const has = one.ops(entity(n)).length > 0;
  const edit: Intent = { intent: 'edit', ...said(n), facts: { count: chance.between(0, 9) } };
  const note: Intent = {
    intent: 'edit',
    ...said(n),
    fields: { note: String(chance.between(0, 9)) },
  };
  const mark: Intent = { intent: 'row', ...said(n), kind: 'mark', facts: { done: true } };
  const isErased = one.reader.view.erased.has(entity(n));
  const intents = has
    ? [chance.pick([edit, edit, note, mark])]
    : [{ intent: 'genesis', ...said(n) } as const];
  if (chance.between(0, 30) === 0) {
    writeControl(one, { kind: 'erase', entities: [entity(n)] }, moment(server.cursor));
  } else if (!isErased) await write(one, intents, moment(server.cursor));
  if (chance.between(0, 2) === 0) await deliver(one, server);
}

test.each(Array.from({ length: 12 }, (_, seed) => seed))(
  'the live ops fold to what all of them fold to, whatever the checkpoint: seed %i',
  async (seed) => {
    const chance = new Chance(seed);
    const { server, awa, root } = await founded();
    const recovery = replica(RECOVERY, root, 1);
    await pull(recovery, server);
    const late: Replica[] = [];
    for (let turn = 0; turn < 60; turn += 1) {
      await liveOn([awa, recovery], server, chance);
      if (chance.between(0, 12) > 0) continue;
      await deliver(awa, server);
      late.push(beginner(AWA, awa));
    }
    for (const one of [awa, recovery, awa]) await deliver(one, server);
    expect(late.length).toBeGreaterThan(0);
    const all = replica(AWA, root, 4);
    await pull(all, server);
    for (const one of late) {
      await bootstrap(one, server, chance.between(1, 5));
      expect(shown(one)).toEqual(shown(all));
      expect(checkpointOf(one.reader.view)).toBe(checkpointOf(all.reader.view));
    }
  },
);
