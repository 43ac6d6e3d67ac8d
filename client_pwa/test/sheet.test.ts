/** The sheet of a new encounter: ages, units, and what was given the last time. */
import { expect, test } from 'vitest';
import { Clock } from '../src/ui/clock.svelte.ts';
import { countOf, summed, withItem } from '../src/ui/counts.ts';
import { Display } from '../src/ui/display.svelte.ts';
import {
  anonymousDraft,
  encounterOf,
  gapOf,
  isGiving,
  likeLastTime,
  startDraft,
} from '../src/ui/draft.ts';
import { Drafts } from '../src/ui/drafts.svelte.ts';
import { itemsInOrder, takenBackInOrder } from '../src/ui/items.ts';
import { bagWords, givenOf, lastTimeWords, summaryOf } from '../src/ui/words.ts';
import type { DataWorker, EncounterLine, LastTime, NewItem } from '../src/worker/protocol.ts';

const START = { id: '1', patrol: 'aa', at: 0 };
const NOW = Date.UTC(2026, 10, 14, 20);
const DAY_MS = 24 * 3_600_000;
const display = new Display({
  choices: { read: () => null, write: () => undefined },
  clock: new Clock(() => NOW),
  languages: ['fr'],
  prefersDark: false,
});

const KITS: NewItem = { item: 'crack_kit', unit: 'piece', count: 2 };
const USED: readonly NewItem[] = [
  { item: 'used_syringes', unit: 'piece', count: 12 },
  { item: 'used_syringes', unit: 'container', count: 2 },
  { item: 'used_syringes', unit: 'gram', count: 350 },
];
const LAST: LastTime = {
  at: NOW - 2 * DAY_MS,
  anonymous: { man: 2 },
  ages: { '25_34': 2 },
  items: [KITS, { item: 'tips', unit: 'piece', count: 1 }],
};

function words(text: string): string {
  return text.replace(/\s/gu, ' ');
}

test('units are said and never added up', () => {
  expect(words(givenOf([...USED, KITS], display))).toBe(
    'Kit crack × 2, Seringues usagées × 12, 2 collecteurs pleins, 350 g de seringues usagées',
  );
  expect(summed([...USED, ...USED]).map(({ count }) => count)).toEqual([24, 4, 700]);
  expect(countOf(USED, { item: 'used_syringes', unit: 'gram' })).toBe(350);
});

test('the summary says what was taken back with what was given', () => {
  const draft = { ...startDraft(START), items: [...USED.slice(1, 2), KITS] };
  expect(words(summaryOf(draft, display))).toBe('Kit crack × 2, 2 collecteurs pleins');
});

test('more ages than people without a name are not saved, as many are', () => {
  const two = { ...startDraft(START), anonymous: { man: 1, woman: 1 } };
  expect(gapOf({ ...two, ages: { minor: 1, '25_34': 2 } }, 'none')).toBe('ages');
  expect(gapOf({ ...two, ages: { '25_34': 2 } }, 'none')).toBeNull();
  const saved = encounterOf({ ...two, ages: { '25_34': 2 }, zone: 'zz' }, null);
  expect(saved).toMatchObject({ ages: { '25_34': 2 }, zone: 'zz', items: [] });
});

test('the last time is said again whole where nobody is there yet, and for somebody only what was given', () => {
  const empty = startDraft(START);
  const again = likeLastTime(empty, LAST);
  expect(again).toEqual({ ...empty, items: LAST.items, anonymous: { man: 2 }, ages: LAST.ages });
  const ofMomo = { ...empty, people: [{ id: 'bb', name: 'Momo' }] };
  expect(likeLastTime(ofMomo, LAST)).toEqual({ ...ofMomo, items: LAST.items });
});

test('what was taken back before stays beside what the last time adds', () => {
  const draft = { ...anonymousDraft(START), items: USED };
  expect(isGiving(draft)).toBe(false);
  expect(isGiving(anonymousDraft(START))).toBe(true);
  expect(likeLastTime(draft, LAST).items).toEqual([...USED, ...LAST.items]);
});

test('the last time is said by its day, of tonight by its hour, and in a few words', () => {
  const draft = startDraft(START);
  expect(words(lastTimeWords(draft, LAST, display))).toBe(
    'Comme le 12 nov. : 2 sans nom, Kit crack × 2, Embouts × 1',
  );
  const ofMomo = { ...draft, people: [{ id: 'bb', name: 'Momo' }] };
  const tonight = { ...LAST, at: NOW, items: [...LAST.items, ...USED.slice(0, 1), ...LAST.items] };
  expect(words(lastTimeWords(ofMomo, tonight, display))).toMatch(
    /^Comme à \d\d:\d\d : Kit crack × 2, Embouts × 1, .* et 2 autres$/,
  );
});

test('what is in a bag is said as before', () => {
  expect(words(bagWords({ crack_kit: 1, pipe: 2 }, display))).toBe('Kit crack × 1, Pipe × 2');
  expect(words(bagWords({ crack_kit: 1, pipe: 2, tips: 3 }, display, 2))).toBe(
    'Kit crack × 1, Pipe × 2 et 1 autre',
  );
});

test('what is taken back most often comes first, whatever its unit, and is never among what is given', () => {
  const met = (items: readonly NewItem[]): EncounterLine =>
    ({ items, void: false }) as unknown as EncounterLine;
  const order = takenBackInOrder([met(USED.slice(1)), met(USED.slice(1, 2)), met([])]);
  expect(order.map(({ unit }) => unit)).toEqual(['container', 'gram', 'piece', 'piece']);
  expect(itemsInOrder([met(USED)])).not.toContain('used_syringes');
  expect(itemsInOrder([met([{ ...KITS, item: 'condom', count: 9 }])])[0]).toBe('condom');
});

test('a count that becomes none is nothing, and the others keep their places', () => {
  const changed = withItem([KITS, ...USED], { item: 'used_syringes', unit: 'piece', count: 0 });
  expect(changed).toEqual([KITS, ...USED.slice(1)]);
  expect(withItem(changed, { ...KITS, count: 3 })[0]).toEqual({ ...KITS, count: 3 });
});

test('a draft of an older version, whose items had no unit, opens with them by the piece', async () => {
  const older = {
    ...START,
    people: [],
    anonymous: { man: 1 },
    items: { crack_kit: 2 },
    note: 'Oui',
  };
  const worker = {
    call: (name: string) => Promise.resolve(name === 'draft.get' ? JSON.stringify([older]) : []),
    on: () => () => true,
  } as unknown as DataWorker;
  const attempt = <T>(call: Promise<T>): Promise<T | undefined> => call;
  const drafts = new Drafts({ worker, now: () => 0, newId: () => '2', attempt, letGo: () => null });
  await drafts.load();
  const { items, note, ages, zone, corrects } = drafts.find('1') ?? startDraft(START);
  expect([items, note, ages, zone, corrects]).toEqual([[KITS], 'Oui', {}, null, null]);
});
