/** A browser that forgets what it keeps for the app: what is lost is said, and nothing empty stands in its place. */
import { expect, test, vi } from 'vitest';
import { Association, NOBODY, PIN, Tablet } from './kit.ts';

type Ready = { readonly association: Association; readonly awa: Tablet };

/** A tablet with one round at the server, and one encounter that is only here. */
async function ready(): Promise<Ready> {
  const association = await Association.found();
  const awa = await association.tablet('Awa');
  const patrol = await awa.openRound();
  await awa.sync();
  association.server.fault = () => 'down';
  await awa.call('encounter.save', { ...NOBODY, patrol, anonymous: { man: 1 } });
  await awa.sync();
  awa.events = [];
  return { association, awa };
}

async function told(tablet: Tablet): Promise<unknown> {
  return vi.waitFor(() => {
    const states = tablet.events.filter(({ name }) => name === 'device');
    expect(states).toHaveLength(1);
    return states[0]?.value;
  });
}

test('an open app says that the browser has forgotten everything, and how many records went with it', async () => {
  const { awa } = await ready();
  await awa.clearStorage();
  expect(await told(awa)).toEqual({ state: 'cleared', unsent: 1 });
  expect(await awa.state()).toEqual({ state: 'cleared', unsent: 1 });
});

test('nothing is written or shown after that, and nothing asks the server', async () => {
  const { association, awa } = await ready();
  await awa.clearStorage();
  await told(awa);
  const asked = association.server.asked.length;
  expect(await awa.refused('person.create', { alias: 'Momo' })).toBe('locked');
  expect(await awa.refused('view.patrol', null)).toBe('locked');
  expect(await awa.refused('vault.unlock', { pin: PIN })).toBe('locked');
  awa.core.hint();
  expect([awa.planned, association.server.asked.length]).toEqual([0, asked]);
  expect(await awa.store.isCleared()).toBe(true);
});

test('a save that finds nothing to write into says so, before the browser does', async () => {
  const { awa } = await ready();
  const clearing = awa.clearStorage();
  expect(await awa.refused('person.create', { alias: 'Momo' })).toBe('locked');
  expect(await awa.state()).toMatchObject({ state: 'cleared' });
  await clearing;
});

test('a locked tablet says it too, by what it knew when it was locked', async () => {
  const { awa } = await ready();
  await awa.call('vault.lock', null);
  expect(await awa.state()).toMatchObject({ state: 'locked', unsent: 1 });
  awa.events = [];
  await awa.clearStorage();
  expect(await told(awa)).toEqual({ state: 'cleared', unsent: 1 });
});

test('a device that had not joined has lost nothing', async () => {
  const { server } = await Association.found();
  const tablet = await Tablet.new(server);
  await tablet.clearStorage();
  expect(await told(tablet)).toEqual({ state: 'cleared', unsent: null });
});

test('opened again, a cleared browser is one that has joined nothing, and may join', async () => {
  const { association, awa } = await ready();
  await awa.clearStorage();
  await told(awa);
  await awa.restart();
  association.server.fault = () => null;
  expect(await awa.state()).toEqual({ state: 'unjoined' });
  expect(await awa.call('join.begin', { link: association.link() })).toMatchObject({
    step: 'waiting',
  });
});

test('a store that the browser closes and keeps is not said to be lost', async () => {
  const { awa } = await ready();
  awa.closeStorage();
  const failed = awa.call('person.create', { alias: 'Momo' });
  await expect(failed).rejects.toMatchObject({ name: 'InvalidStateError' });
  expect(awa.events.filter(({ name }) => name === 'device')).toEqual([]);
  expect(await awa.store.isCleared()).toBe(false);
  await awa.restart();
  expect(await awa.state()).toMatchObject({ state: 'locked' });
});
