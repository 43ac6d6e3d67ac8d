/** Two records of one person: they read as one everywhere, are written to as one, and part again whole. */
import { describe, expect, test } from 'vitest';
import type { EntityId } from '../../src/engine/ids.ts';
import { writeControl } from '../../src/engine/writer.ts';
import type { Calls, Values } from '../../src/worker/protocol.ts';
import { moment } from '../engine/kit.ts';
import { Association, NOBODY, STRUCTURE, type Tablet } from './kit.ts';

type Ready = {
  readonly association: Association;
  readonly awa: Tablet;
  readonly patrol: string;
  /** The ids of Momo and of Maurice, the smaller first. */
  readonly ids: readonly [string, string];
  readonly names: readonly [string, string];
};

/** Awa has met Momo and, another day, Maurice, who asked for a roof; both are one. */
async function ready(): Promise<Ready> {
  const association = await Association.found();
  const awa = await association.tablet('Awa');
  const patrol = await awa.openRound();
  const momo = await awa.call('person.create', { alias: 'Momo', sign: 'Bonnet rouge' });
  const maurice = await awa.call('person.create', { alias: 'Maurice' });
  for (const [{ id }, note] of [
    [momo, 'Tousse.'],
    [maurice, 'Va mieux.'],
  ] as const) {
    awa.now_ms += 60_000;
    await awa.call('encounter.save', {
      ...NOBODY,
      patrol,
      people: [{ id }],
      needs: id === maurice.id ? ['shelter'] : [],
      note,
    });
  }
  const isFirst = momo.id < maurice.id;
  return {
    association,
    awa,
    patrol,
    ids: isFirst ? [momo.id, maurice.id] : [maurice.id, momo.id],
    names: isFirst ? ['Momo', 'Maurice'] : ['Maurice', 'Momo'],
  };
}

async function edit(
  tablet: Tablet,
  entity: string,
  fields: Values,
  facts: Values = {},
): Promise<void> {
  await tablet.call('entity.edit', { entity, kind: 'person', facts, fields });
}

const everybody = async (tablet: Tablet): Promise<string[]> => {
  const { people } = await tablet.call('view.people', { query: '' });
  return people.map(({ name }) => name);
};
const record = (tablet: Tablet, id: string): Promise<Calls['view.person']['answer']> =>
  tablet.call('view.person', { id });

describe('merged people', () => {
  test('are one line, found by every alias, with one timeline under either id', async () => {
    const { awa, ids, names } = await ready();
    await awa.call('person.merge', { ids: ids.toReversed() });
    expect(await everybody(awa)).toEqual([names[0]]);
    for (const query of names) {
      const { line } = await awa.person(query);
      expect(line).toMatchObject({ id: ids[0], name: names[0], aliases: names, openRequests: 1 });
    }
    for (const id of ids) {
      const { timeline, requests, line } = await record(awa, id);
      expect(line.sign).toBe('Bonnet rouge');
      expect(requests).toHaveLength(1);
      expect(timeline.map(({ type }) => type).sort()).toEqual(['contact', 'contact', 'request']);
    }
  });

  test('say who declared them one person, and when', async () => {
    const { association, awa, ids, names } = await ready();
    await awa.sync();
    const bruno = await association.tablet('Bruno');
    await bruno.sync();
    bruno.now_ms += 3_600_000;
    await bruno.call('person.merge', { ids });
    await bruno.sync();
    await awa.sync();
    const { records } = await record(awa, ids[0]);
    expect(records.map(({ name }) => name)).toEqual(names);
    for (const { joined } of records) {
      expect(joined).toEqual({ author: 'Bruno', at: bruno.now_ms, mark: 'server' });
    }
  });

  test('part again as they were, and whoever else is of them stays', async () => {
    const { awa, ids, names } = await ready();
    const before = await Promise.all(ids.map((id) => record(awa, id)));
    await awa.call('person.merge', { ids });
    await awa.call('person.unmerge', { id: ids[1] });
    expect((await everybody(awa)).sort()).toEqual(names.toSorted());
    for (const [at, id] of ids.entries()) {
      const { line, records, timeline, requests } = await record(awa, id);
      expect({ records, timeline, requests }).toEqual({
        records: [],
        timeline: before[at]?.timeline,
        requests: before[at]?.requests,
      });
      expect({ ...line, mark: null }).toEqual({ ...before[at]?.line, mark: null });
    }
    const { id: third } = await awa.call('person.create', { alias: 'Le Frisé' });
    await awa.call('person.merge', { ids: [...ids, third] });
    const [first = ''] = [...ids, third].sort();
    await awa.call('person.unmerge', { id: first });
    expect(await everybody(awa)).toHaveLength(2);
    expect((await record(awa, first)).records).toEqual([]);
  });

  test('are the same after the vault was closed, and on another device', async () => {
    const { association, awa, ids, names } = await ready();
    await awa.call('person.merge', { ids });
    await awa.reopen();
    expect(await everybody(awa)).toEqual([names[0]]);
    const bruno = await association.tablet('Bruno');
    await bruno.sync();
    expect(await everybody(bruno)).toEqual([names[0]]);
  });

  test('are written to under the first id, by whichever of them', async () => {
    const { awa, patrol, ids, names } = await ready();
    await awa.call('person.merge', { ids });
    await awa.sync();
    await edit(awa, ids[1], { reach: 'Au canal' });
    await awa.call('encounter.save', { ...NOBODY, patrol, people: [{ id: ids[1] }] });
    await awa.call('referral.create', {
      person: ids[1],
      structure: STRUCTURE,
      needs: ['shelter'],
      consent: 'spoken',
    });
    const waiting = await awa.call('view.unsent', null);
    expect(waiting.length).toBeGreaterThan(4);
    await awa.call('person.unmerge', { id: ids[1] });
    const [first, second] = [await record(awa, ids[0]), await record(awa, ids[1])];
    expect(first.fields['reach']?.value).toBe('Au canal');
    expect(first.line.referral).toBe('sent');
    expect(second.fields['reach']).toBeUndefined();
    expect(second.line.referral).toBeNull();
    const [line] = await awa.call('view.queue', null);
    expect(line?.person).toEqual({ id: ids[0], name: names[0] });
  });

  test('close a request where it was asked', async () => {
    const { awa, ids } = await ready();
    await awa.call('person.merge', { ids });
    const [request] = (await record(awa, ids[0])).requests;
    const row = request?.row ?? '';
    await awa.call('row.amend', { row, values: { status: 'obtained' } });
    expect((await record(awa, ids[0])).requests).toMatchObject([{ status: 'obtained' }]);
  });

  test('are one person of an encounter, of the round and of the queue', async () => {
    const { awa, patrol, ids, names } = await ready();
    const { row } = await awa.call('encounter.save', {
      ...NOBODY,
      patrol,
      people: ids.map((id) => ({ id })),
    });
    await awa.call('referral.create', {
      person: ids[1],
      structure: STRUCTURE,
      needs: ['shelter'],
      consent: 'spoken',
    });
    await awa.call('person.merge', { ids });
    const { people } = await awa.call('view.encounter', { row });
    expect(people).toMatchObject([{ id: ids[0], name: names[0] }]);
    const home = await awa.call('view.patrol', null);
    expect(home.met.map(({ id }) => id)).toEqual([ids[0]]);
    const [line] = await awa.call('view.queue', null);
    expect(line?.person).toEqual({ id: ids[0], name: names[0] });
    expect((await record(awa, ids[0])).line.referral).toBe('sent');
  });

  test('show what each record says where they differ, and lose what is taken out of a set', async () => {
    const { awa, ids } = await ready();
    await edit(awa, ids[0], { reach: 'Au canal', 'vulnerability/isolated': true });
    await edit(
      awa,
      ids[1],
      { reach: 'À la gare', 'vulnerability/isolated': true, consent_statistics: 'spoken' },
      { gender: 'man' },
    );
    await awa.call('person.merge', { ids });
    const { fields } = await record(awa, ids[0]);
    expect(fields['reach']).toMatchObject({
      value: 'Au canal',
      conflict: false,
      undecided: false,
      also: [{ value: 'À la gare', author: 'Awa' }],
    });
    expect(fields['gender']).toMatchObject({ value: 'man', also: [] });
    await edit(awa, ids[0], { 'vulnerability/isolated': null, reach: null });
    const after = (await record(awa, ids[0])).fields;
    expect(after['vulnerability/isolated']?.value).toBeNull();
    expect(after['reach']).toMatchObject({ value: null, also: [{ value: 'À la gare' }] });
  });

  test('are still there while one of them is in the bin', async () => {
    const { awa, association, ids, names } = await ready();
    await awa.sync();
    const bruno = await association.tablet('Bruno');
    await bruno.sync();
    await edit(bruno, ids[0], {}, { trash: true });
    expect(await everybody(bruno)).toEqual([names[1]]);
    await awa.call('person.merge', { ids });
    for (const tablet of [bruno, awa, bruno]) await tablet.sync();
    expect(await everybody(bruno)).toEqual([names[0]]);
  });

  test('hold without one who is erased', async () => {
    const { association, awa, ids, names } = await ready();
    await awa.call('person.merge', { ids });
    await awa.sync();
    await association.deliver();
    writeControl(association.odile, { kind: 'erase', entities: [ids[0] as EntityId] }, moment());
    await association.deliver();
    await awa.sync();
    expect(await everybody(awa)).toEqual([names[1]]);
    expect((await record(awa, ids[1])).records).toEqual([]);
    expect(await awa.refused('view.person', { id: ids[0] })).toBe('erased');
    expect(await awa.refused('person.merge', { ids })).toBe('not_found');
    expect(await awa.refused('person.unmerge', { id: ids[0] })).toBe('not_found');
  });

  test('and unmerged on two devices apart come to the same on both', async () => {
    const { association, awa, ids } = await ready();
    const { id: third } = await awa.call('person.create', { alias: 'Le Frisé' });
    await awa.call('person.merge', { ids });
    await awa.sync();
    const bruno = await association.tablet('Bruno');
    await bruno.sync();
    association.server.fault = () => 'down';
    await awa.call('person.merge', { ids: [ids[1], third] });
    await bruno.call('person.unmerge', { id: ids[1] });
    expect([await everybody(awa), await everybody(bruno)].map(({ length }) => length)).toEqual([
      1, 3,
    ]);
    association.server.fault = () => null;
    for (const tablet of [awa, bruno, awa]) await tablet.sync();
    expect(await everybody(awa)).toEqual(await everybody(bruno));
    expect(await everybody(awa)).toHaveLength(2);
    expect((await record(awa, third)).records.map(({ id }) => id)).toEqual([ids[0], third].sort());
  });
});

describe('an answer of high stakes', () => {
  /** Awa notes a spoken consent to sharing while Bruno notes a refusal; neither has seen the other. */
  async function disputed(): Promise<Ready & { readonly bruno: Tablet }> {
    const all = await ready();
    const { association, awa, ids } = all;
    await awa.sync();
    const bruno = await association.tablet('Bruno');
    await bruno.sync();
    await edit(bruno, ids[0], { consent_sharing: 'refused' });
    awa.now_ms += 3_600_000;
    await awa.call('referral.create', {
      person: ids[0],
      structure: STRUCTURE,
      needs: ['shelter'],
      consent: 'spoken',
    });
    for (const tablet of [bruno, awa, bruno]) await tablet.sync();
    return { ...all, bruno };
  }

  test('shows the stricter everywhere, not yet decided, until somebody decides', async () => {
    const { awa, bruno, ids } = await disputed();
    for (const tablet of [awa, bruno]) {
      const { line, fields } = await record(tablet, ids[0]);
      expect(line.conflict).toBe(true);
      expect(fields['consent_sharing']).toMatchObject({ value: 'refused', undecided: true });
      expect(await tablet.call('view.queue', null)).toMatchObject([
        { consent: 'refused', consentUndecided: true },
      ]);
    }
    const [card] = await bruno.call('view.conflicts', null);
    if (card === undefined) throw new Error('There is a conflict.');
    expect(card).toMatchObject({ stands: 'refused', undecided: true, record: null });
    await bruno.call('conflict.resolve', { card, value: 'spoken' });
    await bruno.sync();
    await awa.sync();
    const { fields } = await record(awa, ids[0]);
    expect(fields['consent_sharing']).toMatchObject({ value: 'spoken', undecided: false });
    expect(await awa.call('view.queue', null)).toMatchObject([
      { consent: 'spoken', consentUndecided: false },
    ]);
  });

  test('is not decided by merging its record, and its card says which record it is', async () => {
    const { bruno, ids, names } = await disputed();
    await bruno.call('person.merge', { ids });
    const { fields } = await record(bruno, ids[1]);
    expect(fields['consent_sharing']).toMatchObject({ value: 'refused', undecided: true });
    const [card] = await bruno.call('view.conflicts', null);
    expect(card).toMatchObject({ entity: ids[0], title: names[0], record: names[0] });
  });

  test('given in one record and refused in another is refused until the person is asked again', async () => {
    const { awa, ids } = await ready();
    await edit(awa, ids[0], { consent_sharing: 'spoken', consent_follow_up: 'spoken' });
    await edit(awa, ids[1], { consent_sharing: 'refused' });
    await awa.call('person.merge', { ids });
    const merged = await record(awa, ids[0]);
    expect(merged.line.conflict).toBe(true);
    expect(merged.fields['consent_sharing']).toMatchObject({
      value: 'refused',
      conflict: false,
      undecided: true,
      also: [{ value: 'spoken' }],
    });
    expect(merged.fields['consent_follow_up']).toMatchObject({ value: 'spoken', undecided: false });
    await edit(awa, ids[0], { consent_sharing: 'written' });
    const asked = await record(awa, ids[0]);
    expect(asked.line.conflict).toBe(false);
    expect(asked.fields['consent_sharing']).toMatchObject({ value: 'written', undecided: false });
  });
});

test('people whose names are alike are proposed until they are one', async () => {
  const { awa, ids } = await ready();
  const alike = await awa.call('person.create', { alias: 'Môrice' });
  const { pairs, more } = await awa.call('view.duplicates', null);
  expect(more).toBe(false);
  expect(pairs).toHaveLength(1);
  const [pair] = pairs;
  expect(pair?.like).toBe('sound');
  expect(pair?.people.map(({ name }) => name).sort()).toEqual(['Maurice', 'Môrice']);
  const both = pair?.people.map(({ id }) => id) ?? [];
  expect(both).toContain(alike.id);
  expect(both.some((id) => ids.includes(id))).toBe(true);
  await awa.call('person.merge', { ids: both });
  expect((await awa.call('view.duplicates', null)).pairs).toEqual([]);
});
