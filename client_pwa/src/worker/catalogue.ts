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

type Told = {
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

export function registry(): Registry {
  const kinds = Object.entries(catalogue.kinds as unknown as Readonly<Record<string, Told>>);
  const ruled = kinds.filter(([, told]) => told.folds !== 'directory');
  return new Registry(Object.fromEntries(ruled.map(([kind, told]) => [kind, kindRule(told)])));
}

function kindRule(told: Told): KindRule {
  const facts = Object.entries(told.facts ?? {}).map(([name, { codes: list, ...rule }]) => {
    const whole =
      list === undefined ? rule : { ...rule, codes: new Set(Object.keys(codes[list] ?? {})) };
    return [name, whole as FactRule] as const;
  });
  const rule = {
    folds: told.folds as Folds,
    of: told.of ?? [],
    facts: Object.fromEntries(facts),
    highStakes: (told.high_stakes ?? {}) as Readonly<Record<string, StakeRule>>,
  };
  return told.moves === undefined || told.first_state === undefined
    ? rule
    : { ...rule, machine: machine(told.first_state, told) };
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
