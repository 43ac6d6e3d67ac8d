/** What the screens say of an erasure before it is asked, and what they let go of after it. */
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { Clock } from '../src/ui/clock.svelte.ts';
import { Display } from '../src/ui/display.svelte.ts';
import { addPerson, draftWith, startDraft, type Draft } from '../src/ui/draft.ts';
import { Drafts } from '../src/ui/drafts.svelte.ts';
import { isWritten, lossOf, withoutErased } from '../src/ui/erasure.ts';
import { LiveView } from '../src/ui/live.svelte.ts';
import { personWords, whoOf } from '../src/ui/words.ts';
import { ENCOUNTER_DRAFTS, type PersonLine } from '../src/worker/protocol.ts';
import { FakeDataWorker } from './fake/data-worker.ts';

const START = { id: '1', patrol: 'aa', at: 0 };
const MOMO = { id: 'bb', name: 'Momo' } as PersonLine;
const SAMI = { id: 'cc', name: 'Sami' };
const ERASED = [MOMO.id];
const display = new Display({
  choices: { read: () => null, write: () => undefined },
  clock: new Clock(() => 0),
  languages: ['fr'],
  prefersDark: false,
});

const typed: Partial<Draft> = {
  needs: ['shelter'],
  note: 'Momo tousse',
  contact: { mood: 'calm' },
  health: { note: 'Plaie' },
  structure: 'dd',
  consent: 'spoken',
  touched: true,
};
const withMomo: Draft = { ...draftWith(START, MOMO), ...typed };

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

function odile(): FakeDataWorker {
  return new FakeDataWorker({
    now: () => 0,
    state: 'open',
    me: 'Odile',
    patrol: true,
    alarm: null,
    doubts: false,
    full: false,
    retired: false,
    restored: false,
    newcomers: false,
    closed: false,
    erasures: false,
    notices: null,
    health: 'closed',
    team: '',
  });
}

test('a draft about an erased person alone is gone, with every word of it', () => {
  expect(withoutErased(withMomo, ERASED)).toEqual([]);
  expect(withoutErased(withMomo, ['ee'])).toEqual([withMomo]);
});

test('what was given stays to be counted, and nothing that was said', () => {
  const items = [{ item: 'crack_kit', unit: 'piece', count: 2 }] as const;
  const [left, ...others] = withoutErased({ ...withMomo, items }, ERASED);
  expect(others).toEqual([]);
  expect(left).toEqual({ ...startDraft(START), items, touched: true });
  expect(JSON.stringify(left)).not.toContain('Momo');
});

test('of several people the others stay, and nobody is left with a consent or a care that was another’s', () => {
  const [left] = withoutErased(addPerson(withMomo, SAMI), ERASED);
  expect(left).toMatchObject({ people: [SAMI], note: 'Momo tousse', needs: ['shelter'] });
  expect(left).toMatchObject({ health: {}, structure: null, consent: null });
});

test('somebody new in a draft is nobody who was erased', () => {
  const draft = addPerson(startDraft(START), { id: null, name: 'Momo' });
  expect(withoutErased(draft, ERASED)).toEqual([draft]);
});

test('drafts that were kept let go of whoever is erased, on the screen and in the vault', async () => {
  const fake = odile();
  const { people } = await fake.call('view.people', { query: '' });
  const [momo, other] = people;
  if (!momo || !other) throw new Error('Nobody is known.');
  let told = 0;
  let made = 0;
  const drafts = new Drafts({
    worker: fake,
    now: () => 0,
    newId: () => String((made += 1)),
    attempt: (call) => call,
    letGo: () => {
      told += 1;
    },
  });
  await drafts.load();
  drafts.start('aa', (start) => ({ ...draftWith(start, momo), note: 'Tousse' }));
  drafts.start('aa', (start) => draftWith(start, other));
  await vi.advanceTimersByTimeAsync(1000);
  expect(await fake.call('draft.get', { name: ENCOUNTER_DRAFTS })).toContain(momo.name);
  await fake.call('person.erase', { ids: [momo.id] });
  await vi.advanceTimersByTimeAsync(1000);
  expect([drafts.all?.length, told]).toEqual([2, 0]);
  await vi.advanceTimersByTimeAsync(5000);
  expect(drafts.all?.map((draft) => draft.people[0]?.id)).toEqual([other.id]);
  const kept = await fake.call('draft.get', { name: ENCOUNTER_DRAFTS });
  expect([kept?.includes(momo.id), kept?.includes(other.id), told]).toEqual([false, true, 1]);
});

test('a page that shows somebody shows nothing of them once they are erased', async () => {
  const fake = odile();
  const [momo] = (await fake.call('view.people', { query: '' })).people;
  const view = new LiveView(fake, 'view.person');
  const stop = view.follow({ id: momo?.id ?? '' });
  await vi.advanceTimersByTimeAsync(10);
  expect(view.value?.line.name).toBe(momo?.name);
  await fake.call('person.erase', { ids: [momo?.id ?? ''] });
  await vi.advanceTimersByTimeAsync(10);
  expect(view.value?.erasing).toMatchObject({ author: 'Odile' });
  await vi.advanceTimersByTimeAsync(5000);
  expect([view.value, view.problem]).toEqual([null, 'erased']);
  stop();
});

test('what an erasure takes is counted, care only where it is read', async () => {
  const fake = odile();
  const [momo] = (await fake.call('view.people', { query: '' })).people;
  const record = await fake.call('view.person', { id: momo?.id ?? '' });
  const loss = lossOf(record);
  expect(loss).toMatchObject({ ids: [momo?.id], care: null });
  expect(loss).toMatchObject({ requests: 1, procedures: 2, tasks: 3, notes: 2 });
  const told = record.timeline.filter(({ type }) => type !== 'note');
  expect(loss.contacts + loss.requests + loss.procedures + loss.tasks + loss.referrals).toBe(
    told.length,
  );
  expect(lossOf({ ...record, health: { fields: {} } }).care).toBe(0);
  const [one, two] = ['e1', 'e2'].map((id) => ({ ...record.line, id, joined: null }));
  if (!one || !two) throw new Error('Two records are written down here.');
  expect(lossOf({ ...record, records: [one, two] }).ids).toEqual(['e1', 'e2']);
});

test('the alias is confirmed whatever its case and accents, and nothing else is', () => {
  for (const said of ['La Grande Zoé', ' la grande  zoe ', 'LA GRANDE ZOÉ']) {
    expect(isWritten('La Grande Zoé', said)).toBe(true);
  }
  for (const said of ['', ' ', 'La Grande', 'La Grande Zoéé', 'effacer']) {
    expect(isWritten('La Grande Zoé', said)).toBe(false);
  }
});

test('an encounter and a referral of an erased person say so, and no name', () => {
  const met = { people: [], anonymous: {} };
  expect(whoOf({ ...met, erased: true }, display)).toBe('Personne effacée');
  expect(whoOf({ ...met, erased: false }, display)).toBe('');
  const person = { id: 'bb', name: '' };
  expect(personWords({ person, erased: true }, display)).toBe('Personne effacée');
  expect(personWords({ person, erased: false }, display)).toBe('Sans surnom');
});
