/** Whatever a line does to an answer of the server, it is refused with a reason, or it is the honest thing. */
import { beforeAll, expect, test } from 'vitest';
import type { Bytes } from '../../src/engine/bytes.ts';
import { checkpointOf } from '../../src/engine/checkpoint.ts';
import { NotCanonical } from '../../src/engine/codec.ts';
import {
  BadCode,
  decodeCode2,
  encodeCode1,
  encodeCode2,
  letters,
} from '../../src/engine/enrolment.ts';
import { IntegrityFailure } from '../../src/engine/errors.ts';
import { readHistory } from '../../src/engine/history.ts';
import { type Digest, type OpId } from '../../src/engine/ids.ts';
import { decodePage, decodeReceipt, encodeReceipt } from '../../src/engine/log.ts';
import { Reader } from '../../src/engine/reader.ts';
import { Start } from '../../src/engine/start.ts';
import { write } from '../../src/engine/writer.ts';
import { flipped as bitFlipped } from '../vectors/checks.ts';
import {
  AWA,
  deliver,
  entity,
  founded,
  type Founded,
  moment,
  pull,
  SPACE,
  START_MS,
} from './kit.ts';

const THING = { entity: entity(1), kind: 'thing' };
/** The cursor at which a reader stands that has the founding and nothing else. */
const BEGUN = 3;

let space: Founded;
beforeAll(async () => {
  space = await founded();
  const { server, awa } = space;
  await write(awa, [{ intent: 'genesis', ...THING, facts: { size: 'small' } }], moment(2));
  await write(awa, [{ intent: 'edit', ...THING, fields: { note: 'Momo' } }], moment(3));
  await deliver(awa, server);
});

/** The bytes with each byte changed in turn, and where: the last bit of it, then all but that one. */
function flips(data: Bytes): [number, Bytes][] {
  return [...data].flatMap((byte, at): [number, Bytes][] => {
    const turned = data.slice();
    turned[at] = byte ^ 0xfe;
    return [
      [at, bitFlipped(data, at)],
      [at, turned],
    ];
  });
}

/** The bytes up to each length that is not theirs. */
function cuts(data: Bytes): Bytes[] {
  return Array.from(data, (_, length) => data.slice(0, length));
}

/** Returns where bytes may change without effect: what is read of any others is refused. */
async function harmless<T>(data: Bytes, read: (spoilt: Bytes) => Promise<T>): Promise<number[]> {
  const honest = await read(data);
  const places = new Set<number>();
  for (const [at, spoilt] of flips(data)) {
    const found = await read(spoilt).catch((error: unknown) => {
      if (error instanceof IntegrityFailure) return null;
      throw error;
    });
    if (found === null) continue;
    expect(found).toEqual(honest);
    places.add(at);
  }
  for (const cut of cuts(data)) await expect(read(cut)).rejects.toThrow(IntegrityFailure);
  return [...places];
}

/** Where a page says whether there is more: behind the end that it says and the log there. */
function offsetOfMore(page: Bytes): number {
  const { log, toCursor } = decodePage(page);
  expect(toCursor).toBeLessThan(128);
  return log === null ? 3 : 2 + 2 + 32;
}

async function beginner({ server, root }: Founded): Promise<Reader> {
  const reader = new Reader(SPACE, root);
  reader.commit(await reader.read(server.page(0, 1), START_MS));
  expect(reader.view.cursor).toBe(BEGUN);
  return reader;
}

test('of a page any other byte is refused but whether there is more to come, which nobody signs', async () => {
  const reader = await beginner(space);
  const page = space.server.page(BEGUN);
  const read = async (data: Bytes) => {
    const { view, entries } = await reader.read(data, START_MS);
    return [view.cursor, view.log, view.server_ms, entries];
  };
  expect(await harmless(page, read)).toEqual([offsetOfMore(page)]);
  expect(reader.view.cursor).toBe(BEGUN);
});

async function started({ server, awa, root }: Founded, page: Bytes, proof: Bytes) {
  const start = new Start(SPACE, server.cursor, checkpointOf(awa.reader.view));
  await start.read(page, root);
  while (!start.complete) await start.read(server.bootstrap(server.cursor, start.after), root);
  const { view, entries } = start.prove(proof);
  return [view.cursor, view.log, entries];
}

test('of a bootstrap and its proof any other byte is refused but whether there is more to come', async () => {
  const { server } = space;
  const [page, proof] = [server.bootstrap(server.cursor, 0), server.checkpoint(server.cursor)];
  const places = await harmless(page, (data) => started(space, data, proof));
  expect(places).toEqual([offsetOfMore(page)]);
  expect(await harmless(proof, (data) => started(space, page, data))).toEqual([]);
});

test('of a history any other byte is refused but its end and whether there is more to come', async () => {
  const { server, awa } = space;
  const page = server.history(entity(1));
  const places = await harmless(page, (data) => readHistory(awa.reader.view, data, entity(1)));
  expect(places).toEqual([1, offsetOfMore(page)]);
});

test('without the check of a signature a page would be taken with any', async () => {
  const reader = await beginner(space);
  const page = space.server.page(BEGUN);
  const sig = decodePage(page).segments[0]?.sig ?? new Uint8Array();
  const at = Buffer.from(page).indexOf(sig);
  const verify = crypto.subtle.verify.bind(crypto.subtle);
  crypto.subtle.verify = () => Promise.resolve(true);
  try {
    const { view } = await reader.read(bitFlipped(page, at), START_MS);
    expect(view.cursor).toBe(space.server.cursor);
  } finally {
    crypto.subtle.verify = verify;
  }
  await expect(reader.read(bitFlipped(page, at), START_MS)).rejects.toThrow('signature');
});

async function unsent(): Promise<Founded & { readonly push: Bytes }> {
  const made = await founded();
  await write(made.awa, [{ intent: 'genesis', ...THING }], moment(2));
  const push = await made.awa.push();
  if (push === null) throw new Error('Something waits.');
  return { ...made, push };
}

test('whatever a receipt says, an op stays in the outbox until it is read in the log', async () => {
  const { server, push } = await unsent();
  const receipt = encodeReceipt(server.push(push));
  let read = 0;
  // Each lie meets a device of its own; a few are enough where a whole device has to be made for each.
  for (const spoilt of [receipt, ...flips(receipt).map(([, data]) => data)]) {
    let told;
    try {
      told = decodeReceipt(spoilt);
    } catch (error) {
      expect(error).toBeInstanceOf(NotCanonical);
      continue;
    }
    read += 1;
    if (read % 8 !== 1) continue;
    await keepsItsOp(told);
  }
  expect(read).toBeGreaterThan(40);
  for (const cut of cuts(receipt)) expect(() => decodeReceipt(cut)).toThrow(NotCanonical);
});

async function keepsItsOp(told: ReturnType<typeof decodeReceipt>): Promise<void> {
  const { server, awa, push } = await unsent();
  server.push(push);
  awa.accept(told, START_MS);
  expect(awa.outbox.ops.size).toBe(1);
  await pull(awa, server);
  expect([awa.outbox.ops.size, awa.ops(entity(1)).length]).toEqual([0, 1]);
}

test('an answer that was changed on its way is no code, or has other letters', () => {
  const nonce = new Uint8Array(16).fill(12);
  const hash = 'a0'.repeat(32);
  const welcome = {
    space: SPACE,
    root: hash as OpId,
    begin: 9,
    checkpoint: hash as Digest,
    epoch: 1,
    commitment: hash as Digest,
    wrap: new Uint8Array(80),
  };
  const code1 = encodeCode1({ edPk: AWA.signing.public, xPk: AWA.box?.public ?? nonce, nonce });
  const code2 = encodeCode2({ origin: 'https://escale.example', nonce, spaces: [welcome] });
  const honest = letters(code1, code2);
  let read = 0;
  for (const [, spoilt] of flips(new Uint8Array(Buffer.from(code2, 'base64url')))) {
    const text = Buffer.from(spoilt).toString('base64url');
    try {
      decodeCode2(text, nonce);
    } catch (error) {
      expect(error).toBeInstanceOf(BadCode);
      continue;
    }
    read += 1;
    expect(letters(code1, text)).not.toBe(honest);
  }
  expect(read).toBeGreaterThan(50);
  for (const cut of cuts(new TextEncoder().encode(code2))) {
    expect(() => decodeCode2(new TextDecoder().decode(cut), nonce)).toThrow(BadCode);
  }
});
