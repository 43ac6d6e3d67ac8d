/** All that was ever said under one name: by whom, when, and whether this device has all of it. */
import { beforeEach, describe, expect, test } from 'vitest';
import type { EntityId } from '../../src/engine/ids.ts';
import { writeControl } from '../../src/engine/writer.ts';
import type { History, Values } from '../../src/worker/protocol.ts';
import { moment } from '../engine/kit.ts';
import type { Tablet } from './kit.ts';
import { create, edit, later, meet, pair, type Pair } from './pair.ts';
import { Ward } from './ward.ts';

let all: Pair;
let awa: Tablet;
let ines: Tablet;
let momo: string;

beforeEach(async () => {
  all = await pair();
  ({ awa, ines } = all);
  momo = await create(awa, 'Momo');
  await meet(all, awa, ines);
});

function historyOf(
  tablet: Tablet,
  name: string,
  { entity = momo, kind = 'person' } = {},
): Promise<History> {
  return tablet.call('view.history', { entity, kind, name });
}

async function valuesOf(...asked: Parameters<typeof historyOf>): Promise<unknown[]> {
  const { values } = await historyOf(...asked);
  return values.map(({ value }) => value);
}

/** One edit after the other, a minute apart. */
async function say(tablet: Tablet, entity: string, ...edits: readonly Values[]): Promise<void> {
  for (const fields of edits) {
    later(awa, ines);
    await edit(tablet, entity, fields);
  }
}

/** How many ops of a person this tablet knows to be dead. */
async function killsOf(entity: string): Promise<number> {
  all.association.server.fault = () => null;
  await all.association.deliver();
  all.association.server.fault = () => 'down';
  const ops = all.association.odile.ops(entity as EntityId);
  return ops.flatMap(({ header }) => header.kills).length;
}

test('it tells what nothing shows any more, by whom and when, the last said first', async () => {
  const begun = awa.now_ms;
  await say(awa, momo, { reach: 'Au canal' }, { reach: 'À la gare' });
  for (const fields of [
    { reach: null },
    { description: 'Bonnet rouge' },
    { reach: 'Par Fatou' },
  ] as const) {
    await meet(all, awa, ines);
    await say(ines, momo, fields);
    await meet(all, ines, awa);
  }
  expect(await killsOf(momo)).toBeGreaterThan(1);
  await awa.reopen();
  const minute = (n: number): number => begun + n * 60_000;
  expect(await historyOf(awa, 'reach')).toEqual({
    values: [
      { value: 'Par Fatou', author: 'Ines', at: minute(5), mark: 'server' },
      { value: null, author: 'Ines', at: minute(3), mark: 'server' },
      { value: 'À la gare', author: 'Awa', at: minute(2), mark: 'server' },
      { value: 'Au canal', author: 'Awa', at: minute(1), mark: 'server' },
    ],
    complete: true,
  });
  expect(await valuesOf(awa, 'description')).toEqual(['Bonnet rouge']);
  expect(await valuesOf(awa, 'vulnerability/isolated')).toEqual([]);
});

test('what waits on the tablet is told too, and plain answers like sealed ones', async () => {
  await edit(awa, momo, { consent_statistics: 'spoken' }, { gender: 'man' });
  later(awa, ines);
  await edit(awa, momo, {}, { gender: 'trans_man' });
  const { values } = await historyOf(awa, 'gender');
  expect(values.map(({ value, mark }) => [value, mark])).toEqual([
    ['trans_man', 'tablet'],
    ['man', 'tablet'],
  ]);
});

test('what two tablets said apart is told of both, and what settled it', async () => {
  await say(awa, momo, { reach: 'Au canal' });
  await say(ines, momo, { reach: 'À la gare' });
  await meet(all, awa, ines);
  const [card] = await awa.call('view.conflicts', null);
  if (!card) throw new Error('There is a conflict.');
  later(awa, ines);
  await awa.call('conflict.resolve', { card, value: 'Au canal' });
  await meet(all, awa, ines);
  const { values } = await historyOf(ines, 'reach');
  expect(values.map(({ value, author }) => [value, author])).toEqual([
    ['Au canal', 'Awa'],
    ['À la gare', 'Ines'],
    ['Au canal', 'Awa'],
  ]);
});

test('of two records of one person it is told together, and of each alone when they part', async () => {
  const maurice = await create(awa, 'Maurice');
  await say(awa, momo, { reach: 'Au canal' });
  await say(awa, maurice, { reach: 'À la gare' });
  await say(awa, momo, { reach: 'Par Fatou' });
  await awa.call('person.merge', { ids: [momo, maurice] });
  for (const entity of [momo, maurice]) {
    expect(await valuesOf(awa, 'reach', { entity })).toEqual([
      'Par Fatou',
      'À la gare',
      'Au canal',
    ]);
  }
  await awa.call('person.unmerge', { id: maurice });
  expect(await valuesOf(awa, 'reach', { entity: maurice })).toEqual(['À la gare']);
});

test('what is said of a row of a person is no history of theirs', async () => {
  const values = { need: 'shelter', note: 'Au 115' };
  await awa.call('row.add', { person: momo, kind: 'request', values });
  expect(await valuesOf(awa, 'note')).toEqual([]);
  expect(await valuesOf(awa, 'note', { kind: 'request' })).toEqual([]);
  await say(awa, momo, { reach: 'Au canal' });
  expect(await valuesOf(awa, 'reach')).toEqual(['Au canal']);
});

test('it serves whatever else has a history', async () => {
  const { id } = await awa.call('bag.create', { name: 'Sac bleu' });
  const said = { entity: id, kind: 'bag', facts: {}, fields: { name: 'Sac vert' } };
  later(awa, ines);
  await awa.call('entity.edit', said);
  expect(await valuesOf(awa, 'name', { entity: id, kind: 'bag' })).toEqual([
    'Sac vert',
    'Sac bleu',
  ]);
});

test('of whom there is nothing, or nothing any more, it is said so', async () => {
  const entity = '0'.repeat(32);
  const ask = { entity: momo, kind: 'person', name: 'reach' };
  expect(await awa.refused('view.history', { ...ask, entity })).toBe('not_found');
  await say(awa, momo, { reach: 'Au canal' });
  expect(await valuesOf(awa, 'reach')).toHaveLength(1);
  all.association.server.fault = () => null;
  await awa.sync();
  await all.association.deliver();
  const erase = { kind: 'erase', entities: [momo as EntityId] } as const;
  writeControl(all.association.odile, erase, moment());
  await all.association.deliver();
  await awa.sync();
  expect(await awa.refused('view.history', ask)).toBe('erased');
});

describe('a device that began later', () => {
  test('has what stands, and says that it is not all of it', async () => {
    await say(awa, momo, { reach: 'Au canal' }, { reach: 'À la gare' });
    await meet(all, awa, ines);
    expect(await killsOf(momo)).toBe(1);
    all.association.server.fault = () => null;
    const bruno = await all.association.tablet('Bruno');
    expect(await historyOf(bruno, 'reach')).toMatchObject({
      values: [{ value: 'À la gare', author: 'Awa' }],
      complete: false,
    });
    const fatou = await create(bruno, 'Fatou');
    expect((await historyOf(bruno, 'reach', { entity: fatou })).complete).toBe(true);
    await bruno.sync();
    expect((await historyOf(bruno, 'reach', { entity: fatou })).complete).toBe(true);
    expect((await historyOf(awa, 'reach')).complete).toBe(true);
  });

  test('or that was away while something was said and replaced says so too', async () => {
    await say(awa, momo, { reach: 'Au canal' });
    await awa.sync();
    all.association.server.fault = () => null;
    await awa.sync();
    await say(awa, momo, { reach: 'À la gare' });
    await awa.sync();
    await say(awa, momo, { reach: 'Par Fatou' });
    await awa.sync();
    await ines.sync();
    expect(await historyOf(ines, 'reach')).toMatchObject({
      values: [{ value: 'Par Fatou' }],
      complete: false,
    });
    expect(await historyOf(awa, 'reach')).toMatchObject({ complete: true });
    expect(await valuesOf(awa, 'reach')).toHaveLength(3);
  });
});

test('what the health file says is told where it is read, and nowhere else', async () => {
  const ward = await Ward.opened();
  const outreach = await ward.association.tablet('Awa');
  const person = await create(ward.ines, 'Momo');
  const said = { entity: person, kind: 'person_health', facts: {} };
  for (const file of ['Dossier 12', 'Dossier 21']) {
    ward.ines.now_ms += 60_000;
    await ward.ines.call('entity.edit', { ...said, fields: { file } });
  }
  for (const tablet of [ward.ines, outreach]) await tablet.sync();
  const ask = { entity: person, kind: 'person_health' };
  expect(await historyOf(ward.ines, 'file', ask)).toMatchObject({
    values: [
      { value: 'Dossier 21', author: 'Ines' },
      { value: 'Dossier 12', author: 'Ines' },
    ],
    complete: true,
  });
  expect(await historyOf(outreach, 'file', ask)).toEqual({ values: [], complete: false });
  const plain = { entity: person, kind: 'person' };
  expect((await historyOf(ward.ines, 'file', plain)).values).toEqual([]);
  const aliases = (await outreach.call('view.person', { id: person })).fields;
  const [alias = ''] = Object.keys(aliases);
  expect(await valuesOf(outreach, alias, plain)).toEqual(['Momo']);
});
