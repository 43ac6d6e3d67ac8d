/** What a patrol saw of a place, and what every team must know before it goes out. */
import type {
  Day,
  Id,
  Instant,
  Mood,
  NoticeType,
  Territory,
} from '../../domain/catalogue.types.ts';
import type { ZoneLine } from './directory.ts';
import type { EncounterLine, ItemLine, NewItem } from './patrols.ts';
import type { Mark } from './values.ts';

/** What is seen of a place, without naming anybody. */
export type Seen = {
  readonly seen: number;
  readonly territory: readonly Territory[];
  readonly mood: Mood | null;
  readonly police: boolean;
  readonly mediation: boolean;
  readonly note: string;
};

/** The draft that holds the observation being written: one at a time. Saving it lets go of the draft, in the same save. */
export const OBSERVATION_DRAFT = 'observation';

export type ObservationDraft = Seen & {
  readonly patrol: Id;
  /** Where it was; null for the patrol's zone. */
  readonly zone: Id | null;
  /** Used material that was picked up there. */
  readonly items: readonly NewItem[];
};

export type ObservationLine = Seen & {
  /** Its op id, by which it is amended and by which encounters are within it. */
  readonly row: string;
  readonly patrol: Id;
  readonly at: Instant;
  readonly author: string;
  readonly zone: ZoneLine | null;
  readonly items: readonly ItemLine[];
  /** Those that happened within it and stand, the last first. */
  readonly encounters: readonly EncounterLine[];
  readonly mark: Mark;
  readonly void: boolean;
};

export type NoticeLine = {
  readonly id: Id;
  readonly type: NoticeType | null;
  /** Null for everywhere. */
  readonly zone: ZoneLine | null;
  readonly day: Day | null;
  /** The last day on which it holds; null for until it is lifted. */
  readonly until: Day | null;
  readonly text: string;
  readonly author: string;
  readonly at: Instant;
  readonly mark: Mark;
  /** Lifted, or its last day is over. */
  readonly over: boolean;
  /** Who has said that they have read it, the first one first; each worker once. */
  readonly readers: readonly { readonly worker: Id; readonly name: string; readonly at: Instant }[];
  /** Whether whoever holds this device has. */
  readonly read: boolean;
};

export type NewNotice = {
  readonly type: NoticeType;
  readonly zone: Id | null;
  readonly until: Day | null;
  readonly text: string;
};
