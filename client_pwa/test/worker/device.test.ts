/** A tablet's way in and out: joining, its code, the lock. */
import { expect, test, vi } from 'vitest';
import { Association, NOBODY, PIN, Tablet, WORKERS } from './kit.ts';
import { fillDisk } from '../full-disk.ts';
import { problem } from './server.ts';

const AWA = { ...WORKERS.Awa, name: 'Awa' };
const OPEN = { state: 'open', me: AWA, administers: false, health: 'none', returned: false };

test('a tablet joins by a link, compares letters, chooses a code and reads the log', async () => {
  const association = await Association.found();
  const tablet = await Tablet.new(association.server);
  expect(await tablet.state()).toEqual({ state: 'unjoined' });
  const waiting = { state: 'joining', step: 'waiting', letters: null, code: null };
  expect(await tablet.call('join.begin', { link: association.link() })).toEqual(waiting);
  await tablet.tick();
  expect(await tablet.state()).toEqual(waiting);
  const said = await association.answer('Awa');
  await tablet.tick();
  const shown = tablet.events.filter(({ name }) => name === 'device').at(-1);
  expect(shown?.value).toEqual({ state: 'joining', step: 'compare', letters: said, code: null });
  await tablet.call('join.compared', null);
  expect(await tablet.call('join.finish', { pin: PIN })).toEqual(OPEN);
  expect((await tablet.call('view.workers', null)).map(({ name }) => name)).toEqual([
    'Awa',
    'Bruno',
    'Ines',
  ]);
  expect((await tablet.call('view.directory', null)).zones).toHaveLength(2);
});

test('no code is taken before the letters were compared, and none that is too short', async () => {
  const association = await Association.found();
  const tablet = await Tablet.new(association.server);
  await tablet.call('join.begin', { link: association.link() });
  await association.answer('Awa');
  await tablet.tick();
  expect(await tablet.call('join.finish', { pin: PIN })).toMatchObject({ step: 'compare' });
  await tablet.call('join.compared', null);
  expect(await tablet.refused('join.finish', { pin: '12345' })).toBe('pin_too_short');
  expect(await tablet.call('join.finish', { pin: PIN })).toMatchObject({ state: 'open' });
});

test('a link that is no link, of another server, used or expired is said to be so', async () => {
  const association = await Association.found();
  const { server } = association;
  const tablet = await Tablet.new(server);
  expect(await tablet.refused('join.begin', { link: 'no link' })).toBe('link_unreadable');
  const link = association.link();
  server.fault = () => problem(409, 'join_used');
  expect(await tablet.refused('join.begin', { link })).toBe('link_used');
  server.fault = () => problem(404, 'join_expired');
  expect(await tablet.refused('join.begin', { link })).toBe('link_expired');
  server.fault = () => 'down';
  expect(await tablet.refused('join.begin', { link })).toBe('server_unreached');
  server.fault = () => null;
  expect(await tablet.call('join.begin', { link })).toMatchObject({ step: 'waiting' });
});

test('a mailbox that cannot be reached is looked into again', async () => {
  const association = await Association.found();
  const tablet = await Tablet.new(association.server);
  await tablet.call('join.begin', { link: association.link() });
  await association.answer('Awa');
  association.server.fault = () => 'down';
  await tablet.tick();
  expect(await tablet.state()).toMatchObject({ step: 'waiting' });
  association.server.fault = () => null;
  await tablet.tick();
  expect(await tablet.state()).toMatchObject({ step: 'compare' });
});

test('a join given up leaves nothing, and another may begin', async () => {
  const association = await Association.found();
  const tablet = await Tablet.new(association.server);
  await tablet.call('join.begin', { link: association.link() });
  expect(await tablet.call('join.cancel', null)).toEqual({ state: 'unjoined' });
  expect(tablet.planned).toBe(0);
  expect(await tablet.call('join.begin', { link: association.link() })).toMatchObject({
    step: 'waiting',
  });
});

test('a browser without room lets the code be chosen again', async () => {
  const association = await Association.found();
  const tablet = await Tablet.new(association.server);
  await tablet.call('join.begin', { link: association.link() });
  await association.answer('Awa');
  await tablet.tick();
  await tablet.call('join.compared', null);
  const full = new DOMException('There is no room.', 'QuotaExceededError');
  vi.spyOn(tablet.store, 'keepVault').mockRejectedValueOnce(full);
  expect(await tablet.refused('join.finish', { pin: PIN })).toBe('storage_full');
  expect(await tablet.state()).toMatchObject({ state: 'joining', step: 'code' });
  expect(await tablet.call('join.finish', { pin: PIN })).toMatchObject({ state: 'open' });
});

test('a tablet that joins while the line fails goes on asking, and is open once the log says that it is a member', async () => {
  const association = await Association.found();
  const tablet = await Tablet.new(association.server);
  await tablet.call('join.begin', { link: association.link() });
  const said = await association.answer('Awa');
  await tablet.tick();
  await tablet.call('join.compared', null);
  association.server.fault = () => 'down';
  const loading = { state: 'joining', step: 'loading', letters: said, code: null };
  expect(await tablet.call('join.finish', { pin: PIN })).toEqual(loading);
  await tablet.restart();
  expect(await tablet.call('vault.unlock', { pin: PIN })).toEqual({ ...loading, letters: null });
  association.server.fault = () => null;
  await tablet.sync();
  expect(await tablet.state()).toEqual(OPEN);
});

test('a tablet that waits to be a member can give up, and keeps nothing', async () => {
  const association = await Association.found();
  const tablet = await Tablet.new(association.server);
  await tablet.call('join.begin', { link: association.link() });
  await association.answer('Awa');
  await tablet.tick();
  await tablet.call('join.compared', null);
  association.server.fault = () => 'down';
  await tablet.call('join.finish', { pin: PIN });
  expect(await tablet.call('join.cancel', null)).toEqual({ state: 'unjoined' });
  await tablet.restart();
  expect(await tablet.state()).toEqual({ state: 'unjoined' });
});

test('a page that was on its way when a join was given up is not kept among what the next one has brought', async () => {
  const association = await Association.found();
  const tablet = await Tablet.new(association.server);
  const joins = async (): Promise<unknown> => {
    await tablet.call('join.begin', { link: association.link() });
    await association.answer('Awa');
    await tablet.tick();
    await tablet.call('join.compared', null);
    return tablet.call('join.finish', { pin: PIN });
  };
  let arrives = (): void => undefined;
  const asked = new Promise<void>((isAsked) => {
    let isFirst = true;
    tablet.line = (fetch) => async (address, options) => {
      const answer = await fetch(address, options);
      if (!address.includes('/bootstrap?') || !isFirst) return answer;
      isFirst = false;
      const arrived = new Promise<void>((resolve) => {
        arrives = resolve;
      });
      isAsked();
      await arrived;
      return answer;
    };
  });
  await tablet.restart();
  const first = joins();
  await asked;
  await tablet.call('join.cancel', null);
  expect(await joins()).toEqual(OPEN);
  const { id } = await tablet.call('person.create', { alias: 'Momo' });
  arrives();
  expect(await first).toEqual(OPEN);
  await tablet.reopen();
  expect((await tablet.person('Momo')).line.id).toBe(id);
});

test('a wrong code is refused, and after three the wait outlives a restart', async () => {
  const tablet = await (await Association.found()).tablet('Awa');
  for (const pin of ['000000', '000001', '000002']) {
    await tablet.restart();
    expect(await tablet.refused('vault.unlock', { pin })).toBe('pin_wrong');
  }
  await tablet.restart();
  expect(await tablet.state()).toMatchObject({
    state: 'locked',
    retryAt: tablet.now_ms + 30_000,
  });
  expect(await tablet.refused('vault.unlock', { pin: PIN })).toBe('too_early');
  tablet.now_ms += 30_000;
  expect(await tablet.call('vault.unlock', { pin: PIN })).toMatchObject({ state: 'open' });
  await tablet.restart();
  expect(await tablet.state()).toMatchObject({ state: 'locked', retryAt: null });
});

test('wrong codes asked all at once are each counted', async () => {
  const tablet = await (await Association.found()).tablet('Awa');
  await tablet.restart();
  const pins = ['000000', '000001', '000002', '000003'];
  const problems = await Promise.all(pins.map((pin) => tablet.refused('vault.unlock', { pin })));
  expect(problems).toEqual(['pin_wrong', 'pin_wrong', 'pin_wrong', 'too_early']);
  expect(await tablet.store.vault()).toMatchObject({ failures: 3 });
});

test('a code entered twice at once opens one vault: nothing saved in it is overwritten by another', async () => {
  const { server, tablet } = await ready();
  server.fault = () => 'down';
  await tablet.restart();
  await Promise.all([1, 2].map(() => tablet.call('vault.unlock', { pin: PIN })));
  await tablet.call('person.create', { alias: 'Momo' });
  await tablet.sync();
  expect(tablet.planned).toBe(1);
  await tablet.reopen();
  expect((await tablet.person('Momo')).line.name).toBe('Momo');
});

async function ready(): Promise<{ server: Association['server']; tablet: Tablet }> {
  const association = await Association.found();
  return { server: association.server, tablet: await association.tablet('Awa') };
}

test('locked, the tablet answers nothing, plans nothing and asks nothing of the server', async () => {
  const { server, tablet } = await ready();
  await tablet.call('person.create', { alias: 'Momo' });
  expect(tablet.planned).toBeLessThanOrEqual(1);
  await tablet.call('vault.lock', null);
  const asked = server.asked.length;
  for (const name of [
    'view.patrol',
    'view.workers',
    'view.unsent',
    'sync.now',
    'view.directory',
  ] as const) {
    expect(await tablet.refused(name, null)).toBe('locked');
  }
  expect(await tablet.refused('view.people', { query: '' })).toBe('locked');
  expect(await tablet.refused('encounter.save', NOBODY)).toBe('locked');
  expect(await tablet.refused('draft.get', { name: 'encounters' })).toBe('locked');
  tablet.core.hint();
  expect([tablet.planned, server.asked.length]).toEqual([0, asked]);
});

test('a lock while the tablet synchronises ends it: no further request and no plan', async () => {
  const { server, tablet } = await ready();
  let locked: Promise<unknown> = Promise.resolve();
  server.fault = ({ method }) => {
    if (method === 'POST') locked = tablet.call('vault.lock', null);
    return null;
  };
  await tablet.call('person.create', { alias: 'Momo' });
  await vi.waitFor(() => {
    expect(server.kinds()).toContain('person');
  });
  await locked;
  expect([server.asked.at(-1)?.method, tablet.planned]).toEqual(['POST', 0]);
  server.fault = () => null;
  await tablet.reopen();
  expect((await tablet.person('Momo')).line.mark).toBe('server');
});

test('the locked screen says whose tablet it is, their round, what waits and that a draft is kept', async () => {
  const { server, tablet } = await ready();
  server.fault = () => 'down';
  await tablet.openRound();
  await tablet.call('draft.put', { name: 'encounters', body: '[]' });
  const label = {
    state: 'locked',
    name: 'Awa',
    profession: 'social_worker',
    unsent: 1,
    draft: true,
    patrol: { zone: 'Stalingrad', since: tablet.now_ms },
    retired: false,
    retryAt: null,
  };
  expect(await tablet.call('vault.lock', null)).toEqual(label);
  await tablet.restart();
  expect(await tablet.state()).toEqual(label);
});

test('a tablet without room locks all the same', async () => {
  const { tablet } = await ready();
  await tablet.sync();
  fillDisk();
  expect(await tablet.refused('vault.lock', null)).toBe('storage_full');
  expect(await tablet.state()).toMatchObject({ state: 'locked' });
  expect([await tablet.refused('view.patrol', null), tablet.planned]).toEqual(['locked', 0]);
});

test('a hotspot that answers every address with its own page changes nothing', async () => {
  const association = await Association.found();
  const { server } = association;
  const tablet = await Tablet.new(server);
  const hotspot = (): Response =>
    new Response('<html>Accept our terms', { headers: { 'content-type': 'text/html' } });
  await tablet.call('join.begin', { link: association.link() });
  server.fault = hotspot;
  await tablet.tick();
  expect(await tablet.state()).toMatchObject({ step: 'waiting' });
  server.fault = () => null;
  await association.answer('Awa');
  await tablet.tick();
  await tablet.call('join.compared', null);
  await tablet.call('join.finish', { pin: PIN });
  server.fault = hotspot;
  await tablet.call('person.create', { alias: 'Momo' });
  expect(await tablet.sync()).toMatchObject({ unsent: 1, aside: 0, alarm: null });
  server.fault = () => null;
  expect(await tablet.sync()).toMatchObject({ unsent: 0, alarm: null });
  server.fault = ({ path }) => (path === '/v1/directory' ? hotspot() : null);
  await tablet.sync();
  await tablet.reopen();
  expect((await tablet.call('view.directory', null)).zones).toHaveLength(2);
});
