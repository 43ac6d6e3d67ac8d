/** People as they are shown and written down. */
import type { Id, Instant, Need, ReferralState, Status } from '../../domain/catalogue.types.ts';
import type { Erasing } from './erasure.ts';
import type { ContactHealth } from './health.ts';
import type { EncounterLine } from './patrols.ts';
import type { ReferralLine } from './referrals.ts';
import type { FieldViews, Mark } from './values.ts';

export type PersonLine = {
  readonly id: Id;
  /** The first alias, else the description, else empty. */
  readonly name: string;
  readonly aliases: readonly string[];
  readonly sign: string | null;
  readonly lastMet: Instant | null;
  readonly mark: Mark;
  readonly conflict: boolean;
  readonly openRequests: number;
  readonly referral: ReferralState | null;
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
  readonly requests: readonly RequestLine[];
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
      readonly health: readonly ContactHealth[];
      readonly encounter: EncounterLine | null;
      readonly mark: Mark;
      readonly void: boolean;
    }
  /** Care whose contact is not found on this device. */
  | { readonly type: 'care'; readonly care: ContactHealth; readonly at: Instant }
  | { readonly type: 'request'; readonly request: RequestLine; readonly at: Instant }
  | { readonly type: 'referral'; readonly referral: ReferralLine; readonly at: Instant };

export type RequestLine = {
  readonly row: string;
  readonly need: Need | null;
  readonly status: Status | null;
  readonly at: Instant;
  readonly author: string;
  readonly mark: Mark;
};

export type NewPerson = { readonly alias: string; readonly sign?: string };

/** Two people whose names are alike: as they are written, as they sound, or but for a slip of the finger. */
export type LikePair = {
  readonly people: readonly [PersonLine, PersonLine];
  readonly like: 'written' | 'sound' | 'slip';
};
