/** What a screen does with the care that only health workers read. */
import { expect, test } from 'vitest';
import { fieldSpec } from '../src/domain/labels.ts';
import {
  draftWith,
  encounterOf,
  gapOf,
  saysCare,
  showsHealth,
  startDraft,
  withHealth,
  addPerson,
  removePerson,
} from '../src/ui/draft.ts';
import { Drafts } from '../src/ui/drafts.svelte.ts';
import { codesIn, fieldsOf } from '../src/ui/values.ts';
import { fieldWords } from '../src/ui/words.ts';
import { ENCOUNTER_DRAFTS, type PersonLine, type PersonRecord } from '../src/worker/protocol.ts';
import { FakeDataWorker } from './fake/data-worker.ts';
import { standing } from './fake/seed.ts';

const START = { id: '1', patrol: 'aa', at: 0 };
const MOMO = { id: 'bb', name: 'Momo' } as PersonLine;
const SAMI = { id: 'cc', name: 'Sami' };

const withMomo = draftWith(START, MOMO);
const withCare = withHealth(withHealth(withMomo, 'acts/wound', true), 'note', ' Propre. ');

function worker(): FakeDataWorker {
  return new FakeDataWorker({
    now: () => 0,
    state: 'open',
    me: 'Inès',
    patrol: false,
    alarm: null,
    doubts: false,
    full: false,
    retired: false,
    restored: false,
    health: 'open',
    newcomers: false,
    closed: false,
    erasures: false,
    notices: null,
    team: '',
  });
}

function draftsOn(fake: FakeDataWorker): Drafts {
  const attempt = <T>(call: Promise<T>): Promise<T | undefined> => call;
  return new Drafts({ worker: fake, now: () => 0, newId: () => '1', attempt, letGo: () => null });
}

test('care is offered for one person, and only where the health file is open', () => {
  expect(showsHealth(withMomo, 'open')).toBe(true);
  expect(showsHealth(startDraft(START), 'open')).toBe(false);
  expect(showsHealth(addPerson(withMomo, SAMI), 'open')).toBe(false);
  expect(
    (['none', 'closed', 'waiting'] as const).filter((one) => showsHealth(withMomo, one)),
  ).toEqual([]);
});

test('care given is saved for health workers, its note without the spaces around it', () => {
  expect(gapOf(withCare, 'open')).toBeNull();
  expect(encounterOf(withCare, null).health).toEqual({ 'acts/wound': true, note: 'Propre.' });
  expect(encounterOf(withMomo, null).health).toEqual({});
});

test('the note of the team and the health note never mix', () => {
  const both = { ...withCare, note: 'Voudrait un toit.' };
  const { note, contact, health } = encounterOf(both, null);
  expect([note, contact]).toEqual(['Voudrait un toit.', {}]);
  expect(JSON.stringify(health)).not.toContain('toit');
});

test('what was typed stays in sight and holds the save, where it is nobody’s or may not be written', () => {
  const several = addPerson(withCare, SAMI);
  const nobody = { ...removePerson(withCare, withCare.people[0] ?? SAMI), anonymous: { man: 1 } };
  for (const draft of [several, nobody]) {
    expect(showsHealth(draft, 'open')).toBe(true);
    expect(gapOf(draft, 'open')).toBe('healthOfSeveral');
  }
  for (const access of ['none', 'closed', 'waiting'] as const) {
    expect(showsHealth(withCare, access)).toBe(true);
    expect(gapOf(withCare, access)).toBe('healthClosed');
  }
});

test('an act taken back and a note of spaces alone are nothing to save', () => {
  const taken = withHealth(withHealth(withCare, 'acts/wound', null), 'note', '  ');
  expect(saysCare(taken)).toBe(false);
  expect(gapOf(taken, 'closed')).toBeNull();
  expect(encounterOf(taken, null).health).toEqual({});
});

test('care that is detailed counts as care given', () => {
  expect(saysCare(withCare)).toBe(true);
  expect(saysCare(withMomo)).toBe(false);
});

test('a draft keeps its acts and its health note over a lock', async () => {
  const fake = worker();
  const drafts = draftsOn(fake);
  await drafts.load();
  const id = drafts.start('aa', () => withCare);
  await expect.poll(() => fake.call('draft.get', { name: ENCOUNTER_DRAFTS })).not.toBeNull();
  drafts.forget();
  expect(drafts.all).toBeNull();
  await drafts.load();
  expect(drafts.find(id)?.health).toEqual(withCare.health);
});

test('a draft of an older version of the app has no care, and opens', async () => {
  const fake = worker();
  const older = Object.fromEntries(Object.entries(withMomo).filter(([name]) => name !== 'health'));
  await fake.call('draft.put', { name: ENCOUNTER_DRAFTS, body: JSON.stringify([older]) });
  const drafts = draftsOn(fake);
  await drafts.load();
  expect(drafts.find('1')?.health).toEqual({});
});

test('the catalogue says which fields only health workers read', () => {
  expect(fieldSpec('contact_health.note').health).toBe(true);
  expect(fieldSpec('person_health.file').health).toBe(true);
  expect(fieldSpec('contact.note').health).toBe(false);
});

test('a field of a person is looked for in the space of its kind, and is nowhere where that is not read', () => {
  const file = standing('Asthme', 'Inès', 0, 'server');
  const fields = { description: standing('Manteau vert', 'Awa', 0, 'server') };
  const record = { fields, health: { fields: { file } } } as unknown as PersonRecord;
  expect(fieldsOf(record, 'person_health')['file']).toBe(file);
  expect(fieldsOf(record, 'person')['file']).toBeUndefined();
  expect(fieldsOf({ ...record, health: null }, 'person_health')).toEqual({});
});

test('the codes of a set are those that stand', () => {
  const yes = standing(true, 'Inès', 0, 'server');
  const fields = { 'acts/wound': yes, 'acts/foot': { ...yes, value: null }, 'route/smoked': yes };
  expect(codesIn(fields, 'acts')).toEqual(['wound']);
});

test('a conflict about one code of a set says which', () => {
  const display = {
    label: (kind: string, name: string) => `${kind}.${name}`,
    code: (list: string, code: string) => `${list}:${code}`,
  };
  const words = fieldWords('person_health', 'consumption/crack', display);
  expect(words).toBe('person_health.consumption/crack, consumption:crack');
  expect(fieldWords('person_health', 'file', display)).toBe('person_health.file');
});
