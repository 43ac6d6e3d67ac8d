/** A saved encounter while it is being corrected, and what changes of it. Pure. */
import type { Id } from '../domain/catalogue.types.ts';
import type { EncounterAmendment, EncounterLine, ItemLine, NewItem } from '../worker/protocol.ts';
import { type Handed, summed } from './counts.ts';
import {
  addPerson,
  type Correction,
  type Draft,
  type DraftStart,
  hasMoreAges,
  hasSomebody,
  metOf,
  startDraft,
} from './draft.ts';

/** What stands between a correction and its saving. */
export type CorrectionGap = 'nobodyLeft' | 'ages' | 'unchanged' | 'reason';

/** The sheet of an encounter as it stands. */
export function correctionOf(start: DraftStart, met: EncounterLine): Draft {
  const { row, at, author, zone, people, anonymous, ages, erased, items, note } = met;
  const stood = { row, at, author, zone, people, anonymous, ages, erased, items, note };
  const begun = people.reduce(
    (draft, { id, name }) => addPerson(draft, { id, name }),
    startDraft(start),
  );
  return {
    ...begun,
    zone: zone?.id ?? null,
    anonymous: nonzero(anonymous),
    ages: nonzero(ages),
    items: summed(items),
    note: note ?? '',
    corrects: { stood, reason: '' },
  };
}

/** Whoever was met was erased since, and nobody else is said to have been there. */
export function isOfErased(draft: Draft): boolean {
  return draft.corrects?.stood.erased === true && !hasSomebody(draft);
}

export function gapOfCorrection(draft: Draft, corrects: Correction): CorrectionGap | null {
  if (!hasSomebody(draft) && !isOfErased(draft)) return 'nobodyLeft';
  if (hasMoreAges(draft)) return 'ages';
  if (!changesSomething(amendmentOf(draft, corrects, null))) return 'unchanged';
  return corrects.reason.trim() === '' ? 'reason' : null;
}

/** Only what is otherwise than it stood; `drafts` are those that are left then. */
export function amendmentOf(
  draft: Draft,
  { stood, reason }: Correction,
  drafts: string | null,
): EncounterAmendment {
  const here = new Set(draft.people.map(({ id }) => id));
  const there = new Set<Id | null>(stood.people.map(({ id }) => id));
  const note = draft.note.trim();
  const { zone } = draft;
  return {
    row: stood.row,
    reason: reason.trim(),
    ...(zone !== null && zone !== stood.zone?.id ? { zone } : {}),
    anonymous: changed(stood.anonymous, draft.anonymous),
    ages: changed(stood.ages, draft.ages),
    ...itemChanges(stood.items, draft.items),
    people: draft.people.filter(({ id }) => id === null || !there.has(id)).map(metOf),
    removed: stood.people.filter(({ id }) => !here.has(id)).map(({ contact }) => contact),
    ...(note === (stood.note ?? '').trim() ? {} : { note }),
    drafts,
  };
}

export function changesSomething(amendment: EncounterAmendment): boolean {
  const { zone, note, anonymous, ages, counts, items, people, removed } = amendment;
  return (
    zone !== undefined ||
    note !== undefined ||
    [anonymous, ages].some((those) => Object.keys(those).length > 0) ||
    [counts, items, people, removed].some(({ length }) => length > 0)
  );
}

/** Nobody who was erased is named in it any more; what they were given stays to be counted. */
export function correctionWithout(corrects: Correction, erased: readonly Id[]): Correction {
  const people = corrects.stood.people.filter(({ id }) => !erased.includes(id));
  const isNobody = !hasSomebody({ people, anonymous: corrects.stood.anonymous });
  const stood = { ...corrects.stood, people, erased: corrects.stood.erased || isNobody };
  return { stood, reason: '' };
}

/** Rows of what stood change; an item that had none is new. */
function itemChanges(
  lines: readonly ItemLine[],
  items: readonly NewItem[],
): Pick<EncounterAmendment, 'counts' | 'items'> {
  const wanted = [...items, ...lines.map(({ item, unit }) => ({ item, unit, count: 0 }))];
  const kinds = wanted.filter(
    (one, at) => wanted.findIndex(({ item, unit }) => isSame(one, { item, unit })) === at,
  );
  const counts: EncounterAmendment['counts'][number][] = [];
  const forgotten: NewItem[] = [];
  for (const one of kinds) {
    const rows = lines.filter((line) => isSame(line, one));
    if (rows.length > 0) counts.push(...spread(rows, one.count));
    else forgotten.push(one);
  }
  return { counts, items: forgotten };
}

/** What there is less of goes from the last row first, what there is more of to the first one. */
function spread(rows: readonly ItemLine[], count: number): EncounterAmendment['counts'] {
  const [first, ...others] = rows;
  if (!first) return [];
  let left = count;
  const after = rows.map((row) => {
    const kept = Math.min(row.count, left);
    left -= kept;
    return { row: row.row, count: kept };
  });
  const all = after.map((one, at) => (at === 0 ? { ...one, count: one.count + left } : one));
  return all.filter((one, at) => one.count !== [first, ...others][at]?.count);
}

function isSame(one: Handed, other: Handed): boolean {
  return one.item === other.item && one.unit === other.unit;
}

type Counts<Code extends string> = Readonly<Partial<Record<Code, number>>>;

/** Those that are otherwise, with what they become. */
function changed<Code extends string>(before: Counts<Code>, after: Counts<Code>): Counts<Code> {
  const codes = [...new Set([...Object.keys(before), ...Object.keys(after)])] as Code[];
  const those = codes.filter((code) => (before[code] ?? 0) !== (after[code] ?? 0));
  return Object.fromEntries(those.map((code) => [code, after[code] ?? 0])) as Counts<Code>;
}

function nonzero<Code extends string>(counts: Counts<Code>): Counts<Code> {
  return Object.fromEntries(
    Object.entries<number | undefined>(counts).filter(([, count]) => count),
  ) as Counts<Code>;
}
