/** The history of an entity: dead ops too, each proved; and what a hostile server could put into it. */
import { expect, test } from 'vitest';
import { IntegrityFailure, type Reason } from '../../src/engine/errors.ts';
import { type HistoryRow, readHistory } from '../../src/engine/history.ts';
import { decodePage, encodePage, type Page } from '../../src/engine/log.ts';
import type { LogView } from '../../src/engine/logview.ts';
import type { Replica } from '../../src/engine/replica.ts';
import { write, writeControl } from '../../src/engine/writer.ts';
import {
  AWA,
  beginner,
  bootstrap,
  deliver,
  entity,
  founded,
  MALLORY,
  member,
  moment,
  RECOVERY,
  SAMIR,
} from './kit.ts';
import type { ModelServer } from './model.ts';
import { opRow, row, segment, signed, stub, without } from './pages.ts';

const THING = { entity: entity(1), kind: 'thing' };

/** Entity 1 is set four times in four segments, one of them shared with entity 2; Samir comes and is revoked. */
async function lived(): Promise<{ server: ModelServer; awa: Replica }> {
  const { server, awa } = await founded();
  writeControl(awa, member(SAMIR, { roles: 1, xPk: null }), moment(1));
  await write(
    awa,
    [
      { intent: 'genesis', ...THING },
      { intent: 'genesis', entity: entity(2), kind: 'thing' },
    ],
    moment(2),
  );
  for (const count of [1, 2, 3]) {
    await deliver(awa, server);
    await write(awa, [{ intent: 'edit', ...THING, facts: { count } }], moment(count + 2));
  }
  await deliver(awa, server);
  writeControl(awa, member(SAMIR, { roles: 0, xPk: null }), moment(9));
  await deliver(awa, server);
  return { server, awa };
}

const { server: SERVER, awa: LIVED } = await lived();
const PAGE = decodePage(SERVER.history(entity(1)));

async function read(page: Page, view: LogView = LIVED.reader.view): Promise<HistoryRow[]> {
  return readHistory(view, encodePage(page), entity(1));
}

async function failure(page: Page): Promise<Reason | null> {
  try {
    await read(page);
    return null;
  } catch (error) {
    if (error instanceof IntegrityFailure) return error.reason;
    throw error;
  }
}

test('a history has every op of the entity with its bytes, dead ones too, and nothing else', async () => {
  const rows = await read(PAGE);
  expect(rows.map(({ cursor, row: { form } }) => [cursor, form])).toEqual([
    [5, 1],
    [7, 1],
    [8, 1],
    [9, 1],
  ]);
  expect(rows.map(({ header }) => header?.facts)).toEqual([
    [],
    [['count', 1]],
    [['count', 2]],
    [['count', 3]],
  ]);
  expect(LIVED.reader.view.killed.own().size).toBe(2);
  expect(LIVED.reader.view.stubs.size).toBe(0);
});

test('a device that began at a checkpoint reads what it never had', async () => {
  const late = beginner(RECOVERY, LIVED);
  await bootstrap(late, SERVER);
  expect(late.ops(entity(1))).toHaveLength(2);
  expect(await read(PAGE, late.reader.view)).toEqual(await read(PAGE));
});

test('of an erased entity the hashes are left', async () => {
  const { server, awa } = await lived();
  writeControl(awa, { kind: 'erase', entities: [entity(1)] }, moment(20));
  await deliver(awa, server);
  const rows = await read(decodePage(server.history(entity(1))), awa.reader.view);
  expect(rows.map(({ header, row: { form } }) => [header, form])).toEqual(Array(4).fill([null, 3]));
});

test('a history comes in pages', async () => {
  const first = decodePage(SERVER.history(entity(1), 0, 3));
  const second = decodePage(SERVER.history(entity(1), first.toCursor, 3));
  expect([first.more, second.more]).toEqual([true, false]);
  expect([...(await read(first)), ...(await read(second))]).toEqual(await read(PAGE));
});

type Change = (page: Page) => Page | Promise<Page>;

test.each<[string, Change, Reason | null]>([
  ['a log', (page) => ({ ...page, log: SERVER.log }), 'log'],
  ['more, but nothing', (page) => ({ ...page, more: true, segments: [] }), 'page'],
  ['a cut segment', (page) => segment(page, 1, { seg: new Uint8Array(2) }), 'page'],
  [
    'a segment twice',
    (page) => ({ ...page, segments: page.segments.flatMap((one) => [one, one]) }),
    'cursor',
  ],
  ['a time that stands still', (page) => segment(page, 1, { server_ms: 0 }), 'server_ms'],
  ['another time', (page) => segment(page, 3, { server_ms: 2 ** 50 }), 'server_ms'],
  ['more, from elsewhere', (page) => ({ ...page, more: true, toCursor: 10 }), 'page'],
  ['an op elsewhere', (page) => segment(page, 3, { firstCursor: 12 }), 'cursor'],
  ["another entity's op", (page) => row(page, 0, 2, opRow(whole(), 1, 2)), 'page'],
  ['an op without its bytes', (page) => stub(page, 1, 0, 2), 'page'],
  ['an op under another name', (page) => row(page, 1, 0, opRow(page, 2, 0)), 'chain'],
  ['an unknown device', (page) => signed(page, 1, { device: MALLORY.device }, MALLORY), 'device'],
  ["another's signature", (page) => signed(page, 1, {}, SAMIR), 'signature'],
  ['a segment left out, which nobody can see', (page) => without(page, 1), null],
])('what is in a history is proved: %s', async (_, change, reason) => {
  expect(await failure(await change(PAGE))).toBe(reason);
});

function whole(): Page {
  return decodePage(SERVER.page());
}

test('a device that was a member once has signed what it has signed', async () => {
  const seen = await signed(PAGE, 1, { device: SAMIR.device }, SAMIR);
  expect(await failure(seen)).toBeNull();
  expect(AWA.device).not.toBe(SAMIR.device);
});
