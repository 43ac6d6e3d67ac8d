/** What is seen of a place, while it is written and as it is read. Pure. */
import type { Id, Instant } from '../domain/catalogue.types.ts';
import type { EncounterLine, ObservationDraft, ObservationLine } from '../worker/protocol.ts';
import type { Display } from './display.svelte.ts';
import { givenOf, phraseOf } from './words.ts';

/** An observation being written, and when it was begun. */
export type Observing = ObservationDraft & { readonly at: Instant };

/** The catalogue counts no further. */
export const SEEN_MOST = 2000;

/** A crowd is counted by the handful: what one tap adds. */
export const HANDFULS = [5, 10, 20] as const;

export function startObserving(patrol: Id, at: Instant): Observing {
  return {
    patrol,
    at,
    zone: null,
    seen: 0,
    territory: [],
    mood: null,
    police: false,
    mediation: false,
    note: '',
    items: [],
  };
}

export function observationOf(draft: Observing): ObservationDraft {
  const { patrol, zone, seen, territory, mood, police, mediation, items } = draft;
  const note = draft.note.trim();
  return { patrol, zone, seen, territory, mood, police, mediation, note, items };
}

/** Campement, vente, tendue, présence policière. */
export function placeWords(
  {
    territory,
    mood,
    police,
    mediation,
  }: Pick<ObservationDraft, 'territory' | 'mood' | 'police' | 'mediation'>,
  { code, label }: Pick<Display, 'code' | 'label'>,
): string {
  return phraseOf([
    ...territory.map((one) => code('territory', one)),
    mood && code('mood', mood),
    police ? label('observation', 'police') : null,
    mediation ? label('observation', 'mediation') : null,
  ]);
}

/** The second line of the summary: what goes on, what was picked up, and whether there is a note. */
export function observedWords(
  draft: Omit<ObservationDraft, 'patrol' | 'zone'>,
  display: Display,
): string {
  return [
    placeWords(draft, display),
    givenOf(draft.items, display),
    draft.note.trim() === '' ? '' : display.t('encounter.noteSummary'),
  ]
    .filter((words) => words !== '')
    .join(', ');
}

/** One thing of a round: an observation with the encounters within it, or an encounter by itself. */
export type RoundRow =
  | { readonly observation: ObservationLine; readonly at: Instant }
  | { readonly encounter: EncounterLine; readonly at: Instant };

/** The last first. An encounter within an observation that was taken back stands by itself. */
export function roundRows(
  encounters: readonly EncounterLine[],
  observations: readonly ObservationLine[],
): readonly RoundRow[] {
  const within = new Set(
    observations.flatMap((line) => (line.void ? [] : line.encounters.map(({ row }) => row))),
  );
  return [
    ...observations.map((observation) => ({ observation, at: observation.at })),
    ...encounters
      .filter(({ row }) => !within.has(row))
      .map((encounter) => ({ encounter, at: encounter.at })),
  ].sort((a, b) => b.at - a.at);
}
