/** Referrals and their moves. */
import type {
  Consent,
  DeclineReason,
  Id,
  Instant,
  Need,
  ReferralMove,
  ReferralState,
} from '../../domain/catalogue.types.ts';
import type { StructureLine } from './directory.ts';
import type { Mark } from './values.ts';

export type ReferralLine = {
  readonly id: Id;
  readonly person: { readonly id: Id; readonly name: string } | null;
  /** The person was erased: the referral stays without them. */
  readonly erased: boolean;
  readonly structure: StructureLine | null;
  readonly needs: readonly Need[];
  readonly state: ReferralState;
  readonly since: Instant;
  readonly sentAt: Instant | null;
  readonly decideUntil: Instant | null;
  readonly author: string;
  readonly claimedBy: string | null;
  readonly consent: Consent | null;
  /** Two answers stand: `consent` is the stricter. */
  readonly consentUndecided: boolean;
  readonly mark: Mark;
};

export type ReferralRecord = {
  readonly line: ReferralLine;
  /** The note of the contact in whose encounter it was made. */
  readonly note: string | null;
  readonly moves: readonly MoveLine[];
  /** The moves that the state allows now. */
  readonly offers: readonly ReferralMove[];
};

/** `request`: without a place in the log yet; `pending`: made against a state that had moved on. */
export type MoveLine = {
  readonly row: string;
  readonly move: ReferralMove;
  readonly at: Instant;
  readonly author: string;
  readonly ruling: 'request' | 'applied' | 'merged' | 'pending';
  readonly reason: DeclineReason | null;
  readonly mark: Mark;
};
