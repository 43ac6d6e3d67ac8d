import { describe, expect, test } from 'vitest';
import { type Purpose } from '../src/domain/consent.ts';
import { dayAt, DAY_MS } from '../src/domain/day.ts';
import { answersOf, sentencesOf } from '../src/ui/consents.ts';
import { Clock } from '../src/ui/clock.svelte.ts';
import { Display } from '../src/ui/display.svelte.ts';
import type { FieldView, FieldViews, Value } from '../src/worker/protocol.ts';

const NOW = Date.UTC(2026, 10, 24, 21);
const TODAY = dayAt(NOW);

function said(value: Value, at = NOW - 10 * DAY_MS, undecided = false): FieldView {
  const candidates = [{ value, author: 'Awa', at, mark: 'seen' as const }];
  return { value, candidates, conflict: undecided, undecided, also: [] };
}

function display(language: 'fr' | 'en'): Display {
  return new Display({
    choices: { read: () => language, write: () => undefined },
    clock: new Clock(() => NOW),
    languages: [language],
    prefersDark: false,
  });
}

const words = (fields: FieldViews, language: 'fr' | 'en' = 'fr'): string[] =>
  sentencesOf(fields, display(language)).map((one) => one.words);

function standing(fields: FieldViews, of: Purpose): string | undefined {
  return answersOf(fields, NOW).find(({ purpose }) => purpose === of)?.standing;
}

describe('what a person has agreed to', () => {
  test('is said with who took it down, when, and until when', () => {
    const fields = {
      consent_follow_up: said('spoken'),
      consent_follow_up_until: said(TODAY + 200),
      consent_sharing: said('refused'),
    };
    expect(words(fields)).toEqual([
      'Accord oral pour le suivi, donné à Awa le 14 novembre, valable jusqu’au 12 juin 2027.',
      'Pas d’accord pour la transmission de son identité (Awa, 14 novembre).',
      'Pas encore demandé\u00a0: les statistiques.',
    ]);
    expect(words(fields, 'en')[0]).toBe(
      'Spoken consent to follow-up, given to Awa on 14 November, valid until 12 June 2027.',
    );
  });

  test('nothing was asked of somebody new: one sentence says so', () => {
    expect(words({})).toEqual([
      'Pas encore demandé\u00a0: le suivi, les statistiques, la transmission de son identité.',
    ]);
  });

  test('holds on its last day, and has ended on the next', () => {
    const until = (day: number) => ({
      consent_statistics: said('written'),
      consent_statistics_until: said(day),
    });
    expect(standing(until(TODAY), 'statistics')).toBe('given');
    expect(standing(until(TODAY - 1), 'statistics')).toBe('expired');
    expect(words(until(TODAY - 1))[0]).toBe(
      'L’accord pour les statistiques a pris fin le 23 novembre\u00a0: à redemander.',
    );
  });

  test('is undecided while two answers about it, or two last days, stand side by side', () => {
    const twice = said('refused', NOW, true);
    expect(standing({ consent_sharing: twice }, 'sharing')).toBe('undecided');
    const days = { consent_sharing: said('spoken'), consent_sharing_until: said(TODAY, NOW, true) };
    expect(standing(days, 'sharing')).toBe('undecided');
    expect(standing({ ...days, consent_sharing_until: said(TODAY) }, 'sharing')).toBe('given');
  });

  test('names whoever spoke with them last: about the answer, or about how long it is good for', () => {
    const fields = {
      consent_follow_up: said('spoken', NOW - 400 * DAY_MS),
      consent_follow_up_until: said(TODAY + 9, NOW - DAY_MS),
    };
    expect(words(fields)[0]).toContain('le 23 novembre');
  });
});
