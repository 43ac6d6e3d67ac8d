/** Pushing and pulling over a line that fails, to a server that refuses, moves or lies. */
import { expect, test } from 'vitest';
import { decodeHeader } from '../../src/engine/op.ts';
import { decodePush, decodeSegment } from '../../src/engine/segment.ts';
import { Association, NOBODY, type Tablet, pieces } from './kit.ts';
import { fillDisk } from '../full-disk.ts';
import { type Asked, nameOf, problem } from './server.ts';

type Ready = { readonly association: Association; readonly awa: Tablet };

async function ready(): Promise<Ready> {
  const association = await Association.found();
  return { association, awa: await association.tablet('Awa') };
}

const isPush = ({ method, path }: Asked): boolean => method === 'POST' && path.endsWith('/push');

test('an answer that was lost after the commit is asked for again, and what was sent counts once', async () => {
  const { association, awa } = await ready();
  const { server } = association;
  const patrol = await awa.openRound();
  await awa.sync();
  server.fault = (asked) => (isPush(asked) ? 'lost' : null);
  const { row } = await awa.call('encounter.save', {
    ...NOBODY,
    patrol,
    anonymous: { man: 2 },
    items: pieces({ tips: 3 }),
  });
  expect(await awa.sync()).toMatchObject({ unsent: 2, aside: 0 });
  expect(server.kinds().filter((kind) => kind === 'encounter')).toHaveLength(1);
  await awa.restart();
  server.fault = () => null;
  await awa.reopen();
  expect(await awa.sync()).toMatchObject({ unsent: 0, aside: 0 });
  expect(server.kinds().filter((kind) => kind === 'encounter')).toHaveLength(1);
  expect((await awa.call('view.patrol', null)).patrol).toMatchObject({ encounters: 1, people: 2 });
  const bruno = await association.tablet('Bruno');
  expect((await bruno.call('view.encounter', { row })).items).toMatchObject([{ count: 3 }]);
});

test('what is asked for while an attempt fails is tried once more, not when its turn comes', async () => {
  const { association, awa } = await ready();
  await awa.openRound();
  const again: Promise<unknown>[] = [];
  association.server.fault = () => {
    if (again.length > 0) return null;
    again.push(awa.sync());
    return 'down';
  };
  await awa.sync();
  await Promise.all(again);
  expect(await awa.call('sync.state', null)).toMatchObject({ unsent: 0 });
});

test('an op that is refused is set aside with its code, the others go on, and the screens say so', async () => {
  const { association, awa } = await ready();
  const { server } = association;
  const patrol = await awa.openRound();
  await awa.sync();
  server.fault = (asked) => {
    if (!isPush(asked)) return null;
    const { ops } = decodePush(asked.body);
    const index = ops.findIndex(([header]) => decodeHeader(header).kind === 'distribution');
    const refused = ops[index];
    if (refused === undefined) return null;
    return problem(422, 'bad_fact', { index, op_id: nameOf(refused), name: 'count' });
  };
  const draft = { ...NOBODY, patrol, people: [{ alias: 'Momo' }], items: pieces({ tips: 1 }) };
  const { row } = await awa.call('encounter.save', draft);
  expect(await awa.sync()).toMatchObject({ unsent: 0, aside: 1 });
  await awa.reopen();
  expect(await awa.call('sync.state', null)).toMatchObject({ unsent: 0, aside: 1 });
  expect(await awa.call('view.unsent', null)).toMatchObject([
    { kind: 'distribution', code: 'bad_fact' },
  ]);
  const met = await awa.call('view.encounter', { row });
  expect([met.mark, met.items.length]).toEqual(['server', 1]);
  expect((await awa.person('Momo')).line.mark).toBe('server');
  expect(server.kinds()).toContain('contact');
  expect(server.kinds()).not.toContain('distribution');
});

test('a refused beginning takes with it what stands on it, and nothing else', async () => {
  const { association, awa } = await ready();
  association.server.fault = (asked) => {
    if (!isPush(asked)) return null;
    const { ops } = decodePush(asked.body);
    const index = ops.findIndex(([header]) => decodeHeader(header).opClass === 0);
    return index < 0 ? null : problem(422, 'bad_header', { index, op_id: null, name: 'entity' });
  };
  const { id } = await awa.call('person.create', { alias: 'Momo' });
  await awa.sync();
  expect(await awa.call('view.unsent', null)).toMatchObject([{ code: 'bad_header' }]);
  expect((await awa.call('view.person', { id })).line.mark).toBe('aside');
});

test('a token that ends in the middle of a queue is asked for again', async () => {
  const { association, awa } = await ready();
  const { server } = association;
  server.pageSegments = 1;
  const bruno = await association.tablet('Bruno');
  for (const alias of ['Un', 'Deux', 'Trois']) {
    await bruno.call('person.create', { alias });
    await bruno.sync();
  }
  await awa.call('person.create', { alias: 'Quatre' });
  let pages = 0;
  server.fault = ({ path }) => {
    pages += path.includes('/ops?') ? 1 : 0;
    if (pages === 2) server.expireTokens();
    return null;
  };
  expect(await awa.sync()).toMatchObject({ unsent: 0, alarm: null });
  expect((await awa.call('view.people', { query: '' })).total).toBe(4);
  expect(server.asked.filter(({ path }) => path.endsWith('/token')).length).toBeGreaterThan(2);
});

test('a stream that was moved goes on from where the server stands', async () => {
  const { association, awa } = await ready();
  const { server } = association;
  await awa.call('person.create', { alias: 'Un' });
  await awa.sync();
  let moved = false;
  const streams = new Set<string>();
  server.fault = (asked) => {
    if (!isPush(asked)) return null;
    streams.add(decodeSegment(decodePush(asked.body).seg).stream);
    if (moved) return null;
    moved = true;
    return problem(409, 'stream_moved', { next_seq: 0, head: '0'.repeat(64) });
  };
  await awa.call('person.create', { alias: 'Deux' });
  expect(await awa.sync()).toMatchObject({ unsent: 0, aside: 0 });
  expect(streams.size).toBe(2);
  expect(server.kinds().filter((kind) => kind === 'person')).toHaveLength(2);
  await awa.reopen();
  expect((await awa.call('view.people', { query: '' })).total).toBe(2);
});

test('ops that the server knows already are not sent twice', async () => {
  const { association, awa } = await ready();
  const { server } = association;
  server.fault = (asked) => (isPush(asked) ? 'lost' : null);
  await awa.call('person.create', { alias: 'Un' });
  await awa.sync();
  const [name] = server.opIds().slice(-1);
  await awa.call('person.create', { alias: 'Deux' });
  let told = false;
  server.fault = (asked) => {
    if (!isPush(asked) || told) return null;
    told = true;
    return problem(409, 'already_logged', { op_ids: [name] });
  };
  expect(await awa.sync()).toMatchObject({ unsent: 0, aside: 0 });
  expect(server.kinds().filter((kind) => kind === 'person')).toHaveLength(2);
});

test('a page that fails its checks is not taken and raises the alarm; the work goes on, and an honest page ends it', async () => {
  const { association, awa } = await ready();
  const { server } = association;
  const bruno = await association.tablet('Bruno');
  await bruno.call('person.create', { alias: 'Momo' });
  await bruno.sync();
  server.alter = (page) => page.map((byte, at) => (at === page.length - 20 ? byte ^ 1 : byte));
  await awa.call('person.create', { alias: 'Fatou' });
  const { alarm } = await awa.sync();
  expect(alarm).toEqual(expect.any(String));
  expect(awa.events.filter(({ name }) => name === 'sync').at(-1)?.value).toMatchObject({ alarm });
  expect((await awa.call('view.people', { query: '' })).people.map(({ name }) => name)).toEqual([
    'Fatou',
  ]);
  await awa.call('person.create', { alias: 'Sami' });
  expect(await awa.sync()).toMatchObject({ alarm, aside: 0 });
  expect(server.kinds().filter((kind) => kind === 'person')).toHaveLength(3);
  server.alter = (page) => page;
  expect(await awa.sync()).toMatchObject({ alarm: null, unsent: 0 });
  expect((await awa.call('view.people', { query: '' })).total).toBe(3);
});

test("another device's ops appear, and a coordinator's eye is seen on one's own", async () => {
  const { association, awa } = await ready();
  const bruno = await association.tablet('Bruno');
  await awa.call('person.create', { alias: 'Momo' });
  expect((await awa.person('Momo')).line.mark).toBe('tablet');
  await awa.sync();
  expect((await awa.person('Momo')).line.mark).toBe('server');
  await bruno.sync();
  expect((await bruno.person('Momo')).line.name).toBe('Momo');
  await bruno.call('person.create', { alias: 'Fatou' });
  await bruno.sync();
  awa.events = [];
  await awa.sync();
  expect(awa.events.map(({ name }) => name)).toContain('changed');
  expect((await awa.person('Momo')).line.mark).toBe('seen');
  expect((await awa.person('Fatou')).line.mark).toBe('server');
});

test('a line that fails is tried again by itself, later at each failure, and at once when asked', async () => {
  const { association, awa } = await ready();
  association.server.fault = () => 'down';
  await awa.call('person.create', { alias: 'Momo' });
  const waits: number[] = [];
  await awa.sync();
  for (let attempt = 0; attempt < 4; attempt += 1) {
    const { nextTry, lastReached } = await awa.call('sync.state', null);
    expect(lastReached).toBe(awa.now_ms);
    waits.push((nextTry ?? 0) - awa.now_ms);
    await awa.tick();
  }
  expect(waits).toEqual([...waits].sort((a, b) => a - b));
  expect(new Set(waits).size).toBeGreaterThan(2);
  association.server.fault = () => null;
  awa.core.hint();
  expect(await awa.sync()).toMatchObject({ unsent: 0 });
  expect(awa.planned).toBe(1);
});

test('what waits is one list: kind, time, and no code while nothing was refused', async () => {
  const { association, awa } = await ready();
  association.server.fault = () => 'down';
  await awa.openRound();
  await awa.call('person.create', { alias: 'Momo' });
  const waiting = await awa.call('view.unsent', null);
  expect(waiting.map(({ kind, at, code }) => [kind, at, code])).toEqual([
    ['patrol', awa.now_ms, null],
    ['person', awa.now_ms, null],
  ]);
});

test('a receipt for which there is no room is asked for again', async () => {
  const { association, awa } = await ready();
  const { server } = association;
  let filled = false;
  server.fault = (asked) => {
    if (isPush(asked) && !filled) {
      filled = true;
      fillDisk();
    }
    return null;
  };
  await awa.call('person.create', { alias: 'Momo' });
  await awa.sync();
  expect(await awa.sync()).toMatchObject({ unsent: 0, aside: 0 });
  expect([filled, server.kinds().filter((kind) => kind === 'person').length]).toEqual([true, 1]);
});
