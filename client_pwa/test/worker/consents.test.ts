/** Answers for statistics stand with the person's word, and go with it: in every record, in one save. */
import { beforeEach, describe, expect, test } from 'vitest';
import { DAY_MS } from '../../src/engine/logview.ts';
import type { Values } from '../../src/worker/protocol.ts';
import { STRUCTURE, type Tablet } from './kit.ts';
import { create, edit, later, meet, pair, type Pair, record } from './pair.ts';

const YES: Values = { consent_statistics: 'spoken' };
const NO: Values = { consent_statistics: 'refused' };
const ANSWERS = { age_band: '25_34', gender: 'man', time_on_street: 'under_1y', housing: 'street' };

let all: Pair;
let awa: Tablet;
let ines: Tablet;
let momo: string;
let today: number;

beforeEach(async () => {
  all = await pair();
  ({ awa, ines } = all);
  momo = await create(awa, 'Momo');
  await meet(all, awa, ines);
  today = Math.floor(awa.now_ms / DAY_MS);
});

/** The plain answers that stand with a record, and with what it says beside another of the same person. */
async function answersOf(tablet: Tablet, id = momo): Promise<unknown[]> {
  const { fields } = await record(tablet, id);
  return Object.keys(ANSWERS).flatMap((name) => {
    const { value = null, also = [] } = fields[name] ?? {};
    return [value, ...also.map((one) => one.value)].filter((one) => one !== null);
  });
}

async function refusedEdit(fields: Values, facts: Values, tablet = awa): Promise<string> {
  return tablet.refused('entity.edit', { entity: momo, kind: 'person', facts, fields });
}

const waiting = async (tablet: Tablet): Promise<number> =>
  (await tablet.call('view.unsent', null)).length;

test('an answer is written with the word of the person, said before or in the same edit', async () => {
  await edit(awa, momo, YES, { gender: 'man' });
  await edit(awa, momo, {}, { housing: 'street' });
  expect(await answersOf(awa)).toEqual(['man', 'street']);
});

test.each<[string, Values]>([
  ['nobody asked', {}],
  ['they said no', NO],
  ['they took it back', { consent_statistics: null }],
  ['it ended yesterday', { ...YES, consent_statistics_until: 19_000 }],
  ['they said yes to something else', { consent_sharing: 'written', consent_follow_up: 'spoken' }],
])('no answer is written while %s, and nothing else of that edit', async (_, said) => {
  await edit(awa, momo, said);
  const before = await waiting(awa);
  for (const [name, value] of Object.entries(ANSWERS)) {
    expect(await refusedEdit({ reach: 'Au canal' }, { [name]: value })).toBe('consent_missing');
  }
  expect(await waiting(awa)).toBe(before);
  expect((await record(awa, momo)).fields['reach']).toBeUndefined();
  await edit(awa, momo, { reach: 'Au canal' }, { left: today });
  expect((await record(awa, momo)).fields['reach']?.value).toBe('Au canal');
});

test('a word stands on its last day, and must be asked again on the next', async () => {
  await edit(awa, momo, { ...YES, consent_statistics_until: today });
  await edit(awa, momo, {}, { gender: 'man' });
  awa.now_ms += DAY_MS;
  expect(await refusedEdit({}, { housing: 'street' })).toBe('consent_missing');
  expect(await answersOf(awa)).toEqual(['man']);
  await edit(awa, momo, {}, { gender: null });
  await edit(awa, momo, YES, { housing: 'street' });
  expect(await answersOf(awa)).toEqual(['street']);
  expect((await record(awa, momo)).fields['consent_statistics_until']?.value).toBeNull();
});

test('a last day that is not over stays with a word that is said again', async () => {
  await edit(awa, momo, { ...YES, consent_statistics_until: today + 30 });
  await edit(awa, momo, { consent_statistics: 'written' });
  const { fields } = await record(awa, momo);
  expect(fields['consent_statistics_until']?.value).toBe(today + 30);
});

test('who agrees to being referred agrees from that day on, whenever their last word ended', async () => {
  await edit(awa, momo, { consent_sharing: 'spoken', consent_sharing_until: today });
  awa.now_ms += DAY_MS;
  const ask = { person: momo, structure: STRUCTURE, needs: [], consent: 'spoken' } as const;
  await awa.call('referral.create', ask);
  const { fields } = await record(awa, momo);
  expect(fields['consent_sharing_until']?.value).toBeNull();
});

describe('a no to statistics', () => {
  test.each<[string, Values]>([
    ['said', NO],
    ['taken back', { consent_statistics: null }],
  ])('that is %s takes every answer back, and nothing else', async (_, no) => {
    await edit(awa, momo, { ...YES, reach: 'Au canal' }, { ...ANSWERS, left: today });
    expect(await answersOf(awa)).toHaveLength(4);
    await edit(awa, momo, no);
    await meet(all, awa, ines);
    for (const tablet of [awa, ines]) {
      const { fields, line } = await record(tablet, momo);
      expect(await answersOf(tablet)).toEqual([]);
      expect([fields['reach']?.value, line.left]).toEqual(['Au canal', today]);
      expect(fields['consent_statistics']?.value).toBe(Object.values(no)[0]);
    }
  });

  test('of another purpose takes none back', async () => {
    await edit(awa, momo, YES, { gender: 'man' });
    await edit(awa, momo, { consent_sharing: 'refused', consent_follow_up: null });
    expect(await answersOf(awa)).toEqual(['man']);
  });

  test('of somebody who gave none writes that and no more', async () => {
    await edit(awa, momo, NO);
    expect(await waiting(awa)).toBe(1);
  });

  test('takes them back in every record of the person, in one save', async () => {
    const maurice = await create(awa, 'Maurice');
    for (const id of [momo, maurice]) await edit(awa, id, YES, { gender: 'man' });
    await edit(awa, maurice, {}, { housing: 'squat' });
    await awa.call('person.merge', { ids: [momo, maurice] });
    expect(await answersOf(awa)).toEqual(['man', 'squat']);
    await edit(awa, maurice, NO);
    expect(await answersOf(awa)).toEqual([]);
    await awa.call('person.unmerge', { id: maurice });
    for (const id of [momo, maurice]) expect(await answersOf(awa, id)).toEqual([]);
  });

  test('takes along what a tablet has written that had not heard of it, with the next thing that is said', async () => {
    await edit(awa, momo, YES);
    await meet(all, awa, ines);
    await edit(awa, momo, NO);
    await edit(ines, momo, {}, { gender: 'man' });
    await meet(all, awa, ines);
    expect(await answersOf(awa)).toEqual(['man']);
    await edit(ines, momo, { reach: 'Au canal' });
    await meet(all, awa, ines);
    expect(await answersOf(awa)).toEqual([]);
  });

  test('takes back an answer of which two stand side by side', async () => {
    await edit(awa, momo, YES);
    await meet(all, awa, ines);
    await edit(awa, momo, {}, { gender: 'man' });
    await edit(ines, momo, {}, { gender: null, housing: 'street' });
    await edit(ines, momo, {}, { gender: 'trans_man' });
    await meet(all, awa, ines);
    expect(await awa.call('view.conflicts', null)).toHaveLength(1);
    await edit(awa, momo, NO);
    await meet(all, awa, ines);
    expect(await ines.call('view.conflicts', null)).toEqual([]);
    expect(await answersOf(ines)).toEqual([]);
  });
});

describe('of two words that were written down apart', () => {
  beforeEach(async () => {
    await edit(awa, momo, YES, { gender: 'man' });
    await meet(all, awa, ines);
    later(awa, ines);
    await edit(awa, momo, { consent_statistics: 'written' });
    await edit(ines, momo, { consent_statistics: 'spoken' });
    await meet(all, awa, ines);
  });

  test('neither lets an answer be written before somebody settles it', async () => {
    expect(await refusedEdit({}, { housing: 'street' })).toBe('consent_missing');
    const [card] = await awa.call('view.conflicts', null);
    if (!card) throw new Error('There is a conflict.');
    expect(card.name).toBe('consent_statistics');
    await awa.call('conflict.resolve', { card, value: 'written' });
    await edit(awa, momo, {}, { housing: 'street' });
    expect(await answersOf(awa)).toEqual(['man', 'street']);
  });

  test('settled by a no, the answers go with it', async () => {
    const [card] = await awa.call('view.conflicts', null);
    if (!card) throw new Error('There is a conflict.');
    expect(await answersOf(awa)).toEqual(['man']);
    await awa.call('conflict.resolve', { card, value: 'refused' });
    expect(await answersOf(awa)).toEqual([]);
    expect(await awa.call('view.conflicts', null)).toEqual([]);
  });
});

test('of two answers that were written down apart none is chosen without the word for it', async () => {
  await edit(awa, momo, YES);
  await meet(all, awa, ines);
  await edit(awa, momo, {}, { gender: 'man' });
  await edit(ines, momo, {}, { gender: 'trans_man' });
  await meet(all, awa, ines);
  awa.now_ms += DAY_MS;
  await edit(awa, momo, { consent_statistics_until: today });
  const [card] = await awa.call('view.conflicts', null);
  if (!card) throw new Error('There is a conflict.');
  expect(await awa.refused('conflict.resolve', { card, value: 'man' })).toBe('consent_missing');
  await awa.call('conflict.resolve', { card, value: null });
  expect(await answersOf(awa)).toEqual([]);
});
