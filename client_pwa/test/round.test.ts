import { expect, test } from 'vitest';
import { BAG_ITEMS, contentsOf } from '../src/ui/bag.ts';
import {
  below,
  closedRoundOf,
  countLines,
  lacksCount,
  startClosing,
  textsLeft,
  withCounted,
  withReason,
  type Closing,
} from '../src/ui/closing.ts';
import {
  handoverFor,
  lastRoundOf,
  PATROL_TYPES,
  roundToOpen,
  stillChosen,
} from '../src/ui/opening.ts';
import type { BagLine, Handover, Opening, PatrolLine } from '../src/worker/protocol.ts';

const BAG: BagLine = {
  id: 'ba6',
  name: 'Sac bleu',
  items: { crack_kit: 12, pipe: 9 },
  counted: null,
  mark: 'server',
};

function handover(patrol: string, zone: string): Handover {
  return {
    patrol,
    zone: { id: zone, name: zone, area: null },
    text: patrol,
    author: 'Samir',
    at: 0,
  };
}

const OPENING: Opening = {
  bags: [BAG],
  bag: BAG.id,
  type: 'mediation',
  mode: 'bus',
  handovers: [handover('newest', 'a'), handover('older', 'b')],
};
const ZONES = [{ id: 'a' }, { id: 'b' }];
const KNOWN = { opening: OPENING, zones: ZONES, me: 'awa' };

test('a round is opened with what was taken last, unless something else is chosen', () => {
  expect(roundToOpen(KNOWN, {})).toEqual({
    zone: null,
    type: 'mediation',
    mode: 'bus',
    route: '',
    crew: ['awa'],
    bag: BAG.id,
    loaded: {},
  });
  const chosen = { zone: 'b', type: 'social', mode: 'walk', crew: ['awa', 'ines'] } as const;
  expect(roundToOpen(KNOWN, chosen)).toMatchObject(chosen);
});

test('the only zone is not asked for', () => {
  expect(roundToOpen({ ...KNOWN, zones: [{ id: 'a' }] }, {}).zone).toBe('a');
});

test('a type that the mode says now is neither offered nor taken over', () => {
  expect(PATROL_TYPES).not.toContain('metro');
  expect(PATROL_TYPES).toContain('mediation');
  const opening = { ...OPENING, type: 'metro' } as const;
  expect(roundToOpen({ ...KNOWN, opening }, {}).type).toBe('risk_reduction');
});

test('what is put into a bag stays with that bag', () => {
  const loaded = { [BAG.id]: { pipe: 3 }, other: { water: 2 } };
  expect(roundToOpen(KNOWN, { loaded }).loaded).toEqual({ pipe: 3 });
  expect(roundToOpen(KNOWN, { loaded, bag: 'other' }).loaded).toEqual({ water: 2 });
  expect(roundToOpen(KNOWN, { loaded, bag: null }).loaded).toEqual({});
});

test('the note of the zone is shown, and the newest where the zone has none', () => {
  expect(handoverFor(OPENING, 'b')?.patrol).toBe('older');
  expect(handoverFor(OPENING, 'c')?.patrol).toBe('newest');
  expect(handoverFor({ ...OPENING, handovers: [] }, 'b')).toBeNull();
});

test('what was chosen for a round that was opened since is not loaded again', () => {
  const round = (id: string, who: string): PatrolLine =>
    ({ id, crew: [{ id: who }] }) as unknown as PatrolLine;
  const before = [round('theirs', 'samir'), round('mine', 'awa')];
  const after = lastRoundOf(before, 'awa');
  const kept = { after, chosen: { loaded: { [BAG.id]: { pipe: 3 } } } };
  expect(after).toBe('mine');
  expect(stillChosen(kept, lastRoundOf([round('others', 'ines'), ...before], 'awa'))).toBe(
    kept.chosen,
  );
  expect(stillChosen(kept, lastRoundOf([round('next', 'awa'), ...before], 'awa'))).toEqual({});
});

test('an item that is as expected is counted as expected, and others as they were found', () => {
  let closing: Closing = { ...startClosing('9a'), isCounted: true };
  closing = withReason(withCounted(closing, 'pipe', 7), 'pipe', 'police_destruction');
  closing = withCounted(closing, 'water', 2);
  expect(closedRoundOf(closing, BAG).counted).toEqual([
    { item: 'crack_kit', count: 12, reason: null },
    { item: 'pipe', count: 7, reason: 'police_destruction' },
    { item: 'water', count: 2, reason: null },
  ]);
});

test('none left is a count, and a reason goes only with what is missing', () => {
  let closing: Closing = { ...startClosing('9a'), isCounted: true };
  closing = withReason(withCounted(closing, 'pipe', 0), 'pipe', 'lost');
  expect(closedRoundOf(closing, BAG).counted[1]).toEqual({
    item: 'pipe',
    count: 0,
    reason: 'lost',
  });
  closing = withCounted(closing, 'pipe', 9);
  expect(closedRoundOf(closing, BAG).counted[1]).toEqual({ item: 'pipe', count: 9, reason: null });
});

test('a reason touched again is taken away', () => {
  const once = withReason(withCounted(startClosing('9a'), 'pipe', 8), 'pipe', 'lost');
  expect(countLines(once, BAG)[1]?.reason).toBe('lost');
  expect(countLines(withReason(once, 'pipe', 'lost'), BAG)[1]?.reason).toBeNull();
});

test('what was not counted is not said to be, and a bag must be one or the other', () => {
  const closing = withCounted(startClosing('9a'), 'pipe', 7);
  expect(lacksCount(closing, BAG)).toBe(true);
  expect(lacksCount(closing, null)).toBe(false);
  const skipped = { ...closing, isCounted: false };
  expect(lacksCount(skipped, BAG)).toBe(false);
  expect(closedRoundOf(skipped, BAG).counted).toEqual([]);
  expect(closedRoundOf({ ...closing, isCounted: true }, BAG).counted).toHaveLength(2);
});

test('used material is never in a bag', () => {
  expect(BAG_ITEMS).not.toContain('used_syringes');
  expect(BAG_ITEMS).toContain('syringe_1cc');
  expect(contentsOf({ pipe: 0, water: 1, crack_kit: 2 })).toEqual([
    ['crack_kit', 2],
    ['water', 1],
  ]);
});

test('a text goes below what a colleague wrote, and one that stands there already does not', () => {
  const closing = { ...startClosing('9a'), handover: ' Deux duvets. ', report: 'Calme.' };
  const saved = { handover: 'Pluie.', report: 'Calme. Peu de monde.' };
  expect(textsLeft(closing, saved)).toEqual([['handover', 'Deux duvets.']]);
  expect(below(saved.handover, 'Deux duvets.')).toBe('Pluie.\n\nDeux duvets.');
  expect(below(null, 'Deux duvets.')).toBe('Deux duvets.');
});
