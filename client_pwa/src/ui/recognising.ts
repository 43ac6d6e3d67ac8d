/** As whom somebody was counted who had no name then. Pure. */
import type { AgeBand, Gender } from '../domain/catalogue.types.ts';
import type { Key } from '../i18n/translate.ts';
import type { EncounterLine, FieldViews, Recognised } from '../worker/protocol.ts';
import { totalOf } from './counts.ts';
import type { Display } from './display.svelte.ts';

/** What was counted of those without a name. */
type Counted = Pick<EncounterLine, 'anonymous' | 'ages'>;

/** A null gender is not said yet; a null age is none, where not everybody's was counted. */
export type CountedAs = { readonly gender: Gender | null; readonly age: AgeBand | null };

export function gendersOf({ anonymous }: Counted): readonly Gender[] {
  return codesOf(anonymous);
}

export function agesOf({ ages }: Counted): readonly AgeBand[] {
  return codesOf(ages);
}

function codesOf<Code extends string>(
  counts: Readonly<Partial<Record<Code, number>>>,
): readonly Code[] {
  const all = Object.entries(counts) as [Code, number][];
  return all.filter(([, count]) => count > 0).map(([code]) => code);
}

/** Whether there is somebody of whom no age was counted. */
export function someHaveNoAge({ anonymous, ages }: Counted): boolean {
  return totalOf(ages) < totalOf(anonymous);
}

/** Whether nothing is to be chosen: they were all counted alike. */
export function areAlike(counted: Counted): boolean {
  const kinds = agesOf(counted).length + (someHaveNoAge(counted) ? 1 : 0);
  return gendersOf(counted).length === 1 && kinds === 1;
}

/** What is known of the person, where somebody was counted so; else what alone there is. */
export function presumed(counted: Counted, fields: FieldViews): CountedAs {
  const ages = agesOf(counted);
  const age = known(ages, fields['age_band']?.value);
  return {
    gender: known(gendersOf(counted), fields['gender']?.value) ?? onlyOne(gendersOf(counted)),
    age: age ?? (someHaveNoAge(counted) ? null : onlyOne(ages)),
  };
}

function known<Code extends string>(codes: readonly Code[], value: unknown): Code | null {
  return codes.find((code) => code === value) ?? null;
}

function onlyOne<Code extends string>(codes: readonly Code[]): Code | null {
  return codes.length === 1 ? (codes[0] ?? null) : null;
}

/** Null while it is not said as whom. */
export function recognised(
  line: Counted & Pick<EncounterLine, 'row'>,
  { gender, age }: CountedAs,
): Recognised | null {
  if (gender === null || (age === null && !someHaveNoAge(line))) return null;
  return { encounter: line.row, gender, age };
}

/** 2 hommes, 1 femme. */
export function countedWords(
  { anonymous }: Pick<Counted, 'anonymous'>,
  { t }: Pick<Display, 't'>,
): string {
  return codesOf(anonymous)
    .map((gender) => t(countedKey[gender], { n: anonymous[gender] ?? 0 }))
    .join(', ');
}

const countedKey = {
  woman: 'counted.woman',
  man: 'counted.man',
  trans_woman: 'counted.transWoman',
  trans_man: 'counted.transMan',
  non_binary: 'counted.nonBinary',
  other: 'counted.other',
  unknown: 'counted.unknown',
} as const satisfies Record<Gender, Key>;
