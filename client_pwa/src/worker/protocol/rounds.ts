/** Bags, and a round from its opening to its report. */
import type {
  AgeBand,
  ContactService,
  Gender,
  Id,
  Instant,
  KitItem,
  LossReason,
  Need,
  PatrolMode,
  PatrolType,
} from '../../domain/catalogue.types.ts';
import type { ZoneLine } from './directory.ts';
import type { EncounterLine, NewItem, PatrolLine } from './patrols.ts';
import type { ReferralLine } from './referrals.ts';
import type { ObservationLine } from './territory.ts';
import type { Mark } from './values.ts';

/** So many of each item; absent is none. */
export type ItemCounts = Readonly<Partial<Record<KitItem, number>>>;

export type BagLine = {
  readonly id: Id;
  readonly name: string;
  /** What is in it: as it was counted last, with all that came in, was given or lost since. Never below zero. */
  readonly items: ItemCounts;
  /** When it was counted last; null for never. */
  readonly counted: Instant | null;
  readonly mark: Mark;
};

/** What a team leaves to the next one. */
export type Handover = {
  readonly patrol: Id;
  readonly zone: ZoneLine | null;
  readonly text: string;
  readonly author: string;
  readonly at: Instant;
};

/** What a round is begun from; what this worker took last stands chosen. */
export type Opening = {
  readonly bags: readonly BagLine[];
  readonly bag: Id | null;
  readonly type: PatrolType | null;
  readonly mode: PatrolMode | null;
  /** The last one of each zone, newest first. */
  readonly handovers: readonly Handover[];
};

export type NewRound = {
  readonly zone: Id;
  readonly type: PatrolType;
  readonly mode: PatrolMode;
  readonly route: string;
  readonly crew: readonly Id[];
  readonly bag: Id | null;
  /** What is put into the bag now. */
  readonly loaded: ItemCounts;
};

/** One item as it was counted, and why fewer were there than expected; null if nobody knows, or none is missing. */
export type Counted = {
  readonly item: KitItem;
  readonly count: number;
  readonly reason: LossReason | null;
};

export type ClosedRound = {
  readonly id: Id;
  readonly report: string;
  readonly handover: string;
  /** Empty if the bag was not counted. */
  readonly counted: readonly Counted[];
};

/** A loss with its reason. */
export type LossLine = {
  readonly row: string;
  readonly item: KitItem;
  readonly count: number;
  readonly reason: LossReason | null;
  readonly author: string;
  readonly mark: Mark;
};

/** What was in the bag otherwise than all that is known by now says, and no loss explains. */
export type DifferenceLine = {
  readonly item: KitItem;
  readonly expected: number;
  readonly counted: number;
};

/** Somebody to whom a service was given, and in which encounter. */
export type ServiceLine = {
  /** Of the encounter. */
  readonly row: string;
  readonly person: { readonly id: Id; readonly name: string };
};

/** The report of a round, which writes itself; only `report` was typed. Void encounters are left out. */
export type RoundReport = {
  readonly patrol: PatrolLine;
  readonly report: string | null;
  readonly handover: string | null;
  /** Who closed it; null while it is open. */
  readonly closedBy: string | null;
  readonly encounters: readonly EncounterLine[];
  /** Without the void ones; encounters within them are among the encounters too. */
  readonly observations: readonly ObservationLine[];
  /** Each person once. */
  readonly met: readonly { readonly id: Id; readonly name: string }[];
  readonly anonymous: Readonly<Partial<Record<Gender, number>>>;
  readonly ages: Readonly<Partial<Record<AgeBand, number>>>;
  readonly given: ItemCounts;
  /** Used material that was taken back or picked up, each unit by itself. */
  readonly collected: readonly NewItem[];
  /** To whom each service was given: its number opens to them. */
  readonly services: Readonly<Partial<Record<ContactService, readonly ServiceLine[]>>>;
  readonly requests: readonly {
    readonly row: string;
    readonly need: Need | null;
    readonly person: { readonly id: Id; readonly name: string };
  }[];
  readonly referrals: readonly ReferralLine[];
  readonly losses: readonly LossLine[];
  readonly differences: readonly DifferenceLine[];
};
