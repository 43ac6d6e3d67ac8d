/** Keys and names after a server was restored: what a newcomer holds, what comes back renamed, who is given no key. */
import { describe, expect, test } from 'vitest';
import { type Body, decodeBody } from '../../src/engine/control.ts';
import { sealPayload } from '../../src/engine/envelope.ts';
import { NONCE_BYTES, type OpId } from '../../src/engine/ids.ts';
import { FIELD } from '../../src/engine/liveness.ts';
import { isRevoked } from '../../src/engine/members.ts';
import { encodeHeader, isControlKind, OpClass, opId } from '../../src/engine/op.ts';
import type { OutOp } from '../../src/engine/outbox.ts';
import { encodePayload } from '../../src/engine/payload.ts';
import type { Replica } from '../../src/engine/replica.ts';
import { reseal, resealDue } from '../../src/engine/reseal.ts';
import { lastKnownMembers, stepBack } from '../../src/engine/restore.ts';
import {
  controlsDue,
  keepControls,
  writeRevocation,
  writeRotation,
} from '../../src/engine/rotation.ts';
import { write, writeControl } from '../../src/engine/writer.ts';
import { JudgingServer } from './judge.ts';
import {
  deliver,
  identity,
  member,
  moment,
  pull,
  replica,
  SAMIR,
  START_MS,
  stream,
} from './kit.ts';
import {
  admit,
  again,
  back,
  exchange,
  lostOf,
  marked,
  namesOf,
  noted,
  noteOf,
  office,
  one,
  pushed,
  superseded,
  THING,
  unsent,
} from './office.ts';

const NEW = await identity(6);

function rowsOf(who: Replica): number {
  return who.state(THING)?.groups.filter(({ row }) => row !== null).length ?? 0;
}

/** Sets another name of the thing than its note. */
function otherSet(who: Replica, seed: number): Promise<OpId> {
  const fields = { other: 'x' };
  return one(write(who, [{ intent: 'edit', entity: THING, kind: 'thing', fields }], moment(seed)));
}

function unsentOp(who: Replica, name: OpId): OutOp {
  const op = who.outbox.ops.get(name);
  if (op === undefined) throw new Error('It does not wait.');
  return op;
}

/** Returns the control ops that wait in the outbox. */
function controlsOf({ outbox, space }: Replica): Body[] {
  return [...outbox.ops.values()].flatMap(({ header: { kind, opClass }, sealed }) =>
    opClass === OpClass.CONTROL && isControlKind(kind) ? [decodeBody(kind, sealed, space)] : [],
  );
}

const FAR_AHEAD_MS = START_MS + 30 * 86_400_000;

/** Dina revokes the newcomer, and the others read it. */
async function revokedByDina(
  server: JudgingServer,
  dina: Replica,
  others: readonly Replica[],
  local_ms = START_MS,
): Promise<void> {
  await pull(dina, server);
  await writeRevocation(dina, [NEW.device], moment(4, local_ms));
  await deliver(dina, server);
  for (const other of others) await pull(other, server);
}

function countsAsRevoked(who: Replica): boolean {
  const member = lastKnownMembers(who).byDevice.get(NEW.device);
  return member !== undefined && isRevoked(member) && who.keyring.lost.barred.has(NEW.device);
}

describe('what comes back', () => {
  test('a newcomer whose admission was lost still opens what it wrote', async () => {
    const { server, awa, dina } = await office();
    const putBack = server.backup();
    await writeRotation(awa, moment(3));
    await admit(awa, NEW, 1);
    await deliver(awa, server);
    const newcomer = replica(NEW, awa.reader.root, 4);
    await pull(newcomer, server);
    await noted(newcomer, 'calm', 4);
    await deliver(newcomer, server);
    putBack();
    const stepped = await back(newcomer, server);
    expect(noteOf(await again(stepped))).toBe('calm');
    await deliver(await back(awa, server), server);
    await pull(stepped, server);
    await deliver(stepped, server);
    await pull(dina, server);
    expect(noteOf(dina)).toBe('calm');
  });

  test('an edit that is back before its beginning opens after a restart', async () => {
    const { server, awa, dina, samir } = await office();
    const putBack = server.backup();
    await noted(samir, 'calm', 2);
    await deliver(samir, server);
    for (const who of [awa, dina]) await pull(who, server);
    await noted(dina, 'tired', 3);
    await deliver(dina, server);
    putBack();
    const reader = await back(awa, server);
    await deliver(await back(dina, server), server);
    await pull(reader, server);
    expect(noteOf(await again(reader))).toBe('tired');
  });

  test('what is back under another name is shown once', async () => {
    const { server, dina, samir, name } = await superseded();
    const lost = [...samir.outbox.ops.values()].find(
      ({ header }) => header.opClass === OpClass.ROW,
    );
    const row = lost?.opId ?? name;
    // Another store of the same device, with the same outbox.
    const witness = await again(samir);
    await pull(samir, server);
    const renamed = await reseal(samir);
    await deliver(samir, server);
    await pull(dina, server);
    expect([renamed.has(name), row !== name && renamed.has(row), rowsOf(dina)]).toEqual([
      true,
      true,
      1,
    ]);
    await pull(witness, server);
    expect(await resealDue(witness)).toBe(true);
    const found = await reseal(witness);
    expect([found.get(name), found.get(row)]).toEqual([renamed.get(name), renamed.get(row)]);
    expect([rowsOf(witness), unsent(witness), await resealDue(witness)]).toEqual([1, [], false]);
    expect([name, row].filter((old) => witness.payloads.has(old))).toEqual([]);
  });

  test('a copied profile that is refused what the other copy has given back lets go of it', async () => {
    // It would write its own beginning a second time, as an edit, for the log's is under another name.
    const { server, awa, dina } = await office();
    const putBack = server.backup();
    await writeRotation(dina, moment(3));
    await deliver(dina, server);
    const name = await noted(dina, 'calm', 4);
    const row = await marked(dina, 5);
    await deliver(dina, server);
    const twin = await again(dina);
    const own = await noted(twin, 'tired', 6);
    putBack();
    const [first, copy] = [await back(dina, server), await back(twin, server, 1)];
    await writeRotation(awa, moment(7));
    await deliver(awa, server);
    await pull(first, server);
    const renamed = await reseal(first);
    await exchange(first, server);
    await exchange(copy, server);
    expect(unsentOp(copy, name).code).toBe('bad_header');
    expect(await resealDue(copy)).toBe(true);
    const found = await reseal(copy);
    expect([found.get(name), found.get(row)]).toEqual([renamed.get(name), renamed.get(row)]);
    expect(unsent(copy)).not.toContain(name);
    expect(unsent(copy)).not.toContain(row);
    await exchange(copy, server);
    await pull(first, server);
    expect(namesOf(server)).toContain(found.get(own));
    expect([noteOf(first), rowsOf(first)]).toEqual(['tired', 1]);
  });

  test('what two copies of a profile wrote in one quarter of an hour is not taken for one', async () => {
    // Their ops have one header: only what they say tells them apart.
    const { server, awa, dina, samir } = await office();
    const putBack = server.backup();
    await writeRotation(awa, moment(3));
    await deliver(awa, server);
    await pull(samir, server);
    await noted(samir, 'calm', 4);
    await deliver(samir, server);
    const twin = await again(samir);
    const [own, other] = [await noted(samir, 'tired', 5), await noted(twin, 'asleep', 6)];
    expect(unsentOp(samir, own).header).toEqual(unsentOp(twin, other).header);
    putBack();
    const [first, copy] = [await back(samir, server), await back(twin, server, 1)];
    await writeRotation(dina, moment(7));
    await deliver(dina, server);
    const shown = new Map<OpId | undefined, string>();
    for (const [who, name, note] of [
      [first, own, 'tired'],
      [copy, other, 'asleep'],
    ] as const) {
      await pull(who, server);
      shown.set((await reseal(who)).get(name) as OpId | undefined, note);
      await exchange(who, server);
    }
    await pull(first, server);
    const group = first.state(THING)?.groups.find(({ row }) => row === null);
    const candidates = group?.registers.get(`${FIELD}note`)?.candidates ?? [];
    expect(new Map(candidates.map(({ opId: name, value }) => [name, value]))).toEqual(shown);
    expect(shown.size).toBe(2);
  });

  test('what another copy has given back is let go of though it is dead by now', async () => {
    // A dead op comes without what it says: its header has to do, or it would be written twice.
    const { server, awa, dina, samir } = await office();
    await noted(awa, 'calm', 2);
    await deliver(awa, server);
    for (const who of [dina, samir]) await pull(who, server);
    const putBack = server.backup();
    await writeRotation(awa, moment(3));
    await deliver(awa, server);
    await pull(samir, server);
    const name = await noted(samir, 'tired', 4);
    const twin = await again(samir);
    putBack();
    const [first, copy] = [await back(samir, server), await back(twin, server, 1)];
    await writeRotation(dina, moment(7));
    await deliver(dina, server);
    await pull(first, server);
    const given = (await reseal(first)).get(name) as OpId;
    await noted(first, 'asleep', 5);
    await deliver(first, server);
    await copy.applyPage(server.thinPage(copy.reader.view.cursor), START_MS);
    expect(copy.payloads.has(given)).toBe(false);
    expect((await reseal(copy)).get(name)).toBe(given);
    expect([unsent(copy), noteOf(copy)]).toEqual([[], 'asleep']);
  });

  test('what is back and dead is let go of though another lost epoch of its number is back in its place', async () => {
    const { server, awa, dina, samir } = await office();
    await noted(samir, 'calm', 2);
    await deliver(samir, server);
    for (const who of [awa, dina]) await pull(who, server);
    const [putBack, oldest] = [server.backup(), server.backup()];
    await writeRotation(awa, moment(3));
    await deliver(awa, server);
    await pull(samir, server);
    const name = await noted(samir, 'tired', 4);
    await deliver(samir, server);
    await pull(dina, server);
    putBack();
    let reader = await back(dina, server);
    await writeRotation(reader, moment(5));
    await exchange(reader, server);
    oldest();
    reader = await back(reader, server);
    const author = await back(samir, server);
    for (const who of [reader, author]) await exchange(who, server);
    const given = (await reseal(author)).get(name) as OpId;
    await noted(author, 'asleep', 6);
    await deliver(author, server);
    await reader.applyPage(server.thinPage(reader.reader.view.cursor), START_MS);
    expect([reader.payloads.has(given), lostOf(reader)]).toEqual([false, [name]]);
    expect((await reseal(reader)).get(name)).toBe(given);
    expect(reader.lost.has(THING)).toBe(false);
  });

  test('what is lost is not taken for what another copy wrote under the same header and is dead by now', async () => {
    // Both logs have its epoch, under which nothing is sealed again.
    const { server, awa, dina, samir } = await office();
    await noted(samir, 'calm', 2);
    await deliver(samir, server);
    for (const who of [awa, dina]) await pull(who, server);
    const twin = await again(samir);
    const putBack = server.backup();
    const [own, other] = [await noted(samir, 'tired', 5), await noted(twin, 'asleep', 6)];
    await deliver(samir, server);
    await pull(awa, server);
    await writeRotation(awa, moment(8));
    await deliver(awa, server);
    putBack();
    const [reader, copy] = [await back(awa, server), await back(twin, server, 1)];
    await deliver(copy, server);
    await pull(dina, server);
    await noted(dina, 'gone', 7);
    await writeRotation(dina, moment(9));
    await deliver(dina, server);
    await reader.applyPage(server.thinPage(reader.reader.view.cursor), START_MS);
    expect(reader.payloads.has(other)).toBe(false);
    expect((await reseal(reader)).size).toBe(0);
    expect(lostOf(reader)).toEqual([own]);
  });

  test('of two lost epochs of one number the one that took the place of the other is written under', async () => {
    const { server, awa, dina, samir } = await office();
    const putBack = server.backup();
    await writeRotation(awa, moment(3));
    await deliver(awa, server);
    await pull(samir, server);
    putBack();
    await writeRotation(dina, moment(4));
    await deliver(dina, server);
    let author = await back(samir, server);
    await pull(author, server);
    putBack();
    author = await again(await back(author, server));
    await noted(author, 'calm', 5);
    const reader = await back(dina, server);
    for (const who of [reader, author, author, reader]) await exchange(who, server);
    expect(noteOf(reader)).toBe('calm');
  });

  test('what waits under the older of two lost epochs does not follow the one in its place', async () => {
    // That one is its author's own, and goes out again first; nobody could read what was sealed under the other.
    const { server, awa, dina, samir } = await office();
    const oldest = server.backup();
    const putBack = server.backup();
    await writeRotation(awa, moment(3));
    await deliver(awa, server);
    await pull(dina, server);
    const name = await noted(dina, 'calm', 4);
    putBack();
    let author = await back(dina, server);
    await writeRotation(author, moment(5));
    await exchange(author, server);
    oldest();
    author = await back(author, server);
    await exchange(author, server);
    expect(unsent(author)).toEqual([name]);
    await reseal(author);
    await exchange(author, server);
    await pull(samir, server);
    expect([noteOf(samir), samir.waiting.size]).toEqual(['calm', 0]);
  });

  test('who never had the lost key lets go of what is back under another name too', async () => {
    // A newcomer who had read what was written before it was let in, and its own admission not yet.
    const { server, awa, dina, samir } = await office();
    const putBack = server.backup();
    await writeRotation(awa, moment(3));
    await deliver(awa, server);
    await pull(samir, server);
    await noted(samir, 'calm', 4);
    await deliver(samir, server);
    const newcomer = replica(NEW, awa.reader.root, 6);
    await pull(newcomer, server);
    putBack();
    await writeRotation(dina, moment(7));
    await deliver(dina, server);
    const [author, reader] = [await back(samir, server), await back(newcomer, server)];
    for (const who of [author, reader]) await pull(who, server);
    await reseal(author);
    await deliver(author, server);
    await pull(reader, server);
    expect(reader.lost.has(THING)).toBe(true);
    await reseal(reader);
    expect(reader.lost.has(THING)).toBe(false);
  });

  test('a row is counted once by who never read the epoch under which it was sealed in between', async () => {
    // Restored twice: sealed again under another administrator's epoch, and then under the first one once more.
    const { server, awa, dina, samir } = await office();
    await noted(samir, 'calm', 3);
    await deliver(samir, server);
    for (const who of [awa, dina]) await pull(who, server);
    const putBack = server.backup();
    await writeRotation(awa, moment(4));
    await deliver(awa, server);
    await pull(samir, server);
    await marked(samir, 5);
    await deliver(samir, server);
    await pull(awa, server);
    putBack();
    await writeRotation(dina, moment(6));
    await deliver(dina, server);
    let author = await back(samir, server);
    const exchangeAll = async () => {
      for (let time = 0; time < 2; time += 1) {
        await exchange(author, server);
        await reseal(author);
      }
    };
    await exchangeAll();
    putBack();
    const reader = await back(awa, server);
    author = await back(author, server);
    await exchange(reader, server);
    await exchangeAll();
    await pull(reader, server);
    expect(rowsOf(reader)).toBe(2);
    await reseal(reader);
    expect([rowsOf(reader), rowsOf(author)]).toEqual([1, 1]);
  });

  test('a lost op that came before its beginning is read when that is back', async () => {
    const { server, awa, dina, samir } = await office();
    const [putBack, putBackAgain] = [server.backup(), server.backup()];
    await noted(awa, 'calm', 2);
    await deliver(awa, server);
    await pull(samir, server);
    await noted(samir, 'tired', 3);
    await deliver(samir, server);
    putBack();
    await deliver(await back(samir, server), server);
    await pull(dina, server);
    putBackAgain();
    const reader = await back(dina, server);
    expect(reader.payloads.size).toBe(0);
    await deliver(await back(awa, server), server);
    await pull(reader, server);
    expect(noteOf(reader)).toBe('tired');
  });

  test("a lost op of another's is let go of when it is back under another name", async () => {
    const { server, awa, dina, samir } = await office();
    const putBack = server.backup();
    await writeRotation(awa, moment(3));
    await deliver(awa, server);
    await pull(samir, server);
    const name = await noted(samir, 'calm', 4);
    await deliver(samir, server);
    await pull(awa, server);
    putBack();
    const [reader, author] = [await back(awa, server), await back(samir, server)];
    await writeRotation(dina, moment(7));
    await deliver(dina, server);
    await pull(author, server);
    await reseal(author);
    await deliver(author, server);
    await pull(reader, server);
    expect([lostOf(reader), await resealDue(reader)]).toEqual([[name], true]);
    reader.touched.clear();
    const found = (await reseal(reader)).get(name);
    expect(namesOf(server)).toContain(found);
    expect([lostOf(reader), noteOf(reader), reader.touched.has(THING)]).toEqual([[], 'calm', true]);
    expect(reader.payloads.has(name)).toBe(false);
    expect(await resealDue(reader)).toBe(false);
  });

  test('stepping back to where it stands sends again what was acknowledged', async () => {
    const { server, samir } = await office();
    const name = await noted(samir, 'calm', 2);
    const putBack = server.backup();
    samir.accept(server.push(await pushed(samir)), START_MS);
    putBack();
    await pull(samir, server);
    expect(unsentOp(samir, name).state).toBe('acknowledged');
    const stepped = await stepBack(samir, samir.reader.view.cursor, stream(7), START_MS);
    await deliver(stepped, server);
    expect(namesOf(server)).toContain(name);
  });

  /** Puts an edit that waits in the place of one that says the same and kills nothing. */
  async function withoutKills(who: Replica, name: OpId): Promise<void> {
    const [op, payload] = [unsentOp(who, name), who.payloads.get(name)];
    const header = { ...op.header, kills: [] };
    const [key, headerBytes] = [await who.keyring.key(header), encodeHeader(header)];
    if (payload === undefined || key === null) throw new Error('It does not open.');
    const nonce = moment(8).random(NONCE_BYTES);
    const sealed = await sealPayload(key, nonce, encodePayload(payload), headerBytes);
    const instead = opId(header.entity, headerBytes, sealed);
    who.payloads.set(instead, payload);
    who.outbox.putInPlace(name, { ...op, opId: instead, header, headerBytes, sealed });
  }

  test('an edit kills nothing on the word of what is lost', async () => {
    const { server, awa, dina, samir } = await office();
    await noted(awa, 'calm', 2);
    const first = await noted(awa, 'tired', 3);
    await deliver(awa, server);
    for (const who of [dina, samir]) await pull(who, server);
    const putBack = server.backup();
    await withoutKills(samir, await noted(samir, 'asleep', 4));
    await deliver(samir, server);
    await pull(dina, server);
    const control = await again(dina);
    putBack();
    const stepped = await back(dina, server);
    const kills = [];
    for (const who of [control, stepped]) {
      kills.push(unsentOp(who, await otherSet(who, 5)).header.kills);
    }
    expect(kills).toEqual([[first], []]);
  });
});

describe('who is given no key', () => {
  test('nothing is sealed for whom a lost log had revoked, even where another epoch has come', async () => {
    const { server, awa, dina, samir } = await office();
    await noted(samir, 'calm', 2);
    await deliver(samir, server);
    const putBack = server.backup();
    await pull(awa, server);
    await writeRevocation(awa, [SAMIR.device], moment(3));
    await deliver(awa, server);
    putBack();
    let stepped = await back(awa, server);
    // Dina had not heard of it: her epoch is Samir's too.
    await writeRotation(dina, moment(4));
    await deliver(dina, server);
    for (const who of [samir, stepped]) await pull(who, server);
    const name = await noted(stepped, 'not for him', 5);
    const op = unsentOp(stepped, name);
    expect([op.header.epoch, (await stepped.held()).has(name)]).toEqual([2, true]);
    expect((await reseal(stepped)).size).toBe(0);
    const opened = ({ header, headerBytes, sealed }: OutOp) =>
      samir.keyring.open(header, headerBytes, sealed);
    expect(await opened(op)).toBeNull();
    stepped.restored_ms = null;
    await stepped.applyPage(server.page(stepped.reader.view.cursor), START_MS);
    expect(await keepControls(stepped, moment(6))).toBe(true);
    stepped = await again(stepped); // the tablet was closed before the line came back
    expect((await reseal(stepped)).size).toBe(0);
    await deliver(stepped, server);
    const then = server.members.byDevice.get(SAMIR.device);
    expect(then && isRevoked(then)).toBe(true);
    const renamed = await reseal(stepped);
    const sent = unsentOp(stepped, (renamed.get(name) ?? name) as OpId);
    expect([sent.header.epoch, noteOf(stepped)]).toEqual([3, 'not for him']);
    expect(await opened(sent)).toBeNull();
  });

  test('nothing is sealed for whom a lost log had revoked when the epoch that had come is lost too', async () => {
    const { server, awa, dina, samir } = await office();
    await noted(samir, 'calm', 2);
    await deliver(samir, server);
    const [putBack, oldest] = [server.backup(), server.backup()];
    await pull(awa, server);
    await writeRevocation(awa, [SAMIR.device], moment(3));
    await deliver(awa, server);
    putBack();
    let author = await back(awa, server);
    await writeRotation(dina, moment(4));
    await deliver(dina, server);
    for (const who of [samir, author]) await pull(who, server);
    oldest();
    author = await again(await back(author, server));
    const op = unsentOp(author, await noted(author, 'not for him', 5));
    const opened = await samir.keyring.open(op.header, op.headerBytes, op.sealed);
    expect([op.header.epoch, opened]).toEqual([2, null]);
    const [thief, reader] = [await back(samir, server), await back(dina, server)];
    await deliver(reader, server);
    await pull(author, server);
    author.restored_ms = null;
    expect(await keepControls(author, moment(6))).toBe(true);
    await deliver(author, server);
    await reseal(author);
    await deliver(author, server);
    for (const who of [thief, reader]) await pull(who, server);
    expect([noteOf(thief), noteOf(reader)]).toEqual(['calm', 'not for him']);
  });

  test('a lost epoch is written under before one of the log though somebody revoked has both', async () => {
    const { server, awa } = await office();
    const putBack = server.backup();
    await writeRotation(awa, moment(3));
    writeControl(awa, member(SAMIR, { roles: 0, xPk: null }), moment(4));
    await deliver(awa, server);
    putBack();
    const stepped = await back(awa, server);
    expect(stepped.keyring.lost.barred.has(SAMIR.device)).toBe(true);
    expect(unsentOp(stepped, await noted(stepped, 'calm', 5)).header.epoch).toBe(2);
  });

  test('a new rotation of my own does not carry what is sealed by a lost one', async () => {
    const { server, awa, dina } = await office();
    const putBack = server.backup();
    await writeRotation(dina, moment(3));
    await deliver(dina, server);
    await pull(awa, server);
    putBack();
    const stepped = await back(awa, server);
    await writeRotation(stepped, moment(4));
    const name = await noted(stepped, 'calm', 5);
    expect(await stepped.held()).toEqual(new Set([name]));
  });

  test('whatever names an op that waits waits too', async () => {
    const { server, awa, dina } = await office();
    await noted(awa, 'calm', 2);
    await deliver(awa, server);
    await pull(dina, server);
    const putBack = server.backup();
    await writeRotation(dina, moment(3));
    await deliver(dina, server);
    await pull(awa, server);
    putBack();
    const stepped = await back(awa, server);
    const waits = await noted(stepped, 'tired', 4);
    stepped.keyring.lost.stand = false;
    const rests = await noted(stepped, 'asleep', 5);
    const free = await otherSet(stepped, 6);
    const held = await stepped.held();
    expect([held, held.has(free)]).toEqual([new Set([waits, rests]), false]);
  });

  test('who was let in and revoked in the lost log gets no key when that is written again', async () => {
    const { server, awa, dina } = await office();
    const putBack = server.backup();
    await admit(awa, NEW, 1);
    await writeRevocation(awa, [NEW.device], moment(3));
    await deliver(awa, server);
    putBack();
    const stepped = await back(awa, server);
    await writeRotation(dina, moment(4));
    await deliver(dina, server);
    await pull(stepped, server);
    const states = [...stepped.outbox.ops.values()].map(({ state }) => state);
    expect(new Set(states)).toEqual(new Set(['aside']));
    expect(await keepControls(stepped, moment(5))).toBe(true);
    const members = controlsOf(stepped).filter((body) => body.kind === 'member');
    expect(members.map(({ device, wrap }) => [device, wrap])).toEqual([[NEW.device, null]]);
  });

  test('who was revoked meanwhile is not let in again by a lost admission', async () => {
    const { server, awa, dina } = await office();
    const putBack = server.backup();
    await admit(awa, NEW, 1);
    await deliver(awa, server);
    await pull(dina, server);
    await writeRevocation(dina, [NEW.device], moment(3));
    await deliver(dina, server);
    putBack();
    const [first, second] = [await back(awa, server), await back(dina, server)];
    second.restored_ms = null;
    await deliver(second, server);
    await pull(first, server);
    expect([...first.outbox.ops.values()].map(({ state }) => state)).toEqual(['aside']);
    await keepControls(first, moment(5));
    expect(controlsOf(first)).toEqual([]);
  });

  test('a lost revocation is no older than an addition whose author’s clock was far ahead', async () => {
    const { server, awa, dina, samir } = await office();
    await admit(awa, NEW, 1, null, FAR_AHEAD_MS);
    await deliver(awa, server);
    const putBack = server.backup();
    await revokedByDina(server, dina, [samir]);
    putBack();
    expect(countsAsRevoked(await again(await back(samir, server)))).toBe(true);
  });

  test('a lost revocation is no older than an addition that came back before it', async () => {
    const { server, awa, dina, samir } = await office();
    const putBack = server.backup();
    await admit(awa, NEW, 1, null, FAR_AHEAD_MS);
    await deliver(awa, server);
    await revokedByDina(server, dina, [awa, samir]);
    putBack();
    const author = await back(awa, server);
    let reader = await back(samir, server);
    await exchange(author, server);
    await pull(reader, server);
    const newcomer = reader.reader.view.members.byDevice.get(NEW.device);
    expect(newcomer !== undefined && isRevoked(newcomer)).toBe(false);
    reader = await again(reader);
    expect(countsAsRevoked(reader)).toBe(true);
    const putBackLater = server.backup();
    await writeRotation(author, moment(6));
    await exchange(author, server);
    await pull(reader, server);
    for (const lose of [putBackLater, putBack]) {
      lose();
      reader = await again(await back(reader, server));
      expect(countsAsRevoked(reader)).toBe(true);
    }
  });

  test('a lost revocation stands when the older addition is lost after it', async () => {
    // The server has lost everything by then, and what was lost first is no older for that.
    const { server, awa, dina, samir } = await office();
    await admit(awa, NEW, 1);
    await deliver(awa, server);
    const putBack = server.backup();
    await revokedByDina(server, dina, [samir]);
    putBack();
    const stepped = await back(samir, server);
    const reader = await back(stepped, new JudgingServer());
    expect([reader.reader.view.cursor, countsAsRevoked(reader)]).toEqual([0, true]);
  });

  test('an addition that is written again is no later than a lost revocation which its author had not read', async () => {
    const { server, awa, dina, samir } = await office();
    await noted(samir, 'calm', 2);
    const putBack = server.backup();
    const other = await again(dina);
    await admit(awa, NEW, 1);
    await deliver(awa, server);
    await revokedByDina(server, dina, []);
    await deliver(samir, server);
    putBack();
    await writeRotation(other, moment(5));
    await deliver(other, server);
    const [author, reader] = [await back(awa, server), await back(samir, server)];
    await exchange(author, server);
    expect(await keepControls(author, moment(6, START_MS + 3_600_000))).toBe(true);
    await deliver(author, server);
    await exchange(reader, server);
    const newcomer = reader.reader.view.members.byDevice.get(NEW.device);
    expect(newcomer !== undefined && isRevoked(newcomer)).toBe(false);
    expect(countsAsRevoked(reader)).toBe(true);
  });

  test('who is let in again after a lost revocation is in, however far ahead its author’s clock was', async () => {
    const { server, awa, dina, samir } = await office();
    await admit(awa, NEW, 1);
    await deliver(awa, server);
    const putBack = server.backup();
    await revokedByDina(server, dina, [awa, samir], FAR_AHEAD_MS);
    putBack();
    const [author, reader] = [await back(awa, server), await back(samir, server)];
    await admit(author, NEW, 1);
    await exchange(author, server);
    await pull(reader, server);
    expect(countsAsRevoked(reader)).toBe(false);
  });

  test('who was let in again after a lost revocation stays in when that is lost too', async () => {
    const { server, awa, dina, samir } = await office();
    await admit(awa, NEW, 1);
    await deliver(awa, server);
    const putBack = server.backup();
    await revokedByDina(server, dina, [awa, samir]);
    putBack();
    const [author, reader] = [await back(awa, server), await back(samir, server)];
    await admit(author, NEW, 1);
    await exchange(author, server);
    await pull(reader, server);
    putBack();
    expect(countsAsRevoked(await again(await back(reader, server)))).toBe(false);
  });

  test('a rotation that others wait for is written anew once all have come back', async () => {
    // Its author had not read it back when the server lost it, and the log has let somebody in since.
    const { server, awa, dina, samir } = await office();
    const putBack = server.backup();
    await writeRotation(dina, moment(3));
    expect(dina.accept(server.push(await pushed(dina)), START_MS)).toBe(true);
    await pull(samir, server);
    const name = await noted(samir, 'calm', 4);
    putBack();
    await admit(awa, NEW, 1);
    await deliver(awa, server);
    const [author, waiting] = [await back(dina, server), await back(samir, server)];
    await exchange(author, server);
    expect(controlsDue(author)).toBe(false);
    expect(await keepControls(author, moment(6))).toBe(false);
    author.restored_ms = null;
    expect(controlsDue(author)).toBe(true);
    expect(await keepControls(author, moment(7))).toBe(true);
    expect(controlsDue(author)).toBe(false);
    await deliver(author, server);
    await pull(waiting, server);
    const renamed = await reseal(waiting);
    await deliver(waiting, server);
    await pull(author, server);
    expect([server.members.epoch, renamed.has(name), noteOf(author)]).toEqual([2, true, 'calm']);
  });

  test('a rotation that was let go of is not sent again however often the server is restored', async () => {
    // What was written since then is sealed with the key of the one in its place, which is lost as well.
    const { server, awa, dina, samir } = await office();
    const putBack = server.backup();
    await writeRotation(awa, moment(3));
    await deliver(awa, server);
    putBack();
    let author = await back(awa, server);
    await writeRotation(dina, moment(4));
    await deliver(dina, server);
    await pull(author, server);
    await keepControls(author, moment(5));
    const name = await noted(author, 'calm', 6);
    await deliver(author, server);
    for (let time = 0; time < 2; time += 1) {
      putBack();
      author = await again(await back(author, server));
      await pull(author, server);
      expect(controlsOf(author)).toEqual([]);
      expect((await author.held()).has(name)).toBe(true);
    }
    const winner = await back(dina, server);
    for (const who of [winner, author, author, winner, samir]) await exchange(who, server);
    expect([noteOf(winner), noteOf(samir)]).toEqual(['calm', 'calm']);
  });

  test('control ops that have lost are not sent again after a second restore', async () => {
    const { server, awa, dina } = await office();
    const putBack = server.backup();
    await writeRotation(awa, moment(3));
    await deliver(awa, server);
    putBack();
    let stepped = await back(awa, server);
    const isEpoch = ({ kind }: Body) => kind === 'epoch';
    expect(controlsOf(stepped).some(isEpoch)).toBe(true);
    await writeRotation(dina, moment(4));
    await deliver(dina, server);
    await pull(stepped, server);
    await keepControls(stepped, moment(5));
    putBack();
    stepped = await back(stepped, server);
    expect(controlsOf(stepped).some(isEpoch)).toBe(false);
  });
});
