/** What a report counts, with the list behind each of its numbers. Pure. */
import type { Gender, Id, KitItem, LossReason, Need } from '../domain/catalogue.types.ts';
import type {
  EncounterLine,
  ItemCounts,
  LossLine,
  ReferralLine,
  RoundReport,
} from '../worker/protocol.ts';
import { contentsOf } from './bag.ts';

/** So many of an item in one encounter. */
export type GivenLine = { readonly encounter: EncounterLine; readonly count: number };
export type GivenFigure = {
  readonly item: KitItem;
  readonly count: number;
  readonly lines: readonly GivenLine[];
};

export function givenFigures(
  counts: ItemCounts,
  encounters: readonly EncounterLine[],
): readonly GivenFigure[] {
  return contentsOf(counts).map(([item, count]) => ({
    item,
    count,
    lines: encounters.flatMap((encounter) => {
      const here = encounter.items.filter((one) => one.item === item);
      const given = here.reduce((sum, one) => sum + one.count, 0);
      return given > 0 ? [{ encounter, count: given }] : [];
    }),
  }));
}

export type AnonymousFigure = {
  readonly gender: Gender;
  readonly count: number;
  readonly lines: readonly GivenLine[];
};

/** Whoever has no name is counted anew in each encounter. */
export function anonymousFigures({
  anonymous,
  encounters,
}: Pick<RoundReport, 'anonymous' | 'encounters'>): readonly AnonymousFigure[] {
  return (Object.entries(anonymous) as [Gender, number][])
    .filter(([, count]) => count > 0)
    .map(([gender, count]) => ({
      gender,
      count,
      lines: encounters.flatMap((encounter) => {
        const here = encounter.anonymous[gender] ?? 0;
        return here > 0 ? [{ encounter, count: here }] : [];
      }),
    }));
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
