/** How requests, procedures and tasks stand, in words, and what of a thread is looked at. */
import { expect, test } from 'vitest';
import { dayAt } from '../src/domain/day.ts';
import { Clock } from '../src/ui/clock.svelte.ts';
import { Display } from '../src/ui/display.svelte.ts';
import {
  pursuitIcon,
  pursuitsOf,
  pursuitWords,
  sinceWords,
  statusTag,
  type Pursuit,
} from '../src/ui/pursuits.ts';
import { draftOf, dueTag, NEW_TASK, taskValues, usualDays } from '../src/ui/tasks.ts';
import { isLookedAt, looksAt } from '../src/ui/timeline.ts';
import type { PersonRecord, TaskLine, TimelineItem } from '../src/worker/protocol.ts';

const NOW = Date.parse('2025-11-20T20:00:00Z');
const TODAY = dayAt(NOW);
const displayIn = (language: string): Display =>
  new Display({
    choices: { read: () => null, write: () => undefined },
    clock: new Clock(() => NOW),
    languages: [language],
    prefersDark: false,
  });
const [fr, en] = [displayIn('fr'), displayIn('en')];

const written = { row: 'aa', note: null, at: NOW, author: 'Awa', mark: 'seen' } as const;
const pursuit = (said: Partial<Pursuit>): Pursuit => ({
  ...written,
  kind: 'request',
  what: 'shelter',
  status: 'open',
  opened: TODAY,
  closed: null,
  ...said,
});
const task = (said: Partial<TaskLine>): TaskLine => ({
  ...written,
  text: 'Rapporter un duvet',
  urgent: false,
  due: null,
  done: null,
  whom: [],
  ...said,
});

test('what is open comes before what is closed, the last written first', () => {
  const [old, closed, last] = [
    pursuit({ row: 'old', at: 1 }),
    pursuit({ row: 'closed', at: 3, status: 'refused' }),
    pursuit({ row: 'last', at: 2, kind: 'procedure', what: 'address', status: null }),
  ];
  const record = { requests: [closed, old], procedures: [last] } as unknown as PersonRecord;
  expect(pursuitsOf(record).map(({ row }) => row)).toEqual(['last', 'old', 'closed']);
});

test('a code that requests and procedures share is read in the words of its own list', () => {
  const cover = { what: 'health_cover' } as const;
  expect(pursuitWords({ ...cover, kind: 'request' }, en)).toBe('Health cover');
  expect(pursuitWords({ kind: 'procedure', what: 'identity_papers' }, fr)).toBe(
    'Papiers d’identité',
  );
  expect(pursuitWords({ kind: 'request', what: null }, fr)).toBe('Non noté');
});

test('each is drawn as what it is about, and otherwise as what it is', () => {
  expect(pursuitIcon({ kind: 'request', what: 'shelter' })).toBe('bed');
  expect(pursuitIcon({ kind: 'procedure', what: 'justice' })).toBe('paper');
  expect(pursuitIcon({ kind: 'request', what: 'animal' })).toBe('queue');
});

test('how long it has been open is counted in days, and after a month said by its date', () => {
  expect(sinceWords(pursuit({}), fr)).toBe('ouverte aujourd’hui');
  expect(sinceWords(pursuit({ opened: TODAY - 8 }), fr)).toBe('ouverte il y a 8 jours');
  expect(sinceWords(pursuit({ opened: TODAY - 8 }), en)).toBe('opened 8 days ago');
  expect(sinceWords(pursuit({ opened: TODAY - 42 }), fr)).toBe('ouverte le 9 oct.');
  expect(sinceWords(pursuit({ opened: null }), fr)).toBe('');
});

test('of what is closed the day of its closing is said, and not that of its opening', () => {
  const closed = pursuit({ status: 'obtained', opened: TODAY - 90, closed: TODAY - 1 });
  expect(sinceWords(closed, fr)).toBe('close hier');
  expect(sinceWords({ ...closed, closed: TODAY - 42 }, en)).toBe('closed on 9 Oct');
});

test('a status that nobody wrote is that of something begun', () => {
  expect(statusTag({ status: null }, fr)).toEqual(statusTag({ status: 'open' }, fr));
  expect(statusTag({ status: 'obtained' }, fr)).toMatchObject({
    words: 'obtenue',
    tone: 'tag-ok',
  });
});

test('by when a task is due is said in words, and late as such', () => {
  const words = (due: number): string | undefined => dueTag(task({ due }), fr)?.words;
  expect([TODAY, TODAY + 1, TODAY + 7].map(words)).toEqual([
    'pour aujourd’hui',
    'pour demain',
    'pour le 27 nov.',
  ]);
  expect(dueTag(task({ due: TODAY - 1 }), fr)).toMatchObject({
    tone: 'tag-late',
    words: 'en retard, pour le 19 nov.',
  });
  expect(dueTag(task({}), fr)).toBeNull();
});

test('a task that is done is late no more', () => {
  expect(dueTag(task({ due: TODAY - 9, done: TODAY }), en)).toMatchObject({
    tone: 'tag-ok',
    words: 'done on 20 Nov',
  });
});

test('the usual days are today, tomorrow and in a week', () => {
  expect(usualDays(NOW)).toEqual([TODAY, TODAY + 1, TODAY + 7]);
});

test('a new task says what was filled in, and a correction what changed', () => {
  const [awa, ines] = ['0a', '0b'];
  const draft = { ...NEW_TASK, text: ' Appeler ', due: TODAY, whom: [awa] };
  expect(taskValues(draft)).toEqual({ text: 'Appeler', due: TODAY, 'whom/0a': true });
  const before = draftOf(
    task({ urgent: true, whom: [{ id: awa, name: 'Awa', role: null, profession: null }] }),
  );
  expect(taskValues(before, before)).toEqual({});
  const after = { ...before, due: TODAY, urgent: false, whom: [ines] };
  expect(taskValues(after, before)).toEqual({
    due: TODAY,
    urgent: null,
    'whom/0a': null,
    'whom/0b': true,
  });
  expect(taskValues(before, after)).toEqual({
    due: null,
    urgent: true,
    'whom/0a': true,
    'whom/0b': null,
  });
});

const items = [
  { type: 'contact', note: 'Tousse' },
  { type: 'contact', note: null },
  { type: 'care' },
  { type: 'note' },
  { type: 'task' },
  { type: 'request' },
  { type: 'left' },
] as unknown as TimelineItem[];

test('a long thread is looked at in parts, and a note of an encounter is among the notes', () => {
  expect(looksAt(items)).toEqual(['met', 'notes', 'pursued']);
  const shown = (look: 'met' | 'notes' | 'pursued'): number[] =>
    items.flatMap((item, at) => (isLookedAt(item, look) ? at : []));
  expect([shown('met'), shown('notes'), shown('pursued')]).toEqual([
    [0, 1, 2],
    [0, 3],
    [4, 5],
  ]);
});

test('a short thread is read as it is, and a part that is all of it is not offered', () => {
  expect(looksAt(items.slice(0, 6))).toEqual([]);
  expect(looksAt(Array.from({ length: 9 }, () => ({ type: 'care' }) as TimelineItem))).toEqual([]);
});
