import { expect, test } from 'vitest';
import { draftWithin, encounterOf, startDraft } from '../src/ui/draft.ts';
import { Drafts } from '../src/ui/drafts.svelte.ts';
import { observationOf, roundRows, startObserving } from '../src/ui/observation.ts';
import { givenFigures } from '../src/ui/report.ts';
import type { DataWorker, NewItem } from '../src/worker/protocol.ts';
import { FakeObservations } from './fake/observations.ts';
import * as seed from './fake/seed.ts';

const PATROL = '9a';
const encounters = seed.encounters(0, PATROL, seed.people(0)).map(({ line }) => line);
const [inside] = encounters;
const observations = new FakeObservations(
  () => 0,
  () => encounters,
);
observations.seed(PATROL, inside?.row);
const lines = observations.of(PATROL);
const [seen] = lines;
if (!seen || !inside) throw new Error('There is one, with an encounter within it.');

test('a round lists an encounter within an observation once, there and nowhere else', () => {
  const rows = roundRows(encounters, lines);
  const alone = rows.flatMap((one) => ('encounter' in one ? [one.encounter.row] : []));
  expect(rows).toHaveLength(encounters.length);
  expect(seen.encounters.map(({ row }) => row)).toEqual([inside.row]);
  expect(alone).not.toContain(inside.row);
  expect(rows.map(({ at }) => at)).toEqual(rows.map(({ at }) => at).toSorted((a, b) => b - a));
});

test('of an observation that was taken back the encounters are listed by themselves', () => {
  const rows = roundRows(encounters, [{ ...seen, void: true }]);
  const alone = rows.flatMap((one) => ('encounter' in one ? [one.encounter.row] : []));
  expect(alone.toSorted()).toEqual(encounters.map(({ row }) => row).toSorted());
  expect(rows).toHaveLength(encounters.length + 1);
});

test('behind what was collected stand the observations in which it was picked up too', () => {
  const syringes: NewItem = { item: 'used_syringes', unit: 'piece', count: 16 };
  const [figure] = givenFigures([syringes], encounters, lines);
  const all = [...(figure?.lines ?? []), ...(figure?.seen ?? [])];
  expect(figure?.seen).toMatchObject([{ observation: { row: seen.row }, count: 12 }]);
  expect(all.reduce((sum, { count }) => sum + count, 0)).toBe(figure?.count);
});

test('an encounter that is begun within an observation says so, where that was', () => {
  const draft = draftWithin({ id: '1', patrol: PATROL, at: 0 }, seen);
  expect(encounterOf(draft, null)).toMatchObject({ within: seen.row, zone: seen.zone?.id });
  const other = encounterOf(startDraft({ id: '2', patrol: PATROL, at: 0 }), null);
  expect(other).toMatchObject({ within: null, zone: null });
});

test('when it was begun is the draft’s alone, and a note of spaces is none', () => {
  const { at, ...draft } = { ...startObserving(PATROL, 9), note: ' ', seen: 4 };
  expect(observationOf({ ...draft, at })).toEqual({ ...draft, note: '' });
});

test('the observation being written is kept and counted among the drafts, and locked it leaves the page', async () => {
  const kept = new Map<string, string | null>();
  const worker = {
    call: (name: string, ask: { readonly name: string; readonly body: string | null }) => {
      if (name === 'draft.put') kept.set(ask.name, ask.body);
      return Promise.resolve(name === 'draft.get' ? (kept.get(ask.name) ?? null) : []);
    },
    on: () => () => true,
  } as unknown as DataWorker;
  const attempt = <T>(call: Promise<T>): Promise<T | undefined> => call;
  const draftsHere = (): Drafts =>
    new Drafts({ worker, now: () => 0, newId: () => '1', attempt, letGo: () => null });
  const drafts = draftsHere();
  await drafts.load();
  expect(drafts.count).toBe(0);
  const observing = { ...startObserving(PATROL, 9), seen: 35 };
  drafts.observation.put(observing);
  drafts.start(PATROL, startDraft);
  expect(drafts.count).toBe(2);
  drafts.forget();
  expect([drafts.observation.value, drafts.count]).toEqual([null, 0]);
  const others = draftsHere();
  await others.load();
  expect([others.observation.value, others.count]).toEqual([observing, 2]);
});
