/** A profile that was copied: both copies write and send, and every record counts once. */
import { expect, test } from 'vitest';
import { decodeSegment } from '../../src/engine/segment.ts';
import { Association, NOBODY, PIN, type Tablet } from './kit.ts';

/** A tablet on a round with a person who is known, and one encounter that was not sent yet. */
async function onRound() {
  const association = await Association.found();
  const awa = await association.tablet('Awa');
  const patrol = await awa.openRound();
  const { id: momo } = await awa.call('person.create', { alias: 'Momo' });
  await awa.sync();
  association.server.fault = () => 'down';
  await meet(awa, patrol, 1);
  await awa.sync();
  return { association, awa, patrol, momo };
}

function meet(tablet: Tablet, patrol: string, man: number): Promise<{ readonly row: string }> {
  return tablet.call('encounter.save', { ...NOBODY, patrol, anonymous: { man } });
}

async function copied(tablet: Tablet): Promise<readonly Tablet[]> {
  const copies = [await tablet.clone(), await tablet.clone()];
  for (const copy of copies) await copy.call('vault.unlock', { pin: PIN });
  return copies;
}

async function numbers(tablet: Tablet): Promise<unknown[]> {
  const { encounters } = await tablet.call('view.patrol', null);
  return encounters.map(({ anonymous }) => anonymous.man).sort();
}

test('two copies of a profile that write offline and then send: each record is there once, on both and at the server', async () => {
  const { association, awa, patrol, momo } = await onRound();
  const { server } = association;
  const copies = await copied(awa);
  for (const [at, copy] of copies.entries()) {
    await meet(copy, patrol, 10 + at);
    const fields = { sign: `Bonnet ${at}` };
    await copy.call('entity.edit', { entity: momo, kind: 'person', facts: {}, fields });
  }
  server.fault = () => null;
  for (const copy of [...copies, ...copies]) {
    expect(await copy.sync()).toMatchObject({ unsent: 0, aside: 0, alarm: null });
  }
  for (const copy of copies) expect(await numbers(copy)).toEqual([1, 10, 11]);
  expect(server.kinds().filter((kind) => kind === 'encounter')).toHaveLength(3);
  expect(new Set(server.opIds()).size).toBe(server.opIds().length);
  const bruno = await association.tablet('Bruno');
  expect((await bruno.call('view.conflicts', null)).length).toBe(1);
});

test('both copies go on, in streams of their own, also after a restart', async () => {
  const { association, awa, patrol } = await onRound();
  const { server } = association;
  const copies = await copied(awa);
  server.fault = () => null;
  for (const round of [20, 30, 40]) {
    for (const [at, copy] of copies.entries()) {
      await copy.reopen();
      await meet(copy, patrol, round + at);
      expect(await copy.sync()).toMatchObject({ unsent: 0, aside: 0, alarm: null });
    }
  }
  for (const copy of copies) {
    await copy.sync();
    expect(await numbers(copy)).toEqual([1, 20, 21, 30, 31, 40, 41]);
  }
  expect(server.kinds().filter((kind) => kind === 'encounter')).toHaveLength(7);
  const written = server.segments.map(({ seg }) => decodeSegment(seg));
  const device = written.at(-1)?.device;
  const streams = written.filter((one) => one.device === device).map(({ stream }) => stream);
  expect(new Set(streams).size).toBeGreaterThan(1);
});

test('two copies that send at the same time lose and double nothing', async () => {
  const { association, awa, patrol } = await onRound();
  const copies = await copied(awa);
  for (const [at, copy] of copies.entries()) await meet(copy, patrol, 50 + at);
  association.server.fault = () => null;
  await Promise.all(copies.map((copy) => copy.sync()));
  for (const copy of copies) {
    expect(await copy.sync()).toMatchObject({ unsent: 0, aside: 0, alarm: null });
    expect(await numbers(copy)).toEqual([1, 50, 51]);
  }
  expect(association.server.kinds().filter((kind) => kind === 'encounter')).toHaveLength(3);
});
