/** Patrols and their encounters. */
import type {
  Consent,
  Gender,
  Id,
  Instant,
  KitItem,
  Need,
  PatrolMode,
  PatrolType,
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
  /** Nobody else was met than who was erased since. */
  readonly erased: boolean;
  readonly items: readonly ItemLine[];
  /** What was noted about the place; a note about a person stands on their record. */
  readonly note: string | null;
  readonly mark: Mark;
  readonly void: boolean;
  readonly amended: boolean;
};

export type ItemLine = {
  readonly row: string;
  readonly item: KitItem;
  readonly count: number;
  readonly reason: string | null;
};

/** The draft that holds every encounter being written; the locked screen says whether there is one. */
export const ENCOUNTER_DRAFTS = 'encounters';

export type EncounterDraft = {
  readonly patrol: Id;
  readonly people: readonly ({ readonly id: Id } | NewPerson)[];
  readonly anonymous: Readonly<Partial<Record<Gender, number>>>;
  readonly items: Readonly<Partial<Record<KitItem, number>>>;
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
