/** What a report counts, with the list behind each of its numbers. Pure. */
import type { AgeBand, Gender, Id, KitItem, LossReason, Need } from '../domain/catalogue.types.ts';
import type {
  EncounterLine,
  LossLine,
  NewItem,
  ObservationLine,
  ReferralLine,
  RoundReport,
} from '../worker/protocol.ts';
import { countOf, summed } from './counts.ts';

/** So many in one encounter. */
export type CountLine = { readonly encounter: EncounterLine; readonly count: number };
/** So many picked up in one observation. */
export type SeenLine = { readonly observation: ObservationLine; readonly count: number };
export type GivenFigure = NewItem & {
  readonly lines: readonly CountLine[];
  readonly seen: readonly SeenLine[];
};

/** What was given, or taken back and picked up: each unit is a number of its own. */
export function givenFigures(
  items: readonly NewItem[],
  encounters: readonly EncounterLine[],
  observations: readonly ObservationLine[] = [],
): readonly GivenFigure[] {
  return summed(items).map((one) => ({
    ...one,
    lines: linesIn(encounters, (encounter) => countOf(encounter.items, one)),
    seen: observations.flatMap((observation) => {
      const count = countOf(observation.items, one);
      return count > 0 ? [{ observation, count }] : [];
    }),
  }));
}

export type CodeFigure<Code extends string> = {
  readonly code: Code;
  readonly count: number;
  readonly lines: readonly CountLine[];
};

/** Whoever has no name is counted anew in each encounter. */
export function anonymousFigures({
  anonymous,
  encounters,
}: Pick<RoundReport, 'anonymous' | 'encounters'>): readonly CodeFigure<Gender>[] {
  return codeFigures(anonymous, (code) =>
    linesIn(encounters, (encounter) => encounter.anonymous[code] ?? 0),
  );
}

/** How old those without a name seemed, as far as it was said. */
export function ageFigures({
  ages,
  encounters,
}: Pick<RoundReport, 'ages' | 'encounters'>): readonly CodeFigure<AgeBand>[] {
  return codeFigures(ages, (code) => linesIn(encounters, (encounter) => encounter.ages[code] ?? 0));
}

function codeFigures<Code extends string>(
  counts: Readonly<Partial<Record<Code, number>>>,
  linesOf: (code: Code) => readonly CountLine[],
): readonly CodeFigure<Code>[] {
  return (Object.entries(counts) as [Code, number][])
    .filter(([, count]) => count > 0)
    .map(([code, count]) => ({ code, count, lines: linesOf(code) }));
}

function linesIn(
  encounters: readonly EncounterLine[],
  countIn: (encounter: EncounterLine) => number,
): readonly CountLine[] {
  return encounters.flatMap((encounter) => {
    const count = countIn(encounter);
    return count > 0 ? [{ encounter, count }] : [];
  });
}

export type NeedFigure = {
  readonly need: Need | null;
  readonly lines: RoundReport['requests'];
};

export function needFigures(requests: RoundReport['requests']): readonly NeedFigure[] {
  return grouped(requests, ({ need }) => need).map(([need, lines]) => ({ need, lines }));
}

export type StructureFigure = {
  readonly id: Id | null;
  readonly name: string | null;
  readonly lines: readonly ReferralLine[];
};

export function structureFigures(referrals: readonly ReferralLine[]): readonly StructureFigure[] {
  return grouped(referrals, ({ structure }) => structure?.id ?? null).map(([id, lines]) => ({
    id,
    name: lines[0]?.structure?.name ?? null,
    lines,
  }));
}

export type LossFigure = {
  readonly key: string;
  readonly item: KitItem;
  readonly reason: LossReason | null;
  readonly count: number;
  readonly lines: readonly LossLine[];
};

export function lossFigures(losses: readonly LossLine[]): readonly LossFigure[] {
  return grouped(losses, ({ item, reason }) => `${item} ${reason ?? ''}`).flatMap(
    ([key, lines]) => {
      const [first] = lines;
      if (!first) return [];
      const count = lines.reduce((sum, line) => sum + line.count, 0);
      return [{ key, item: first.item, reason: first.reason, count, lines }];
    },
  );
}

/** In the order in which each key is met first. */
function grouped<Line, Key>(
  lines: readonly Line[],
  keyOf: (line: Line) => Key,
): readonly (readonly [Key, readonly Line[]])[] {
  const groups = new Map<Key, Line[]>();
  for (const line of lines) {
    const key = keyOf(line);
    const group = groups.get(key);
    if (group) group.push(line);
    else groups.set(key, [line]);
  }
  return [...groups];
}
