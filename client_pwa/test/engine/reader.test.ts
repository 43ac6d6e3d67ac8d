/**
 * What no honest server sends, each stopped by its own check; and the ops that are void. What somebody gains by it is in
 * `attacks.test.ts`: here is the rest.
 */
import { expect, test } from 'vitest';
import { type Bytes } from '../../src/engine/bytes.ts';
import { encode } from '../../src/engine/codec.ts';
import { encodeBody } from '../../src/engine/control.ts';
import type { Reason } from '../../src/engine/errors.ts';
import {
  type Digest,
  type EntityId,
  type HeaderBytes,
  type OpId,
  type Sealed,
  type SpaceId,
  type StreamId,
} from '../../src/engine/ids.ts';
import type { Identity } from '../../src/engine/keyring.ts';
import {
  decodePage,
  encodePage,
  log0,
  nextLog,
  type OpRow,
  type Page,
} from '../../src/engine/log.ts';
import type { Void } from '../../src/engine/logview.ts';
import { encodeHeader, type Header, OpClass, opId } from '../../src/engine/op.ts';
import { Reader } from '../../src/engine/reader.ts';
import type { Replica } from '../../src/engine/replica.ts';
import {
  decodeSegment,
  chain,
  encodeSegment,
  head0,
  type Segment,
  signSegment,
} from '../../src/engine/segment.ts';
import { write, writeControl } from '../../src/engine/writer.ts';
import { failureOf } from '../vectors/python.ts';
import {
  AWA,
  deliver,
  entity,
  foldOp,
  founded,
  MALLORY,
  member,
  moment,
  RECOVERY,
  replica,
  SAMIR,
  SPACE,
  START_MS,
} from './kit.ts';
import type { ModelServer } from './model.ts';
import { opRow, row, segment, signed as resigned, stub } from './pages.ts';

const ENTITY_OF_SPACE = SPACE as string as EntityId;
const ZERO = '00'.repeat(32);
const X = new Uint8Array([120]) as Sealed;
const RULES = encode([1, 2]) as Sealed;

/** A founded space in which Awa wrote two segments, one of an entity and one that sets a name again. */
async function space(): Promise<{ server: ModelServer; awa: Replica; root: OpId }> {
  const made = await founded();
  const thing = { entity: entity(1), kind: 'thing' };
  await write(
    made.awa,
    [
      { intent: 'genesis', ...thing, facts: { size: 'small' } },
      { intent: 'edit', ...thing, facts: { count: 1 } },
    ],
    moment(2),
  );
  await deliver(made.awa, made.server);
  await write(made.awa, [{ intent: 'edit', ...thing, facts: { count: 2 } }], moment(3));
  await deliver(made.awa, made.server);
  return made;
}

const { server: SERVER, root: ROOT } = await space();
const PAGE = decodePage(SERVER.page());

type Change = (page: Page) => Page | Promise<Page>;

/** Returns the page with the cursors and the log that belong to its segments. */
function mended(page: Page): Page {
  let [log, toCursor] = [log0(SPACE), 0];
  for (const { rows, server_ms, seg } of page.segments) {
    toCursor += rows.length;
    log = nextLog(log, toCursor, server_ms, seg);
  }
  return { ...page, toCursor, log };
}

/** Returns the page with a segment signed anew, and the page's log mended. */
async function signed(page: Page, at: number, changed: Partial<Segment>, who = AWA): Promise<Page> {
  return mended(await resigned(page, at, changed, who));
}

/** Returns why a new reader stops at a page, having taken nothing of it; null if it takes it. */
async function failure(data: Bytes, root: OpId | null = ROOT): Promise<string | null> {
  const reader = new Reader(SPACE, root);
  const found = await failureOf(reader, data);
  if (found !== null) {
    expect([reader.view.cursor, reader.view.firstEntries.own().size]).toEqual([0, 0]);
  }
  return found;
}

test('an honest page is taken whole, and so is the empty one after it', async () => {
  const reader = new Reader(SPACE, ROOT);
  const reading = await reader.read(encodePage(PAGE), START_MS);
  expect(reader.view.cursor).toBe(0);
  reader.commit(reading);
  expect([reader.view.cursor, reader.view.log]).toEqual([SERVER.cursor, SERVER.log]);
  expect(reading.entries.map((entry) => entry.void)).toEqual(Array(6).fill(null));
  expect(reader.view.members.epoch).toBe(1);
  expect(await failureOf(reader, SERVER.page(SERVER.cursor))).toBeNull();
});

test('a reading is not taken twice', async () => {
  const reader = new Reader(SPACE, ROOT);
  const reading = await reader.read(encodePage(PAGE), START_MS);
  reader.commit(reading);
  expect(() => {
    reader.commit(reading);
  }).toThrow();
});

const HOSTILE: [string, Change, Reason][] = [
  [
    'a cut segment',
    (page) => segment(page, 1, { seg: page.segments[1]?.seg.slice(1) ?? X }),
    'page',
  ],
  ['a cursor skipped', (page) => segment(page, 1, { firstCursor: 5 }), 'cursor'],
  [
    'a segment twice',
    (page) => ({
      ...page,
      segments: page.segments.flatMap((one, at) => (at === 1 ? [one, one] : [one])),
    }),
    'cursor',
  ],
  [
    'a time that stands still',
    (page) => segment(page, 1, { server_ms: page.segments[0]?.server_ms ?? 0 }),
    'server_ms',
  ],
  ['no founding', (page) => ({ ...page, segments: page.segments.slice(1) }), 'cursor'],
  ['an unknown device', (page) => signed(page, 1, { device: MALLORY.device }, MALLORY), 'device'],
  ['a signature of zeros', (page) => segment(page, 1, { sig: new Uint8Array(64) }), 'signature'],
  ['a short signature', (page) => segment(page, 1, { sig: new Uint8Array(63) }), 'signature'],
  ['a stream from its middle', (page) => signed(page, 1, { fromSeq: 9 }), 'stream'],
  ['a stream on another head', (page) => signed(page, 1, { prevHead: ZERO as Digest }), 'stream'],
  [
    "another device's stream",
    (page) => signed(page, 1, { device: RECOVERY.device }, RECOVERY),
    'stream',
  ],
  [
    'an unreadable header',
    (page) =>
      row(page, 1, 0, {
        form: 1,
        header: new Uint8Array([0x90]) as HeaderBytes,
        sealed: X,
      }),
    'entity',
  ],
  ['an op swapped', (page) => row(page, 1, 0, opRow(page, 1, 1)), 'chain'],
  ['a later log seen', (page) => signed(page, 1, { seenCursor: 5 }), 'seen'],
  ['another log seen', (page) => signed(page, 1, { seenLog: ZERO as Digest }), 'seen'],
  ['no segment end seen', (page) => signed(page, 1, { seenCursor: 2 }), 'seen'],
  ['no log', (page) => ({ ...page, log: null }), 'log'],
  ['another end', (page) => ({ ...page, toCursor: 5 }), 'page'],
  ['a genesis shown as dead', (page) => stub(page, 1, 0, 2), 'stub'],
  ['a control op shown as dead', (page) => stub(page, 0, 1, 2), 'stub'],
  ['a control op shown as erased', (page) => stub(page, 0, 1, 3), 'stub'],
];

test.each(HOSTILE)('a hostile page is stopped by its own check: %s', async (_, change, reason) => {
  expect(await failure(encodePage(await change(PAGE)))).toBe(reason);
});

test.each(HOSTILE)(
  "a page of the device's own store is spared its signatures and nothing else: %s",
  async (_, change, reason) => {
    const reader = new Reader(SPACE, ROOT);
    const found = await failureOf(reader, encodePage(await change(PAGE)), 'store');
    expect(found).toBe(reason === 'signature' ? null : reason);
  },
);

test('a page that does not decode is stopped', async () => {
  const whole = encodePage(PAGE);
  const longer = new Uint8Array(whole.length + 1);
  longer.set(whole);
  for (const data of [new Uint8Array(), encode(null), encode([]), longer, whole.slice(0, -1)]) {
    expect(await failure(data)).toBe('page');
  }
});

test('a page under another root is stopped, and without a root there is no trust', async () => {
  expect(await failure(encodePage(PAGE), ZERO as OpId)).toBe('root');
  expect(await failure(encodePage(PAGE), null)).toBe('root');
});

type HandedOp = readonly [Header, Sealed];

/** Appends a segment to the server's log without any check, as a hostile server would. */
async function hand(server: ModelServer, who: Identity, ops: readonly HandedOp[]): Promise<void> {
  const rows = ops.map(([header, sealed]): OpRow => ({
    form: 1,
    header: encodeHeader(header),
    sealed,
  }));
  const names = ops.map(([{ entity: of }], at) =>
    opId(of, rows[at]?.header ?? (X as Bytes as HeaderBytes), rows[at]?.sealed ?? X),
  );
  const stream = server.cursor.toString(16).padStart(32, '0') as StreamId;
  const prevHead = head0(SPACE, stream, who.device);
  const head = chain(prevHead, names).at(-1) ?? prevHead;
  const seen = { seenCursor: server.cursor, seenLog: server.log };
  const seg = encodeSegment({
    space: SPACE,
    stream,
    device: who.device,
    fromSeq: 1,
    n: ops.length,
    prevHead,
    head,
    ...seen,
  });
  const firstCursor = server.cursor + 1;
  server.cursor += ops.length;
  server.server_ms += 1;
  server.log = nextLog(server.log, server.cursor, server.server_ms, seg);
  server.ends.set(server.cursor, server.log);
  const sig = await signSegment(who.signing, seg);
  server.segments.push({ firstCursor, server_ms: server.server_ms, seg, sig, rows });
}

/** Returns the header of an edit of entity 1, some of it changed. */
function header(who: Identity, changed: Partial<Header> = {}): Header {
  return {
    ...foldOp(1, {}).header,
    device: who.device,
    entity: entity(1),
    hlc_ms: START_MS,
    ...changed,
  };
}

function control(who: Identity, kind: string, epoch = 1): Header {
  return header(who, { entity: ENTITY_OF_SPACE, opClass: OpClass.CONTROL, kind, epoch });
}

/** What a reader makes of ops appended to a log in which Samir is a keyless writer, entity 1 exists and 2 is erased. */
async function judged(ops: readonly HandedOp[], who = AWA): Promise<(Void | null)[]> {
  const { server, awa, root } = await space();
  writeControl(awa, member(SAMIR, { roles: 1, xPk: null }), moment(4));
  await write(awa, [{ intent: 'genesis', entity: entity(2), kind: 'thing' }], moment(5));
  writeControl(awa, { kind: 'erase', entities: [entity(2)] }, moment(6));
  await deliver(awa, server);
  const before = server.cursor;
  await hand(server, who, ops);
  const { entries } = await new Reader(SPACE, root).read(server.wholePage(), START_MS);
  return entries.slice(before).map((entry) => entry.void);
}

const ROW = header(AWA, { opClass: OpClass.ROW, kind: 'mark' });
const ROW_ID = opId(entity(1), encodeHeader(ROW), X);
const AMEND = header(AWA, { re: ROW_ID, kind: 'mark' });

test('an honest op is not void', async () => {
  const ops: HandedOp[] = [
    [header(AWA), X],
    [ROW, X],
    [AMEND, X],
    [control(AWA, 'rules'), RULES],
  ];
  expect(await judged(ops)).toEqual([null, null, null, null]);
});

test.each<[string, HandedOp[], Void]>([
  [
    "a space that is not the segment's",
    [[header(AWA, { space: '11'.repeat(16) as SpaceId }), X]],
    'segment',
  ],
  ['a header that breaks a rule', [[header(AWA, { epoch: 0 }), X]], 'header'],
  ['an amendment of nothing', [[header(AWA, { re: ZERO as OpId, kind: 'mark' }), X]], 'amends'],
  [
    'an amendment of another kind',
    [
      [ROW, X],
      [{ ...AMEND, kind: 'note' }, X],
    ],
    'amends',
  ],
  [
    'an amendment before its row',
    [
      [AMEND, X],
      [ROW, X],
    ],
    'amends',
  ],
  [
    'an op twice',
    [
      [ROW, X],
      [ROW, X],
    ],
    'logged',
  ],
  ['a control body that does not decode', [[control(AWA, 'rules'), X]], 'control'],
  ['a member without wrap', [[control(AWA, 'member'), encodeBody(member(MALLORY))]], 'control'],
])('an op that breaks a rule is void, and the pull goes on: %s', async (_, ops, expected) => {
  const verdicts = await judged(ops);
  expect(verdicts.filter((verdict) => verdict !== null)).toEqual([expected]);
  expect(verdicts).toHaveLength(ops.length);
});

test('an op of a device without the role is void', async () => {
  const erase = encodeBody({ kind: 'erase', entities: [entity(1)] });
  expect(await judged([[header(SAMIR), X]], SAMIR)).toEqual([null]);
  expect(await judged([[control(SAMIR, 'rules'), RULES]], SAMIR)).toEqual(['role']);
  expect(await judged([[control(SAMIR, 'erase'), erase]], SAMIR)).toEqual(['role']);
});

test("a revoked device's ops are void from the revocation on, within one segment and never before", async () => {
  const revocation = encodeBody(member(AWA, { roles: 0, xPk: null }));
  const later = header(AWA, { hlc_ctr: 7 });
  const ops: HandedOp[] = [
    [header(AWA), X],
    [control(AWA, 'member'), revocation],
    [later, X],
  ];
  expect(await judged(ops)).toEqual([null, null, 'revoked']);
});

test('a void op has no effect: a rule set by nobody is not in force', async () => {
  const { server, root } = await founded();
  const rules = (version: number) => encodeBody({ kind: 'rules', version });
  await hand(server, AWA, [
    [control(AWA, 'rules'), rules(5)],
    [control(AWA, 'rules', 0), rules(9)],
  ]);
  const reader = new Reader(SPACE, root);
  expect(await failureOf(reader, server.page())).toBeNull();
  expect([reader.view.members.rulesVersion, reader.view.cursor]).toEqual([5, server.cursor]);
});

test('void ops are counted with who signed them, and one of an erased entity no more', async () => {
  const { server, root } = await space();
  const first = server.cursor + 1;
  await hand(server, AWA, [
    [header(SAMIR), X],
    [header(AWA), X],
    [header(AWA, { entity: entity(2), epoch: 2 }), X],
  ]);
  const reader = new Reader(SPACE, root);
  expect(await failureOf(reader, server.page())).toBeNull();
  const [{ device }, { server_ms }] = [AWA, server];
  const ofSamir = { device, entity: entity(1), server_ms, void: 'segment' };
  const early = { device, entity: entity(2), server_ms, void: 'epoch' };
  expect([...reader.view.voids.own()]).toEqual([
    [first, ofSamir],
    [first + 2, early],
  ]);
  const erase = encodeBody({ kind: 'erase', entities: [entity(2)] });
  await hand(server, AWA, [[control(AWA, 'erase'), erase]]);
  const rest = decodePage(server.wholePage(first + 2));
  expect(await failureOf(reader, encodePage(rest))).toBeNull();
  expect([...reader.view.voids.own()]).toEqual([[first, ofSamir]]);
});

test('a stream began when the log took its first segment, whatever came after', async () => {
  const { server, root } = await space();
  const [begun] = server.segments;
  await hand(server, AWA, [[header(AWA), X]]);
  const reader = new Reader(SPACE, root);
  expect(await failureOf(reader, server.page(0, 1))).toBeNull();
  expect(await failureOf(reader, server.page(reader.view.cursor))).toBeNull();
  const streams = server.segments.map(({ seg }) => decodeSegment(seg).stream);
  expect(new Set(streams).size).toBe(2);
  expect([...reader.view.begun.own()]).toEqual([
    [streams[0], begun?.server_ms],
    [streams.at(-1), server.server_ms],
  ]);
});

test('stubs are justified by a kill of their entity after them, or by its erasure', async () => {
  const { server, root } = await space();
  const target = opRow(decodePage(server.wholePage()), 2, 0);
  const dead = opId(entity(1), target.header, target.sealed);
  await hand(server, AWA, [[header(AWA, { kills: [dead] }), X]]);
  const reader = new Reader(SPACE, root);
  expect(
    await failureOf(reader, encodePage(stub(decodePage(server.wholePage()), 2, 0, 2))),
  ).toBeNull();
  expect(reader.view.killed.has(dead)).toBe(true);
  await hand(server, AWA, [
    [control(AWA, 'erase'), encodeBody({ kind: 'erase', entities: [entity(1)] })],
  ]);
  const places = [
    [1, 0],
    [1, 1],
    [2, 0],
    [3, 0],
  ] as const;
  const erased = places.reduce(
    (page, [at, index]) => stub(page, at, index, 3),
    decodePage(server.wholePage()),
  );
  expect(await failure(encodePage(erased), root)).toBeNull();
});

test('an op killed twice died with the first kill, and an entity erased twice with the first erasure', async () => {
  const { server, root } = await space();
  const target = opRow(decodePage(server.wholePage()), 2, 0);
  const dead = opId(entity(1), target.header, target.sealed);
  const first = server.cursor + 1;
  const erase: HandedOp = [
    control(AWA, 'erase'),
    encodeBody({ kind: 'erase', entities: [entity(2)] }),
  ];
  await hand(server, AWA, [
    [header(AWA, { kills: [dead], hlc_ctr: 1 }), X],
    [header(AWA, { kills: [dead], hlc_ctr: 2 }), X],
    erase,
    [{ ...erase[0], hlc_ctr: 3 }, erase[1]],
  ]);
  const reader = new Reader(SPACE, root);
  expect(await failureOf(reader, server.wholePage())).toBeNull();
  expect(reader.view.killed.get(dead)).toBe(first);
  expect(reader.view.erased.get(entity(2))).toBe(first + 2);
});

test('pages of one segment lead to the same log as one page', async () => {
  const [slow, fast] = [replica(RECOVERY, ROOT), replica(RECOVERY, ROOT)];
  while (slow.reader.view.cursor < SERVER.cursor) {
    await slow.applyPage(SERVER.page(slow.reader.view.cursor, 1), START_MS);
  }
  await fast.applyPage(SERVER.page(), START_MS);
  expect(slow.reader.view.log).toBe(fast.reader.view.log);
  expect(slow.reader.view.ends.own()).toEqual(fast.reader.view.ends.own());
});
