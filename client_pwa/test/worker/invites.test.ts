/** Invitations: nothing takes effect, and nothing that opens leaves, before both people have compared the letters. */
import { beforeEach, expect, test } from 'vitest';
import {
  type Code1,
  decodeCode1,
  decodeCode2,
  encodeCode1,
  letters,
} from '../../src/engine/enrolment.ts';
import { decodeBody, type MemberBody } from '../../src/engine/control.ts';
import { type Identity } from '../../src/engine/keyring.ts';
import { commit, KeyFails, unwrap } from '../../src/engine/keys.ts';
import type { EntityId } from '../../src/engine/ids.ts';
import { write, writeErasure } from '../../src/engine/writer.ts';
import { randomBytes } from '../../src/worker/server.ts';
import type { InviteLine, TeamLine } from '../../src/worker/protocol.ts';
import { EPOCH_KEY, identity, moment, SPACE } from '../engine/kit.ts';
import { Association, PIN, Tablet, WORKERS } from './kit.ts';

type LinkLine = InviteLine & { readonly way: 'link' };

const MALLORY = await identity(66);
let association: Association;
let odile: Tablet;

beforeEach(async () => {
  association = await Association.found();
  odile = await association.administrator();
});

async function team(): Promise<TeamLine> {
  const lines = await odile.call('view.team', null);
  const awa = lines.find(({ worker }) => worker.name === 'Awa');
  if (awa === undefined) throw new Error('Awa is not there.');
  return awa;
}

async function invite(): Promise<LinkLine> {
  await odile.call('invite.create', { worker: WORKERS.Awa.id });
  const [line] = (await team()).invites;
  if (line?.way !== 'link') throw new Error('Nobody is invited.');
  return line;
}

/** A tablet that has opened the link and waits. */
async function waiting({ link }: LinkLine): Promise<Tablet> {
  const tablet = await Tablet.new(association.server);
  await tablet.call('join.begin', { link: link.replace(/.*#join=/, '') });
  return tablet;
}

async function lettersOf(tablet: Tablet): Promise<string | null> {
  await tablet.tick();
  const state = await tablet.state();
  return state.state === 'joining' ? state.letters : null;
}

function mailbox({ join }: InviteLine): { code1: string | null; code2: string | null } {
  return association.server.mailboxes.get(join) ?? { code1: null, code2: null };
}

/** What a code 2 opens to for whoever holds the keys of code 1. */
async function opened(wrap: Uint8Array<ArrayBuffer>, who: Identity): Promise<boolean> {
  if (who.box === null) throw new Error('Keyed.');
  const epoch = { space: SPACE, n: 1, commitment: commit(SPACE, 1, EPOCH_KEY) };
  try {
    return EPOCH_KEY.equals(await unwrap(wrap, who.box, epoch, who.device));
  } catch (error) {
    if (error instanceof KeyFails) return false;
    throw error;
  }
}

function lastMember(): MemberBody {
  const row = association.server.segments.at(-1)?.rows.at(-1);
  if (row?.form !== 1) throw new Error('The log is empty.');
  return decodeBody('member', row.sealed, SPACE) as MemberBody;
}

test.each(['the administrator', 'the new device'])(
  'both screens show the same letters, and the device is in once both have ticked, %s first',
  async (first) => {
    const line = await invite();
    const tablet = await waiting(line);
    await odile.call('invite.look', null);
    expect((await team()).invites[0]?.letters).toBe(await lettersOf(tablet));
    const tick = async (): Promise<void> => {
      await odile.call('invite.confirm', { join: line.join });
      await odile.sync();
    };
    if (first === 'the administrator') await tick();
    await tablet.call('join.compared', null);
    await tablet.call('join.finish', { pin: PIN });
    if (first === 'the new device') {
      expect(await tablet.state()).toMatchObject({ state: 'joining', step: 'loading' });
      await tick();
      await tablet.sync();
    }
    expect(await tablet.state()).toMatchObject({
      state: 'open',
      me: { name: 'Awa' },
      administers: false,
    });
    expect(await team()).toMatchObject({ devices: [{ here: false }], invites: [] });
  },
);

test('what the server carries before the tick opens nothing, and what the log carries after it does', async () => {
  const line = await invite();
  const codeOfMallory = encodeCode1(code1Of(MALLORY));
  association.server.mailboxes.set(line.join, { code1: codeOfMallory, code2: null });
  const cursor = association.server.cursor;
  await odile.call('invite.look', null);
  await odile.sync();
  const { code2 } = mailbox(line);
  const [welcome] = decodeCode2(code2 ?? '', code1Of(MALLORY).nonce).spaces;
  if (welcome === undefined) throw new Error('No space is offered.');
  expect(await opened(welcome.wrap, MALLORY)).toBe(false);
  expect(association.server.cursor).toBe(cursor);
  await odile.call('invite.confirm', { join: line.join });
  await odile.sync();
  expect(await opened(lastMember().wrap ?? new Uint8Array(), MALLORY)).toBe(true);
});

test('a code 1 that the server has swapped shows as other letters, and dropping it leaves the device out', async () => {
  const line = await invite();
  const tablet = await waiting(line);
  const own = mailbox(line).code1 ?? '';
  const swapped = encodeCode1({ ...code1Of(MALLORY), nonce: decodeCode1(own).nonce });
  association.server.mailboxes.set(line.join, { code1: swapped, code2: null });
  await odile.call('invite.look', null);
  association.server.mailboxes.set(line.join, { ...mailbox(line), code1: own });
  const [here, there] = [(await team()).invites[0]?.letters, await lettersOf(tablet)];
  expect(here).toBe(letters(swapped, mailbox(line).code2 ?? ''));
  expect(there).toBe(letters(own, mailbox(line).code2 ?? ''));
  expect(here).not.toBe(there);
  const cursor = association.server.cursor;
  await odile.call('invite.drop', { join: line.join });
  await odile.sync();
  expect([association.server.cursor, (await team()).invites]).toEqual([cursor, []]);
  expect(await odile.refused('invite.confirm', { join: line.join })).toBe('not_found');
});

test('no two answers to one code 1 are alike: the server cannot compute the letters beforehand', async () => {
  const seen = new Set<string>();
  for (let n = 0; n < 3; n += 1) {
    const line = await invite();
    association.server.mailboxes.set(line.join, {
      code1: encodeCode1(code1Of(MALLORY)),
      code2: null,
    });
    await odile.call('invite.look', null);
    seen.add(mailbox(line).code2 ?? '');
    await odile.call('invite.drop', { join: line.join });
  }
  expect(seen.size).toBe(3);
});

test('a first code 1 stays the one that is answered, whatever the mailbox says later', async () => {
  const line = await invite();
  await waiting(line);
  await odile.call('invite.look', null);
  const before = (await team()).invites[0]?.letters;
  association.server.mailboxes.set(line.join, {
    code1: encodeCode1(code1Of(MALLORY)),
    code2: null,
  });
  await odile.call('invite.look', null);
  expect((await team()).invites[0]?.letters).toBe(before);
});

test('an invitation outlives a lock and a restart at every step', async () => {
  const line = await invite();
  await odile.reopen();
  expect((await team()).invites).toEqual([line]);
  const tablet = await waiting(line);
  association.server.fault = ({ path }) => (path.endsWith('code2') ? 'lost' : null);
  expect(await odile.refused('invite.look', null)).toBe('server_unreached');
  association.server.fault = () => null;
  await odile.reopen();
  await odile.call('invite.look', null);
  expect((await team()).invites[0]?.letters).toBe(await lettersOf(tablet));
  await odile.call('vault.lock', null);
  await odile.reopen();
  await odile.call('invite.confirm', { join: line.join });
  await odile.reopen();
  await tablet.call('join.compared', null);
  await tablet.call('join.finish', { pin: PIN });
  expect(await tablet.state()).toMatchObject({ state: 'open', me: { name: 'Awa' } });
});

test('a confirmation made without a network reaches the server later', async () => {
  const line = await invite();
  const tablet = await waiting(line);
  await odile.call('invite.look', null);
  association.server.fault = () => 'down';
  await odile.call('invite.confirm', { join: line.join });
  await odile.restart();
  association.server.fault = () => null;
  await odile.reopen();
  await tablet.tick();
  await tablet.call('join.compared', null);
  await tablet.call('join.finish', { pin: PIN });
  expect(await tablet.state()).toMatchObject({ state: 'open' });
});

test('a mailbox that somebody has spoiled, or whose time is over, ends its invitation', async () => {
  const spoiled = await invite();
  association.server.mailboxes.set(spoiled.join, { code1: 'bm9uc2Vuc2U', code2: null });
  await odile.call('invite.look', null);
  expect((await team()).invites).toEqual([]);
  const late = await invite();
  odile.now_ms = late.expires;
  expect((await team()).invites).toEqual([]);
});

test('an administrator of a role gives every right, any other the right to write', async () => {
  const { id } = await odile.call('worker.add', {
    name: 'Zoé',
    role: 'administrator',
    profession: null,
  });
  await odile.call('invite.create', { worker: id });
  const line = (await odile.call('view.team', null)).flatMap(({ invites }) => invites)[0];
  if (line?.way !== 'link') throw new Error('Nobody is invited.');
  await waiting(line);
  await odile.call('invite.look', null);
  await odile.call('invite.confirm', { join: line.join });
  await odile.sync();
  expect(lastMember()).toMatchObject({ roles: 7, worker: id });
});

test('a worker is added by name, and needs one', async () => {
  const added = { role: 'outreach', profession: 'peer' } as const;
  expect(await odile.refused('worker.add', { name: ' ', ...added })).toBe('name_missing');
  await odile.call('worker.add', { name: ' Karim ', ...added });
  const lines = await odile.call('view.team', null);
  expect(lines.map(({ worker }) => worker)).toContainEqual(
    expect.objectContaining({ name: 'Karim', ...added }),
  );
});

function code1Of({ signing, box }: Identity): Code1 {
  if (box === null) throw new Error('Keyed.');
  return { edPk: signing.public, xPk: box.public, nonce: new Uint8Array(16).fill(7) };
}

test('in the middle of a pull that brings erased ops a device is told to begin at the first op', async () => {
  const { server, odile: writer } = association;
  const entity = 'd1'.repeat(16) as EntityId;
  const person = { intent: 'genesis', entity, kind: 'person', fields: { alias: 'Momo' } } as const;
  await write(writer, [person], { ...moment(), random: randomBytes });
  await association.deliver();
  writeErasure(writer, [entity], { ...moment(), random: randomBytes });
  await association.deliver();
  server.pageSegments = 1;
  let pages = 0;
  server.fault = ({ path }) => {
    if (!path.includes('/ops?')) return null;
    pages += 1;
    return pages > 1 ? 'down' : null;
  };
  await odile.sync();
  const line = await invite();
  const tablet = await waiting(line);
  await odile.call('invite.look', null);
  expect(beginOf(line)).toBe(0);
  server.fault = () => null;
  await lettersOf(tablet);
  await odile.call('invite.confirm', { join: line.join });
  await odile.sync();
  await tablet.call('join.compared', null);
  await tablet.call('join.finish', { pin: PIN });
  expect(await tablet.state()).toMatchObject({ state: 'open', me: { name: 'Awa' } });
  const later = await invite();
  await waiting(later);
  await odile.call('invite.look', null);
  expect(beginOf(later)).toBe(server.cursor);
});

/** The cursor at which the answered device begins. */
function beginOf(line: InviteLine): number | undefined {
  const { code1, code2 } = mailbox(line);
  if (code1 === null || code2 === null) throw new Error('Nobody has answered.');
  return decodeCode2(code2, decodeCode1(code1).nonce).spaces[0]?.begin;
}
