/** An encounter while it is being written. Pure: each function gives a new draft. */
import type { Consent, Gender, Id, Instant, KitItem, Need } from '../domain/catalogue.types.ts';
import type {
  EncounterDraft,
  HealthAccess,
  PersonLine,
  Value,
  Values,
} from '../worker/protocol.ts';
import { withValue, written } from './values.ts';

/** Somebody of the encounter: known by id, or new under an alias. */
export type DraftPerson = { readonly id: Id | null; readonly name: string };

export type Draft = {
  readonly id: string;
  readonly patrol: Id;
  readonly at: Instant;
  readonly people: readonly DraftPerson[];
  readonly anonymous: Readonly<Partial<Record<Gender, number>>>;
  readonly items: Readonly<Partial<Record<KitItem, number>>>;
  readonly needs: readonly Need[];
  readonly note: string;
  /** What else is said of each contact, by the catalogue's own names. */
  readonly contact: Values;
  /** What only health workers will read of the one person met, by the catalogue's own names. */
  readonly health: Values;
  readonly structure: Id | null;
  readonly consent: Consent | null;
  /** Something was added to what one tap started it with. */
  readonly touched: boolean;
};

export type DraftStart = { readonly id: string; readonly patrol: Id; readonly at: Instant };

/** What stands between the draft and a saved encounter. */
export type DraftGap = 'nobody' | 'consent' | 'healthOfSeveral' | 'healthClosed';

export function startDraft(start: DraftStart): Draft {
  return {
    ...start,
    people: [],
    anonymous: {},
    items: {},
    needs: [],
    note: '',
    contact: {},
    health: {},
    structure: null,
    consent: null,
    touched: false,
  };
}

export function draftWith(start: DraftStart, person: PersonLine): Draft {
  return { ...startDraft(start), people: [{ id: person.id, name: person.name }] };
}

/** The other path of two taps: one person without a name, one kit. */
export function anonymousDraft(start: DraftStart): Draft {
  return { ...startDraft(start), anonymous: { unknown: 1 }, items: { crack_kit: 1 } };
}

/** Somebody already there is not added twice. */
export function addPerson(draft: Draft, person: DraftPerson): Draft {
  const there = draft.people.some(({ id, name }) =>
    person.id === null ? id === null && name === person.name : id === person.id,
  );
  return there ? draft : { ...draft, people: [...draft.people, person] };
}

export function removePerson(draft: Draft, person: DraftPerson): Draft {
  return { ...draft, people: draft.people.filter((other) => other !== person) };
}

/** Zero is absent. */
export function withCount<Code extends string>(
  counts: Readonly<Partial<Record<Code, number>>>,
  code: Code,
  count: number,
): Partial<Record<Code, number>> {
  const entries = Object.entries({ ...counts, [code]: count });
  return Object.fromEntries(entries.filter(([, value]) => value !== 0)) as Partial<
    Record<Code, number>
  >;
}

/** Care given is one of a contact's services. */
export const CARE = 'services/care';

/** An absent value is not written. */
export function withContact(draft: Draft, name: string, value: Value): Draft {
  return { ...draft, contact: withValue(draft.contact, name, value) };
}

export function withHealth(draft: Draft, name: string, value: Value): Draft {
  return { ...draft, health: withValue(draft.health, name, value) };
}

/** Something was written for health workers alone. */
export function saysHealth({ health }: Pick<Draft, 'health'>): boolean {
  return Object.keys(written(health)).length > 0;
}

/** What was typed stays in sight, even where it may not be saved as it is. */
export function showsHealth(draft: Draft, access: HealthAccess): boolean {
  return saysHealth(draft) || (access === 'open' && isOfOne(draft));
}

/** Care was given, whether or not what it was is said. */
export function saysCare(draft: Draft): boolean {
  return draft.contact[CARE] === true || saysHealth(draft);
}

export function toggled<Code>(codes: readonly Code[], code: Code): readonly Code[] {
  return codes.includes(code) ? codes.filter((other) => other !== code) : [...codes, code];
}

/** One consent is one person's, and so is what care was given: with several, or nobody, it is nobody's. */
export function isOfOne(draft: Draft): boolean {
  return draft.people.length === 1;
}

export function gapOf(draft: Draft, access: HealthAccess): DraftGap | null {
  const met = draft.people.length > 0 || Object.keys(draft.anonymous).length > 0;
  if (!met) return 'nobody';
  if (saysHealth(draft) && !isOfOne(draft)) return 'healthOfSeveral';
  if (saysHealth(draft) && access !== 'open') return 'healthClosed';
  return isOfOne(draft) && draft.structure !== null && draft.consent === null ? 'consent' : null;
}

/** What belongs to a person is left out where nobody has a name; `drafts` are those that are left then. */
export function encounterOf(draft: Draft, drafts: string | null): EncounterDraft {
  const named = draft.people.length > 0;
  const needs = named ? draft.needs : [];
  const { structure, consent } = draft;
  return {
    patrol: draft.patrol,
    people: draft.people.map(({ id, name }) => (id === null ? { alias: name } : { id })),
    anonymous: draft.anonymous,
    items: draft.items,
    needs,
    note: draft.note.trim(),
    contact: named ? draft.contact : {},
    health: written(draft.health),
    referral:
      isOfOne(draft) && structure !== null && consent !== null
        ? { structure, needs, consent }
        : null,
    drafts,
  };
}
