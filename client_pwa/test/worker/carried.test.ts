/** Codes carried by people: no server carries one, and whatever was pasted needs the tick of who took it. */
import { beforeEach, expect, test, vi } from 'vitest';
import {
  decodeCode1,
  decodeCode2,
  encodeCode1,
  encodeCode2,
  encodeLink,
} from '../../src/engine/enrolment.ts';
import { encode } from '../../src/engine/codec.ts';
import { bytesOf, idOf, type WorkerId } from '../../src/engine/ids.ts';
import { decodeInvites, encodeInvites, type HandInvite } from '../../src/worker/invite.ts';
import type { InviteLine, TeamLine } from '../../src/worker/protocol.ts';
import { identity } from '../engine/kit.ts';
import { Association, ORIGIN, PIN, Tablet, WORKERS } from './kit.ts';

type HandLine = InviteLine & { readonly way: 'hand' };

const AWA = WORKERS.Awa.id;
const MALLORY = await identity(66);
let association: Association;
let odile: Tablet;
let tablet: Tablet;

beforeEach(async () => {
  association = await Association.found();
  odile = await association.administrator();
  tablet = await Tablet.new(association.server);
});

async function team(): Promise<TeamLine> {
  const lines = await odile.call('view.team', null);
  const awa = lines.find(({ worker }) => worker.name === 'Awa');
  if (awa === undefined) throw new Error('Awa is not there.');
  return awa;
}

/** The one invitation by hand that the screen shows. */
async function invited(): Promise<HandLine> {
  const [line, ...others] = (await team()).invites;
  if (line?.way !== 'hand' || others.length > 0) throw new Error('Not one is invited by hand.');
  return line;
}

async function code1(of = tablet): Promise<string> {
  const state = await of.call('join.show', null);
  if (state.state !== 'joining' || state.code === null) throw new Error('No code is shown.');
  return state.code;
}

async function answered(code: string, scanned = false): Promise<HandLine> {
  await odile.call('invite.answer', { worker: AWA, code, scanned });
  return invited();
}

async function lettersOf(of: Tablet): Promise<string | null> {
  const state = await of.state();
  return state.state === 'joining' ? state.letters : null;
}

/** How many control ops the server's log has, once everything that waited is there. */
async function membersInLog(): Promise<number> {
  await odile.sync();
  return association.server.kinds().filter((kind) => kind === 'member').length;
}

test.each(['the administrator', 'the new device'])(
  'pasted both ways, both screens show the same letters, and the device is in once both have ticked, %s first',
  async (first) => {
    const before = await membersInLog();
    const line = await answered(await code1());
    expect(line.given).toBe(false);
    await tablet.call('join.answer', { code: line.answer, scanned: false });
    expect(await lettersOf(tablet)).toBe(line.letters);
    expect(await tablet.call('join.finish', { pin: PIN })).toMatchObject({ step: 'compare' });
    expect(await membersInLog()).toBe(before);
    const tick = async (): Promise<void> => {
      await odile.call('invite.confirm', { join: line.join });
      expect(await membersInLog()).toBe(before + 1);
    };
    if (first === 'the administrator') await tick();
    await tablet.call('join.compared', null);
    await tablet.call('join.finish', { pin: PIN });
    if (first === 'the new device') {
      const waits = { state: 'joining', step: 'loading', letters: line.letters };
      expect(await tablet.state()).toMatchObject(waits);
      await tick();
      await tablet.sync();
    }
    expect(await tablet.state()).toMatchObject({ state: 'open', me: { name: 'Awa' } });
    expect(await team()).toMatchObject({ devices: [{ here: false }], invites: [] });
  },
);

test('filmed both ways, the device is in without a tick, and both still say their letters', async () => {
  const before = await membersInLog();
  const line = await answered(await code1(), true);
  expect(line.given).toBe(true);
  expect(await membersInLog()).toBe(before + 1);
  await tablet.call('join.answer', { code: line.answer, scanned: true });
  const state = { state: 'joining', step: 'code', letters: line.letters };
  expect(await tablet.state()).toMatchObject(state);
  await tablet.call('join.finish', { pin: PIN });
  expect(await tablet.state()).toMatchObject({ state: 'open', me: { name: 'Awa' } });
  expect(await odile.refused('invite.confirm', { join: line.join })).toBe('not_found');
  await odile.call('invite.drop', { join: line.join });
  expect((await team()).invites).toEqual([]);
  expect(await membersInLog()).toBe(before + 1);
});

test('a code 1 that was pasted waits for the tick, even if its answer is filmed', async () => {
  const before = await membersInLog();
  const line = await answered(await code1());
  await tablet.call('join.answer', { code: line.answer, scanned: true });
  await tablet.call('join.finish', { pin: PIN });
  expect(await tablet.state()).toMatchObject({ step: 'loading', letters: line.letters });
  expect(await membersInLog()).toBe(before);
});

test('an answer that was pasted waits for the tick, even if code 1 was filmed', async () => {
  const line = await answered(await code1(), true);
  await tablet.call('join.answer', { code: line.answer, scanned: false });
  expect(await tablet.state()).toMatchObject({ step: 'compare', letters: line.letters });
  expect(await tablet.call('join.finish', { pin: PIN })).toMatchObject({ step: 'compare' });
});

test('neither code and no answer ever goes through the server', async () => {
  const asked = association.server.asked.length;
  const line = await answered(await code1());
  await tablet.call('join.answer', { code: line.answer, scanned: false });
  const paths = association.server.asked.slice(asked).map(({ path }) => path);
  expect(paths.filter((path) => path.startsWith('/v1/joins'))).toEqual([]);
  expect(association.server.mailboxes.size).toBe(1); // Odile's own, by a link
});

test.each(['pasted', 'filmed'])(
  'codes that are %s need no network: the member op waits on one device, the reading on the other',
  async (how) => {
    const scanned = how === 'filmed';
    association.server.fault = () => 'down';
    const line = await answered(await code1(), scanned);
    await tablet.call('join.answer', { code: line.answer, scanned });
    if (!scanned) {
      await odile.call('invite.confirm', { join: line.join });
      await tablet.call('join.compared', null);
    }
    await tablet.call('join.finish', { pin: PIN });
    await odile.restart();
    await tablet.restart();
    await tablet.call('vault.unlock', { pin: PIN });
    expect(await tablet.state()).toMatchObject({ state: 'joining', step: 'loading' });
    association.server.fault = () => null;
    await odile.reopen();
    await tablet.sync();
    expect(await tablet.state()).toMatchObject({ state: 'open', me: { name: 'Awa' } });
  },
);

test('an invitation by hand outlives a lock and a restart, with the same answer and letters', async () => {
  const line = await answered(await code1());
  await odile.reopen();
  expect(await invited()).toEqual(line);
  await odile.call('vault.lock', null);
  await odile.reopen();
  expect(await invited()).toEqual(line);
  await odile.call('invite.look', null);
  expect(await invited()).toEqual(line);
});

test('a kill before the code was chosen leaves nothing on the new device', async () => {
  const line = await answered(await code1());
  await tablet.call('join.answer', { code: line.answer, scanned: true });
  await tablet.restart();
  expect(await tablet.state()).toEqual({ state: 'unjoined' });
  await code1();
  expect(await tablet.refused('join.answer', { code: line.answer, scanned: true })).toBe(
    'code_of_another',
  );
});

test('a code 1 that was swapped on the way shows as other letters, and without the tick nobody is let in', async () => {
  const before = await membersInLog();
  const own = await code1();
  const { nonce } = decodeCode1(own);
  if (MALLORY.box === null) throw new Error('Mallory is keyed.');
  const swapped = encodeCode1({ edPk: MALLORY.signing.public, xPk: MALLORY.box.public, nonce });
  const line = await answered(swapped);
  await tablet.call('join.answer', { code: line.answer, scanned: false });
  expect(await lettersOf(tablet)).not.toBe(line.letters);
  await odile.call('invite.drop', { join: line.join });
  expect(await tablet.call('join.cancel', null)).toEqual({ state: 'unjoined' });
  expect(await membersInLog()).toBe(before);
  expect(await odile.refused('invite.confirm', { join: line.join })).toBe('not_found');
});

test('no two answers to one code 1 are alike: whoever carries it cannot compute the letters beforehand', async () => {
  const code = await code1();
  const seen = new Set<string>();
  for (let n = 0; n < 3; n += 1) {
    const line = await answered(code);
    seen.add(line.answer);
    seen.add(line.letters);
    await odile.call('invite.drop', { join: line.join });
  }
  expect(seen.size).toBe(6);
});

test('a device has one answer: its code 1 is taken once, and never again once it is a member', async () => {
  const code = await code1();
  const line = await answered(code);
  const again = { worker: AWA, code, scanned: true };
  expect(await odile.refused('invite.answer', again)).toBe('code_used');
  expect(await invited()).toEqual(line);
  await odile.call('invite.confirm', { join: line.join });
  expect(await odile.refused('invite.answer', again)).toBe('code_used');
  await odile.sync();
  expect(await odile.refused('invite.answer', again)).toBe('code_used');
});

test('spaces, line ends and signs that nobody sees, which messages put in, do not count', async () => {
  const spread = (code: string): string => ` ${code.replace(/.{40}/g, '$&\r\n\u200b\u00a0')}\n`;
  const line = await answered(spread(await code1()));
  await tablet.call('join.answer', { code: spread(line.answer), scanned: false });
  expect(await lettersOf(tablet)).toBe(line.letters);
});

test('what is no answer to this device says what it is, and the right one may still come', async () => {
  const other = await Tablet.new(association.server);
  const own = await code1();
  const { answer } = await answered(own);
  const { nonce } = decodeCode1(own);
  const { spaces } = decodeCode2(answer, nonce);
  await odile.call('invite.answer', { worker: AWA, code: await code1(other), scanned: false });
  const ofAnother = (await team()).invites.map((line) => (line.way === 'hand' ? line.answer : ''));
  const elsewhere = encodeCode2({ origin: `${ORIGIN}.evil`, nonce, spaces });
  const wrong = {
    '': 'code_unreadable',
    'bonjour, le code': 'code_unreadable',
    [answer.slice(0, -4)]: 'code_unreadable',
    [encodeLink({ origin: ORIGIN, join: nonce })]: 'code_unreadable',
    [own]: 'code_is_request',
    [ofAnother[1] ?? '']: 'code_of_another',
    [elsewhere]: 'link_other_server',
  };
  for (const [code, problem] of Object.entries(wrong)) {
    for (const scanned of [true, false]) {
      expect(await tablet.refused('join.answer', { code, scanned })).toBe(problem);
      expect(await tablet.state()).toMatchObject({ step: 'waiting', letters: null, code: own });
    }
  }
  const taken = await tablet.call('join.answer', { code: answer, scanned: false });
  expect(taken).toMatchObject({ step: 'compare' });
});

test('what is no code 1 says what it is, and invites nobody', async () => {
  const own = await code1();
  const { answer, join } = await answered(own);
  await odile.call('invite.drop', { join });
  const weak = encodeCode1({ ...decodeCode1(own), xPk: new Uint8Array(32) });
  const wrong = {
    '': 'code_unreadable',
    [own.slice(0, 50)]: 'code_unreadable',
    [weak]: 'code_unreadable',
    [answer]: 'code_is_answer',
  };
  for (const [code, problem] of Object.entries(wrong)) {
    for (const scanned of [true, false]) {
      const ask = { worker: AWA, code, scanned };
      expect(await odile.refused('invite.answer', ask)).toBe(problem);
    }
  }
  expect((await team()).invites).toEqual([]);
});

test('an answer without a code of this device is taken by nobody', async () => {
  const line = await answered(await code1());
  const other = await Tablet.new(association.server);
  const taken = { code: line.answer, scanned: true };
  expect(await other.call('join.answer', taken)).toEqual({ state: 'unjoined' });
  await other.call('join.begin', { link: association.link() });
  expect(await other.call('join.answer', taken)).toMatchObject({ step: 'waiting', code: null });
});

test('the administrator by role is given every right, filmed or not', async () => {
  const added = { name: 'Zoé', role: 'administrator', profession: null } as const;
  const { id } = await odile.call('worker.add', added);
  const code = await code1();
  await odile.call('invite.answer', { worker: id, code, scanned: true });
  await odile.sync();
  const zoe = (await odile.call('view.team', null)).find(({ worker }) => worker.id === id);
  expect(zoe?.devices).toMatchObject([{ administers: true }]);
});

test('a disk without room keeps neither the member nor the invitation', async () => {
  const code = await code1();
  const before = await membersInLog();
  const full = new DOMException('There is no room.', 'QuotaExceededError');
  vi.spyOn(odile.store, 'saveAll').mockRejectedValueOnce(full);
  const ask = { worker: AWA, code, scanned: true };
  expect(await odile.refused('invite.answer', ask)).toBe('storage_full');
  expect([(await team()).invites, await membersInLog()]).toEqual([[], before]);
  await answered(code, true);
  expect(await membersInLog()).toBe(before + 1);
});

test('an invitation by hand runs out like one by a link', async () => {
  const line = await answered(await code1());
  odile.now_ms = line.expires - 1;
  expect((await team()).invites).toHaveLength(1);
  odile.now_ms = line.expires;
  expect((await team()).invites).toEqual([]);
});

test('invitations are read as they were kept, and those that an older version kept too', () => {
  const worker = idOf<WorkerId>(bytesOf(AWA as WorkerId));
  const [join, expires] = [new Uint8Array(16).fill(1), 9];
  const codes = { code1: 'one', code2: 'two', posted: true };
  const hand: HandInvite = {
    ...{ way: 'hand', join, worker, expires },
    ...{ code1: 'one', code2: 'two', given: true },
  };
  const waiting = { way: 'mailbox', join, worker, expires, codes: null } as const;
  const all = [waiting, { ...waiting, codes }, hand, { ...hand, given: false }];
  expect(decodeInvites(encodeInvites(all))).toEqual(all);
  const older = encode([
    1,
    [
      [join, bytesOf(worker), expires, null],
      [join, bytesOf(worker), expires, ['one', 'two', true]],
    ],
  ]);
  expect(decodeInvites(older)).toEqual([waiting, { ...waiting, codes }]);
});
