/** What the engine is told of the catalogue: the same rules that the server holds every push to. */
import catalogue from '../domain/catalogue.json' with { type: 'json' };
import {
  type FactRule,
  type Folds,
  type KindRule,
  Registry,
  type StakeRule,
} from '../engine/registry.ts';
import { movesOf } from '../engine/ruleset.ts';

/** A space beside the association's, that fewer people read. */
export type Compartment = 'health';

type Told = {
  readonly compartment?: Compartment;
  readonly folds: string;
  readonly of?: readonly string[];
  readonly facts?: Readonly<Record<string, { readonly rule: string; readonly codes?: string }>>;
  readonly high_stakes?: Readonly<Record<string, unknown>>;
  readonly first_state?: string;
  readonly moves?: Readonly<
    Record<string, { readonly from: readonly string[]; readonly to: string }>
  >;
  readonly beats?: Readonly<Record<string, readonly string[]>>;
};

const codes: Readonly<Record<string, object>> = catalogue.codes;

const told = catalogue.kinds as unknown as Readonly<Record<string, Told>>;

/** Returns where ops of a kind are written, or null for the association's own space. */
export function compartmentOf(kind: string): Compartment | null {
  return told[kind]?.compartment ?? null;
}

export function registry(): Registry {
  const kinds = Object.entries(told);
  const ruled = kinds.filter(([, { folds }]) => folds !== 'directory');
  return new Registry(Object.fromEntries(ruled.map(([kind, one]) => [kind, kindRule(one)])));
}

function kindRule(kind: Told): KindRule {
  const facts = Object.entries(kind.facts ?? {}).map(([name, { codes: list, ...rule }]) => {
    const whole =
      list === undefined ? rule : { ...rule, codes: new Set(Object.keys(codes[list] ?? {})) };
    return [name, whole as FactRule] as const;
  });
  const rule = {
    folds: kind.folds as Folds,
    of: kind.of ?? [],
    facts: Object.fromEntries(facts),
    highStakes: (kind.high_stakes ?? {}) as Readonly<Record<string, StakeRule>>,
  };
  return kind.moves === undefined || kind.first_state === undefined
    ? rule
    : { ...rule, machine: machine(kind.first_state, kind) };
}

function machine(
  start: string,
  { moves = {}, beats = {} }: Told,
): NonNullable<KindRule['machine']> {
  const table = Object.entries(moves).map(([move, { from, to }]) => [move, [from, to]] as const);
  return {
    start,
    moves: movesOf(Object.fromEntries(table)),
    beats: new Map(Object.entries(beats).map(([state, beaten]) => [state, new Set(beaten)])),
    subject: null,
    hold: null,
  };
}
