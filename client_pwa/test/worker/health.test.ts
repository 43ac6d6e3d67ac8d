/** The health file: who reads it, what they write in it, and what never lies on another tablet. */
import { expect, test, vi } from 'vitest';
import { fillDisk } from '../full-disk.ts';
import { NOBODY, PIN, type Tablet, WORKERS } from './kit.ts';
import { problem } from './server.ts';
import { accessOf, care, deviceOf, notesOn, teamOf, Ward } from './ward.ts';

/** Returns the keys of everything that lies in a tablet's database. */
async function keysIn(tablet: Tablet): Promise<string[]> {
  await tablet.restart();
  const database = await new Promise<IDBDatabase>((resolve, reject) => {
    const request = indexedDB.open('escale');
    request.onsuccess = () => {
      resolve(request.result);
    };
    request.onerror = () => {
      reject(new Error('The database does not open.'));
    };
  });
  const keys: string[] = [];
  for (const name of ['sealed', 'log']) {
    const found = await new Promise<IDBValidKey[]>((resolve) => {
      const request = database.transaction(name).objectStore(name).getAllKeys();
      request.onsuccess = () => {
        resolve(request.result);
      };
    });
    keys.push(...found.map(nameOf));
  }
  database.close();
  await tablet.call('vault.unlock', { pin: PIN });
  return keys;
}

function nameOf(key: IDBValidKey): string {
  return Array.isArray(key) ? key.map(nameOf).join('/') : JSON.stringify(key).replaceAll('"', '');
}

test('nobody has a health file before an administrator opens one', async () => {
  const { odile, ines } = await Ward.found();
  expect([await accessOf(odile), await accessOf(ines)]).toEqual(['none', 'none']);
  expect(await teamOf(odile)).toEqual({
    exists: 'no',
    mayOpen: true,
    mayGive: false,
    mayTake: false,
    readers: [],
    without: ['Ines'],
  });
  expect((await teamOf(ines)).mayOpen).toBe(false);
  expect(await ines.refused('health.open', null)).toBe('refused');
});

test('the file is opened in one gesture, and only health workers read it', async () => {
  const { association, house, odile, ines } = await Ward.found();
  const awa = await association.tablet('Awa');
  await odile.call('health.open', null);
  expect(await teamOf(odile)).toMatchObject({ exists: 'opening', readers: ['Ines given'] });
  expect(await odile.refused('health.open', null)).toBe('refused');
  await odile.sync();
  expect(await teamOf(odile)).toEqual({
    exists: 'yes',
    mayOpen: false,
    mayGive: false,
    mayTake: true,
    readers: ['Ines'],
    without: [],
  });
  for (const tablet of [ines, awa, odile]) await tablet.sync();
  const access = await Promise.all([odile, ines, awa].map(accessOf));
  expect(access).toEqual(['closed', 'open', 'closed']);
  expect(house.other.kinds().filter((kind) => kind === 'epoch')).toHaveLength(2);
});

test('nothing is written in the file while whoever opened it has its key', async () => {
  const { house, odile, ines } = await Ward.found();
  await odile.call('health.open', null);
  await odile.sync();
  house.fault = ({ method, path }) =>
    method === 'POST' && path.includes(house.other.space) ? 'down' : null;
  await ines.sync();
  expect(await accessOf(ines)).toBe('waiting');
  const patrol = await ines.openRound();
  const draft = { ...NOBODY, patrol, people: [{ alias: 'Momo' }], health: { note: 'Plaie' } };
  expect(await ines.refused('encounter.save', draft)).toBe('refused');
  expect((await ines.call('view.people', { query: 'Momo' })).people).toEqual([]);
  house.fault = () => null;
  await ines.sync();
  expect(await accessOf(ines)).toBe('open');
});

test('care is written with its encounter, and read by health workers alone', async () => {
  const ward = await Ward.opened();
  const { association, odile, ines } = ward;
  const awa = await association.tablet('Awa');
  await care(ines, { 'acts/wound': true, note: 'Plaie au bras' });
  await ines.sync();
  const [item] = (await ines.person('Momo')).timeline;
  const fields = { 'acts/wound': { value: true }, note: { value: 'Plaie au bras' } };
  expect(item).toMatchObject({ health: [{ author: 'Ines', fields, mark: 'server' }] });
  for (const other of [awa, odile]) {
    await other.sync();
    const record = await other.person('Momo');
    const contact = { health: [], fields: { 'services/care': { value: true } } };
    expect(record).toMatchObject({ health: null, timeline: [contact] });
  }
});

test('the tablet of a social worker holds nothing of the file, and that of a nurse does', async () => {
  const { association, house, ines } = await Ward.opened();
  const awa = await association.tablet('Awa');
  await care(ines, { note: 'Plaie au bras' });
  await ines.sync();
  const { space } = house.other;
  const before = house.asked.length;
  await awa.sync();
  expect(house.asked.slice(before).some(({ path }) => path.includes(space))).toBe(false);
  const [hers, theirs] = [await keysIn(awa), await keysIn(ines)];
  expect(hers.filter((key) => key.startsWith('health'))).toEqual([]);
  expect(theirs).toContain('health/tail');
  expect(theirs).toContain('health/0');
});

test('whoever opened the file has no key of anything that is written in it', async () => {
  const ward = await Ward.opened();
  await care(ward.ines, { note: 'Plaie au bras' });
  await ward.ines.sync();
  await ward.odile.sync();
  const odile = await deviceOf(ward.odile);
  const [first, ...later] = ward.epochs;
  expect(first?.readers).toContain(odile);
  expect(later.flatMap(({ readers }) => readers)).not.toContain(odile);
  expect(ward.sealedUnder.length).toBeGreaterThan(1);
  expect(Math.min(...ward.sealedUnder)).toBe(2);
});

test('a full disk keeps the encounter and its care together: both are saved, or neither', async () => {
  const { ines } = await Ward.opened();
  const patrol = await ines.openRound();
  const draft = { ...NOBODY, patrol, people: [{ alias: 'Momo' }], health: { note: 'Plaie' } };
  for (const record of [1, 2]) {
    fillDisk(record);
    expect(await ines.refused('encounter.save', draft)).toBe('storage_full');
    expect((await ines.call('view.people', { query: 'Momo' })).people).toEqual([]);
    await ines.restart();
    await ines.call('vault.unlock', { pin: PIN });
    expect((await ines.call('view.people', { query: 'Momo' })).people).toEqual([]);
  }
  await ines.call('encounter.save', draft);
  await ines.reopen();
  expect(await notesOn(ines)).toEqual(['Plaie']);
  expect(await ines.call('sync.state', null)).toMatchObject({ unsent: 0, aside: 0 });
});

test('care waits on the tablet like the rest, counted and named', async () => {
  const { house, ines } = await Ward.opened();
  await ines.sync();
  house.fault = () => 'down';
  await care(ines, { note: 'Plaie' });
  const unsent = await ines.call('view.unsent', null);
  const kinds = unsent.map(({ kind }) => kind).filter((kind) => kind.endsWith('_health'));
  expect(kinds).toEqual(['person_health', 'contact_health']);
  expect((await ines.call('sync.state', null)).unsent).toBe(unsent.length);
  const [item] = (await ines.person('Momo')).timeline;
  expect(item).toMatchObject({ health: [{ mark: 'tablet' }] });
});

test('care is added afterwards to a contact, which counts as care from then on', async () => {
  const { association, ines } = await Ward.opened();
  const awa = await association.tablet('Awa');
  await care(awa, {});
  await awa.sync();
  await ines.sync();
  const { line, timeline } = await ines.person('Momo');
  const row = timeline[0]?.type === 'contact' ? timeline[0].row : '';
  const ask = { person: line.id, contact: row, values: { 'acts/foot': true } };
  expect(await awa.refused('health.add', ask)).toBe('refused');
  await ines.call('health.add', ask);
  await ines.sync();
  const found = { 'acts/foot': { value: true } };
  expect((await ines.person('Momo')).timeline).toMatchObject([{ health: [{ fields: found }] }]);
  await awa.sync();
  const counted = { 'services/care': { value: true } };
  expect((await awa.person('Momo')).timeline).toMatchObject([{ health: [], fields: counted }]);
  expect(await ines.refused('health.add', { ...ask, contact: line.id })).toBe('not_found');
});

test('care of several people at once is refused, with all of the encounter', async () => {
  const { ines } = await Ward.opened();
  const patrol = await ines.openRound();
  const people = [{ alias: 'Momo' }, { alias: 'Fatou' }];
  const draft = { ...NOBODY, patrol, people, health: { note: 'Plaie' } };
  expect(await ines.refused('encounter.save', draft)).toBe('refused');
  expect((await ines.call('view.people', { query: '' })).total).toBe(0);
});

test('what health workers know of somebody is on their record, and on nobody else s', async () => {
  const { association, ines } = await Ward.opened();
  const awa = await association.tablet('Awa');
  const { id } = await ines.call('person.create', { alias: 'Momo' });
  const fields = { 'consumption/crack': true, file: 'Suivi au Gaïa' };
  const edit = { entity: id, kind: 'person_health', facts: {} };
  await ines.call('entity.edit', { ...edit, fields });
  await ines.call('entity.edit', { ...edit, fields: { file: 'Suivi à Lariboisière' } });
  await ines.reopen();
  const known = { 'consumption/crack': { value: true }, file: { value: 'Suivi à Lariboisière' } };
  expect(await ines.person('Momo')).toMatchObject({ health: { fields: known } });
  await awa.sync();
  expect(await awa.person('Momo')).toMatchObject({ health: null });
  const hers = { ...edit, fields: { file: 'x' } };
  expect(await awa.refused('entity.edit', hers)).toBe('refused');
});

test('a person of several records shows the health of all of them, and each alone again', async () => {
  const { ines } = await Ward.opened();
  const { id: one } = await ines.call('person.create', { alias: 'Momo' });
  const { id: two } = await ines.call('person.create', { alias: 'Mohamed' });
  const edit = { kind: 'person_health', facts: {} };
  await ines.call('entity.edit', { ...edit, entity: one, fields: { 'consumption/crack': true } });
  await ines.call('entity.edit', { ...edit, entity: two, fields: { 'route/smoked': true } });
  await care(ines, { note: 'Plaie' }, [{ id: two }]);
  await ines.call('person.merge', { ids: [one, two] });
  const all = { 'consumption/crack': { value: true }, 'route/smoked': { value: true } };
  expect(await ines.call('view.person', { id: one })).toMatchObject({ health: { fields: all } });
  expect(await notesOn(ines, 'Mohamed')).toEqual(['Plaie']);
  // Taken out of the whole, it is taken out of the record that says it.
  const out = { 'consumption/crack': null, 'route/smoked': null };
  await ines.call('entity.edit', { ...edit, entity: one, fields: out });
  const none = { 'consumption/crack': { value: null }, 'route/smoked': { value: null } };
  expect(await ines.call('view.person', { id: one })).toMatchObject({ health: { fields: none } });
  await ines.call('person.unmerge', { id: two });
  const { health } = await ines.call('view.person', { id: one });
  expect(Object.keys(health?.fields ?? {})).not.toContain('note');
});

test('two nurses who write of one person offline are both read, under the secret of the first', async () => {
  const { association, house, odile, ines } = await Ward.found();
  const other = await association.tablet('Ines');
  await odile.sync();
  await odile.call('health.open', null);
  for (const tablet of [odile, ines, other]) await tablet.sync();
  expect([await accessOf(ines), await accessOf(other)]).toEqual(['open', 'open']);
  const { id } = await ines.call('person.create', { alias: 'Momo' });
  for (const tablet of [ines, other]) await tablet.sync();
  house.fault = () => 'down';
  await care(ines, { note: 'Plaie' }, [{ id }]);
  await care(other, { note: 'Toux' }, [{ id }]);
  for (const tablet of [ines, other]) await tablet.sync();
  house.fault = () => null;
  for (const tablet of [ines, other, ines]) await tablet.sync();
  const refused = await Promise.all(house.other.refusals.map((answer) => answer.json()));
  expect(refused).toMatchObject([{ code: 'bad_header' }]);
  expect(house.other.kinds().filter((kind) => kind === 'contact_health')).toHaveLength(2);
  for (const tablet of [ines, other]) {
    expect((await notesOn(tablet)).sort()).toEqual(['Plaie', 'Toux']);
    expect(await tablet.call('sync.state', null)).toMatchObject({ unsent: 0, aside: 0 });
  }
});

test('two answers of two nurses are a conflict that one of them settles in the file', async () => {
  const { association, house, odile, ines } = await Ward.found();
  const other = await association.tablet('Ines');
  const awa = await association.tablet('Awa');
  await odile.sync();
  await odile.call('health.open', null);
  for (const tablet of [odile, ines, other]) await tablet.sync();
  const { id } = await ines.call('person.create', { alias: 'Momo' });
  const edit = { entity: id, kind: 'person_health', facts: {} };
  await ines.call('entity.edit', { ...edit, fields: { file: 'Un' } });
  for (const tablet of [ines, other]) await tablet.sync();
  house.fault = () => 'down';
  await ines.call('entity.edit', { ...edit, fields: { file: 'Deux' } });
  await other.call('entity.edit', { ...edit, fields: { file: 'Trois' } });
  for (const tablet of [ines, other]) await tablet.sync();
  house.fault = () => null;
  for (const tablet of [ines, other, ines, awa]) await tablet.sync();
  const [card] = await ines.call('view.conflicts', null);
  expect(card).toMatchObject({ kind: 'person_health', name: 'file', title: 'Momo' });
  expect(await awa.call('view.conflicts', null)).toEqual([]);
  if (card === undefined) return;
  await ines.call('conflict.resolve', { card, value: 'Trois' });
  for (const tablet of [ines, other]) await tablet.sync();
  expect(await other.call('view.conflicts', null)).toEqual([]);
  expect(await other.person('Momo')).toMatchObject({
    health: { fields: { file: { value: 'Trois' } } },
  });
});

test('a server that keeps a nurse out of the file closes it, and retires nobody', async () => {
  const { house, ines } = await Ward.opened();
  await care(ines, { note: 'Plaie' });
  await ines.sync();
  const { space } = house.other;
  house.fault = ({ path }) => (path.includes(space) ? problem(403, 'not_member') : null);
  const state = await ines.sync();
  expect([state.retired, state.alarm, await accessOf(ines)]).toEqual([null, null, 'closed']);
  expect(await ines.person('Momo')).toMatchObject({ health: null, timeline: [{ health: [] }] });
  await ines.restart();
  await ines.call('vault.unlock', { pin: PIN });
  expect(await accessOf(ines)).toBe('closed');
  house.fault = () => null;
  await ines.sync();
  expect([await accessOf(ines), await notesOn(ines)]).toEqual(['open', ['Plaie']]);
});

test('the device is told when it may read the file, without being asked again', async () => {
  const { odile, ines } = await Ward.found();
  await odile.call('health.open', null);
  await odile.sync();
  ines.events = [];
  await ines.sync();
  await vi.waitFor(() => {
    const told = ines.events.filter(({ name }) => name === 'device');
    expect(told.at(-1)?.value).toMatchObject({ state: 'open', health: 'open' });
  });
});

test('a nurse s note that a restored server has lost is sent again', async () => {
  const { house, ines } = await Ward.opened();
  const putBack = house.other.backup();
  await care(ines, { note: 'Plaie' });
  await ines.sync();
  putBack();
  expect(house.other.kinds()).not.toContain('contact_health');
  await ines.sync();
  expect(house.other.kinds()).toContain('contact_health');
  expect(await notesOn(ines)).toEqual(['Plaie']);
  expect(await ines.call('sync.state', null)).toMatchObject({ unsent: 0, restored: { own: 0 } });
  await ines.call('restore.heard', null);
  expect(await ines.call('sync.state', null)).toMatchObject({ restored: null });
});

test('an administrator opens the file for those whom an administrator calls health workers', async () => {
  const { association, odile } = await Ward.found();
  const awa = await association.tablet('Awa');
  const said = { entity: WORKERS.Awa.id, kind: 'worker', fields: {} };
  await awa.call('entity.edit', { ...said, facts: { role: 'health' } });
  await awa.sync();
  await odile.sync();
  expect((await teamOf(odile)).without).toEqual(['Ines']);
  await odile.call('entity.edit', { ...said, facts: { role: 'health' } });
  expect((await teamOf(odile)).without.sort()).toEqual(['Awa', 'Ines']);
});

test('the care of an encounter that is taken back is taken back with it', async () => {
  const { ines } = await Ward.opened();
  const { row } = await care(ines, { note: 'Plaie' });
  expect(await notesOn(ines)).toEqual(['Plaie']);
  await ines.call('encounter.void', { row, reason: '' });
  await ines.reopen();
  expect(await notesOn(ines)).toEqual([]);
  expect(await ines.call('sync.state', null)).toMatchObject({ unsent: 0, aside: 0 });
});

test('a file that a restored server has lost altogether is founded again with all that was in it', async () => {
  const { house, odile, ines } = await Ward.opened();
  await care(ines, { note: 'Plaie' });
  await ines.sync();
  await odile.sync();
  house.beside.clear();
  await ines.sync();
  expect(await accessOf(ines)).toBe('closed');
  for (const tablet of [odile, ines]) await tablet.sync();
  await ines.call('restore.heard', null);
  await odile.call('restore.heard', null);
  for (const tablet of [ines, odile, ines]) await tablet.sync();
  expect(house.other.kinds()).toContain('contact_health');
  expect([await accessOf(ines), await notesOn(ines)]).toEqual(['open', ['Plaie']]);
  expect(await ines.call('sync.state', null)).toMatchObject({ unsent: 0, aside: 0 });
  expect(await odile.call('sync.state', null)).toMatchObject({ unsent: 0, aside: 0 });
});
