/** Each gesture is saved whole or not at all, and reads back as it was meant. */
import { expect, test } from 'vitest';
import type { EncounterDraft } from '../../src/worker/protocol.ts';
import {
  Association,
  NOBODY,
  NOTHING,
  STRUCTURE,
  type Tablet,
  WORKERS,
  ZONE,
  pieces,
} from './kit.ts';
import { fillDisk } from '../full-disk.ts';

type Ready = { readonly association: Association; readonly awa: Tablet };

async function ready(): Promise<Ready> {
  const association = await Association.found();
  return { association, awa: await association.tablet('Awa') };
}

const FULL: EncounterDraft = {
  ...NOBODY,
  people: [{ alias: 'Momo', sign: 'Bonnet rouge' }],
  anonymous: { man: 2 },
  items: pieces({ crack_kit: 2, tips: 1 }),
  contact: { 'services/care': true },
  needs: ['shelter'],
  note: 'Tousse beaucoup.',
  referral: { structure: STRUCTURE, needs: ['shelter'], consent: 'spoken' },
};

test('a save that was answered is there when the data worker is thrown away and another opens the vault', async () => {
  const { association, awa } = await ready();
  association.server.fault = () => 'down';
  const patrol = await awa.openRound();
  const { row } = await awa.call('encounter.save', { ...FULL, patrol });
  await awa.reopen();
  const momo = await awa.person('Momo');
  expect(momo.line).toMatchObject({ sign: 'Bonnet rouge', openRequests: 1, referral: 'sent' });
  expect(momo.timeline.map(({ type }) => type).sort()).toEqual(['contact', 'referral', 'request']);
  expect(momo.timeline.find(({ type }) => type === 'contact')).toMatchObject({
    note: 'Tousse beaucoup.',
    author: 'Awa',
    mark: 'tablet',
    void: false,
    encounter: { row },
    fields: { 'services/care': { value: true }, 'services/kit': { value: true } },
  });
  expect(momo.fields['consent_sharing']?.value).toBe('spoken');
  const met = await awa.call('view.encounter', { row });
  expect(met).toMatchObject({ anonymous: { man: 2 }, zone: { id: ZONE }, note: null, void: false });
  expect(new Map(met.items.map(({ item, count }) => [item, count]))).toEqual(
    new Map([
      ['crack_kit', 2],
      ['tips', 1],
    ]),
  );
  const home = await awa.call('view.patrol', null);
  expect(home.patrol).toMatchObject({ id: patrol, encounters: 1, people: 3, end: null });
  expect(home.met.map(({ name }) => name)).toEqual(['Momo']);
});

test('a save for which the browser has no room leaves memory and store as before, and says so', async () => {
  const { association, awa } = await ready();
  association.server.fault = () => 'down';
  const patrol = await awa.openRound();
  await awa.sync();
  const before = await awa.call('view.unsent', null);
  fillDisk();
  expect(await awa.refused('encounter.save', { ...FULL, patrol })).toBe('storage_full');
  const nothing = { people: [], alike: [], total: 0 };
  expect(await awa.call('view.people', { query: '' })).toEqual(nothing);
  expect(await awa.call('view.unsent', null)).toEqual(before);
  await awa.reopen();
  expect(await awa.call('view.people', { query: '' })).toEqual(nothing);
  expect(await awa.call('view.unsent', null)).toEqual(before);
  await awa.call('encounter.save', { ...FULL, patrol });
  expect((await awa.person('Momo')).line.name).toBe('Momo');
});

test('a gesture of which one part may not be written saves no part of it', async () => {
  const { awa } = await ready();
  const patrol = await awa.openRound();
  await awa.sync();
  const draft = { ...FULL, patrol, items: pieces({ crack_kit: 10_000_000_000_000_000 }) };
  expect(await awa.refused('encounter.save', draft)).toBe('refused');
  expect((await awa.call('view.patrol', null)).encounters).toEqual([]);
  expect((await awa.sync()).unsent).toBe(0);
});

test('a page for which the browser has no room is pulled again', async () => {
  const { association, awa } = await ready();
  const bruno = await association.tablet('Bruno');
  await bruno.call('person.create', { alias: 'Momo' });
  await bruno.sync();
  fillDisk(2);
  await awa.sync();
  expect((await awa.call('view.people', { query: '' })).total).toBe(0);
  await awa.sync();
  await awa.reopen();
  expect((await awa.person('Momo')).line.mark).toBe('server');
});

test('a note where nobody is named is about the place, and is kept', async () => {
  const { awa } = await ready();
  const patrol = await awa.openRound();
  const draft = { ...NOBODY, patrol, anonymous: { man: 1 }, note: 'Le porche est fermé.' };
  const { row } = await awa.call('encounter.save', draft);
  await awa.reopen();
  expect((await awa.call('view.encounter', { row })).note).toBe('Le porche est fermé.');
});

test("a round is its crew's: it opens with professions counted, and closes with its report", async () => {
  const { association, awa } = await ready();
  const [ines, bruno] = [await association.tablet('Ines'), await association.tablet('Bruno')];
  const id = await awa.openRound(['Awa', 'Ines']);
  await awa.sync();
  for (const tablet of [ines, bruno]) await tablet.sync();
  const { patrol } = await ines.call('view.patrol', null);
  expect(patrol).toMatchObject({ id, type: 'social', start: awa.now_ms });
  expect(patrol?.crew.map(({ name }) => name).sort()).toEqual(['Awa', 'Ines']);
  expect((await bruno.call('view.patrol', null)).patrol).toBeNull();
  await awa.closeRound(id, { report: 'Calme.' });
  expect((await awa.call('view.patrol', null)).patrol).toBeNull();
  await awa.sync();
  await ines.sync();
  expect((await ines.call('view.patrol', null)).patrol).toBeNull();
});

test('voiding an encounter voids its rows, and counts nothing of it any more', async () => {
  const { association, awa } = await ready();
  const patrol = await awa.openRound();
  const kept = await awa.call('encounter.save', {
    ...NOBODY,
    patrol,
    anonymous: { man: 1 },
    items: pieces({ tips: 1 }),
  });
  const { row } = await awa.call('encounter.save', { ...FULL, patrol });
  expect((await awa.call('view.patrol', null)).patrol).toMatchObject({ encounters: 2, people: 4 });
  await awa.call('encounter.void', { row, reason: 'Écrite deux fois.' });
  expect(await awa.call('view.encounter', { row })).toMatchObject({ void: true, items: [] });
  expect(await awa.call('view.encounter', { row: kept.row })).toMatchObject({ void: false });
  const momo = await awa.person('Momo');
  expect(momo.line.lastMet).toBeNull();
  expect(momo.timeline.find(({ type }) => type === 'contact')).toMatchObject({ void: true });
  const home = await awa.call('view.patrol', null);
  expect(home.patrol).toMatchObject({ encounters: 1, people: 1 });
  await awa.sync();
  const bruno = await association.tablet('Bruno');
  expect(await bruno.call('view.encounter', { row })).toMatchObject({ void: true, items: [] });
});

test('what is not there is said to be so', async () => {
  const { awa } = await ready();
  const [id, row] = ['0'.repeat(32), '0'.repeat(64)];
  expect(await awa.refused('view.person', { id })).toBe('not_found');
  expect(await awa.refused('view.referral', { id })).toBe('not_found');
  expect(await awa.refused('view.encounter', { row })).toBe('not_found');
  expect(await awa.refused('encounter.void', { row, reason: '' })).toBe('not_found');
  expect(await awa.refused('encounter.amend', { ...NOTHING, row })).toBe('not_found');
  expect(await awa.call('view.lastTime', { patrol: id, person: null })).toBeNull();
  expect(await awa.call('view.lastTime', { patrol: id, person: id })).toBeNull();
});

test('a request is closed with what became of it', async () => {
  const { awa } = await ready();
  const patrol = await awa.openRound();
  await awa.call('encounter.save', { ...FULL, patrol });
  const momo = await awa.person('Momo');
  const row = momo.requests[0]?.row ?? '';
  await awa.call('row.amend', { row, values: { status: 'obtained' } });
  await awa.reopen();
  const later = await awa.person('Momo');
  expect([later.line.openRequests, later.requests[0]?.status]).toEqual([0, 'obtained']);
});

test('a person is edited, found by any of their names, and leaves the tiles with the bin', async () => {
  const { awa } = await ready();
  const { id } = await awa.call('person.create', { alias: 'Momo' });
  const edit = { entity: id, kind: 'person', facts: {}, fields: {} };
  await awa.call('entity.edit', {
    ...edit,
    fields: { 'alias/9f2c01aa': 'Le Grand', consent_statistics: 'spoken' },
    facts: { gender: 'man' },
  });
  for (const query of ['momo', 'grand']) {
    expect((await awa.call('view.people', { query })).people.map((line) => line.id)).toEqual([id]);
  }
  expect((await awa.call('view.people', { query: 'zzzz' })).people).toEqual([]);
  expect((await awa.call('view.person', { id })).fields['gender']?.value).toBe('man');
  await awa.call('entity.edit', { ...edit, facts: { trash: true } });
  expect(await awa.call('view.people', { query: '' })).toEqual({ people: [], alike: [], total: 0 });
});

test('those met most often in the zone come first, and those met on this round not among them', async () => {
  const { awa } = await ready();
  const patrol = await awa.openRound();
  const save = async (...ids: string[]): Promise<void> => {
    const people = ids.map((id) => ({ id }));
    await awa.call('encounter.save', { ...NOBODY, patrol, people });
  };
  const [often, once, never] = [
    (await awa.call('person.create', { alias: 'Souvent' })).id,
    (await awa.call('person.create', { alias: 'Une fois' })).id,
    (await awa.call('person.create', { alias: 'Jamais' })).id,
  ];
  await save(often, once);
  await save(often);
  await awa.closeRound(patrol);
  const next = await awa.openRound();
  const home = await awa.call('view.patrol', null);
  expect(home.often.map(({ id }) => id)).toEqual([often, once]);
  expect(home.often.map(({ id }) => id)).not.toContain(never);
  await awa.call('encounter.save', { ...NOBODY, patrol: next, people: [{ id: often }] });
  const later = await awa.call('view.patrol', null);
  expect([later.met, later.often].map((lines) => lines.map(({ id }) => id))).toEqual([
    [often],
    [once],
  ]);
});

test('a referral moves by the state its screen showed; two who move it at once are ruled by the log', async () => {
  const { association, awa } = await ready();
  const bruno = await association.tablet('Bruno');
  const { id: person } = await awa.call('person.create', { alias: 'Momo' });
  const ask = { person, structure: STRUCTURE, needs: ['shelter'], consent: 'written' } as const;
  const { id } = await awa.call('referral.create', ask);
  expect((await awa.call('view.referral', { id })).line).toMatchObject({
    state: 'sent',
    consent: 'written',
    needs: ['shelter'],
    person: { name: 'Momo' },
    structure: { name: 'Hôtel ASSORE' },
    decideUntil: awa.now_ms + 48 * 3_600_000,
    mark: 'tablet',
  });
  await awa.sync();
  await bruno.sync();
  await bruno.call('referral.move', { id, move: 'claim', reason: null });
  await awa.call('referral.move', { id, move: 'withdraw', reason: null });
  expect((await awa.call('view.referral', { id })).moves.at(-1)?.ruling).toBe('request');
  await bruno.sync();
  await awa.sync();
  await bruno.sync();
  for (const tablet of [awa, bruno]) {
    const { line, moves, offers } = await tablet.call('view.referral', { id });
    expect(moves.map(({ move, ruling }) => [move, ruling]).sort()).toEqual([
      ['claim', 'applied'],
      ['send', 'applied'],
      ['withdraw', 'pending'],
    ]);
    expect([line.state, line.claimedBy]).toEqual(['triage', 'Bruno']);
    expect([offers.includes('offer'), offers.includes('claim')]).toEqual([true, false]);
  }
  await bruno.call('referral.move', { id, move: 'decline_provider', reason: 'at_capacity' });
  const declined = await bruno.call('view.referral', { id });
  expect([declined.line.state, declined.moves.at(-1)?.reason]).toEqual([
    'declined_provider',
    'at_capacity',
  ]);
});

test('what awaits somebody is above what is settled, and the one due first on top', async () => {
  const { awa } = await ready();
  const ids: string[] = [];
  for (const alias of ['Un', 'Deux', 'Trois']) {
    const { id: person } = await awa.call('person.create', { alias });
    const ask = { person, structure: STRUCTURE, needs: [], consent: 'spoken' } as const;
    ids.push((await awa.call('referral.create', ask)).id);
    awa.now_ms += 60_000;
  }
  await awa.call('referral.move', { id: ids[0] ?? '', move: 'withdraw', reason: null });
  const queue = await awa.call('view.queue', null);
  expect(queue.map(({ id }) => id)).toEqual([ids[1], ids[2], ids[0]]);
});

test('a draft is kept through a lock and a restart, and is gone when it is thrown away', async () => {
  const { awa } = await ready();
  const body = JSON.stringify([{ note: '\ufeffمحمد 🧥' }]);
  await awa.call('draft.put', { name: 'encounters', body });
  await awa.call('vault.lock', null);
  await awa.reopen();
  expect(await awa.call('draft.get', { name: 'encounters' })).toBe(body);
  expect(await awa.call('draft.get', { name: 'other' })).toBeNull();
  await awa.call('draft.put', { name: 'encounters', body: null });
  expect(await awa.call('draft.get', { name: 'encounters' })).toBeNull();
  fillDisk();
  expect(await awa.refused('draft.put', { name: 'encounters', body })).toBe('storage_full');
});

test('two who write one field side by side are both shown, and one answer ends it everywhere', async () => {
  const { association, awa } = await ready();
  const ines = await association.tablet('Ines');
  const { id: entity } = await awa.call('person.create', { alias: 'Momo' });
  const edit = { entity, kind: 'person', facts: {} };
  await awa.call('entity.edit', { ...edit, fields: { consent_statistics: 'spoken' } });
  await awa.sync();
  await ines.sync();
  await awa.call('entity.edit', {
    ...edit,
    fields: { description: 'Bonnet rouge' },
    facts: { gender: 'man' },
  });
  await ines.call('entity.edit', {
    ...edit,
    fields: { description: 'Bonnet bleu' },
    facts: { gender: 'trans_man' },
  });
  for (const tablet of [awa, ines, awa]) await tablet.sync();
  for (const tablet of [awa, ines]) {
    const cards = await tablet.call('view.conflicts', null);
    expect(cards.map(({ name, plain, title }) => [name, plain, title]).sort()).toEqual([
      ['description', false, 'Momo'],
      ['gender', true, 'Momo'],
    ]);
    const values = cards.find(({ name }) => name === 'description')?.candidates;
    expect(values?.map(({ value, author }) => [value, author]).sort()).toEqual([
      ['Bonnet bleu', 'Ines'],
      ['Bonnet rouge', 'Awa'],
    ]);
    expect((await tablet.person('Momo')).line.conflict).toBe(true);
  }
  for (const card of await awa.call('view.conflicts', null)) {
    await awa.call('conflict.resolve', { card, value: card.plain ? 'man' : 'Bonnet bleu' });
  }
  for (const tablet of [awa, ines]) {
    await tablet.sync();
    expect(await tablet.call('view.conflicts', null)).toEqual([]);
    const { fields, line } = await tablet.person('Momo');
    expect([fields['description']?.value, fields['gender']?.value, line.conflict]).toEqual([
      'Bonnet bleu',
      'man',
      false,
    ]);
  }
});

test('the crew of a round is named as the log names them', async () => {
  const { awa } = await ready();
  await awa.openRound(['Awa', 'Bruno']);
  const { patrol } = await awa.call('view.patrol', null);
  expect(patrol?.crew).toContainEqual({ ...WORKERS.Bruno, name: 'Bruno' });
});
