/**
 * What an erasure does on a device: nothing of the entity stays, not in memory, not in what is kept, not for whoever
 * comes later; and nothing of anything else changes.
 */
import { beforeEach, describe, expect, test } from 'vitest';
import { toHex } from '../../src/engine/bytes.ts';
import { checkpointOf, startOf } from '../../src/engine/checkpoint.ts';
import { decode, encode, type Value } from '../../src/engine/codec.ts';
import type { EntityId } from '../../src/engine/ids.ts';
import { FIELD } from '../../src/engine/liveness.ts';
import { decodePage, decodeReceipt, encodeReceipt } from '../../src/engine/log.ts';
import { decodeHeader, type Header } from '../../src/engine/op.ts';
import type { Replica } from '../../src/engine/replica.ts';
import { Reader } from '../../src/engine/reader.ts';
import { lastCommonEnd } from '../../src/engine/restore.ts';
import { controlsDue, keepControls } from '../../src/engine/rotation.ts';
import { decodeOutbox, encodeOutbox, encodeReplica } from '../../src/engine/stored.ts';
import {
  CannotWrite,
  type Intent,
  write,
  writeControl,
  writeErasure,
} from '../../src/engine/writer.ts';
import type { JudgingServer } from './judge.ts';
import {
  beginner,
  deliver,
  entity,
  foldOp,
  MALLORY,
  member,
  moment,
  pull,
  replica,
  SAMIR,
  SPACE,
  START_MS,
} from './kit.ts';
import { admit, again, back, DINA, type Office, office, one, pushed } from './office.ts';

const MOMO = entity(1);
const OTHER = entity(2);
const CANARY = 'Momo of the canal';

let server: JudgingServer;
let awa: Replica;
let dina: Replica;
let samir: Replica;
/** The headers of Momo's ops, by whose bytes what a device keeps is searched. */
let offered: readonly string[];

beforeEach(async () => {
  ({ server, awa, dina, samir } = await lived());
  offered = headersIn(server, MOMO);
});

/** Momo has a genesis, an edit, a row and an amendment of it, of several hands; the other has a genesis. */
async function lived(): Promise<Office> {
  const made = await office();
  await write(
    made.awa,
    [
      {
        intent: 'genesis',
        entity: MOMO,
        kind: 'thing',
        facts: { size: 'small' },
        fields: { note: CANARY },
      },
    ],
    moment(11),
  );
  await deliver(made.awa, made.server);
  await pull(made.samir, made.server);
  const marked = {
    ...said(MOMO, 'mark'),
    intent: 'row',
    facts: { done: true },
    fields: { note: CANARY },
  } as const;
  const row = await one(write(made.samir, [marked], moment(12)));
  await write(made.samir, [noted(MOMO, 'calm')], moment(13));
  const amend = { ...said(MOMO, 'mark'), intent: 'amend', row, facts: { done: null } } as const;
  const other = { ...said(OTHER), intent: 'genesis', fields: { note: 'other' } } as const;
  await write(made.samir, [amend, other], moment(14));
  await deliver(made.samir, made.server);
  for (const who of [made.awa, made.dina]) await pull(who, made.server);
  return made;
}

function said(of: EntityId, kind = 'thing') {
  return { entity: of, kind };
}

function noted(of: EntityId, note: string): Intent {
  return { ...said(of), intent: 'edit', fields: { note } };
}

function erase(who: Replica, ...entities: EntityId[]): void {
  writeErasure(who, entities, moment(20));
}

/** Awa erases Momo, and the log says so. */
async function erased(): Promise<void> {
  erase(awa, MOMO);
  await deliver(awa, server);
}

/** The headers of an entity's ops that a server still gives. */
function headersIn(from: JudgingServer, of: EntityId): string[] {
  const rows = decodePage(from.page()).segments.flatMap((segment) => segment.rows);
  const headers = rows.flatMap((row) => (row.form === 1 ? [row.header] : []));
  return headers.filter((header) => decodeHeader(header).entity === of).map(toHex);
}

/** Returns where a replica still holds something of Momo; what the log gives is not asked of what is kept. */
async function holds(who: Replica, given = headersIn(server, MOMO)): Promise<string[]> {
  const { reader, outbox, payloads, keyring } = who;
  const logged = [...reader.view.firstEntries.own().values()].filter((op) => op.entity === MOMO);
  const unsent = [...outbox.ops.values()].filter(({ header }) => header.entity === MOMO);
  const kept = toHex(encodeReplica(who));
  const edit: Header = { ...foldOp(1, {}).header, entity: MOMO };
  const found = {
    entries: who.entries.has(MOMO) || who.lost.has(MOMO),
    payloads: [...logged, ...unsent].some(({ opId }) => payloads.has(opId)),
    secret: keyring.secrets.has(MOMO) || (await keyring.key(edit)) !== null,
    waiting: [...who.waiting.values()].some((entry) => entry.entity === MOMO),
    outbox: unsent.length > 0,
    log: logged.some(({ row }) => row.form !== 3),
    commands: who.commands.some(([{ header }]) => header.entity === MOMO),
    kept: offered.some((header) => !given.includes(header) && kept.includes(header)),
  };
  return Object.entries(found).flatMap(([where, isThere]) => (isThere ? [where] : []));
}

function noteOf(who: Replica, of: EntityId): unknown {
  const own = who.state(of)?.groups.find(({ row }) => row === null);
  return own?.registers.get(`${FIELD}note`)?.value;
}

test('before the erasure each of these places holds something', async () => {
  await write(samir, [noted(MOMO, 'new')], moment(15));
  expect(offered.length).toBe(4);
  const places = ['entries', 'payloads', 'secret', 'outbox', 'log', 'kept'];
  expect(await holds(samir, [])).toEqual(places);
});

test('whoever pulls the erasure lets go of everything', async () => {
  await erased();
  for (const who of [dina, samir]) await pull(who, server);
  for (const who of [awa, dina, samir]) {
    expect([await holds(who), who.state(MOMO)]).toEqual([[], null]);
    expect(noteOf(who, OTHER)).toBe('other');
    expect(who.touched.has(MOMO)).toBe(true);
  }
});

test('nothing changes before the erasure is in the log', () => {
  erase(awa, MOMO);
  expect(noteOf(awa, MOMO)).toBe('calm');
});

test('whoever read it before and whoever reads it after stand at the same log', async () => {
  await erased();
  await pull(samir, server);
  const late = replica(DINA, awa.reader.root, 7);
  await pull(late, server, 1);
  for (const { reader } of [awa, samir]) {
    for (const table of ['geneses', 'killed', 'erased'] as const) {
      expect(reader.view[table].own()).toEqual(late.reader.view[table].own());
    }
    expect(checkpointOf(reader.view)).toBe(checkpointOf(late.reader.view));
    expect(reader.segments).toEqual(late.reader.segments);
  }
});

test('what is kept after an erasure is read again as it stands', async () => {
  await erased();
  const woken = await again(awa);
  expect(await holds(woken)).toEqual([]);
  expect(checkpointOf(woken.reader.view)).toBe(checkpointOf(awa.reader.view));
  expect(woken.reader.view.erased.own()).toEqual(awa.reader.view.erased.own());
});

test('a device that begins at a checkpoint lets go of what is erased after it', async () => {
  const at = awa.reader.view.cursor;
  const late = beginner(DINA, awa);
  await late.applyStart(server.bootstrap(at));
  await late.finishStart(server.checkpoint(at), START_MS);
  await erased();
  const { forgot } = await late.applyPage(server.page(at), START_MS);
  expect([forgot, await holds(late), await holds(await again(late))]).toEqual([true, [], []]);
});

test('a device may begin at a checkpoint from before what was erased since', async () => {
  const at = awa.reader.view.cursor;
  const late = beginner(DINA, awa);
  await erased();
  await late.applyStart(server.bootstrap(at));
  await late.finishStart(server.checkpoint(at), START_MS);
  const { forgot } = await late.applyPage(server.page(at), START_MS);
  expect([forgot, await holds(late), late.reader.view.stubs.size]).toEqual([false, [], 0]);
});

test('what waits for its key does not open with one that comes with the erasure', async () => {
  writeControl(awa, member(MALLORY, { roles: 1, xPk: null }), moment(15));
  await deliver(awa, server);
  const keyless = replica(MALLORY, awa.reader.root, 7);
  await pull(keyless, server);
  expect([keyless.waiting.size, noteOf(keyless, OTHER)]).toEqual([5, undefined]);
  await admit(awa, MALLORY, 1);
  await erased();
  await pull(keyless, server);
  expect([await holds(keyless), keyless.waiting.size]).toEqual([[], 0]);
  expect(noteOf(keyless, OTHER)).toBe('other');
});

test('no checkpoint is given while ops wait for the proof of their erasure', async () => {
  await write(samir, [noted(MOMO, 'tired')], moment(15));
  await deliver(samir, server);
  const { cursor: at } = samir.reader.view;
  const right = checkpointOf(samir.reader.view);
  expect(startOf(samir.reader.view)).toEqual([at, right]);
  await erased();
  const late = replica(DINA, samir.reader.root, 7);
  const { view } = late.reader;
  while (view.cursor < at) await late.applyPage(server.page(view.cursor, 1), START_MS);
  expect([view.cursor, checkpointOf(view) === right]).toEqual([at, false]);
  expect(startOf(view)).toEqual([0, checkpointOf(new Reader(SPACE, null).view)]);
  await pull(late, server);
  expect(startOf(view)).toEqual([server.cursor, checkpointOf(awa.reader.view)]);
});

describe('late ops', () => {
  test('what a device had not sent goes with the entity', async () => {
    await write(samir, [noted(MOMO, 'late'), noted(OTHER, 'kept')], moment(15));
    await erased();
    await pull(samir, server);
    expect([...samir.outbox.ops.values()].map(({ header }) => header.entity)).toEqual([OTHER]);
    await deliver(samir, server);
    expect(await holds(samir)).toEqual([]);
  });

  test('a late op that arrives after the erasure resurrects nothing', async () => {
    const row = { ...said(MOMO, 'mark'), intent: 'row', fields: { note: CANARY } } as const;
    await write(samir, [noted(MOMO, 'late'), row], moment(15));
    await erased();
    const receipt = server.push(await pushed(samir));
    expect(receipt.erased.length).toBe(2);
    expect(samir.accept(decodeReceipt(encodeReceipt(receipt)), START_MS)).toBe(true);
    for (const who of [samir, awa, dina]) {
      await pull(who, server);
      expect([await holds(who), who.outbox.ops.size]).toEqual([[], 0]);
    }
  });

  test('a segment in flight is sent as it is until it is answered', async () => {
    await write(samir, [noted(MOMO, 'late')], moment(15));
    const data = await pushed(samir);
    await erased();
    await pull(samir, server);
    expect(await samir.push()).toEqual(data);
    expect(samir.accept(server.push(data), START_MS)).toBe(true);
    await pull(samir, server);
    expect(await holds(samir)).toEqual([]);
  });

  test('an op that a hostile server serves whole after the erasure is void and not kept', async () => {
    await write(samir, [noted(MOMO, 'late')], moment(15));
    await erased();
    samir.accept(server.push(await pushed(samir)), START_MS);
    const page = server.wholePage(awa.reader.view.cursor);
    const { forgot, entries } = await awa.applyPage(page, START_MS);
    expect([forgot, entries.map((entry) => entry.void)]).toEqual([true, ['erased']]);
    expect([await holds(awa), awa.state(MOMO)]).toEqual([[], null]);
    expect(toHex(page)).toContain(toHex(server.segments.at(-1)?.rows[0]?.header ?? page));
    offered = headersOf(page);
    expect(await holds(awa, [])).toEqual([]);
  });

  test('nothing new is written about the erased', async () => {
    await erased();
    for (const intent of ['genesis', 'edit'] as const) {
      await expect(write(awa, [{ ...said(MOMO), intent }], moment(30))).rejects.toThrow(
        CannotWrite,
      );
    }
    const row = { ...said(MOMO, 'mark'), intent: 'row' } as const;
    await expect(write(awa, [row], moment(30))).rejects.toThrow(CannotWrite);
  });

  test('only who has the role writes an erasure and what is erased is not said again', async () => {
    expect(() => {
      erase(samir, MOMO);
    }).toThrow(CannotWrite);
    await erased();
    erase(awa, MOMO);
    expect(awa.outbox.ops.size).toBe(0);
  });

  test('many entities go in ops of at most five hundred', async () => {
    erase(awa, ...Array.from({ length: 601 }, (_, n) => entity(100 + n)));
    expect(awa.outbox.ops.size).toBe(2);
    await deliver(awa, server);
    expect(awa.reader.view.erased.own().size).toBe(601);
  });
});

/** The headers of what a page gives whole. */
function headersOf(page: Uint8Array): string[] {
  const rows = decodePage(page).segments.flatMap((segment) => segment.rows);
  return rows.flatMap((row) => (row.form === 1 ? [toHex(row.header)] : []));
}

describe('the confirmation', () => {
  test('a silent device confirms an erasure once', async () => {
    await erased();
    expect(await samir.push()).toBeNull();
    await pull(samir, server);
    expect(samir.owesConfirmation).toBe(true);
    const data = await pushed(samir);
    const { offsets } = samir;
    expect(await (await again(samir)).push()).toEqual(data);
    const before = server.cursor;
    expect(samir.accept(server.push(data), START_MS)).toBe(true);
    expect([samir.offsets, server.cursor]).toEqual([offsets, before]);
    expect([samir.owesConfirmation, await samir.push()]).toEqual([false, null]);
    expect(await (await again(samir)).push()).toBeNull();
  });

  test('it is given by the answer to it, and not by what is pulled meanwhile', async () => {
    await erased();
    await pull(samir, server);
    const data = await pushed(samir);
    await write(awa, [noted(OTHER, 'x')], moment(15));
    await deliver(awa, server);
    await pull(samir, server);
    expect([samir.owesConfirmation, await samir.push()]).toEqual([true, data]);
  });

  test('an op sent after the erasure confirms it too', async () => {
    await erased();
    await pull(samir, server);
    await write(samir, [noted(OTHER, 'x')], moment(15));
    await deliver(samir, server);
    expect(await samir.push()).toBeNull();
  });

  test('an outbox that was kept before erasures were confirmed is still read', async () => {
    await write(samir, [noted(OTHER, 'x')], moment(15));
    await pushed(samir);
    const stored = decode(encodeOutbox(samir.outbox)) as readonly Value[];
    expect([stored[0], stored.at(-1), samir.outbox.confirmed > 0]).toEqual([
      3,
      samir.outbox.confirmed,
      true,
    ]);
    const before = decodeOutbox(encode([2, ...stored.slice(1, -1)]), SPACE, SAMIR.device);
    expect(before).toEqual(Object.assign(samir.outbox, { confirmed: 0 }));
  });
});

describe('a server that was restored', () => {
  /** Erases Momo for everybody; then the server knows nothing of it. */
  async function undone(): Promise<void> {
    const putBack = server.backup();
    await erased();
    for (const who of [dina, samir]) await pull(who, server);
    putBack();
  }

  test('does not bring the erased back', async () => {
    await undone();
    const stepped: Replica[] = [];
    for (const who of [samir, dina]) {
      const there = await back(who, server);
      await pull(there, server);
      expect([there.state(MOMO), (await again(there)).state(MOMO)]).toEqual([null, null]);
      expect(there.isErased(MOMO)).toBe(true);
      const places = await holds(there);
      expect(places.filter((place) => place !== 'log' && place !== 'kept')).toEqual([]);
      await expect(write(there, [noted(MOMO, 'back')], moment(31))).rejects.toThrow(CannotWrite);
      stepped.push(there);
    }
    const [bySamir, byDina] = stepped as [Replica, Replica];
    expect([controlsDue(bySamir), await keepControls(bySamir, moment(40))]).toEqual([false, false]);
    expect([controlsDue(byDina), await keepControls(byDina, moment(41))]).toEqual([true, true]);
    expect([controlsDue(byDina), await keepControls(byDina, moment(42))]).toEqual([false, false]);
    await deliver(byDina, server);
    await pull(bySamir, server);
    for (const who of stepped) expect(await holds(who)).toEqual([]);
    const byAwa = await back(awa, server);
    await deliver(byAwa, server);
    expect([await holds(byAwa), server.erased.has(MOMO)]).toEqual([[], true]);
  });

  test('is followed by a device past what it only holds as erased', async () => {
    await undone();
    const ask = (cursor: number) => Promise.resolve(server.ends.get(cursor) ?? null);
    const common = await lastCommonEnd(awa.reader.view.ends.own(), ask);
    expect(common).toBe(server.cursor);
    const stepped = await back(awa, server);
    expect(stepped.reader.view.cursor).toBeLessThan(common);
    await pull(stepped, server);
    const { log, cursor } = stepped.reader.view;
    expect([log, cursor]).toEqual([server.log, server.cursor]);
  });

  test('gives back erased what it had lost, and that stays nowhere', async () => {
    const putBack = server.backup();
    const edited = await one(write(samir, [noted(MOMO, 'lost')], moment(15)));
    await deliver(samir, server);
    await pull(dina, server);
    putBack();
    const [bySamir, byDina] = [await back(samir, server), await back(dina, server)];
    expect(byDina.payloads.has(edited)).toBe(true);
    await deliver(bySamir, server);
    await erased();
    // It comes back without its bytes a page before the erasure itself.
    await pull(byDina, server, 1);
    expect(await holds(byDina)).toEqual([]);
  });

  test('is given back what a device had of its own from before the erasure, if it is restored once more', async () => {
    const toOlder = server.backup();
    const written = await one(write(samir, [noted(OTHER, 'in between')], moment(15)));
    await deliver(samir, server);
    const toNewer = server.backup();
    await erased();
    await pull(samir, server);
    toNewer();
    const stepped = await back(samir, server);
    expect(stepped.reader.view.cursor).toBeLessThan(server.cursor);
    toOlder();
    await pull(stepped, server);
    expect(stepped.outbox.ops.get(written)?.state).toBe('acknowledged');
    const again = await back(stepped, server);
    await deliver(again, server);
    expect(again.reader.view.firstEntries.has(written)).toBe(true);
    expect(again.outbox.ops.size).toBe(0);
  });

  test('gets nothing back that was unsent about the erased', async () => {
    await write(samir, [noted(MOMO, 'sent')], moment(15));
    const putBack = server.backup();
    await deliver(samir, server);
    await erased();
    await pull(samir, server);
    putBack();
    const stepped = await back(samir, server);
    const unsent = [...stepped.outbox.ops.values()].filter(({ header }) => header.entity === MOMO);
    expect(unsent).toEqual([]);
  });
});
