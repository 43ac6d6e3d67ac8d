/** A disk that is full for long: what was saved is sent all the same, what arrives waits, and the screens say why. */
import { afterEach, expect, test, vi } from 'vitest';
import { fillDiskForLong } from '../full-disk.ts';
import { Association, NOBODY, PIN, type Tablet } from './kit.ts';
import type { Asked } from './server.ts';

afterEach(() => {
  vi.restoreAllMocks();
});

type Ready = {
  readonly association: Association;
  readonly awa: Tablet;
  readonly meet: () => Promise<unknown>;
  readonly logged: () => number;
};

/** A tablet on a round; `logged` says how many encounters the server has. */
async function ready(): Promise<Ready> {
  const association = await Association.found();
  const awa = await association.tablet('Awa');
  const patrol = await awa.openRound();
  await awa.sync();
  const met = { ...NOBODY, patrol, anonymous: { man: 1 } };
  return {
    association,
    awa,
    meet: () => awa.call('encounter.save', met),
    logged: () => association.server.kinds().filter((kind) => kind === 'encounter').length,
  };
}

const isPush = ({ method, path }: Asked): boolean => method === 'POST' && path.endsWith('/push');

test('what was saved before the disk was full is sent all the same, once however often it is sent', async () => {
  const { association, awa, meet, logged } = await ready();
  association.server.fault = () => 'down';
  await meet();
  await awa.sync();
  const empty = fillDiskForLong();
  association.server.fault = () => null;
  expect(await awa.sync()).toMatchObject({ full: true, unsent: 1, aside: 0 });
  expect(await awa.sync()).toMatchObject({ full: true, unsent: 1, aside: 0 });
  expect([logged(), association.server.asked.filter(isPush).length > 2]).toEqual([1, true]);
  empty();
  expect(await awa.sync()).toMatchObject({ full: false, unsent: 0, aside: 0 });
  await awa.reopen();
  expect((await awa.call('view.patrol', null)).patrol).toMatchObject({ encounters: 1 });
  expect(logged()).toBe(1);
});

test('a save that found no room changes nothing, and the same save is made once when there is room', async () => {
  const { awa, logged } = await ready();
  const { patrol } = await awa.call('view.patrol', null);
  const met = { ...NOBODY, patrol: patrol?.id ?? '', anonymous: { man: 1 } };
  await awa.call('draft.put', { name: 'encounters', body: '["it"]' });
  const empty = fillDiskForLong();
  expect(await awa.refused('encounter.save', met)).toBe('storage_full');
  expect(await awa.call('draft.get', { name: 'encounters' })).toBe('["it"]');
  empty();
  await awa.call('encounter.save', met);
  await awa.sync();
  expect([logged(), await awa.call('draft.get', { name: 'encounters' })]).toEqual([1, null]);
});

test('what was sent without room to keep it, and more that was saved since, counts once each', async () => {
  const { association, awa, meet, logged } = await ready();
  association.server.fault = () => 'down';
  await meet();
  await awa.sync();
  const empty = fillDiskForLong();
  association.server.fault = (asked) => (isPush(asked) ? 'lost' : null);
  await awa.sync();
  empty();
  association.server.fault = () => null;
  await meet();
  expect(await awa.sync()).toMatchObject({ full: false, unsent: 0, aside: 0 });
  expect(logged()).toBe(2);
});

test('what others wrote waits at the server while there is no room, and arrives by itself when there is', async () => {
  const { association, awa } = await ready();
  const bruno = await association.tablet('Bruno');
  await bruno.call('person.create', { alias: 'Momo' });
  await bruno.sync();
  const empty = fillDiskForLong();
  expect(await awa.sync()).toMatchObject({ full: true, alarm: null });
  expect((await awa.call('view.people', { query: '' })).total).toBe(0);
  expect(awa.events.filter(({ name }) => name === 'sync').at(-1)?.value).toMatchObject({
    full: true,
  });
  empty();
  await awa.tick();
  expect(await awa.sync()).toMatchObject({ full: false });
  expect((await awa.call('view.people', { query: '' })).total).toBe(1);
});

test('a tablet on which somebody mistyped their code opens on a full disk, and sends what it holds', async () => {
  const { association, awa, meet, logged } = await ready();
  association.server.fault = () => 'down';
  await meet();
  await awa.sync();
  await awa.restart();
  expect(await awa.refused('vault.unlock', { pin: '000000' })).toBe('pin_wrong');
  association.server.fault = () => null;
  fillDiskForLong();
  const opening = awa.call('vault.unlock', { pin: PIN });
  await waited(awa);
  expect(await opening).toMatchObject({ state: 'open' });
  await awa.sync();
  expect(logged()).toBe(1);
});

/** Lets the wait go by that comes before each code on a full disk. */
async function waited(tablet: Tablet): Promise<void> {
  await vi.waitUntil(() => tablet.planned > 0);
  tablet.lapse();
}

test('on a full disk wrong codes are counted all the same, and each waits, however often the app is started', async () => {
  const { awa } = await ready();
  for (const pin of ['000008', '000009']) {
    await awa.restart();
    const empty = fillDiskForLong();
    const before = awa.now_ms;
    const tried = awa.refused('vault.unlock', { pin });
    await waited(awa);
    expect([await tried, awa.now_ms - before]).toEqual(['pin_wrong', 10_000]);
    empty();
  }
  fillDiskForLong();
  for (const pin of ['000000', '000001']) {
    const tried = awa.refused('vault.unlock', { pin });
    await waited(awa);
    expect(await tried).toBe('pin_wrong');
  }
  expect(await awa.state()).toMatchObject({ state: 'locked', retryAt: awa.now_ms + 20_000 });
  expect(await awa.refused('vault.unlock', { pin: PIN })).toBe('too_early');
});
