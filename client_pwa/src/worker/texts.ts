/** Texts as a worker writes them, held to the catalogue before they are sealed. */
import catalogue from '../domain/catalogue.json' with { type: 'json' };
import type { Value } from '../engine/codec.ts';
import type { Intent } from '../engine/writer.ts';
import { CallProblem } from './protocol.ts';

type Limits = Readonly<
  Record<string, { readonly sealed?: Readonly<Record<string, { readonly most?: number }>> }>
>;

const REASON_CHARS_MAX = 500;
const LONE_SURROGATE = /\p{Cs}/gu;

/**
 * Returns the intent with every text as it is sealed, exactly as written; half of a character, which has no bytes,
 * becomes the sign for one that is missing. Throws CallProblem for a text that is longer than its kind allows.
 */
export function withSoundTexts(intent: Intent): Intent {
  if (intent.fields === undefined) return intent;
  const fields = Object.entries(intent.fields).map(([name, value]): [string, Value] => {
    if (typeof value !== 'string') return [name, value];
    if (Array.from(value).length > charsMax(intent.kind, name)) throw new CallProblem('too_long');
    return [name, value.replace(LONE_SURROGATE, '\ufffd')];
  });
  return { ...intent, fields: Object.fromEntries(fields) };
}

function charsMax(kind: string, name: string): number {
  const [stem = ''] = name.split('/');
  if (stem === 'reason') return REASON_CHARS_MAX;
  return (catalogue.kinds as unknown as Limits)[kind]?.sealed?.[stem]?.most ?? Infinity;
}
