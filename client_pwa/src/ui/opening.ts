/** A round as it is about to be opened: what is known already, and what was chosen otherwise. Pure. */
import type { Id, PatrolMode, PatrolType } from '../domain/catalogue.types.ts';
import { codesOf } from '../domain/labels.ts';
import type { Handover, ItemCounts, NewRound, Opening, PatrolLine } from '../worker/protocol.ts';

/** The mode says these two now. */
const MODES: readonly PatrolType[] = ['metro', 'bus'];

export const PATROL_TYPES: readonly PatrolType[] = codesOf('patrol_type').filter(
  (type) => !MODES.includes(type),
);

/** Only what was chosen; the rest follows what is known. */
export type Chosen = {
  readonly zone?: Id;
  readonly type?: PatrolType;
  readonly mode?: PatrolMode;
  readonly route?: string;
  readonly crew?: readonly Id[];
  readonly bag?: Id | null;
  /** What is put into each bag. */
  readonly loaded?: Readonly<Record<Id, ItemCounts>>;
};

/** Kept while it is filled in, and good until the worker's next round: what was loaded is never loaded again. */
export type KeptOpening = { readonly after: Id | null; readonly chosen: Chosen };

/** Without a zone until one is chosen. */
export type RoundToOpen = Omit<NewRound, 'zone'> & { readonly zone: Id | null };

export type Known = {
  readonly opening: Opening;
  readonly zones: readonly { readonly id: Id }[];
  readonly me: Id | null;
};

export function roundToOpen({ opening, zones, me }: Known, chosen: Chosen): RoundToOpen {
  const only = zones.length === 1 ? (zones[0]?.id ?? null) : null;
  const type = opening.type !== null && PATROL_TYPES.includes(opening.type) ? opening.type : null;
  const bag = chosen.bag === undefined ? opening.bag : chosen.bag;
  return {
    zone: chosen.zone ?? only,
    type: chosen.type ?? type ?? 'risk_reduction',
    mode: chosen.mode ?? opening.mode ?? 'walk',
    route: chosen.route ?? '',
    crew: chosen.crew ?? (me === null ? [] : [me]),
    bag,
    loaded: bag === null ? {} : (chosen.loaded?.[bag] ?? {}),
  };
}

/** What the team before left: in this zone, else the newest there is. */
export function handoverFor(opening: Opening, zone: Id | null): Handover | null {
  const here = opening.handovers.find((one) => one.zone !== null && one.zone.id === zone);
  return here ?? opening.handovers[0] ?? null;
}

/** The newest round that a worker was on. */
export function lastRoundOf(rounds: readonly PatrolLine[], me: Id | null): Id | null {
  return rounds.find(({ crew }) => crew.some(({ id }) => id === me))?.id ?? null;
}

/** What was chosen and not yet opened; nothing of what a round was opened with since. */
export function stillChosen(kept: KeptOpening | null, last: Id | null): Chosen {
  return kept !== null && kept.after === last ? kept.chosen : {};
}
