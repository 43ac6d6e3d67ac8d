/** Patrols and their encounters. */
import type {
  AgeBand,
  Consent,
  Gender,
  Id,
  Instant,
  KitItem,
  Need,
  PatrolMode,
  PatrolType,
  Unit,
} from '../../domain/catalogue.types.ts';
import type { ZoneLine } from './directory.ts';
import type { NewPerson } from './people.ts';
import type { WorkerLine } from './team.ts';
import type { Mark, Values } from './values.ts';

export type PatrolLine = {
  readonly id: Id;
  readonly zone: ZoneLine | null;
  readonly type: PatrolType | null;
  readonly mode: PatrolMode | null;
  readonly route: string | null;
  readonly bag: { readonly id: Id; readonly name: string } | null;
  readonly start: Instant;
  readonly end: Instant | null;
  readonly crew: readonly WorkerLine[];
  readonly encounters: number;
  readonly people: number;
  readonly mark: Mark;
};

export type EncounterLine = {
  /** The encounter's op id, by which it is amended. */
  readonly row: string;
  readonly patrol: Id;
  readonly at: Instant;
  readonly author: string;
  readonly zone: ZoneLine | null;
  readonly people: readonly { readonly id: Id; readonly name: string; readonly contact: string }[];
  readonly anonymous: Readonly<Partial<Record<Gender, number>>>;
  /** How old those without a name seemed, as far as it was said. */
  readonly ages: Readonly<Partial<Record<AgeBand, number>>>;
  /** Nobody else was met than who was erased since. */
  readonly erased: boolean;
  readonly items: readonly ItemLine[];
  /** What was noted about the place; a note about a person stands on their record. */
  readonly note: string | null;
  readonly mark: Mark;
  readonly void: boolean;
  /** Something of it was corrected since, and why, the last reason first. */
  readonly amended: boolean;
  readonly reasons: readonly string[];
};

/** A count of one item that was given, or of used material that was taken back, in its unit. */
export type ItemLine = {
  readonly row: string;
  readonly item: KitItem;
  readonly unit: Unit;
  readonly count: number;
  readonly reason: string | null;
};

/** So many of one item, before it has a row. */
export type NewItem = Pick<ItemLine, 'item' | 'unit' | 'count'>;

/** Somebody met: known by id, or new. */
export type Met = { readonly id: Id } | NewPerson;

/** The draft that holds every encounter being written or corrected; the locked screen says whether there is one. */
export const ENCOUNTER_DRAFTS = 'encounters';

export type EncounterDraft = {
  readonly patrol: Id;
  /** Where it was; null for the patrol's zone. */
  readonly zone: Id | null;
  /** The row of the observation within which it happened; null for none. */
  readonly within: string | null;
  readonly people: readonly Met[];
  readonly anonymous: Readonly<Partial<Record<Gender, number>>>;
  readonly ages: Readonly<Partial<Record<AgeBand, number>>>;
  readonly items: readonly NewItem[];
  readonly needs: readonly Need[];
  readonly note: string;
  /** What else is said of each contact, the care given among it. */
  readonly contact: Values;
  /** What the health file says of the one person met, by name in `contact_health`; it ticks the care given. */
  readonly health: Values;
  /** Needs the consent of the one person met. */
  readonly referral: {
    readonly structure: Id;
    readonly needs: readonly Need[];
    readonly consent: Consent;
  } | null;
  /** What is left of the drafts once this is saved, kept in the same save; null if nothing is. */
  readonly drafts: string | null;
};

/** What is corrected of an encounter, and nothing else: what somebody else corrects meanwhile stays theirs. */
export type EncounterAmendment = {
  /** Of the encounter. */
  readonly row: string;
  readonly reason: string;
  /** Absent if it stays. */
  readonly zone?: Id;
  /** Those that change, with what they become; 0 for none. */
  readonly anonymous: Readonly<Partial<Record<Gender, number>>>;
  readonly ages: Readonly<Partial<Record<AgeBand, number>>>;
  /** Rows that change, with what they become; 0 for none. */
  readonly counts: readonly Pick<ItemLine, 'row' | 'count'>[];
  /** What was forgotten. */
  readonly items: readonly NewItem[];
  readonly people: readonly Met[];
  /** Contacts of who was not there: taken back with what was said of them in it. */
  readonly removed: readonly string[];
  /** About the place; absent if it stays, empty for none. */
  readonly note?: string;
  /** As in `EncounterDraft`. */
  readonly drafts: string | null;
};

/** What was given the last time, to say it again with one tap. */
export type LastTime = {
  readonly at: Instant;
  /** Those without a name; empty where it was asked of a person. */
  readonly anonymous: Readonly<Partial<Record<Gender, number>>>;
  readonly ages: Readonly<Partial<Record<AgeBand, number>>>;
  readonly items: readonly NewItem[];
};
