/** A server that came back from an older backup, as a tablet lives through it: its store, its loop and what it shows. */
import { expect, test } from 'vitest';
import {
  type Association,
  Association as Associations,
  NOBODY,
  Tablet,
  WORKERS,
  pieces,
} from './kit.ts';
import { fillDisk } from '../full-disk.ts';

type Ready = { readonly association: Association; readonly awa: Tablet; readonly bruno: Tablet };

/** Returns an association in which Awa and Bruno have joined, on a server from which `backup` was taken then. */
async function ready(): Promise<Ready & { readonly putBack: () => void }> {
  const association = await Associations.found();
  const [awa, bruno] = [await association.tablet('Awa'), await association.tablet('Bruno')];
  await awa.sync();
  return { association, awa, bruno, putBack: association.server.backup() };
}

async function names(tablet: Tablet): Promise<string[]> {
  const { people } = await tablet.call('view.people', { query: '' });
  return people.map(({ name }) => name).sort();
}

async function markOf(tablet: Tablet, name: string): Promise<string> {
  return (await tablet.person(name)).line.mark;
}

/** Records Momo on Awa's tablet and Fatou on Bruno's, whose record Awa pulls; then the server goes back. */
async function lived(): Promise<Ready> {
  const { putBack, ...all } = await ready();
  const { awa, bruno } = all;
  await awa.call('person.create', { alias: 'Momo' });
  await bruno.call('person.create', { alias: 'Fatou' });
  await bruno.sync();
  await awa.sync();
  expect(await names(awa)).toEqual(['Fatou', 'Momo']);
  putBack();
  return all;
}

function persons({ server }: Association): number {
  return server.kinds().filter((kind) => kind === 'person').length;
}

test('both tablets give back what the server has lost, and each record is stored once', async () => {
  const { association, awa, bruno } = await lived();
  expect(await awa.sync()).toMatchObject({
    unsent: 0,
    alarm: null,
    restored: { own: 0, others: 1 },
  });
  expect([await markOf(awa, 'Momo'), await markOf(awa, 'Fatou')]).toEqual(['server', 'lost']);
  expect(await bruno.sync()).toMatchObject({ unsent: 0, alarm: null, restored: { own: 0 } });
  await awa.sync();
  expect([await names(awa), await names(bruno)]).toEqual([
    ['Fatou', 'Momo'],
    ['Fatou', 'Momo'],
  ]);
  expect(persons(association)).toBe(2);
  expect(await markOf(awa, 'Fatou')).toBe('server');
  const late = await association.tablet('Ines');
  expect(await names(late)).toEqual(['Fatou', 'Momo']);
});

test('what waits to go out again is on the tablet, while the line is down after the step back', async () => {
  const { association, awa } = await lived();
  const { server } = association;
  server.fault = ({ method, path }) => {
    const isSecond = method === 'POST' && path.endsWith('/push');
    return isSecond && server.asked.some((one) => one.path.includes('/log?')) ? 'down' : null;
  };
  expect(await awa.sync()).toMatchObject({ restored: { others: 1 } });
  expect([await markOf(awa, 'Momo'), await markOf(awa, 'Fatou')]).toEqual(['tablet', 'lost']);
  await awa.restart();
  server.fault = () => 'down';
  await awa.call('vault.unlock', { pin: '251425' });
  expect(await names(awa)).toEqual(['Fatou', 'Momo']);
  expect([await markOf(awa, 'Momo'), await markOf(awa, 'Fatou')]).toEqual(['tablet', 'lost']);
  expect(await awa.call('sync.state', null)).toMatchObject({ restored: { others: 1 } });
});

test('the notice stays across a restart until somebody has heard, and does not come again', async () => {
  const { awa } = await lived();
  await awa.sync();
  await awa.reopen();
  expect(await awa.call('sync.state', null)).toMatchObject({ restored: { others: 1 } });
  expect(await awa.call('restore.heard', null)).toMatchObject({ restored: null });
  await awa.reopen();
  expect(await awa.call('sync.state', null)).toMatchObject({ restored: null });
  expect(await markOf(awa, 'Fatou')).toBe('lost');
});

test('a step back that finds no room changes nothing, and the next one does it', async () => {
  const { awa } = await lived();
  fillDisk(3);
  expect(await awa.sync()).toMatchObject({ restored: null });
  expect([await names(awa), await markOf(awa, 'Momo')]).toEqual([['Fatou', 'Momo'], 'server']);
  expect(await awa.sync()).toMatchObject({ unsent: 0, restored: { others: 1 } });
  expect([await names(awa), await markOf(awa, 'Momo')]).toEqual([['Fatou', 'Momo'], 'server']);
});

test('a tablet killed right after the step back goes on from there', async () => {
  const { association, awa, bruno } = await lived();
  let kept = 0;
  const dies = new Promise<void>((resolve) => {
    const { store } = awa;
    const save = store.saveAll.bind(store);
    store.saveAll = async (saves) => {
      await save(saves);
      if (!saves.some(([, { forgetsPages }]) => forgetsPages)) return;
      kept += 1;
      resolve();
      await new Promise(() => undefined);
    };
  });
  void awa.sync();
  await dies;
  await awa.restart();
  await awa.call('vault.unlock', { pin: '251425' });
  expect(await awa.sync()).toMatchObject({ unsent: 0, restored: { others: 1 } });
  expect([kept, await names(awa), persons(association)]).toEqual([1, ['Fatou', 'Momo'], 1]);
  await bruno.sync();
  expect(persons(association)).toBe(2);
});

test('a tablet whose checkpoint is lost reads from the first op, and is not asked to join again', async () => {
  const association = await Associations.found();
  const bruno = await association.tablet('Bruno');
  const putBack = association.server.backup();
  await bruno.call('person.create', { alias: 'Fatou' });
  await bruno.sync();
  await association.deliver();
  const awa = await association.tablet('Awa');
  await awa.call('person.create', { alias: 'Momo' });
  await awa.sync();
  putBack();
  association.server.fault = ({ path }) =>
    association.server.asked.some((one) => one.path.includes('/log?')) && !path.includes('/log?')
      ? 'down'
      : null;
  await awa.sync();
  await awa.restart();
  association.server.fault = () => 'down';
  await awa.call('vault.unlock', { pin: '251425' });
  expect(await awa.state()).toMatchObject({ state: 'open', me: { id: WORKERS.Awa.id } });
  expect(await names(awa)).toEqual(['Fatou', 'Momo']);
  await awa.call('person.create', { alias: 'Sami' });
  association.server.fault = () => null;
  await bruno.sync();
  await awa.sync();
  expect(await names(awa)).toEqual(['Fatou', 'Momo', 'Sami']);
});

test('what was acknowledged and lost before it was read again goes out again', async () => {
  const { association, awa, putBack } = await ready();
  const { server } = association;
  await awa.call('person.create', { alias: 'Momo' });
  server.fault = ({ path }) => (path.includes('/ops') ? 'down' : null);
  await awa.sync();
  expect(persons(association)).toBe(1);
  putBack();
  server.fault = () => null;
  expect(persons(association)).toBe(0);
  expect(await awa.sync()).toMatchObject({ unsent: 0, restored: { own: 0, others: 0 } });
  expect([persons(association), await names(awa), await markOf(awa, 'Momo')]).toEqual([
    1,
    ['Momo'],
    'server',
  ]);
});

test('a correction of a lost row is held, and says for what it waits', async () => {
  const { association, awa, bruno } = await ready();
  const patrol = await bruno.openRound(['Bruno', 'Awa']);
  await bruno.sync();
  const putLaterBack = association.server.backup();
  const draft = { ...NOBODY, patrol, people: [{ alias: 'Momo' }], items: pieces({ tips: 1 }) };
  const { row } = await bruno.call('encounter.save', draft);
  await bruno.sync();
  await awa.sync();
  putLaterBack();
  await awa.sync();
  await awa.call('encounter.void', { row, reason: 'twice' });
  await awa.sync();
  const waiting = await awa.call('view.unsent', null);
  expect(new Set(waiting.map(({ held }) => held))).toEqual(new Set(['row']));
  await bruno.sync();
  await awa.sync();
  await awa.sync();
  expect(await awa.call('view.unsent', null)).toEqual([]);
});

test('a device that the lost log had retired still shows as retired, and the administrator brings it back', async () => {
  const association = await Associations.found();
  const odile = await association.administrator();
  const bruno = await association.tablet('Bruno');
  await odile.sync();
  const putBack = association.server.backup();
  const device = async (): Promise<{ id: string; retired: string | null }> => {
    const team = await odile.call('view.team', null);
    const [line] = team.find(({ worker }) => worker.id === WORKERS.Bruno.id)?.devices ?? [];
    if (line === undefined) throw new Error('Bruno has no device.');
    return line;
  };
  await odile.call('device.revoke', { device: (await device()).id });
  await odile.sync();
  expect((await device()).retired).toBe('done');
  putBack();
  const { server } = association;
  server.fault = ({ method, path }) =>
    method === 'POST' &&
    path.endsWith('/push') &&
    server.asked.some((one) => one.path.includes('/log?'))
      ? 'down'
      : null;
  await odile.sync();
  expect((await device()).retired).toBe('waiting');
  server.fault = () => null;
  expect(await odile.sync()).toMatchObject({ unsent: 0 });
  expect((await device()).retired).toBe('done');
  expect((await bruno.state()).state).toBe('open');
});

test('a page that is no honest log stays an alarm: nothing is stepped back', async () => {
  const { association, awa, bruno } = await ready();
  await bruno.call('person.create', { alias: 'Fatou' });
  await bruno.sync();
  association.server.alter = (page) =>
    page.map((byte, at) => (at === page.length - 20 ? byte ^ 1 : byte));
  expect(await awa.sync()).toMatchObject({ alarm: expect.any(String) as string, restored: null });
});
