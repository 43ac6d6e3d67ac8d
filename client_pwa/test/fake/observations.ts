/** The observations of the data worker that keeps everything in memory: written, with who was met within them, taken back. */
import type { Id, Instant } from '../../src/domain/catalogue.types.ts';
import {
  CallProblem,
  type EncounterLine,
  type NewItem,
  type ObservationDraft,
  type ObservationLine,
  type ZoneLine,
} from '../../src/worker/protocol.ts';
import { newId, zones } from './seed.ts';

type FakeObservation = Omit<ObservationLine, 'encounters'>;
type Encounters = () => readonly EncounterLine[];

export class FakeObservations {
  readonly #now: () => Instant;
  readonly #encounters: Encounters;
  /** The oldest first. */
  #all: FakeObservation[] = [];
  /** By the row of each encounter that happened within one. */
  readonly #within = new Map<string, string>();

  constructor(now: () => Instant, encounters: Encounters) {
    this.#now = now;
    this.#encounters = encounters;
  }

  /** One of earlier on this round, with an encounter within it. */
  seed(patrol: Id, encounter: string | undefined): void {
    const at = this.#now() - 40 * 60_000;
    const row = this.#put(
      {
        patrol,
        zone: null,
        seen: 35,
        territory: ['consumption', 'camp'],
        mood: 'tense',
        police: true,
        mediation: false,
        note: 'Le passage sous le métro est fermé, tout le monde est au nord du canal.',
        items: [{ item: 'used_syringes', unit: 'piece', count: 12 }],
      },
      { author: 'Inès', zone: zones[0] ?? null, at, mark: 'server' },
    );
    if (encounter !== undefined) this.#within.set(encounter, row);
  }

  save(draft: ObservationDraft, author: string, zone: ZoneLine | null): string {
    const chosen = zones.find(({ id }) => id === draft.zone) ?? zone;
    return this.#put(draft, { author, zone: chosen, at: this.#now(), mark: 'tablet' });
  }

  meet(encounter: string, observation: string | null): void {
    if (observation !== null) this.#within.set(encounter, observation);
  }

  of(patrol: Id): readonly ObservationLine[] {
    return this.#all
      .filter((one) => one.patrol === patrol)
      .map((one) => this.#line(one))
      .reverse();
  }

  find(row: string): ObservationLine {
    const found = this.#all.find((one) => one.row === row);
    if (!found) throw new CallProblem('not_found');
    return this.#line(found);
  }

  takeBack(row: string): void {
    this.find(row);
    this.#all = this.#all.map((one) =>
      one.row === row ? { ...one, items: [], void: true, mark: 'tablet' } : one,
    );
  }

  #put(
    { items, patrol, seen, territory, mood, police, mediation, note }: ObservationDraft,
    said: Pick<FakeObservation, 'author' | 'zone' | 'at' | 'mark'>,
  ): string {
    const row = newId();
    const counted = items.map((one: NewItem) => ({ ...one, row: newId(), reason: null }));
    const what = { patrol, seen, territory, mood, police, mediation, note };
    this.#all.push({ ...what, ...said, row, items: counted, void: false });
    return row;
  }

  #line(one: FakeObservation): ObservationLine {
    const encounters = this.#encounters().filter(({ row }) => this.#within.get(row) === one.row);
    return { ...one, encounters: encounters.toReversed() };
  }
}
