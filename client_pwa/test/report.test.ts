import { expect, test } from 'vitest';
import {
  ageFigures,
  anonymousFigures,
  givenFigures,
  lossFigures,
  needFigures,
  structureFigures,
} from '../src/ui/report.ts';
import type { EncounterLine, ReferralLine } from '../src/worker/protocol.ts';
import * as seed from './fake/seed.ts';

const encounters: readonly EncounterLine[] = seed
  .encounters(0, '9a', seed.people(0))
  .map(({ line }) => line);

/** What the lists behind a number add up to. */
function sumOf(lines: readonly { readonly count: number }[]): number {
  return lines.reduce((sum, { count }) => sum + count, 0);
}

test('behind each number stands a list that adds up to it', () => {
  const pieces = { crack_kit: 6, tips: 6, pipe: 0 };
  const given = givenFigures(
    (['crack_kit', 'tips', 'pipe'] as const).map((item) => {
      return { item, unit: 'piece', count: pieces[item] };
    }),
    encounters,
  );
  expect(given.map(({ item, count, lines }) => [item, count, lines.length])).toEqual([
    ['crack_kit', 6, 3],
    ['tips', 6, 3],
  ]);
  const anonymous = anonymousFigures({ anonymous: { man: 2 }, encounters });
  expect(anonymous.map(({ code, lines }) => [code, lines.length])).toEqual([['man', 1]]);
  const ages = ageFigures({ ages: { '25_34': 1, minor: 0 }, encounters });
  expect(ages.map(({ code, lines }) => [code, lines.length])).toEqual([['25_34', 1]]);
  for (const { count, lines } of [...given, ...anonymous, ...ages]) {
    expect(sumOf(lines)).toBe(count);
  }
});

test('what was taken back by the piece, by the container and by weight are three numbers', () => {
  const syringes = encounters
    .flatMap(({ items }) => items)
    .filter(({ item }) => item === 'used_syringes');
  const figures = givenFigures(syringes, encounters);
  expect(figures.map(({ unit, count, lines }) => [unit, count, sumOf(lines)])).toEqual([
    ['piece', 4, 4],
    ['container', 2, 2],
    ['gram', 350, 350],
  ]);
});

test('losses of one item for one reason are one number, and another reason is another', () => {
  const loss = { item: 'pipe', author: 'Awa', mark: 'server' } as const;
  const figures = lossFigures([
    { ...loss, row: '1', count: 2, reason: 'police_destruction' },
    { ...loss, row: '2', count: 1, reason: null },
    { ...loss, row: '3', count: 3, reason: 'police_destruction' },
  ]);
  expect(figures.map(({ reason, count, lines }) => [reason, count, lines.length])).toEqual([
    ['police_destruction', 5, 2],
    [null, 1, 1],
  ]);
});

test('requests stand by what was asked for, referrals by where they go', () => {
  const person = { id: 'p', name: 'Momo' };
  const needs = needFigures([
    { row: '1', need: 'shelter', person },
    { row: '2', need: null, person },
    { row: '3', need: 'shelter', person },
  ]);
  expect(needs.map(({ need, lines }) => [need, lines.length])).toEqual([
    ['shelter', 2],
    [null, 1],
  ]);
  const referrals: readonly ReferralLine[] = seed.referrals(0, []).slice(1, 5);
  const places = structureFigures(referrals).map(({ name, lines }) => [name, lines.length]);
  expect(places).toEqual([
    ['PHASE', 1],
    ['ASSORE', 2],
    ['CSAPA Pierre-Nicole', 1],
  ]);
});
