/** A server that has no time now: it is left alone for as long as it asks, and nothing is lost meanwhile. */
import { expect, test } from 'vitest';
import { PATIENCE_MS_MAX, patient_ms } from '../../src/worker/pace.ts';
import { Association, Tablet } from './kit.ts';
import { type Asked, problem } from './server.ts';

const isPush = ({ method, path }: Asked): boolean => method === 'POST' && path.endsWith('/push');

const busy = (retry_after?: number): Response =>
  problem(429, 'too_many_requests', retry_after === undefined ? {} : { retry_after });

/** A tablet with something to send, whose push was answered so. */
async function refused(answer: () => Response) {
  const association = await Association.found();
  const awa = await association.tablet('Awa');
  const { server } = association;
  server.fault = (asked) => (isPush(asked) ? answer() : null);
  await awa.call('person.create', { alias: 'Momo' });
  const state = await awa.sync();
  server.fault = () => null;
  const persons = (): number => server.kinds().filter((kind) => kind === 'person').length;
  return { awa, server, state, persons, asked: server.asked.length };
}

test('a server that asks for patience is asked nothing before its time, by nobody, and then gets all of it once', async () => {
  const { awa, server, state, persons, asked } = await refused(() => busy(120));
  expect(state).toMatchObject({ unsent: 1, aside: 0, alarm: null });
  expect((state.nextTry ?? 0) - awa.now_ms).toBeGreaterThanOrEqual(120_000);
  awa.now_ms += 119_000;
  awa.core.hint();
  expect(await awa.sync()).toMatchObject({ unsent: 1, aside: 0 });
  expect([server.asked.length, persons(), awa.planned]).toEqual([asked, 0, 1]);
  awa.now_ms += 1_000;
  expect(await awa.sync()).toMatchObject({ unsent: 0, aside: 0 });
  expect([server.asked.length > asked, persons()]).toEqual([true, 1]);
});

test('it comes back by itself once the time is over', async () => {
  const { awa, state, persons } = await refused(() => busy(120));
  awa.now_ms = state.nextTry ?? 0;
  await awa.tick();
  await awa.sync();
  expect(persons()).toBe(1);
});

test('a server that names no time is asked again when a worker wants it', async () => {
  const { awa, persons } = await refused(() => busy());
  expect(await awa.sync()).toMatchObject({ unsent: 0 });
  expect(persons()).toBe(1);
});

test.each([
  ['asks for a year is asked again after an hour', PATIENCE_MS_MAX],
  ['asked a tablet whose clock was then set back does not silence it', -60_000],
])('a server that %s', async (_what, later_ms) => {
  const { awa, persons } = await refused(() => busy(365 * 86_400));
  await awa.sync();
  expect(persons()).toBe(0);
  awa.now_ms += later_ms;
  await awa.sync();
  expect(persons()).toBe(1);
});

test('a device that waits for its answer goes on waiting while the server is busy, and stops when its link is over', async () => {
  const association = await Association.found();
  const awa = await Tablet.new(association.server);
  await awa.call('join.begin', { link: association.link() });
  association.server.fault = () => busy(30);
  await awa.tick();
  expect(await awa.state()).toMatchObject({ state: 'joining', step: 'waiting' });
  association.server.fault = () => null;
  await association.answer('Awa');
  awa.now_ms += 30_000;
  await awa.tick();
  expect(await awa.state()).toMatchObject({ state: 'joining', step: 'compare' });
  const bruno = await Tablet.new(association.server);
  await bruno.call('join.begin', { link: association.link() });
  association.server.fault = () => problem(404, 'join_expired');
  await bruno.tick();
  expect(await bruno.state()).toMatchObject({ state: 'unjoined' });
});

test('tablets that were told together come back apart, and none before its time', () => {
  const waits = [0, 0.4, 0.9].map((chance) => patient_ms(5_000, 60_000, chance));
  expect(new Set(waits).size).toBe(3);
  expect(Math.min(...waits)).toBe(60_000);
  expect(patient_ms(90_000, 60_000, 0)).toBe(90_000);
});
