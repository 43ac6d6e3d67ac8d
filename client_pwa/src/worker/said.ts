/** What a screen says of a kind, as an op holds it: the catalogue tells the plain values from the sealed. */
import { fromHex } from '../engine/bytes.ts';
import type { Fact } from '../engine/op.ts';
import catalogue from '../domain/catalogue.json' with { type: 'json' };
import { findSpec } from '../domain/labels.ts';
import type { Value, Values } from './protocol.ts';

type Rules = Readonly<
  Record<string, { readonly facts?: Readonly<Record<string, { readonly rule: string }>> }>
>;

/** Plain values become facts, the others are sealed: the catalogue says which is which. */
export function saidOf(
  kind: string,
  values: Values,
): { facts: Record<string, Fact>; fields: Values } {
  const isPlain = ([name]: [string, Value]): boolean => findSpec(kind, name)?.plain === true;
  const facts = Object.entries(values)
    .filter(isPlain)
    .map(([name, value]) => [name, factOf(kind, name, value)] as const);
  const fields = Object.entries(values).filter((one) => !isPlain(one));
  return { facts: Object.fromEntries(facts), fields: Object.fromEntries(fields) };
}

/** Ids are hex on the page's side and 16 bytes in an op. */
export function factOf(kind: string, name: string, value: Value): Fact {
  const rule = (catalogue.kinds as unknown as Rules)[kind]?.facts?.[name]?.rule;
  return rule === 'id' && typeof value === 'string' ? fromHex(value) : value;
}
