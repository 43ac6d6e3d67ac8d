/** The encounters of the data worker that keeps everything in memory: written, corrected and taken back. */
import type { Id, Instant } from '../../src/domain/catalogue.types.ts';
import {
  CallProblem,
  type EncounterAmendment,
  type EncounterDraft,
  type EncounterLine,
  type LastTime,
  type Met,
} from '../../src/worker/protocol.ts';
import { isTakenBack } from '../../src/ui/items.ts';
import { newId, zones } from './seed.ts';

/** An encounter, and what was noted in it of whom it was with, or of the place. */
export type FakeEncounter = { line: EncounterLine; note: string | null };

type Person = EncounterLine['people'][number];

type Options = {
  readonly now: () => Instant;
  readonly me: string;
  /** Makes who is new, and says that all of them were met. */
  readonly meet: (met: readonly Met[]) => readonly Person[];
};

export class FakeEncounters {
  readonly #options: Options;
  /** The oldest first. */
  readonly all: FakeEncounter[] = [];
  /** The contacts of people who were counted without a name first. */
  readonly #linked = new Set<string>();

  constructor(options: Options) {
    this.#options = options;
  }

  get standing(): readonly EncounterLine[] {
    return this.all.map(({ line }) => line).filter((line) => !line.void);
  }

  find(row: string): FakeEncounter {
    const found = this.all.find(({ line }) => line.row === row);
    if (!found) throw new CallProblem('not_found');
    return found;
  }

  save(draft: EncounterDraft, zone: EncounterLine['zone']): EncounterLine {
    const people = this.#options.meet(draft.people);
    const line: EncounterLine = {
      row: newId(),
      patrol: draft.patrol,
      at: this.#options.now(),
      author: this.#options.me,
      zone: zones.find(({ id }) => id === draft.zone) ?? zone,
      people,
      anonymous: draft.anonymous,
      ages: draft.ages,
      erased: false,
      items: draft.items.map((one) => ({ ...one, row: newId(), reason: null })),
      note: people.length === 0 && draft.note !== '' ? draft.note : null,
      mark: 'tablet',
      void: false,
      amended: false,
      reasons: [],
    };
    this.all.push({ line, note: draft.note === '' ? null : draft.note });
    return line;
  }

  amend(ask: EncounterAmendment): void {
    const found = this.find(ask.row);
    const { line } = found;
    if (line.void) throw new CallProblem('refused');
    const { reason } = ask;
    const counts = new Map(ask.counts.map(({ row, count }) => [row, count]));
    const items = line.items.map((item) =>
      counts.has(item.row) ? { ...item, count: counts.get(item.row) ?? 0, reason } : item,
    );
    const forgotten = ask.items.map((item) => ({ ...item, row: newId(), reason }));
    const stayed = line.people.filter(({ contact }) => !ask.removed.includes(contact));
    found.line = {
      ...line,
      zone: zones.find(({ id }) => id === ask.zone) ?? line.zone,
      anonymous: { ...line.anonymous, ...ask.anonymous },
      ages: { ...line.ages, ...ask.ages },
      items: [...items, ...forgotten],
      people: [...stayed, ...this.#options.meet(ask.people)],
      note: ask.note === undefined ? line.note : ask.note === '' ? null : ask.note,
      amended: true,
      reasons: [reason, ...line.reasons],
      mark: 'tablet',
    };
  }

  takeBack(row: string): void {
    const found = this.find(row);
    found.line = { ...found.line, void: true, mark: 'tablet' };
  }

  isLinked(contact: string): boolean {
    return this.#linked.has(contact);
  }

  /** Somebody is recognised in the last encounter that has a man without a name, and without them. */
  link(person: Person): void {
    const found = this.all.findLast(
      ({ line }) =>
        (line.anonymous.man ?? 0) > 0 && line.people.every(({ id }) => id !== person.id),
    );
    if (!found) return;
    const anonymous = { ...found.line.anonymous, man: (found.line.anonymous.man ?? 0) - 1 };
    found.line = { ...found.line, anonymous, people: [...found.line.people, person] };
    this.#linked.add(person.contact);
  }

  /** It was somebody else: they are without a name again. */
  unlink(contact: string): void {
    const found = this.all.find(({ line }) => line.people.some((one) => one.contact === contact));
    if (!found || !this.#linked.delete(contact)) throw new CallProblem('refused');
    const anonymous = { ...found.line.anonymous, man: (found.line.anonymous.man ?? 0) + 1 };
    const people = found.line.people.filter((one) => one.contact !== contact);
    found.line = { ...found.line, anonymous, people, mark: 'tablet' };
  }

  lastTime(patrol: Id, person: Id | null): LastTime | null {
    const last = this.standing.findLast(
      (line) =>
        (person === null ? line.patrol === patrol : line.people.some(({ id }) => id === person)) &&
        line.items.some(({ item, count }) => count > 0 && !isTakenBack(item)),
    );
    if (!last) return null;
    const isOfAnybody = person === null && last.people.length === 0;
    return {
      at: last.at,
      anonymous: isOfAnybody ? last.anonymous : {},
      ages: isOfAnybody ? last.ages : {},
      items: last.items.filter(({ item, count }) => count > 0 && !isTakenBack(item)),
    };
  }

  /** Nobody who is erased is named in any of them. */
  erase(person: Id): void {
    for (const one of this.all) {
      const people = one.line.people.filter((met) => met.id !== person);
      const isNobody = people.length === 0 && Object.keys(one.line.anonymous).length === 0;
      one.line = { ...one.line, people, erased: isNobody };
    }
  }
}
