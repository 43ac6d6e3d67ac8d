/**
 * What is written of a person, held to what they agreed to: answers for statistics stand with their word and go with it.
 */
import { consentOn, PURPOSES } from '../domain/consent.ts';
import { dayAt } from '../domain/day.ts';
import { findSpec, plainPaths } from '../domain/labels.ts';
import { ownGroup } from '../engine/fold.ts';
import { FACT, FIELD } from '../engine/liveness.ts';
import type { Intent } from '../engine/writer.ts';
import { editIntents, type Said, takingIntents } from './persons.ts';
import { CallProblem, type Value } from './protocol.ts';
import type { Scene } from './scene.ts';
import { personState } from './views/persons.ts';

const KIND = 'person';
const STATISTICS = 'consent_statistics';
const CARD = 'card';

/** The plain answers that the server counts. */
const ANSWERS: readonly string[] = plainPaths(KIND)
  .map((path) => path.slice(KIND.length + 1))
  .filter((name) => findSpec(KIND, name)?.purpose === 'statistics');

type Answer = { readonly value: Value; readonly undecided: boolean };
type Stand = Pick<Scene, 'reading' | 'now'>;

/**
 * Returns the edits by which a person says so, with all that it takes along. Throws CallProblem for an answer that their
 * consent does not cover.
 */
export function personIntents(stand: Stand, id: string, asked: Said): Intent[] {
  const { facts, fields } = asked;
  const said = { facts, fields: { ...fields, ...daysOver(stand, id, fields) } };
  return [...editIntents(stand.reading, id, said), ...consentIntents(stand, id, said)];
}

/**
 * Returns what something that is said of a person takes away with it, in whichever of their records it stands.
 *
 * A tablet that had not heard of a no may have written an answer meanwhile: it goes with whatever is said next.
 */
export function consentIntents(stand: Stand, id: string, { facts, fields }: Said): Intent[] {
  const stands = standing(stand, id, fields, 'statistics');
  const isAnswered = ANSWERS.some((name) => (facts[name] ?? null) !== null);
  if (isAnswered && stands !== 'given') throw new CallProblem('consent_missing');
  const isTakenBack = STATISTICS in fields && !isYes(fields[STATISTICS]);
  const isRefused = isTakenBack || stands === 'refused';
  const isCardLost = CARD in fields && fields[CARD] === null;
  return [
    ...(isRefused ? takingIntents(stand.reading, id, FACT, ANSWERS) : []),
    ...(isCardLost ? takingIntents(stand.reading, id, FIELD, [CARD]) : []),
  ];
}

/** Who is asked again says yes from today on: a last day that is over says nothing of it. */
function daysOver(stand: Stand, id: string, fields: Said['fields']): Record<string, null> {
  const over = PURPOSES.filter(
    (purpose) =>
      isYes(fields[`consent_${purpose}`]) && standing(stand, id, fields, purpose) === 'expired',
  );
  const names = over.map((purpose) => `consent_${purpose}_until`);
  return Object.fromEntries(names.filter((name) => !(name in fields)).map((name) => [name, null]));
}

function isYes(value: Value | undefined): boolean {
  return value !== undefined && value !== null && value !== 'refused';
}

/** What stands of a consent once this is said. */
function standing(
  { reading, now }: Stand,
  id: string,
  fields: Said['fields'],
  purpose: (typeof PURPOSES)[number],
): ReturnType<typeof consentOn> {
  const state = personState(reading, id);
  const own = state === null ? null : ownGroup(state);
  const said = Object.entries(fields).map(([name, value]) => {
    return [name, { value, undecided: false }] as const;
  });
  const stood = own === null ? {} : reading.fields(own);
  const stands: Record<string, Answer> = { ...stood, ...Object.fromEntries(said) };
  return consentOn(dayAt(now), stands, purpose);
}
