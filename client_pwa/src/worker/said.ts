/** What a screen says of a kind, as an op holds it: the catalogue tells the plain values from the sealed. */
import { fromHex } from '../engine/bytes.ts';
import { isSameValue } from '../engine/codec.ts';
import type { Group } from '../engine/fold.ts';
import { FACT, FIELD } from '../engine/liveness.ts';
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

/** Returns what is otherwise than a group shows, and where two values stand, what decides between them. */
export function changed<T extends Fact | Value>(
  group: Group,
  said: Readonly<Record<string, T>>,
  absent: Fact = null,
  namespace: typeof FACT | typeof FIELD = FACT,
): Record<string, T> {
  const others = Object.entries(said).filter(([name, value]) => {
    const register = group.registers.get(`${namespace}${name}`);
    return register?.conflict === true || !isSameValue(register?.value ?? absent, value);
  });
  return Object.fromEntries(others);
}
