/** The health file: who reads it, what they write in it, and what never lies on another tablet. */
import { beforeEach, expect, test } from 'vitest';
import type { HealthReader } from '../../src/worker/protocol.ts';
import { House } from './house.ts';
import { Association, NOBODY, type Tablet } from './kit.ts';

let house: House;
let association: Association;
let odile: Tablet;
let ines: Tablet;

beforeEach(async () => {
  house = new House();
  association = await Association.found(house);
  odile = await association.administrator();
  ines = await association.tablet('Ines');
  await odile.sync();
});

async function accessOf(tablet: Tablet): Promise<string> {
  const state = await tablet.state();
  return state.state === 'open' ? state.health : state.state;
}

const named = (readers: readonly HealthReader[]): string[] =>
  readers.map(({ worker, waiting }) => [worker.name, waiting].filter(Boolean).join(' '));

async function teamOf(tablet: Tablet) {
  const { readers, without, ...rest } = await tablet.call('view.health', null);
  return { ...rest, readers: named(readers), without: named(without) };
}

/** The file is opened, and Inès's tablet has taken it over. */
async function opened(): Promise<void> {
  await odile.call('health.open', null);
  await odile.sync();
  await ines.sync();
}

/** Inès meets Momo and writes what she cared for. */
async function cared(health: Record<string, boolean | string>, people = [{ alias: 'Momo' }]) {
  const patrol = await ines.openRound();
  return ines.call('encounter.save', { ...NOBODY, patrol, people, health });
}

test('nobody has a health file before an administrator opens one', async () => {
  expect([await accessOf(odile), await accessOf(ines)]).toEqual(['none', 'none']);
  expect(await teamOf(odile)).toEqual({
    exists: 'no',
    mayOpen: true,
    mayGive: false,
    mayTake: false,
    readers: [],
    without: ['Inès'],
  });
  expect((await teamOf(ines)).mayOpen).toBe(false);
  expect(await ines.refused('health.open', null)).toBe('refused');
});

test('the file is opened in one gesture, and only health workers read it', async () => {
  const awa = await association.tablet('Awa');
  await odile.call('health.open', null);
  expect(await teamOf(odile)).toMatchObject({ exists: 'opening', readers: ['Inès given'] });
  await odile.sync();
  expect(await teamOf(odile)).toMatchObject({ exists: 'yes', mayOpen: false, mayTake: true, mayGive: false, readers: ['Inès'], without: [] });
  await ines.sync();
  await awa.sync();
  await odile.sync();
  expect([await accessOf(odile), await accessOf(ines), await accessOf(awa)]).toEqual(['closed', 'open', 'closed']);
  expect(house.other.kinds().filter((kind) => kind === 'epoch')).toHaveLength(2);
});

test('care is written with its encounter, and read by health workers alone', async () => {
  const awa = await association.tablet('Awa');
  await opened();
  await cared({ 'acts/wound': true, note: 'Plaie au bras' });
  await ines.sync();
  const [item] = (await ines.person('Momo')).timeline;
  expect(item).toMatchObject({
    type: 'contact',
    health: [{ author: 'Inès', fields: { 'acts/wound': { value: true }, note: { value: 'Plaie au bras' } }, mark: 'server' }],
  });
  await awa.sync();
  await odile.sync();
  for (const other of [awa, odile]) {
    const record = await other.person('Momo');
    expect(record).toMatchObject({ health: null, timeline: [{ health: [] , fields: { 'services/care': { value: true } }}] });
  }
});
