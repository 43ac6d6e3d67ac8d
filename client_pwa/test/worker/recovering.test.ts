/** Every device is lost: two papers let a new one in, which administers; a kill anywhere leaves a safe state. */
import { beforeEach, expect, test, vi } from 'vitest';
import { recoveryBody, recoveryIdentity } from '../../src/engine/recovery.ts';
import { newReplica } from '../../src/engine/replica.ts';
import { firstEpoch, writeFounding } from '../../src/engine/writer.ts';
import { registry } from '../../src/worker/catalogue.ts';
import { deliver, EPOCH_KEY, MALLORY, member, moment, ORG, SPACE, stream } from '../engine/kit.ts';
import { decodeHeader } from '../../src/engine/op.ts';
import { decodePush } from '../../src/engine/segment.ts';
import { RecoverySeed } from '../../src/engine/secret.ts';
import { Store } from '../../src/store/store.ts';
import { seedOf, sharesOf } from '../../src/vault/shares.ts';
import type { DeviceState, Recovery } from '../../src/worker/protocol.ts';
import { EmptyServer } from './empty.ts';
import { NOBODY, PIN, ROUND, Tablet } from './kit.ts';
import { type Asked, type Fault, MemoryServer, problem } from './server.ts';

let server: EmptyServer;
let lost: Tablet;
let fresh: Tablet;
let papers: string[][];

/** Odile founds, adds Awa, and somebody is met; then her device is never seen again. */
beforeEach(async () => {
  server = new EmptyServer();
  lost = await Tablet.new(server);
  papers = await found(lost, server);
  await lost.call('worker.add', { name: 'Awa', role: 'outreach', profession: null });
  const { id } = await lost.call('patrol.open', ROUND);
  await lost.call('encounter.save', { ...NOBODY, patrol: id, people: [{ alias: 'Momo' }] });
  await lost.sync();
  server.asked.length = 0;
  fresh = await Tablet.new(server);
});

async function found(tablet: Tablet, at: EmptyServer): Promise<string[][]> {
  await tablet.call('found.begin', { link: at.link });
  let state = await tablet.call('found.name', { name: 'Odile', profession: 'other' });
  const shown: string[][] = [];
  while (state.state === 'founding' && state.paper) {
    const { words, asked } = state.paper;
    shown.push([...words]);
    state = await tablet.call('found.paper', { word: words[asked] ?? '' });
  }
  await tablet.call('found.finish', { pin: PIN });
  return shown;
}

function recovery(state: DeviceState): Recovery {
  if (state.state !== 'recovering') throw new Error(`The device is ${state.state}.`);
  return state;
}

function pair(a = 0, b = 2): string[][] {
  return [papers[a] ?? [], papers[b] ?? []];
}

async function read(tablet = fresh): Promise<Recovery> {
  await tablet.call('recover.begin', null);
  return recovery(await tablet.call('recover.read', { papers: pair() }));
}

/** Everything up to the code; null is somebody new, Nadia. */
async function asFarAsCode(name: string | null = 'Odile', tablet = fresh): Promise<void> {
  const { people } = await read(tablet);
  const worker = people.find((one) => one.name === name)?.id ?? null;
  await tablet.call('recover.name', { worker, name: 'Nadia ', profession: 'nurse' });
  await tablet.call('recover.compared', null);
}

async function recover(name: string | null = 'Odile', tablet = fresh): Promise<DeviceState> {
  await asFarAsCode(name, tablet);
  return tablet.call('recover.finish', { pin: PIN });
}

function on(end: string, fault: () => Fault) {
  return ({ path }: Asked): Fault => (path.endsWith(end) ? fault() : null);
}

function answers(): void {
  server.fault = () => null;
}

const pushes = (): Asked[] => server.asked.filter(({ path }) => path.endsWith('/push'));

test('two papers let a new device in: it administers under the chosen name and reads everything', async () => {
  expect(await recover()).toMatchObject({
    state: 'open',
    administers: true,
    returned: true,
    me: { name: 'Odile', role: 'administrator', profession: 'other' },
  });
  expect((await fresh.person('Momo')).line.name).toBe('Momo');
  const workers = await fresh.call('view.workers', null);
  expect(workers.map(({ name }) => name)).toEqual(['Awa', 'Odile']);
});

test.each([
  [0, 1],
  [1, 2],
  [2, 0],
])('papers %i and %i do, in either order', async (a, b) => {
  await fresh.call('recover.begin', null);
  const state = await fresh.call('recover.read', { papers: pair(a, b) });
  expect(recovery(state).step).toBe('who');
});

test('somebody new is written down by their own device, sealed, as an administrator', async () => {
  expect(await recover(null)).toMatchObject({
    state: 'open',
    me: { name: 'Nadia', role: 'administrator', profession: 'nurse' },
  });
  await fresh.sync();
  expect(server.opened?.kinds().slice(-2)).toEqual(['member', 'worker']);
  const sealed = server.op((server.opened?.cursor ?? 0) - 1).sealed;
  expect(new TextDecoder().decode(sealed)).not.toContain('Nadia');
});

test('the screens are told how far the reading is, who works here, and the root, each in its step', async () => {
  const opened = server.opened;
  if (opened === null) throw new Error('Nothing is founded.');
  opened.pageSegments = 1;
  const { step, people, root } = await read();
  expect([step, people.map(({ name }) => name), root]).toEqual(['who', ['Awa', 'Odile'], null]);
  const steps = fresh.events.flatMap(({ name, value }) =>
    name === 'device' ? [recovery(value)] : [],
  );
  const counts = steps.filter((one) => one.step === 'reading').map((one) => one.read);
  expect([counts[0], counts.length > 1]).toEqual([0, true]);
  expect(counts).toEqual([...counts].sort((a, b) => a - b));
  const asked = { worker: people[0]?.id ?? '', name: '', profession: null };
  const shown = recovery(await fresh.call('recover.name', asked));
  expect([shown.step, shown.root]).toEqual(['root', opened.opIds()[0]]);
  expect(recovery(await fresh.call('recover.back', null)).people).toHaveLength(2);
});

test('nothing is signed before the root is compared, and nothing of the papers is sent or kept', async () => {
  const { people } = await read();
  await fresh.call('recover.name', { worker: people[0]?.id ?? '', name: '', profession: null });
  expect(await fresh.refused('recover.finish', { pin: PIN })).toBe('refused');
  expect(pushes()).toEqual([]);
  await fresh.call('recover.compared', null);
  expect(await fresh.refused('recover.finish', { pin: '12' })).toBe('pin_too_short');
  await fresh.call('recover.finish', { pin: PIN });
  expect(pushes()).toHaveLength(1);
  const sent = server.asked
    .map(({ path, body }) => `${path} ${new TextDecoder().decode(body)}`)
    .join();
  const words = papers.flat().filter((word) => word.length > 6);
  expect(words.length).toBeGreaterThan(10);
  expect(words.filter((word) => sent.includes(word))).toEqual([]);
  expect(sent).toContain('/v1/spaces');
});

test('a server with a log of its own, made with the papers’ public keys, is told by the root alone', async () => {
  const seed = await seedOf(pair());
  if (!(seed instanceof RecoverySeed)) throw new Error('The papers make no seed.');
  const bodies = [member(MALLORY), recoveryBody(await recoveryIdentity(seed), ORG)] as const;
  const mallory = newReplica(MALLORY, registry(), SPACE, null, stream(9));
  const shown = await writeFounding(
    mallory,
    bodies,
    await firstEpoch(SPACE, bodies, EPOCH_KEY),
    moment(1),
  );
  const hostile = new MemoryServer();
  await deliver(mallory, hostile);
  const victim = await Tablet.new(hostile);
  expect((await read(victim)).people).toEqual([]);
  const asked = { worker: null, name: 'Odile', profession: null };
  const { root } = recovery(await victim.call('recover.name', asked));
  expect(root).toBe(shown);
  expect(root).not.toBe(server.opened?.opIds()[0]);
  await victim.call('recover.cancel', null);
  expect(hostile.asked.filter(({ path }) => path.endsWith('/push'))).toEqual([]);
});

test('its one segment holds one member op, under a new stream', async () => {
  await recover();
  const [body] = pushes();
  const { ops } = decodePush(body?.body ?? new Uint8Array());
  expect(ops.map(([header]) => decodeHeader(header).kind)).toEqual(['member']);
});

test('every lost device is still a member, and is retired by the new one', async () => {
  await recover();
  const devices = async () => (await fresh.call('view.team', null)).flatMap((one) => one.devices);
  const old = (await devices()).find(({ here }) => !here);
  expect((await devices()).length).toBe(2);
  await fresh.call('device.revoke', { device: old?.id ?? '' });
  await fresh.sync();
  expect((await devices()).find(({ here }) => !here)?.retired).toBe('done');
  expect(server.opened?.kinds().slice(-2)).toEqual(['member', 'epoch']);
});

test('the papers stay good after they were used and the key has changed', async () => {
  await recover();
  const old = (await fresh.call('view.team', null))
    .flatMap((one) => one.devices)
    .find(({ here }) => !here);
  await fresh.call('device.revoke', { device: old?.id ?? '' });
  await fresh.sync();
  const another = await Tablet.new(server);
  expect(await recover('Awa', another)).toMatchObject({ state: 'open', me: { name: 'Awa' } });
  expect((await another.person('Momo')).line.name).toBe('Momo');
});

test('what to do next is told until it was read, after a restart too', async () => {
  await recover();
  await fresh.reopen();
  expect(await fresh.state()).toMatchObject({ state: 'open', returned: true });
  expect(await fresh.call('recover.told', null)).toMatchObject({ returned: false });
  await fresh.reopen();
  expect(await fresh.state()).toMatchObject({ state: 'open', returned: false });
});

test('bad papers are told apart, before anything is asked of the server', async () => {
  const [one = [], two = []] = papers;
  const others = await sharesOf(new RecoverySeed(new Uint8Array(32).fill(9)));
  const checks = [
    [[one], null],
    [[one, two], null],
    [[one.with(3, 'momo')], { fault: 'unknown_word', paper: 0, word: 3 }],
    [[one, two.toReversed()], { fault: 'checksum', paper: 1 }],
    [[one, one], { fault: 'same_paper' }],
    [[one, others[1] ?? []], { fault: 'other_set' }],
  ] as const;
  for (const [asked, fault] of checks) {
    expect(await fresh.call('recover.check', { papers: asked })).toEqual(fault);
  }
  await fresh.call('recover.begin', null);
  expect(await fresh.refused('recover.read', { papers: [one, one] })).toBe('papers_wrong');
  expect(server.asked).toEqual([]);
  expect(recovery(await fresh.state()).step).toBe('papers');
});

test.each([
  ['does not know them', on('/token', () => problem(401, 'unauthenticated')), 'papers_unknown'],
  ['cuts them off', on('/ops?after=0', () => problem(403, 'device_revoked')), 'papers_retired'],
  [
    'knows no space of theirs',
    on('/spaces', () => Response.json({ spaces: [] })),
    'papers_retired',
  ],
  [
    'answers something else',
    on('/spaces', () => Response.json({ spaces: ['..'] })),
    'server_unreached',
  ],
  ['is not there', on('/challenge', () => 'down'), 'server_unreached'],
  ['is busy', on('/challenge', () => problem(503, 'unavailable')), 'server_unreached'],
] as const)(
  'a server that %s: one clear answer, and the same papers work later',
  async (_, fault, code) => {
    server.fault = fault;
    await fresh.call('recover.begin', null);
    expect(await fresh.refused('recover.read', { papers: pair() })).toBe(code);
    expect(recovery(await fresh.state()).step).toBe('papers');
    answers();
    expect(recovery(await fresh.call('recover.read', { papers: pair() })).step).toBe('who');
  },
);

test('a line that fails in the middle of the log goes on from there', async () => {
  const opened = server.opened;
  if (opened === null) throw new Error('Nothing is founded.');
  opened.pageSegments = 1;
  const pages = (): number => server.asked.filter(({ path }) => path.includes('/ops')).length;
  let left = 1;
  server.fault = ({ path }) => (path.includes('/ops') && (left -= 1) < 0 ? 'down' : null);
  await fresh.call('recover.begin', null);
  expect(await fresh.refused('recover.read', { papers: pair() })).toBe('server_unreached');
  const before = pages();
  answers();
  await fresh.call('recover.read', { papers: pair() });
  const whole = pages();
  expect(server.asked.filter(({ path }) => path.includes('/ops?after=0'))).toHaveLength(1);
  expect(whole).toBeGreaterThan(before);
});

test('a log that is not one is refused, and nothing of it is taken', async () => {
  const opened = server.opened;
  if (opened === null) throw new Error('Nothing is founded.');
  opened.alter = (page) => page.with(page.length - 1, (page.at(-1) ?? 0) ^ 1);
  await fresh.call('recover.begin', null);
  expect(await fresh.refused('recover.read', { papers: pair() })).toBe('log_dishonest');
  opened.alter = (page) => page;
  expect(recovery(await fresh.call('recover.read', { papers: pair() })).step).toBe('who');
});

test('a name is needed, and a worker whom the log does not know is nobody', async () => {
  await read();
  const nobody = { worker: null, name: ' ', profession: null };
  expect(await fresh.refused('recover.name', nobody)).toBe('name_missing');
  const stranger = { worker: 'dd'.repeat(16), name: '', profession: null };
  expect(await fresh.refused('recover.name', stranger)).toBe('not_found');
});

test.each(['papers', 'who', 'root', 'code'] as const)(
  'given up or killed at %s, the device has joined nothing',
  async (step) => {
    const there = async (): Promise<void> => {
      if (step === 'papers') await fresh.call('recover.begin', null);
      else if (step === 'who') await read();
      else await asFarAsCode();
      if (step === 'root') await fresh.call('recover.back', null);
      expect(recovery(await fresh.state()).step).toBe(step);
    };
    await there();
    expect(await fresh.call('recover.cancel', null)).toEqual({ state: 'unjoined' });
    await there();
    await fresh.restart();
    expect(await fresh.state()).toEqual({ state: 'unjoined' });
    expect(pushes()).toEqual([]);
  },
);

test('a kill before the vault is kept leaves nothing, and nothing was sent', async () => {
  await asFarAsCode();
  const spy = vi.spyOn(Store.prototype, 'keepVault').mockRejectedValueOnce(new Error('killed'));
  await expect(fresh.call('recover.finish', { pin: PIN })).rejects.toThrow('killed');
  spy.mockRestore();
  expect(pushes()).toEqual([]);
  expect(recovery(await fresh.state()).step).toBe('code');
  // The same segment: what is signed names the worker, so there is no way back behind it.
  expect(recovery(await fresh.call('recover.back', null)).step).toBe('code');
  await fresh.restart();
  expect(await fresh.state()).toEqual({ state: 'unjoined' });
  expect(await recover()).toMatchObject({ state: 'open' });
});

test.each([
  ['before the segment arrives', on('/push', () => 'down')],
  ['after it arrived, its answer lost', on('/push', () => 'lost')],
  ['before the log is read', on('/ops?after=0', () => 'down')],
  [
    'in the middle of reading',
    ({ path }: Asked): Fault =>
      path.includes('/ops?after=') && !path.endsWith('after=0') ? 'down' : null,
  ],
] as const)('a kill %s: the vault goes on by itself', async (_, fault) => {
  await asFarAsCode(null);
  if (server.opened) server.opened.pageSegments = 1;
  server.fault = fault;
  const state = await fresh.call('recover.finish', { pin: PIN });
  expect(['recovering', 'open']).toContain(state.state);
  await fresh.restart();
  expect(await fresh.state()).toMatchObject({ state: 'locked' });
  answers();
  await fresh.reopen();
  expect(await fresh.state()).toMatchObject({ state: 'open', me: { name: 'Nadia' } });
  expect((await fresh.person('Momo')).line.name).toBe('Momo');
  await fresh.sync();
  expect(server.opened?.kinds().filter((kind) => kind === 'worker')).toHaveLength(3);
  expect(server.opened?.kinds().filter((kind) => kind === 'member')).toHaveLength(3);
});

test('a full disk after the code says so, and the same code tries again', async () => {
  await asFarAsCode();
  const spy = vi
    .spyOn(Store.prototype, 'keepVault')
    .mockRejectedValueOnce(new DOMException('', 'QuotaExceededError'));
  expect(await fresh.refused('recover.finish', { pin: PIN })).toBe('storage_full');
  spy.mockRestore();
  expect(await fresh.call('recover.finish', { pin: PIN })).toMatchObject({ state: 'open' });
});

test('a segment that is refused for good is said so and not sent again; the papers begin anew', async () => {
  await asFarAsCode();
  server.fault = on('/push', () => problem(409, 'epoch_conflict', { epoch: 2 }));
  const state = recovery(await fresh.call('recover.finish', { pin: PIN }));
  expect(state.step).toBe('opening');
  expect(await fresh.call('sync.state', null)).toMatchObject({ recoveryRefused: true });
  expect(fresh.planned).toBe(0);
  answers();
  expect(await fresh.call('recover.cancel', null)).toEqual({ state: 'unjoined' });
  await fresh.restart();
  expect(await fresh.state()).toEqual({ state: 'unjoined' });
  expect(await recover()).toMatchObject({ state: 'open' });
});

test('a server that only says wait refuses nothing', async () => {
  await asFarAsCode();
  server.fault = on('/push', () => problem(503, 'unavailable'));
  await fresh.call('recover.finish', { pin: PIN });
  expect(await fresh.call('sync.state', null)).toMatchObject({ recoveryRefused: false });
  answers();
  await fresh.tick();
  await vi.waitFor(() => {
    const said = fresh.events.filter(({ name }) => name === 'device').at(-1);
    expect(said?.value).toMatchObject({ state: 'open', me: { name: 'Odile' } });
  });
});

test('a device that has joined asks for no papers', async () => {
  expect(await lost.call('recover.begin', null)).toMatchObject({ state: 'open' });
});
