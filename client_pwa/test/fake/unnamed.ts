/** Encounters with people who had no name, and who they were, for the data worker that keeps everything in memory. */
import type { Id, Instant } from '../../src/domain/catalogue.types.ts';
import { withCount } from '../../src/ui/counts.ts';
import { CallProblem, type EncounterLine, type Recognised } from '../../src/worker/protocol.ts';
import { newId, zones } from './seed.ts';

const DAY = 24 * 3_600_000;
type Kind = Pick<EncounterLine, 'anonymous' | 'ages' | 'items'>;

/** Of the days before: of one kind, of several, and of several ages. */
const before: readonly Kind[] = [
  {
    anonymous: { man: 2, woman: 1 },
    ages: {},
    items: [{ row: newId(), item: 'crack_kit', unit: 'piece', count: 3, reason: null }],
  },
  {
    anonymous: { woman: 1 },
    ages: {},
    items: [
      { row: newId(), item: 'pipe', unit: 'piece', count: 1, reason: null },
      { row: newId(), item: 'tips', unit: 'piece', count: 2, reason: null },
    ],
  },
  { anonymous: { man: 3 }, ages: { '25_34': 1, '35_44': 1 }, items: [] },
];

export function unnamedBefore(now: Instant): readonly EncounterLine[] {
  return before.map((kind, index) => ({
    row: newId(),
    patrol: newId(),
    at: now - (index * 4 + 1) * DAY - index * 2_400_000,
    author: index === 1 ? 'Inès' : 'Awa',
    zone: zones[index] ?? null,
    people: [],
    erased: false,
    note: null,
    mark: 'seen',
    void: false,
    amended: false,
    reasons: [],
    ...kind,
  }));
}

export function mayHaveBeenIn(line: EncounterLine, person: Id): boolean {
  const isThere = line.people.some(({ id }) => id === person);
  return !line.void && !isThere && Object.values(line.anonymous).some((count) => count > 0);
}

/** One less without a name, and one more with one. */
export function recognisedIn(
  line: EncounterLine,
  { gender, age }: Recognised,
  person: { readonly id: Id; readonly name: string },
): EncounterLine {
  const people = line.people.some(({ id }) => id === person.id)
    ? line.people
    : [...line.people, { ...person, contact: newId() }];
  if (people === line.people) return line;
  const agesLeft = age === null ? 1 : (line.ages[age] ?? 0);
  if ((line.anonymous[gender] ?? 0) === 0 || agesLeft === 0) {
    throw new CallProblem('nobody_unnamed');
  }
  return {
    ...line,
    people,
    anonymous: withCount(line.anonymous, gender, (line.anonymous[gender] ?? 0) - 1),
    ages: age === null ? line.ages : withCount(line.ages, age, agesLeft - 1),
    mark: 'tablet',
  };
}
