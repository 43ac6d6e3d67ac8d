/** What the catalogue says of a field or a code, in the words of the screen. */
import catalogue from './catalogue.json' with { type: 'json' };
import type {
  CodeByList,
  CodeList,
  FieldPath,
  Form,
  ReferralMove,
  ReferralState,
} from './catalogue.types.ts';

/** The languages of the catalogue's own words. */
export type LabelLanguage = 'fr' | 'en';
type Words = Readonly<Record<LabelLanguage, string>>;

type StoredSpec = {
  readonly form: string;
  readonly label: Words;
  readonly merge: string;
  readonly codes?: string;
  readonly most?: number;
  readonly purpose?: string;
};

export type FieldSpec = {
  readonly form: Form;
  readonly label: Words;
  readonly codes: CodeList | null;
  /** The most code points of a text, the most of a count, or the most points of an outline. */
  readonly most: number | null;
  /** The consent without which the field stays empty. */
  readonly purpose: 'statistics' | null;
  /** The server reads it; what is not plain is sealed. */
  readonly plain: boolean;
  /** Only devices of health workers read it. */
  readonly health: boolean;
};

type StoredKind = {
  readonly label: Words;
  readonly compartment?: string;
  readonly plain: Readonly<Record<string, StoredSpec>>;
  readonly sealed?: Readonly<Record<string, StoredSpec>>;
};

const kinds: Readonly<Record<string, StoredKind>> = catalogue.kinds;
const codes: Readonly<Record<string, Readonly<Record<string, Words>>>> = catalogue.codes;

/** `alias/9f2c01aa` is one of the values of `alias`. */
export function baseName(name: string): string {
  return name.replace(/\/.*/, '');
}

/** Null for a field that this version does not know. */
export function findSpec(kind: string, name: string): FieldSpec | null {
  const base = baseName(name);
  const sealed = kinds[kind]?.sealed?.[base];
  const stored = sealed ?? kinds[kind]?.plain[base] ?? countSpec(kind, base);
  if (!stored) return null;
  return {
    form: stored.form as Form,
    label: stored.label,
    codes: (stored.codes as CodeList | undefined) ?? null,
    most: stored.most ?? null,
    purpose: stored.purpose === 'statistics' ? 'statistics' : null,
    plain: sealed === undefined,
    health: isOfHealth(kind),
  };
}

/** One of the counts of a field that counts by code: `anon_man`, in the words of both. */
function countSpec(kind: string, name: string): StoredSpec | null {
  for (const [field, { codes: list = '', ...stored }] of Object.entries(kinds[kind]?.plain ?? {})) {
    const words = codes[list]?.[name.slice(field.length + 1)];
    if (stored.form !== 'counts' || !name.startsWith(`${field}_`) || !words) continue;
    const inWords = (language: LabelLanguage): string =>
      `${stored.label[language]} (${words[language]})`;
    return { ...stored, form: 'count', label: { fr: inWords('fr'), en: inWords('en') } };
  }
  return null;
}

/** The plain fields of a kind, in the catalogue's order: all that a line of a directory has. */
export function plainPaths(kind: string): readonly FieldPath[] {
  return Object.keys(kinds[kind]?.plain ?? {}).map((name) => `${kind}.${name}` as FieldPath);
}

export function fieldSpec(path: FieldPath): FieldSpec {
  const [kind = '', name = ''] = path.split('.');
  const spec = findSpec(kind, name);
  if (!spec) throw new Error(`The catalogue has no field ${path}.`);
  return spec;
}

/** Tells whether only devices of health workers read what is written of this kind. */
export function isOfHealth(kind: string): boolean {
  return kinds[kind]?.compartment === 'health';
}

export function kindLabel(kind: string, language: LabelLanguage): string {
  return kinds[kind]?.label[language] ?? kind;
}

export function label(kind: string, name: string, language: LabelLanguage): string {
  return findSpec(kind, name)?.label[language] ?? name;
}

/** The code itself where a newer version wrote one that this version does not know. */
export function codeLabel(list: CodeList, code: string, language: LabelLanguage): string {
  return codes[list]?.[code]?.[language] ?? code;
}

/** The state that a move leads to. */
export function stateAfter(move: ReferralMove): ReferralState {
  return catalogue.kinds.referral_move.moves[move].to as ReferralState;
}

/** The codes of a list, in the catalogue's own order. */
export function codesOf<List extends CodeList>(list: List): readonly CodeByList[List][] {
  return Object.keys(codes[list] ?? {}) as CodeByList[List][];
}
