/**
 * Makes `typescript.json`, which Python checks: run `npm run vectors`.
 *
 * Everything is drawn from fixed seeds, the ephemeral keys of the wraps too, which the engine itself
 * leaves to HPKE.
 */
import { Aes256Gcm, CipherSuite, DhkemX25519HkdfSha256, HkdfSha256 } from '@hpke/core';
import { writeFileSync } from 'node:fs';
import { join as joinPath } from 'node:path';
import { type Bytes, join, toHex } from '../../src/engine/bytes.ts';
import type { EpochBody } from '../../src/engine/control.ts';
import { encodeCode1, encodeCode2, encodeLink, letters } from '../../src/engine/enrolment.ts';
import { fold, foldBytes } from '../../src/engine/fold.ts';
import type { OpId, StreamId } from '../../src/engine/ids.ts';
import type { Identity } from '../../src/engine/keyring.ts';
import { authMessage, commit, type Epoch, sealPrev, wrapInfo } from '../../src/engine/keys.ts';
import { type FoldOp, liveOps } from '../../src/engine/liveness.ts';
import { encodeReceipt } from '../../src/engine/log.ts';
import { encodeHeader, OpClass, rowName } from '../../src/engine/op.ts';
import { encodePayload } from '../../src/engine/payload.ts';
import type { Replica } from '../../src/engine/replica.ts';
import { encodeReplica } from '../../src/engine/stored.ts';
import { Command, rulings, rulingsBytes, type RuledCommand } from '../../src/engine/rulings.ts';
import { copyOutbox, openCopy, writeSalvage } from '../../src/engine/salvage.ts';
import { EpochKey } from '../../src/engine/secret.ts';
import { type Intent, write, writeControl, writeFounding } from '../../src/engine/writer.ts';
import { Chance } from '../engine/chance.ts';
import { History } from '../engine/histories.ts';
import {
  AWA,
  deliver,
  entity,
  EPOCH_KEY,
  foldOp,
  LANES,
  member,
  moment,
  name,
  pull,
  RECOVERY,
  REGISTRY,
  replica,
  SPACE,
  START_MS,
} from '../engine/kit.ts';
import { ModelServer } from '../engine/model.ts';
import { FOLDER } from './files.ts';

export const FILE = joinPath(FOLDER, 'typescript.json');

const SEED_BYTES = 32;
const NEWER = new EpochKey(new Uint8Array(SEED_BYTES).fill(8));
const ORIGIN = 'https://escale.example:8443';

/** Returns the whole file as text; the values are hex unless their name says otherwise. */
export async function makeVectors(): Promise<string> {
  const { server, awa, recovery } = await space();
  const vectors = {
    space: await spaceCase(server, awa),
    ops: await opCases(awa),
    segments: server.segments.map(({ seg, sig }) => ({ seg: toHex(seg), sig: toHex(sig) })),
    page: toHex(server.page()),
    pushes: await pushCases(),
    states: states(awa, recovery),
    replica: toHex(encodeReplica(recovery)),
    wraps: await wrapCases(),
    prev: toHex(await sealPrev(NEWER, EPOCH_KEY, new Chance(3).bytes(12), SPACE, 2)),
    auth: await authCase(),
    enrolment: enrolmentCase(),
    salvage: await salvageCase(),
    folds: [...histories(), ...specialOps()].map(foldCase),
    rulings: Array.from({ length: 8 }, (_, seed) => rulingCase(seed)),
  };
  return `${JSON.stringify(vectors, null, 1)}\n`;
}

/** A log that has a device retired, the copy of what it could not send, and what Awa writes of it again. */
async function salvageCase(): Promise<unknown> {
  const { server, awa, recovery } = await space();
  const [thing, other] = [entity(1), entity(3)];
  const edit = { intent: 'edit', entity: thing, kind: 'thing', facts: { size: 'small' } } as const;
  await write(recovery, [{ ...edit, fields: { note: 'Inès' } }], moment(10));
  const genesis = { intent: 'genesis', entity: other, kind: 'thing' } as const;
  await write(recovery, [{ ...genesis, fields: { note: 'new' } }], moment(11));
  const mark = { entity: other, kind: 'mark' } as const;
  const met = { ...mark, intent: 'row', facts: { done: false }, fields: { text: 'met' } } as const;
  const [row] = await write(recovery, [met], moment(12));
  if (row === undefined) throw new Error('One op has one name.');
  const amend = { ...mark, intent: 'amend', row, facts: { done: true } } as const;
  const about = { ...mark, intent: 'row', entity: thing, facts: { about: rowName(row) } } as const;
  await write(recovery, [amend, about], moment(13));
  writeControl(awa, member(RECOVERY, { roles: 0, xPk: null }), moment(14));
  await deliver(awa, server);
  const copied = await copyOutbox(recovery, '29'.repeat(16) as StreamId);
  const names = await writeSalvage(awa, await openCopy(awa, copied));
  const shown = [thing, other].map((one) => awa.state(one)).filter((state) => state !== null);
  return {
    page: toHex(server.page()),
    copy: toHex(copied),
    names,
    states: shown.map((state) => toHex(foldBytes(state))),
  };
}

// ── A space ──

type Space = { readonly server: ModelServer; readonly awa: Replica; readonly recovery: Replica };

/** A space with a conflict, rows, an amendment, commands, a rules op and every kind of value, all delivered. */
async function space(): Promise<Space> {
  const [server, awa] = [new ModelServer(SPACE, START_MS), replica(AWA)];
  const bodies = [member(AWA), member(RECOVERY)] as const;
  const root = await writeFounding(awa, bodies, await epoch1(), moment(1));
  await deliver(awa, server);
  const [row] = await firstGesture(awa);
  await deliver(awa, server);
  const recovery = replica(RECOVERY, root, 1);
  await pull(recovery, server);
  await sideBySide(awa, recovery, row);
  await deliver(awa, server);
  await deliver(recovery, server);
  await commands(recovery);
  writeControl(recovery, { kind: 'rules', version: 2 }, moment(9));
  await deliver(recovery, server);
  await pull(awa, server);
  return { server, awa, recovery };
}

async function firstGesture(awa: Replica): Promise<[OpId]> {
  const of = { entity: entity(1), kind: 'thing' };
  const facts = { size: 'small', 'tags/red': true, risk: 'grave', count: 0 };
  const fields = {
    note: 'Inès\ufeff 😀',
    'alias/9f2c': 'Momo',
    far: -(2 ** 53 - 1),
    near: 2 ** 53 - 1,
  };
  const text = ['a', 1, null, [true, new Uint8Array([0, 255]), [-1, ['deep']]]];
  const about = new Uint8Array(16).fill(7);
  const [, row] = await write(
    awa,
    [
      { intent: 'genesis', ...of, facts, fields },
      { intent: 'row', ...of, kind: 'mark', facts: { done: false, about }, fields: { text } },
      { intent: 'row', ...of, kind: 'mark', fields: { text: 'é'.repeat(300) } },
    ],
    moment(2),
  );
  if (row === undefined) throw new Error('Three ops have three names.');
  return [row];
}

async function sideBySide(awa: Replica, recovery: Replica, row: OpId): Promise<void> {
  const of = { entity: entity(1), kind: 'thing' };
  const mine: Intent = {
    intent: 'edit',
    ...of,
    facts: { size: 'large', risk: 'some' },
    fields: { note: 'calm' },
  };
  const theirs: Intent = {
    intent: 'edit',
    ...of,
    facts: { risk: 'none', 'tags/red': null },
    fields: { note: null },
  };
  const amend: Intent = {
    intent: 'amend',
    entity: entity(1),
    kind: 'mark',
    row,
    facts: { void: true },
  };
  await write(awa, [mine], moment(5));
  await write(recovery, [theirs, amend], { ...moment(6), at_ms: -1 });
}

async function commands(recovery: Replica): Promise<void> {
  const of = { entity: entity(2), kind: 'lane_move' };
  const berth = new Uint8Array(16).fill(9);
  await write(
    recovery,
    [
      { intent: 'genesis', entity: entity(2), kind: 'lane' },
      { intent: 'row', ...of, facts: { move: 'send', expect: 'draft' } },
      { intent: 'row', ...of, facts: { move: 'offer', expect: 'sent', berth, until: 2 ** 41 } },
    ],
    moment(8),
  );
}

async function spaceCase(server: ModelServer, awa: Replica): Promise<unknown> {
  const { ms, ctr } = awa.hlc;
  const receipt = { firstCursor: 1, lastCursor: 3, server_ms: server.server_ms, log: server.log };
  return {
    space: SPACE,
    root: awa.reader.root,
    epoch_key: toHex(EPOCH_KEY.reveal()),
    devices: await Promise.all([AWA, RECOVERY].map(deviceCase)),
    receipt: toHex(encodeReceipt({ ...receipt, erased: [name(1), name(2)] })),
    log: server.log,
    hlc: [ms, ctr],
  };
}

async function deviceCase({ device, signing, box }: Identity, at: number): Promise<unknown> {
  return {
    device,
    signing_seed: toHex(new Uint8Array(SEED_BYTES).fill(at + 1)),
    box_seed: toHex(new Uint8Array(SEED_BYTES).fill(at + 101)),
    ed_pk: toHex(signing.public),
    x_pk: toHex(box?.public ?? new Uint8Array()),
    sig: toHex(await signing.sign(new Uint8Array([1, 2, 3]))),
  };
}

/** Every op of the log with its bytes and, if it is sealed, its key and payload. */
async function opCases({ reader, keyring, payloads }: Replica): Promise<unknown[]> {
  const cases: unknown[] = [];
  for (const [opId, { row, header }] of reader.view.firstEntries.own()) {
    if (row.form !== 1 || header === null) continue;
    const payload = payloads.get(opId);
    const key = header.opClass === OpClass.CONTROL ? null : await keyring.key(header);
    cases.push({
      op_id: opId,
      header: toHex(row.header),
      sealed: toHex(row.sealed),
      key: key === null ? null : toHex(key.reveal()),
      payload: payload === undefined ? null : toHex(encodePayload(payload)),
    });
  }
  return cases;
}

function states(awa: Replica, recovery: Replica): string[] {
  const [mine, theirs] = [awa, recovery].map((who) => {
    const shown = [entity(1), entity(2)]
      .map((one) => who.state(one))
      .filter((state) => state !== null);
    return [...shown.map((state) => toHex(foldBytes(state))), toHex(rulingsBytes(who.rulings))];
  });
  if (mine === undefined || mine.join() !== theirs?.join()) throw new Error('Two devices differ.');
  return mine;
}

/** A push that waits, and the same one after the server asked for half of it and for another stream. */
async function pushCases(): Promise<string[]> {
  const awa = replica(AWA);
  const bodies = [member(AWA), member(RECOVERY)] as const;
  await writeFounding(awa, bodies, await epoch1(), moment(1));
  const whole = await awa.push();
  awa.refuse(
    { code: 'stream_moved', nextSeq: 0, head: null },
    '55'.repeat(16) as typeof awa.outbox.stream,
  );
  const moved = await awa.push();
  return [whole, moved].map((push) => toHex(push ?? new Uint8Array()));
}

// ── Keys ──

async function epoch1(): Promise<EpochBody> {
  const commitment = commit(SPACE, 1, EPOCH_KEY);
  const wraps: EpochBody['wraps'][number][] = [];
  for (const [at, who] of [AWA, RECOVERY].entries()) {
    wraps.push([
      who.device,
      await fixedWrap(EPOCH_KEY, who, { space: SPACE, n: 1, commitment }, at),
    ]);
  }
  wraps.sort(([a], [b]) => (a < b ? -1 : 1));
  return { kind: 'epoch', n: 1, commit: commitment, prev: null, wraps };
}

/** A wrap as the engine makes it, but with an ephemeral key that is the same in every run. */
async function fixedWrap(key: EpochKey, who: Identity, epoch: Epoch, seed: number): Promise<Bytes> {
  const suite = new CipherSuite({
    kem: new DhkemX25519HkdfSha256(),
    kdf: new HkdfSha256(),
    aead: new Aes256Gcm(),
  });
  const xPk = who.box?.public ?? new Uint8Array();
  const sender = await suite.createSenderContext({
    recipientPublicKey: await suite.kem.importKey('raw', xPk.slice().buffer, true),
    info: wrapInfo(epoch, who.device),
    ekm: new Chance(seed).bytes(SEED_BYTES).buffer,
  });
  return join(new Uint8Array(sender.enc), new Uint8Array(await sender.seal(key.reveal())));
}

async function wrapCases(): Promise<unknown[]> {
  const cases: unknown[] = [];
  for (const [at, who] of [AWA, RECOVERY].entries()) {
    const epoch = { space: SPACE, n: at + 2, commitment: commit(SPACE, at + 2, NEWER) };
    cases.push({
      device: who.device,
      n: epoch.n,
      commit: epoch.commitment,
      epoch_key: toHex(NEWER.reveal()),
      wrap: toHex(await fixedWrap(NEWER, who, epoch, at + 7)),
    });
  }
  return cases;
}

async function authCase(): Promise<unknown> {
  const [nonce, exp_ms] = [new Chance(4).bytes(32), 1795300900000];
  const sig = await AWA.signing.sign(authMessage(ORIGIN, nonce, exp_ms));
  return { origin_text: ORIGIN, nonce: toHex(nonce), exp_ms, sig: toHex(sig) };
}

function enrolmentCase(): unknown {
  const chance = new Chance(5);
  const nonce = chance.bytes(16);
  const xPk = RECOVERY.box?.public ?? new Uint8Array();
  const code1 = encodeCode1({ edPk: RECOVERY.signing.public, xPk, nonce });
  const epoch = {
    space: SPACE,
    root: name(7),
    begin: 0,
    checkpoint: commit(SPACE, 1, NEWER),
    epoch: 1,
  };
  const welcome = { ...epoch, commitment: commit(SPACE, 1, EPOCH_KEY), wrap: chance.bytes(80) };
  const code2 = encodeCode2({ origin: ORIGIN, nonce, spaces: [welcome] });
  const link = encodeLink({ origin: ORIGIN, join: chance.bytes(16) });
  return {
    nonce: toHex(nonce),
    code1_text: code1,
    code2_text: code2,
    link_text: link,
    letters_text: letters(code1, code2),
  };
}

// ── Folds and rulings ──

function histories(): FoldOp[][] {
  return Array.from(
    { length: 12 },
    (_, seed) => new History(seed, seed % 2 ? 10 ** 9 : 0).run().log,
  );
}

/** Ops for sets, high stakes, voids and dishonest bases. */
function specialOps(): FoldOp[][] {
  const row = foldOp(1, { x: 'row' }, { header: { opClass: OpClass.ROW, kind: 'mark' } });
  const amends = { base: { x: [1] }, header: { kind: 'mark', re: row.opId } };
  const late = { base: { x: [1] }, header: { hlc_ms: 0 } };
  return [
    [
      foldOp(1, { 'tags/red': 'a' }),
      foldOp(2, { 'tags/red': null }),
      foldOp(3, { 'tags/red': 'b' }, { server_ms: 0 }),
    ],
    [foldOp(1, { warning: ['b', 'a'] }), foldOp(2, { warning: 'c' }), foldOp(3, { warning: null })],
    [foldOp(1, { risk: 'grave' }), foldOp(2, { risk: 'none' }), foldOp(3, { risk: 'new' })],
    [foldOp(1, { risk: 'some' }), foldOp(2, { risk: 'none' }), foldOp(3, { risk: 'new' })],
    [foldOp(1, { x: 'old' }), foldOp(2, { x: 'new' }, late)],
    [
      foldOp(1, { x: 1 }),
      foldOp(2, { x: true }),
      foldOp(3, { x: new Uint8Array([49]) }),
      foldOp(4, { x: '1' }),
    ],
    [row, foldOp(2, { x: 'amended' }, amends), foldOp(3, { x: 'own' })],
  ];
}

function foldCase(log: readonly FoldOp[]): unknown {
  const live = liveOps(log);
  return {
    entity: entity(0),
    ops: log.map(({ opId, header, server_ms, payload }) => ({
      op_id: opId,
      header: toHex(encodeHeader(header)),
      server_ms,
      payload: payload === null ? null : toHex(encodePayload(payload)),
    })),
    live: live.map(({ opId }) => opId),
    state: toHex(foldBytes(fold(entity(0), live, REGISTRY))),
  };
}

function rulingCase(seed: number): unknown {
  const chance = new Chance(seed);
  const log: RuledCommand[] = [];
  let server_ms = 0;
  for (let n = 1; n < 30; n += 1) {
    server_ms += chance.between(1, 30);
    log.push([commandOf(n, chance, server_ms), server_ms]);
  }
  return {
    commands: log.map(([{ opId, header }, at]) => ({
      op_id: opId,
      header: toHex(encodeHeader(header)),
      server_ms: at,
    })),
    rulings: toHex(rulingsBytes(rulings(log))),
  };
}

/** A command that often makes sense: a move with the state before it, on one of three lanes and two berths. */
function commandOf(n: number, chance: Chance, server_ms: number): Command {
  const move = chance.pick(['send', 'offer', 'accept', 'refuse', 'spoil']);
  const state = chance.pick([...(LANES.moves.get(move)?.before ?? []), 'draft']);
  const berth = new Uint8Array(16).fill(chance.between(0, 2));
  const until = server_ms + chance.between(0, 60);
  const plain = [
    ['expect', state],
    ['move', move],
  ] as const;
  const facts =
    chance.next() < 0.5 ? [['berth', berth] as const, ...plain, ['until', until] as const] : plain;
  const lane = entity(chance.between(1, 4));
  const { header } = foldOp(n, {});
  const changed = { opClass: OpClass.ROW, kind: 'lane_move', entity: lane, facts };
  return new Command(name(n), { ...header, ...changed }, LANES);
}

if (process.argv[1] === import.meta.filename) writeFileSync(FILE, await makeVectors());
