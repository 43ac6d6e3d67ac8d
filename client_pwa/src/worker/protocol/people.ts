/** People as they are shown and written down. */
import type {
  AgeBand,
  Day,
  Gender,
  Id,
  Instant,
  LeftReason,
  Need,
  Procedure,
  ReferralState,
  Status,
} from '../../domain/catalogue.types.ts';
import type { Erasing } from './erasure.ts';
import type { ContactHealth } from './health.ts';
import type { EncounterLine } from './patrols.ts';
import type { ReferralLine } from './referrals.ts';
import type { WorkerLine } from './team.ts';
import type { Candidate, FieldViews, Mark, Values } from './values.ts';

export type PersonLine = {
  readonly id: Id;
  /** The alias that was written first, else the description, else empty. */
  readonly name: string;
  readonly aliases: readonly string[];
  readonly sign: string | null;
  readonly lastMet: Instant | null;
  readonly mark: Mark;
  readonly conflict: boolean;
  readonly openRequests: number;
  readonly referral: ReferralState | null;
  /** Since when they are no longer of the active list; null while they are. */
  readonly left: Day | null;
  /** How many records were declared to be theirs; one, unless somebody did. */
  readonly records: number;
};

/** Who said that two records are of one person, and when. */
export type Joining = { readonly author: string; readonly at: Instant; readonly mark: Mark };

/** One of the records of a person who has several. */
export type RecordLine = {
  readonly id: Id;
  readonly name: string;
  readonly aliases: readonly string[];
  readonly sign: string | null;
  readonly lastMet: Instant | null;
  readonly joined: Joining | null;
};

export type PersonRecord = {
  readonly line: PersonLine;
  readonly fields: FieldViews;
  /** What the health file says of them; null on a device that does not read it. */
  readonly health: { readonly fields: FieldViews } | null;
  /** The records that were declared to be one person's, the one that names them first; empty if there is one. */
  readonly records: readonly RecordLine[];
  /** Open ones first, then the last written first. */
  readonly requests: readonly PursuitLine<Need>[];
  readonly procedures: readonly PursuitLine<Procedure>[];
  /** Not done ones first: urgent, then by the day they are due, those without one last. */
  readonly tasks: readonly TaskLine[];
  /** That they have left the active list, why, and who said so; null while they have not. */
  readonly left: Left | null;
  /** Whether they are in the bin: nobody finds them, and nothing is lost. */
  readonly bin: boolean;
  readonly timeline: readonly TimelineItem[];
  /** Whether this device may erase them, with all their records. */
  readonly mayErase: boolean;
  /** Asked for here: nothing is written of them any more. */
  readonly erasing: Erasing | null;
};

/** One thing that happened with a person, newest first. */
export type TimelineItem =
  | {
      readonly type: 'contact';
      readonly row: string;
      readonly at: Instant;
      readonly author: string;
      readonly note: string | null;
      readonly fields: FieldViews;
      /** Counted without a name at first, and recognised later: it can be taken back. */
      readonly linked: boolean;
      readonly health: readonly ContactHealth[];
      readonly encounter: EncounterLine | null;
      readonly mark: Mark;
      readonly void: boolean;
    }
  /** Care whose contact is not found on this device. */
  | { readonly type: 'care'; readonly care: ContactHealth; readonly at: Instant }
  | { readonly type: 'request'; readonly pursuit: PursuitLine<Need>; readonly at: Instant }
  | { readonly type: 'procedure'; readonly pursuit: PursuitLine<Procedure>; readonly at: Instant }
  | { readonly type: 'task'; readonly task: TaskLine; readonly at: Instant }
  | { readonly type: 'note'; readonly note: NoteLine; readonly at: Instant }
  | { readonly type: 'left'; readonly left: Left; readonly at: Instant }
  | { readonly type: 'referral'; readonly referral: ReferralLine; readonly at: Instant };

/** What somebody asks for, or goes through: opened, pursued, and closed one day. */
export type PursuitLine<What extends Need | Procedure> = {
  readonly row: string;
  readonly what: What | null;
  readonly status: Status | null;
  readonly opened: Day | null;
  readonly closed: Day | null;
  readonly note: string | null;
  readonly at: Instant;
  readonly author: string;
  readonly mark: Mark;
};

export type TaskLine = {
  readonly row: string;
  readonly text: string;
  readonly urgent: boolean;
  readonly due: Day | null;
  readonly done: Day | null;
  /** Nobody: whoever can. */
  readonly whom: readonly WorkerLine[];
  readonly at: Instant;
  readonly author: string;
  readonly mark: Mark;
};

export type NoteLine = {
  readonly row: string;
  readonly text: string;
  readonly at: Instant;
  readonly author: string;
  readonly mark: Mark;
};

export type Left = {
  readonly day: Day;
  readonly reason: LeftReason | null;
  readonly author: string;
  readonly at: Instant;
  readonly mark: Mark;
};

/** The kinds of rows that are written of a person by themselves, outside an encounter. */
export type WrittenKind = 'request' | 'procedure' | 'task' | 'note';

/** What is written of a person, by its names in the catalogue; the days on which it begins and ends are the device's to say. */
export type NewRow = {
  readonly person: Id;
  readonly kind: WrittenKind;
  readonly values: Values;
};

/** What a row says otherwise from now on; what stays is not said. */
export type RowAmendment = { readonly row: string; readonly values: Values };

/** All that was ever said under one name, the last first; a null value is its being taken away. */
export type History = {
  readonly values: readonly Candidate[];
  /** False where this device began later than the person: what was said before is not on it. */
  readonly complete: boolean;
};

/** In which encounter somebody was, and as whom they were counted there. */
export type Recognised = {
  readonly encounter: string;
  readonly gender: Gender;
  /** Null where no age was counted of them. */
  readonly age: AgeBand | null;
};

export type NewPerson = { readonly alias: string; readonly sign?: string };

/** Two people whose names are alike: as they are written, as they sound, or but for a slip of the finger. */
export type LikePair = {
  readonly people: readonly [PersonLine, PersonLine];
  readonly like: 'written' | 'sound' | 'slip';
};
