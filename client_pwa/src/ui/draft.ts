/** An encounter while it is being written. Pure: each function gives a new draft. */
import type { AgeBand, Consent, Gender, Id, Instant, Need } from '../domain/catalogue.types.ts';
import type {
  EncounterDraft,
  EncounterLine,
  HealthAccess,
  LastTime,
  Met,
  NewItem,
  ObservationLine,
  PersonLine,
  Value,
  Values,
} from '../worker/protocol.ts';
import { summed, totalOf } from './counts.ts';
import { isTakenBack } from './items.ts';
import { withValue, written } from './values.ts';

/** Somebody of the encounter: known by id, or new under an alias. */
export type DraftPerson = { readonly id: Id | null; readonly name: string };

/** What a saved encounter said when its correction began, and why it is corrected. */
export type Correction = {
  readonly stood: Pick<
    EncounterLine,
    'row' | 'at' | 'author' | 'zone' | 'people' | 'anonymous' | 'ages' | 'erased' | 'items' | 'note'
  >;
  readonly reason: string;
};

export type Draft = {
  readonly id: string;
  readonly patrol: Id;
  readonly at: Instant;
  /** Where it was; null for the patrol's own zone. */
  readonly zone: Id | null;
  /** The row of the observation within which it happens; null for none. */
  readonly within: string | null;
  readonly people: readonly DraftPerson[];
  readonly anonymous: Readonly<Partial<Record<Gender, number>>>;
  readonly ages: Readonly<Partial<Record<AgeBand, number>>>;
  /** What was given and taken back, each item of one unit once, and none of nothing. */
  readonly items: readonly NewItem[];
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
  /** The encounter that it corrects; null for one that is new. */
  readonly corrects: Correction | null;
};

export type DraftStart = { readonly id: string; readonly patrol: Id; readonly at: Instant };

/** What stands between the draft and a saved encounter. */
export type DraftGap = 'nobody' | 'ages' | 'consent' | 'healthOfSeveral' | 'healthClosed';

export function startDraft(start: DraftStart): Draft {
  return {
    ...start,
    zone: null,
    within: null,
    people: [],
    anonymous: {},
    ages: {},
    items: [],
    needs: [],
    note: '',
    contact: {},
    health: {},
    structure: null,
    consent: null,
    touched: false,
    corrects: null,
  };
}

export function draftWith(start: DraftStart, person: PersonLine): Draft {
  return { ...startDraft(start), people: [{ id: person.id, name: person.name }] };
}

/** The other path of two taps: one person without a name, one kit. */
export function anonymousDraft(start: DraftStart): Draft {
  const kit: NewItem = { item: 'crack_kit', unit: 'piece', count: 1 };
  return { ...startDraft(start), anonymous: { unknown: 1 }, items: [kit] };
}

/** One that happens within an observation happens where that was. */
export function draftWithin(
  start: DraftStart,
  { row, zone }: Pick<ObservationLine, 'row' | 'zone'>,
): Draft {
  return { ...startDraft(start), zone: zone?.id ?? null, within: row };
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

/** The same as the last time: those without a name too, where nobody is said to be there yet. */
export function likeLastTime(draft: Draft, { items, anonymous, ages }: LastTime): Draft {
  const all = summed([...draft.items, ...items]);
  return { ...draft, items: all, ...(hasSomebody(draft) ? {} : { anonymous, ages }) };
}

/** Something is given, and not only taken back. */
export function isGiving({ items }: Draft): boolean {
  return items.some(({ item }) => !isTakenBack(item));
}

export function hasSomebody({ people, anonymous }: Pick<Draft, 'people' | 'anonymous'>): boolean {
  return people.length > 0 || totalOf(anonymous) > 0;
}

/** Ages are said of people without a name: of no more than there are. */
export function hasMoreAges({ anonymous, ages }: Pick<Draft, 'anonymous' | 'ages'>): boolean {
  return totalOf(ages) > totalOf(anonymous);
}

/** Everybody whom a draft names by id, also as it was before. */
export function idsIn({ people, corrects }: Draft): readonly Id[] {
  return [...people, ...(corrects?.stood.people ?? [])].flatMap(({ id }) => id ?? []);
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
  if (!hasSomebody(draft)) return 'nobody';
  if (hasMoreAges(draft)) return 'ages';
  if (saysHealth(draft) && !isOfOne(draft)) return 'healthOfSeveral';
  if (saysHealth(draft) && access !== 'open') return 'healthClosed';
  return isOfOne(draft) && draft.structure !== null && draft.consent === null ? 'consent' : null;
}

export function metOf({ id, name }: DraftPerson): Met {
  return id === null ? { alias: name } : { id };
}

/** What belongs to a person is left out where nobody has a name; `drafts` are those that are left then. */
export function encounterOf(draft: Draft, drafts: string | null): EncounterDraft {
  const named = draft.people.length > 0;
  const needs = named ? draft.needs : [];
  const { structure, consent } = draft;
  return {
    patrol: draft.patrol,
    zone: draft.zone,
    within: draft.within,
    people: draft.people.map(metOf),
    anonymous: draft.anonymous,
    ages: draft.ages,
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
