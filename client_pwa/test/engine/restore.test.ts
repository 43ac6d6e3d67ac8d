/** A server restored from an older backup: nothing saved is lost, nothing is stored twice, no revocation is undone. */
import { describe, expect, test } from 'vitest';
import { type Bytes, hash } from '../../src/engine/bytes.ts';
import { decode, encode, type Value } from '../../src/engine/codec.ts';
import { type Digest, idOf, type OpId } from '../../src/engine/ids.ts';
import { FIELD } from '../../src/engine/liveness.ts';
import { decodePage, encodePage, type Row } from '../../src/engine/log.ts';
import { isRevoked } from '../../src/engine/members.ts';
import { opId } from '../../src/engine/op.ts';
import type { Replica } from '../../src/engine/replica.ts';
import { reseal, resealDue } from '../../src/engine/reseal.ts';
import { lastCommonEnd, lastKnownMembers } from '../../src/engine/restore.ts';
import {
  keepControls,
  rotationDue,
  writeRevocation,
  writeRotation,
} from '../../src/engine/rotation.ts';
import { decodeReplica, encodeReplica } from '../../src/engine/stored.ts';
import { type JudgingServer, RefusedPush } from './judge.ts';
import {
  AWA,
  beginner,
  bootstrap,
  deliver,
  MALLORY,
  moment,
  pull,
  REGISTRY,
  replica,
  SAMIR,
  START_MS,
} from './kit.ts';
import {
  admit,
  again,
  amended,
  back,
  DINA,
  lostOf,
  marked,
  namesOf,
  noted,
  noteOf,
  office,
  pushed,
  superseded,
  THING,
  unsent,
} from './office.ts';

describe('finding the last common end', () => {
  test.each([0, 1, 2, 3, 4, 5])('is done in few questions: %i', async (common) => {
    const digest = (end: number) => idOf<Digest>(new Uint8Array(32).fill(end));
    const ends = new Map([0, 1, 2, 3, 4, 5].map((end) => [end * 3, digest(end)]));
    const asked: number[] = [];
    const ask = (cursor: number): Promise<Digest | null> => {
      asked.push(cursor);
      const other = cursor % 2 ? null : digest(99);
      return Promise.resolve(cursor <= common * 3 ? digest(cursor / 3) : other);
    };
    expect(await lastCommonEnd(ends, ask)).toBe(common * 3);
    expect(asked.length).toBeLessThanOrEqual(4);
  });
});

describe('what is lost and comes back', () => {
  test('an acknowledged op that the server has lost is sent again as it was', async () => {
    const { server, awa, samir } = await office();
    const putBack = server.backup();
    const name = await noted(samir, 'calm', 2);
    await deliver(samir, server);
    expect(unsent(samir)).toEqual([]);
    putBack();
    const stepped = await back(samir, server);
    expect(stepped.reader.view.cursor).toBe(server.cursor);
    expect([unsent(stepped), noteOf(stepped)]).toEqual([[name], 'calm']);
    await deliver(stepped, server);
    await pull(awa, server);
    expect([noteOf(awa), [...awa.payloads.keys()]]).toEqual(['calm', [name]]);
    expect(unsent(stepped)).toEqual([]);
  });

  test('what waited for its receipt and what was in flight is sent after what was lost', async () => {
    const { server, samir } = await office();
    const putBack = server.backup();
    const names = [await noted(samir, 'one', 2)];
    await deliver(samir, server);
    names.push(await noted(samir, 'two', 3));
    samir.accept(server.push(await pushed(samir)), START_MS);
    names.push(await noted(samir, 'three', 4));
    await pushed(samir);
    names.push(await noted(samir, 'four', 5));
    putBack();
    const stepped = await back(samir, server);
    expect(unsent(stepped)).toEqual(names);
    await deliver(stepped, server);
    expect(namesOf(server).slice(-4)).toEqual(names);
    expect(noteOf(stepped)).toBe('four');
  });

  test("others' ops stay in sight until their author brings them back", async () => {
    const { server, awa, dina, samir } = await office();
    const putBack = server.backup();
    const name = await noted(samir, 'calm', 2);
    await deliver(samir, server);
    await pull(awa, server);
    putBack();
    const stepped = await back(awa, server);
    expect([noteOf(stepped), unsent(stepped), lostOf(stepped)]).toEqual(['calm', [], [name]]);
    expect(stepped.restored_ms).toBe(START_MS);
    expect(stepped.touched.has(THING)).toBe(true);
    await deliver(await back(samir, server), server);
    for (const other of [stepped, dina]) await pull(other, server);
    expect([noteOf(stepped), noteOf(dina), stepped.lost.size]).toEqual(['calm', 'calm', 0]);
  });

  test('an edit on a lost op is no conflict when both are there', async () => {
    const { server, awa, samir } = await office();
    const putBack = server.backup();
    await noted(samir, 'calm', 2);
    await deliver(samir, server);
    await pull(awa, server);
    putBack();
    const stepped = await back(awa, server);
    await noted(stepped, 'tired', 3);
    await deliver(stepped, server);
    const author = await back(samir, server);
    await deliver(author, server);
    await pull(stepped, server);
    for (const who of [stepped, author]) {
      const own = who.state(THING)?.groups.find(({ row }) => row === null);
      expect(own?.registers.get(`${FIELD}note`)).toMatchObject({ value: 'tired', conflict: false });
    }
  });

  test('an amendment of a lost row waits until the row is back', async () => {
    const { server, awa, samir } = await office();
    await noted(samir, 'calm', 2);
    await deliver(samir, server);
    const putBack = server.backup();
    const row = await marked(samir, 3);
    await deliver(samir, server);
    await pull(awa, server);
    putBack();
    const stepped = await back(awa, server);
    const amend = await amended(stepped, row, 4);
    expect(await stepped.held()).toEqual(new Set([amend]));
    expect(await stepped.push()).toBeNull();
    await deliver(await back(samir, server), server);
    await pull(stepped, server);
    expect(await stepped.held()).toEqual(new Set());
    await deliver(stepped, server);
    expect(namesOf(server)).toContain(amend);
  });

  /** Lets the server send an op that was killed since without its payload. */
  function withoutPayload(server: JudgingServer, name: OpId, after: number): Bytes {
    const page = decodePage(server.page(after));
    const bare = (row: Row): Row => {
      if (row.form !== 1 || opId(THING, row.header, row.sealed) !== name) return row;
      return { form: 2, header: row.header, sealedHash: idOf(hash(row.sealed)) };
    };
    const segments = page.segments.map((one) => ({ ...one, rows: one.rows.map(bare) }));
    return encodePage({ ...page, segments });
  }

  test('an op of my own that comes back dead keeps its payload here', async () => {
    const { server, awa, dina, samir } = await office();
    await noted(samir, 'calm', 2);
    await deliver(samir, server);
    await pull(awa, server);
    const putBack = server.backup();
    const name = await noted(samir, 'tired', 3);
    server.push(await pushed(samir));
    await pull(awa, server);
    await noted(awa, 'asleep', 4);
    await deliver(awa, server);
    const page = withoutPayload(server, name, samir.reader.view.cursor);
    const applied = await samir.applyPage(page, START_MS);
    expect([noteOf(samir), unsent(samir)]).toEqual(['asleep', []]);
    expect(applied.page).not.toBeNull();
    const kept = await again(samir);
    putBack();
    const stepped = await back(kept, server);
    expect([unsent(stepped), noteOf(stepped)]).toEqual([[name], 'asleep']);
    await deliver(stepped, server);
    await pull(dina, server);
    expect(noteOf(dina)).toBe('tired');
  });

  test('what came dead is read again where its killer is lost', async () => {
    const { server, awa, dina, samir } = await office();
    await noted(samir, 'calm', 2);
    await deliver(samir, server);
    const first = server.cursor;
    await pull(awa, server);
    const name = await noted(samir, 'tired', 3);
    await deliver(samir, server);
    const putBack = server.backup();
    await pull(awa, server);
    await noted(awa, 'asleep', 4);
    await deliver(awa, server);
    await dina.applyPage(withoutPayload(server, name, dina.reader.view.cursor), START_MS);
    expect(dina.payloads.has(name)).toBe(false);
    putBack();
    const stepped = await back(dina, server);
    expect([stepped.reader.view.cursor, noteOf(stepped)]).toEqual([first, 'asleep']);
    await pull(stepped, server);
    expect(stepped.payloads.has(name)).toBe(true);
    expect(lostOf(stepped)).not.toContain(name);
  });

  test('a second restore before everything was read again loses nothing either', async () => {
    const { server, awa, dina, samir } = await office();
    const putOlderBack = server.backup();
    await noted(samir, 'calm', 2);
    await deliver(samir, server);
    const putBack = server.backup();
    await pull(awa, server);
    const name = await noted(awa, 'tired', 3);
    await deliver(awa, server);
    putBack();
    let stepped = await back(awa, server);
    await deliver(stepped, server);
    putOlderBack();
    stepped = await back(stepped, server);
    const author = await back(samir, server);
    expect(unsent(stepped)).toEqual([name]);
    const all = [author, stepped, author, dina];
    for (const who of all) await deliver(who, server);
    expect(all.map(noteOf)).toEqual(['tired', 'tired', 'tired', 'tired']);
  });

  test('a device that began at a checkpoint goes back to it, and below it to the first op', async () => {
    const { server, awa, samir } = await office();
    const putOlderBack = server.backup();
    await writeRotation(awa, moment(6));
    await deliver(awa, server);
    await pull(samir, server);
    await noted(samir, 'calm', 2);
    await deliver(samir, server);
    await pull(awa, server);
    await admit(awa, MALLORY, 1);
    await deliver(awa, server);
    const late = beginner(MALLORY, awa);
    const putBack = server.backup();
    await noted(samir, 'tired', 3);
    await deliver(samir, server);
    await bootstrap(late, server);
    await noted(samir, 'asleep', 4);
    await deliver(samir, server);
    await pull(late, server);
    putBack();
    let stepped = await back(late, server);
    expect([stepped.reader.start?.cursor, noteOf(stepped)]).toEqual([server.cursor, 'asleep']);
    putOlderBack();
    stepped = await back(stepped, server);
    expect([stepped.reader.start, stepped.reader.view.cursor]).toEqual([null, 0]);
    expect(noteOf(stepped)).toBe('asleep');
    for (const who of [awa, samir]) {
      const author = await back(who, server);
      await pull(author, server);
      await deliver(author, server);
    }
    await pull(stepped, server);
    expect([noteOf(stepped), stepped.lost.size]).toEqual(['asleep', 0]);
  });

  test('whoever was let in by what is lost reads and writes on', async () => {
    const { server, awa, samir } = await office();
    await noted(samir, 'calm', 2);
    await deliver(samir, server);
    const putBack = server.backup();
    await pull(awa, server);
    await admit(awa, MALLORY, 1);
    await deliver(awa, server);
    const newcomer = replica(MALLORY, awa.reader.root, 4);
    await pull(newcomer, server);
    putBack();
    const stepped = await back(newcomer, server);
    expect(stepped.reader.view.members.byDevice.has(MALLORY.device)).toBe(false);
    expect(noteOf(stepped)).toBe('calm');
    await noted(stepped, 'tired', 4);
    const admin = await back(awa, server);
    await deliver(admin, server);
    await pull(stepped, server);
    await deliver(stepped, server);
    await pull(admin, server);
    expect(noteOf(admin)).toBe('tired');
  });

  test('two lost epochs of one number are both held', async () => {
    const { server, awa, dina, samir } = await office();
    const putBack = server.backup();
    await writeRotation(awa, moment(3));
    await deliver(awa, server);
    await pull(samir, server);
    const first = await noted(samir, 'calm', 4);
    await deliver(samir, server);
    putBack();
    let stepped = await back(samir, server);
    await writeRotation(dina, moment(5));
    await deliver(dina, server);
    await pull(stepped, server);
    await reseal(stepped);
    await deliver(stepped, server);
    const second = await noted(stepped, 'tired', 6);
    await deliver(stepped, server);
    putBack();
    stepped = await back(stepped, server);
    expect([unsent(stepped).includes(first), unsent(stepped).includes(second)]).toEqual([
      false,
      true,
    ]);
    expect([noteOf(stepped), stepped.keyring.lost.of(2).length]).toEqual(['tired', 2]);
  });
});

describe('epochs and revocations', () => {
  test('a lost revocation stays in force here and is sent again', async () => {
    const { server, awa, samir } = await office();
    const putBack = server.backup();
    await writeRevocation(awa, [SAMIR.device], moment(3));
    await deliver(awa, server);
    putBack();
    const stepped = await back(awa, server);
    const [known, logged] = [lastKnownMembers(stepped), stepped.reader.view.members].map(
      ({ byDevice }) => byDevice.get(SAMIR.device),
    );
    expect([known && isRevoked(known), logged && isRevoked(logged)]).toEqual([true, false]);
    const name = await noted(stepped, 'not for him', 4);
    expect(stepped.outbox.ops.get(name)?.header.epoch).toBe(2);
    await deliver(stepped, server);
    const then = server.members.byDevice.get(SAMIR.device);
    expect(then && isRevoked(then)).toBe(true);
    await pull(samir, server);
    expect(samir.payloads.has(name)).toBe(false);
  });

  test('nothing new is sealed for whom a lost rotation cut off', async () => {
    const { server, awa, dina, samir } = await office();
    const putBack = server.backup();
    await writeRevocation(awa, [SAMIR.device], moment(3));
    await deliver(awa, server);
    await pull(dina, server);
    putBack();
    const stepped = await back(dina, server);
    const name = await noted(stepped, 'not for him', 4);
    expect(stepped.outbox.ops.get(name)?.header.epoch).toBe(2);
    expect([await stepped.held(), await stepped.push()]).toEqual([new Set([name]), null]);
    expect(noteOf(await again(stepped))).toBe('not for him');
    const admin = await back(awa, server);
    await deliver(admin, server);
    await pull(stepped, server);
    await deliver(stepped, server);
    for (const who of [samir, admin]) await pull(who, server);
    expect([samir.payloads.has(name), admin.payloads.has(name)]).toEqual([false, true]);
  });

  /** Returns Dina's device on a server that has lost Awa's revocation of Samir. */
  async function forgotten(): Promise<{ server: JudgingServer; dina: Replica }> {
    const { server, awa, dina } = await office();
    const putBack = server.backup();
    await writeRevocation(awa, [SAMIR.device], moment(3));
    await deliver(awa, server);
    await pull(dina, server);
    putBack();
    return { server, dina: await back(dina, server) };
  }

  test('nobody rotates while another administrator may bring an epoch back', async () => {
    const { dina } = await forgotten();
    expect([rotationDue(dina), await keepControls(dina, moment(5))]).toEqual([false, false]);
    expect(await writeRevocation(dina, [SAMIR.device], moment(6))).toHaveLength(1);
  });

  test('once a person has heard of it the next administrator revokes and rotates', async () => {
    const { server, dina } = await forgotten();
    dina.restored_ms = null;
    expect(await keepControls(dina, moment(5))).toBe(true);
    await deliver(dina, server);
    const then = server.members.byDevice.get(SAMIR.device);
    expect([server.members.epoch, then && isRevoked(then)]).toEqual([2, true]);
    expect(await keepControls(dina, moment(6))).toBe(false);
  });

  test('whoever is let in again after that stays in', async () => {
    const { server, dina } = await forgotten();
    dina.restored_ms = null;
    await keepControls(dina, moment(5));
    await deliver(dina, server);
    await admit(dina, SAMIR, 1);
    await deliver(dina, server);
    expect(await keepControls(await again(dina), moment(7))).toBe(false);
    const then = server.members.byDevice.get(SAMIR.device);
    expect(then && isRevoked(then)).toBe(false);
  });

  test('whoever is let in again by another op is in everywhere', async () => {
    const { server, awa, dina } = await office();
    const putBack = server.backup();
    await writeRevocation(dina, [SAMIR.device], moment(3));
    await deliver(dina, server);
    await pull(awa, server);
    putBack();
    const stepped = await back(awa, server);
    const isOut = () => {
      const known = lastKnownMembers(stepped).byDevice.get(SAMIR.device);
      return known === undefined || isRevoked(known);
    };
    expect(isOut()).toBe(true);
    const fresh = replica(DINA, dina.reader.root, 5);
    await pull(fresh, server);
    await admit(fresh, SAMIR, 1, null, START_MS + 3_600_000);
    await deliver(fresh, server);
    await pull(stepped, server);
    expect(isOut()).toBe(false);
  });

  test('an op whose secret is gone is held', async () => {
    const { server, samir, name } = await superseded();
    await pull(samir, server);
    const amend = unsent(samir).at(-1);
    samir.keyring.secrets.delete(THING);
    const held = await samir.held();
    expect([held.has(name), amend !== undefined && held.has(amend)]).toEqual([true, true]);
  });

  test('what waits under an epoch that another has replaced is sealed again', async () => {
    const { server, awa, dina, samir, name } = await superseded();
    await pull(samir, server);
    expect([(await samir.held()).size, await resealDue(samir)]).toEqual([3, true]);
    const author = await again(samir);
    const renamed = await reseal(author);
    expect([renamed.has(name), await author.held(), await resealDue(author)]).toEqual([
      true,
      new Set(),
      false,
    ]);
    expect([noteOf(author), noteOf(await again(author))]).toEqual(['calm', 'calm']);
    await deliver(author, server);
    for (const who of [dina, await back(awa, server)]) {
      await pull(who, server);
      const rows = who.state(THING)?.groups.filter(({ row }) => row !== null) ?? [];
      expect(rows.map(({ registers }) => registers.get('0done')?.value)).toEqual([true]);
      expect(noteOf(who)).toBe('calm');
    }
  });

  test('two stores of one device seal it again to the same op', async () => {
    const { server, samir } = await superseded();
    const clone = await again(samir);
    for (const store of [samir, clone]) {
      await pull(store, server);
      await reseal(store);
    }
    expect(unsent(samir)).toEqual(unsent(clone));
  });

  test('two stores of one device seal it again alike though one of them reads on first', async () => {
    const { server, dina, samir } = await superseded();
    const clone = await again(samir);
    await pull(samir, server);
    await reseal(samir);
    await writeRotation(dina, moment(8));
    await deliver(dina, server);
    await pull(clone, server);
    clone.restored_ms = null;
    await reseal(clone);
    expect([clone.reader.view.members.epoch, unsent(clone)]).toEqual([3, unsent(samir)]);
  });

  test('what is not sealed again opens for nobody else', async () => {
    const { server, dina, samir, name } = await superseded();
    await pull(samir, server);
    const { view } = samir.reader;
    const data = await samir.outbox.push(samir.identity.signing, view.cursor, view.log);
    if (data === null) throw new Error('Nothing waits.');
    server.push(data);
    await pull(dina, server);
    expect([dina.payloads.has(name), dina.waiting.has(name)]).toEqual([false, true]);
  });

  test('a rotation that lost its place takes those that stand on it along', async () => {
    const { server, awa, dina } = await office();
    const putBack = server.backup();
    await writeRotation(awa, moment(3));
    await deliver(awa, server);
    await pull(dina, server);
    await writeRotation(dina, moment(4));
    await deliver(dina, server);
    putBack();
    const stepped = await back(dina, server);
    expect([...stepped.outbox.ops.values()].map(({ header }) => header.epoch)).toEqual([2]);
    expect(await stepped.push()).toBeNull();
    const other = replica(AWA, awa.reader.root, 5);
    await pull(other, server);
    await writeRotation(other, moment(5));
    await deliver(other, server);
    await pull(stepped, server);
    expect([...stepped.outbox.ops.values()].map(({ state }) => state)).toEqual(['aside']);
    expect(await keepControls(stepped, moment(6))).toBe(true);
    expect(unsent(stepped)).toEqual([]);
  });

  test('a lost rotation of my own is sent again before what was written under it', async () => {
    const { server, awa, dina } = await office();
    const putBack = server.backup();
    await writeRotation(awa, moment(3));
    await deliver(awa, server);
    const name = await noted(awa, 'calm', 4);
    await deliver(awa, server);
    putBack();
    const stepped = await back(awa, server);
    await deliver(stepped, server);
    await pull(dina, server);
    expect([server.members.epoch, dina.payloads.has(name)]).toEqual([2, true]);
    expect(stepped.lost.size).toBe(0);
  });

  test('a rotation that lost to another is refused', async () => {
    const { server, awa, dina } = await office();
    const putBack = server.backup();
    await writeRotation(awa, moment(3));
    await deliver(awa, server);
    putBack();
    await writeRotation(dina, moment(4));
    await deliver(dina, server);
    const data = await pushed(await back(awa, server));
    expect(() => server.push(data)).toThrow(RefusedPush);
  });
});

test('a store that was saved before servers could be restored is still read', async () => {
  const { awa } = await office();
  await noted(awa, 'calm', 2);
  const stored = decode(encodeReplica(awa)) as readonly Value[];
  expect([stored[0], ...stored.slice(-2)]).toEqual([3, [], null]);
  const before = await decodeReplica(encode([2, ...stored.slice(1, -2)]), AWA, REGISTRY);
  expect([noteOf(before), before.lost.size, before.restored_ms]).toEqual(['calm', 0, null]);
});
