/** Founding an association: papers first, the vault before the push, and a kill anywhere leaves a safe state. */
import slip39 from 'slip39';
import { beforeEach, expect, test, vi } from 'vitest';
import { decodeBody } from '../../src/engine/control.ts';
import { encodeSetup } from '../../src/engine/enrolment.ts';
import type { SpaceId } from '../../src/engine/ids.ts';
import { recoveryIdentity } from '../../src/engine/recovery.ts';
import { RecoverySeed } from '../../src/engine/secret.ts';
import { decodeHeader, opId } from '../../src/engine/op.ts';
import { Store } from '../../src/store/store.ts';
import { type Paper } from '../../src/worker/protocol.ts';
import { EmptyServer } from './empty.ts';
import { PIN, Tablet } from './kit.ts';
import type { Asked, Fault } from './server.ts';

let server: EmptyServer;
let tablet: Tablet;

beforeEach(async () => {
  server = new EmptyServer();
  tablet = await Tablet.new(server);
});

/** A fault of the requests whose path ends so. */
function on(end: string, fault: Fault) {
  return ({ method, path }: Asked): Fault =>
    method === 'POST' && path.endsWith(end) ? fault : null;
}

function asked(method: string, path: string): number {
  return server.asked.filter((one) => one.method === method && one.path === path).length;
}

async function paper(): Promise<Paper> {
  const state = await tablet.state();
  if (state.state !== 'founding' || state.paper === null) throw new Error('No paper is shown.');
  return state.paper;
}

async function begin(): Promise<void> {
  await tablet.call('found.begin', { link: server.link });
  await tablet.call('found.name', { name: ' Odile ', profession: 'other' });
}

/** Confirms every paper and returns them. */
async function confirm(): Promise<Paper[]> {
  const papers: Paper[] = [];
  for (let n = 1; n <= 3; n += 1) {
    const shown = await paper();
    papers.push(shown);
    await tablet.call('found.paper', { word: shown.words[shown.asked] ?? '' });
  }
  return papers;
}

async function foundAll(): Promise<Paper[]> {
  await begin();
  const papers = await confirm();
  await tablet.call('found.finish', { pin: PIN });
  return papers;
}

test('the founder administers, under their own name, and the set-up secret is kept no longer', async () => {
  await foundAll();
  expect(await tablet.state()).toMatchObject({
    state: 'open',
    administers: true,
    me: { name: 'Odile', role: 'administrator', profession: 'other' },
  });
  await tablet.sync();
  await tablet.sync();
  expect(asked('POST', '/v1/spaces')).toBe(1);
});

test('any two papers make the recovery member that the log names, and carry its root', async () => {
  const papers = await foundAll();
  const space = server.opened?.space ?? ('' as SpaceId);
  const second = decodeBody('member', server.op(1).sealed, space);
  const pairs = [papers.slice(0, 2), papers.slice(1), papers.filter((_, at) => at !== 1)];
  for (const pair of pairs) {
    const seed = slip39.recoverSecret(pair.map(({ words }) => words.join(' ')));
    const identity = await recoveryIdentity(new RecoverySeed(Uint8Array.from(seed)));
    expect(second).toMatchObject({
      device: identity.device,
      xPk: identity.box?.public,
      roles: 7,
      worker: null,
      wrap: null,
    });
  }
  const { header, sealed } = server.op(0);
  const root = opId(decodeHeader(header).entity, header, sealed);
  expect(papers.map((one) => one.root)).toEqual([root, root, root]);
});

test('nothing of a paper is sent, and what is sent is looked at', async () => {
  const papers = await foundAll();
  const sent = server.asked
    .map(({ path, body }) => `${path} ${new TextDecoder().decode(body)}`)
    .join();
  const words = papers.flatMap((one) => one.words).filter((word) => word.length > 6);
  expect(words.length).toBeGreaterThan(10);
  expect(words.filter((word) => sent.includes(word))).toEqual([]);
  expect(sent).toContain('administrator');
  expect(await tablet.state()).not.toHaveProperty('paper');
});

test('a paper is left only with its asked word, whatever its case', async () => {
  await begin();
  const first = await paper();
  expect(await tablet.refused('found.paper', { word: 'momo' })).toBe('word_wrong');
  expect((await paper()).number).toBe(1);
  const word = ` ${(first.words[first.asked] ?? '').toUpperCase()} `;
  await tablet.call('found.paper', { word });
  expect((await paper()).number).toBe(2);
});

test('nothing is founded before the last paper is confirmed and a code chosen', async () => {
  await begin();
  expect(await tablet.refused('found.finish', { pin: PIN })).toBe('refused');
  await confirm();
  expect(await tablet.refused('found.finish', { pin: '12' })).toBe('pin_too_short');
  expect(asked('POST', '/v1/spaces')).toBe(0);
});

test('a name is needed', async () => {
  await tablet.call('found.begin', { link: server.link });
  expect(await tablet.refused('found.name', { name: ' ', profession: null })).toBe('name_missing');
});

test('a founding that is given up leaves the device as it was', async () => {
  await begin();
  expect(await tablet.call('found.cancel', null)).toEqual({ state: 'unjoined' });
});

test.each([0, 1, 2, 3])(
  'a kill after %i papers leaves no trace, and the link still works',
  async (after) => {
    await begin();
    for (let n = 0; n < after; n += 1) {
      const { words, asked: at } = await paper();
      await tablet.call('found.paper', { word: words[at] ?? '' });
    }
    await tablet.restart();
    expect(await tablet.state()).toEqual({ state: 'unjoined' });
    expect(server.opened).toBeNull();
    await foundAll();
    expect(await tablet.state()).toMatchObject({ state: 'open' });
  },
);

test.each([
  ['before the space is open', on('/spaces', 'down')],
  ['after the space is open', on('/spaces', 'lost')],
  ['before the founding segment arrives', on('/push', 'down')],
  ['after it arrived, its answer lost', on('/push', 'lost')],
])('a kill %s: the vault goes on with the same segment', async (_, fault) => {
  server.fault = fault;
  const [first] = await foundAll();
  expect(await tablet.state()).toEqual({ state: 'founding', step: 'opening', paper: null });
  await tablet.restart();
  expect(await tablet.state()).toMatchObject({ state: 'locked' });
  server.fault = () => null;
  await tablet.reopen();
  expect(await tablet.state()).toMatchObject({ state: 'open', me: { name: 'Odile' } });
  expect(server.opened?.segments).toHaveLength(2);
  const { header, sealed } = server.op(0);
  expect(first?.root).toBe(opId(decodeHeader(header).entity, header, sealed));
});

test('a kill before the vault is kept leaves a device that has joined nothing, and nothing was sent', async () => {
  await begin();
  await confirm();
  const spy = vi.spyOn(Store.prototype, 'keepVault').mockRejectedValueOnce(new Error('killed'));
  await expect(tablet.call('found.finish', { pin: PIN })).rejects.toThrow('killed');
  spy.mockRestore();
  expect(server.asked.map(({ path }) => path)).toEqual(['/v1/setup']);
  expect(await tablet.state()).toMatchObject({ state: 'founding', step: 'code' });
  await tablet.restart();
  expect(await tablet.state()).toEqual({ state: 'unjoined' });
});

test('a server that started again before it was reached asks for its newer link, on the same device', async () => {
  server.fault = on('/spaces', 'down');
  await foundAll();
  server.fault = () => null;
  server.start('second');
  expect(await tablet.sync()).toMatchObject({ setupRefused: true });
  await tablet.restart();
  await tablet.call('found.begin', { link: server.link });
  await tablet.call('vault.unlock', { pin: PIN });
  await tablet.sync();
  expect(await tablet.state()).toMatchObject({ state: 'open' });
});

test('while the founding has no answer the device asks again by itself, and says when it is in', async () => {
  server.fault = on('/push', 'down');
  await foundAll();
  server.fault = () => null;
  await tablet.tick();
  await vi.waitFor(() => {
    const said = tablet.events.filter(({ name }) => name === 'device').at(-1);
    expect(said?.value).toMatchObject({ state: 'open' });
  });
});

test.each([
  ['an older link', () => new EmptyServer().link, 'setup_refused'],
  ['half a link', () => server.link.slice(0, -3), 'link_unreadable'],
  [
    'a link of elsewhere',
    () => encodeSetup({ origin: 'https://a.example', secret: 'second' }),
    'link_other_server',
  ],
])('%s is refused at once', async (_, link, expected) => {
  const refused = link();
  server.start('second');
  expect(await tablet.refused('found.begin', { link: refused })).toBe(expected);
  expect(await tablet.state()).toEqual({ state: 'unjoined' });
});

test('a used link founds nothing on another device', async () => {
  await foundAll();
  const other = await Tablet.new(server);
  expect(await other.refused('found.begin', { link: server.link })).toBe('setup_refused');
});
