/** A lost tablet is cut off: what its administrator's device writes, what everybody reads after, and what it says itself. */
import { beforeEach, expect, test } from 'vitest';
import { decodeHeader } from '../../src/engine/op.ts';
import { writeRotation } from '../../src/engine/rotation.ts';
import { decodePush } from '../../src/engine/segment.ts';
import { writeControl } from '../../src/engine/writer.ts';
import type { DeviceLine } from '../../src/worker/protocol.ts';
import { moment } from '../engine/kit.ts';
import { Association, type Name, NOBODY, PIN, Tablet } from './kit.ts';
import { type Asked, problem } from './server.ts';

let association: Association;
let odile: Tablet;

beforeEach(async () => {
  association = await Association.found();
  odile = await association.administrator();
});

const isPush = ({ method, path }: Asked): boolean => method === 'POST' && path.endsWith('/push');

/** From here on the server judges control ops by the epoch in force, as the real one does. */
function judges(): void {
  const { server } = association;
  server.fault = (asked) => {
    if (!isPush(asked)) return null;
    const epoch = server.kinds().filter((kind) => kind === 'epoch').length;
    const headers = decodePush(asked.body).ops.map(([header]) => decodeHeader(header));
    const stale = headers.some((header) => header.opClass === 3 && header.epoch !== epoch);
    return stale ? problem(409, 'epoch_conflict', { epoch }) : null;
  };
}

/** From here on whoever asks the server is no member. */
function cutsOff(code = 'device_revoked'): void {
  association.server.fault = ({ path }) => (path.includes('/auth/') ? null : problem(403, code));
}

function answers(): void {
  association.server.fault = () => null;
}

async function devicesOf(name: Name): Promise<readonly DeviceLine[]> {
  const lines = await odile.call('view.team', null);
  return lines.find(({ worker }) => worker.name === name)?.devices ?? [];
}

async function deviceOf(name: Name): Promise<DeviceLine> {
  const [device] = await devicesOf(name);
  if (device === undefined) throw new Error(`${name} has no device.`);
  return device;
}

/** A worker's tablet joins, and Odile's device has read that it has. */
async function joined(name: Name): Promise<Tablet> {
  const tablet = await association.tablet(name);
  await odile.sync();
  return tablet;
}

/** Odile retires the one device of a worker. */
async function retire(name: Name): Promise<void> {
  await odile.call('device.revoke', { device: (await deviceOf(name)).id });
}

async function meet(tablet: Tablet, alias: string): Promise<string> {
  const patrol = await tablet.openRound();
  const draft = { ...NOBODY, patrol, people: [{ alias }] };
  return (await tablet.call('encounter.save', draft)).row;
}

test('a retired device opens nothing that is written afterwards, and everybody else opens all', async () => {
  const awa = await joined('Awa');
  const bruno = await joined('Bruno');
  await meet(awa, 'Momo');
  await awa.sync();
  await retire('Awa');
  await odile.sync();
  expect(association.server.kinds().slice(-2)).toEqual(['member', 'epoch']);
  await bruno.sync();
  await meet(bruno, 'Sami');
  await bruno.sync();
  await odile.sync();
  expect((await odile.person('Sami')).line.name).toBe('Sami');
  expect((await odile.person('Momo')).line.name).toBe('Momo');
  // The server of this test cuts nobody off: all the bytes come, and the key is what is missing.
  await awa.sync();
  expect((await awa.call('view.people', { query: 'Sami' })).people).toEqual([]);
  expect((await awa.person('Momo')).line.name).toBe('Momo');
});

test('the card says what waits for the network and what is done, when it came and when it last wrote', async () => {
  await joined('Awa');
  expect(await deviceOf('Awa')).toMatchObject({ retired: null, wrote: null });
  expect((await deviceOf('Awa')).joined).toBeGreaterThan(0);
  association.server.fault = () => 'down';
  await retire('Awa');
  expect((await deviceOf('Awa')).retired).toBe('waiting');
  await odile.reopen();
  expect((await deviceOf('Awa')).retired).toBe('waiting');
  expect(association.server.kinds().filter((kind) => kind === 'epoch')).toHaveLength(1);
  answers();
  await odile.sync();
  expect((await deviceOf('Awa')).retired).toBe('done');
});

test('what a device wrote last is told by the log', async () => {
  const awa = await joined('Awa');
  await awa.openRound();
  await awa.sync();
  await odile.sync();
  expect((await deviceOf('Awa')).wrote).toBe(association.server.server_ms);
});

test('retiring is saved whole: asked twice it is said once', async () => {
  await joined('Awa');
  association.server.fault = () => 'down';
  await retire('Awa');
  await retire('Awa');
  expect((await odile.call('view.unsent', null)).map(({ kind }) => kind)).toEqual([
    'member',
    'epoch',
  ]);
});

test('nobody retires the device in their hands, an unknown one, or any without administering', async () => {
  const awa = await joined('Awa');
  const own = await deviceOf('Odile');
  expect(await odile.refused('device.revoke', { device: own.id })).toBe('refused');
  expect(await odile.refused('device.revoke', { device: 'ff'.repeat(16) })).toBe('not_found');
  await awa.sync();
  expect(await awa.refused('device.revoke', { device: own.id })).toBe('refused');
  expect(await odile.call('view.unsent', null)).toEqual([]);
});

test.each(['device_revoked', 'not_member'])(
  'a device that is told %s keeps what it wrote, says so, and asks rarely',
  async (code) => {
    const awa = await joined('Awa');
    cutsOff(code);
    await meet(awa, 'Momo');
    const state = await awa.sync();
    expect([state.retired, state.aside]).toEqual([awa.now_ms, 0]);
    expect(state.unsent).toBeGreaterThan(0);
    expect((await awa.person('Momo')).line.mark).toBe('tablet');
    const asked = association.server.asked.length;
    awa.core.hint();
    await meet(awa, 'Sami');
    expect(association.server.asked).toHaveLength(asked);
    expect((state.nextTry ?? 0) - awa.now_ms).toBeGreaterThan(3_600_000);
  },
);

test('a device that has nothing to send learns it from its pull', async () => {
  const awa = await joined('Awa');
  cutsOff();
  expect((await awa.sync()).retired).toBe(awa.now_ms);
});

test('that a device is retired outlives a restart, with the day on which it was told', async () => {
  const awa = await joined('Awa');
  cutsOff();
  const { retired } = await awa.sync();
  association.server.fault = () => 'down';
  awa.now_ms += 5 * 86_400_000;
  await awa.reopen();
  expect((await awa.call('sync.state', null)).retired).toBe(retired);
  expect(await awa.state()).toMatchObject({ state: 'open', me: { name: 'Awa' } });
});

test('the locked screen of a retired device says so, and of another one it does not', async () => {
  const awa = await joined('Awa');
  await meet(awa, 'Momo');
  expect(await awa.call('vault.lock', null)).toMatchObject({ state: 'locked', retired: false });
  cutsOff();
  await awa.reopen();
  expect(await awa.call('vault.lock', null)).toMatchObject({ state: 'locked', retired: true });
});

test('a server that answers again has taken the device back', async () => {
  const awa = await joined('Awa');
  cutsOff('not_member');
  await meet(awa, 'Momo');
  await awa.sync();
  answers();
  expect(await awa.sync()).toMatchObject({ retired: null, unsent: 0 });
  await awa.reopen();
  expect((await awa.call('sync.state', null)).retired).toBeNull();
});

test('a log that says it is enough: the page that retires a device may be the last it gets', async () => {
  const awa = await joined('Awa');
  await retire('Awa');
  await odile.sync();
  expect((await awa.sync()).retired).toBe(awa.now_ms);
});

test('a device that waits to become a member is not retired by being unknown', async () => {
  const tablet = await Tablet.new(association.server);
  await tablet.call('join.begin', { link: association.link() });
  await association.answer('Awa');
  await tablet.tick();
  await tablet.call('join.compared', null);
  cutsOff('not_member');
  await tablet.call('join.finish', { pin: PIN });
  expect((await tablet.call('sync.state', null)).retired).toBeNull();
  answers();
  await tablet.sync();
  expect(await tablet.state()).toMatchObject({ state: 'open' });
});

test("a revocation that lost to another administrator's rotation is built again at once", async () => {
  const awa = await joined('Awa');
  association.server.fault = () => 'down';
  await retire('Awa');
  judges();
  await writeRotation(association.odile, { ...moment(77), random: chanceless });
  await association.deliver();
  expect(await odile.sync()).toMatchObject({ unsent: 0, aside: 0 });
  expect((await deviceOf('Awa')).retired).toBe('done');
  await meet(odile, 'Sami');
  await odile.sync();
  await awa.sync();
  expect((await awa.call('view.people', { query: 'Sami' })).people).toEqual([]);
});

test('an invitation that is confirmed after an unsent rotation is for the key that will be in force', async () => {
  await joined('Awa');
  const bruno = await invited('Bruno', async () => {
    association.server.fault = () => 'down';
    await retire('Awa');
  });
  judges();
  expect(await odile.sync()).toMatchObject({ unsent: 0, aside: 0 });
  await bruno.sync();
  expect(await bruno.state()).toMatchObject({ state: 'open', me: { name: 'Bruno' } });
  await meet(odile, 'Sami');
  await odile.sync();
  await bruno.sync();
  expect((await bruno.person('Sami')).line.name).toBe('Sami');
});

test("an invitation that lost to another administrator's rotation is made again with the new key", async () => {
  const bruno = await invited('Bruno', () => {
    association.server.fault = () => 'down';
  });
  judges();
  await writeRotation(association.odile, { ...moment(78), random: chanceless });
  await association.deliver();
  expect(await odile.sync()).toMatchObject({ unsent: 0, aside: 0 });
  await bruno.sync();
  expect(await bruno.state()).toMatchObject({ state: 'open', me: { name: 'Bruno' } });
});

test('where somebody was retired without a new key, the next administrator to come by writes one', async () => {
  const awa = await joined('Awa');
  const device = association.odile.reader.view.members.byDevice.get(
    (await deviceOf('Awa')).id as never,
  );
  if (device === undefined) throw new Error('Awa has a device.');
  const { edPk, org, worker } = device;
  const out = { device: device.device, edPk, org, worker, xPk: null, roles: 0, wrap: null };
  writeControl(association.odile, { kind: 'member', ...out }, moment(79));
  await association.deliver();
  expect(association.server.kinds().at(-1)).toBe('member');
  await odile.sync();
  expect(association.server.kinds().at(-1)).toBe('epoch');
  await awa.sync();
  expect(association.server.kinds().filter((kind) => kind === 'epoch')).toHaveLength(2);
});

test('a server that finds a conflict in everything is not asked without end', async () => {
  await joined('Awa');
  association.server.fault = (asked) => (isPush(asked) ? problem(409, 'epoch_conflict') : null);
  const before = association.server.asked.filter(isPush).length;
  await retire('Awa');
  await odile.sync();
  const pushes = association.server.asked.filter(isPush).length - before;
  expect(pushes).toBeGreaterThan(1);
  expect(pushes).toBeLessThan(40);
  answers();
  await odile.sync();
  expect((await deviceOf('Awa')).retired).toBe('done');
});

/** Randomness that no other moment of the tests has. */
function chanceless(size: number): Uint8Array<ArrayBuffer> {
  return crypto.getRandomValues(new Uint8Array(size));
}

/** Odile's device invites a worker's; `before` is said just before her tick. */
async function invited(name: Name, before: () => Promise<void> | void): Promise<Tablet> {
  const line = async () => {
    const lines = await odile.call('view.team', null);
    return lines.find(({ worker }) => worker.name === name);
  };
  await odile.call('invite.create', { worker: (await line())?.worker.id ?? '' });
  const invite = (await line())?.invites[0];
  if (invite?.way !== 'link') throw new Error('Nobody is invited.');
  const tablet = await Tablet.new(association.server);
  await tablet.call('join.begin', { link: invite.link.replace(/.*#join=/, '') });
  await odile.call('invite.look', null);
  await tablet.tick();
  await before();
  await odile.call('invite.confirm', { join: invite.join });
  await tablet.call('join.compared', null);
  await tablet.call('join.finish', { pin: PIN });
  return tablet;
}
