/** A registry as the vectors tell it: one word for each rule, then its codes or bounds. */
import {
  type FactRule,
  type KindRule,
  Registry,
  type StakeRule,
} from '../../src/engine/registry.ts';
import { type Machine, movesOf } from '../../src/engine/ruleset.ts';

type Json = null | boolean | number | string;

export type KindCase = {
  readonly folds: KindRule['folds'];
  readonly of: readonly string[];
  readonly facts: Readonly<Record<string, readonly Json[]>>;
  readonly high_stakes: Readonly<Record<string, readonly Json[]>>;
  readonly machine: MachineCase | null;
};

type MachineCase = {
  readonly start: string;
  readonly moves: Readonly<Record<string, readonly [readonly string[], string]>>;
  readonly beats: Readonly<Record<string, readonly string[]>>;
  readonly subject: string | null;
  readonly hold: readonly [readonly string[], string | null, string | null] | null;
};

export function registryOf(kinds: Readonly<Record<string, KindCase>>): Registry {
  const rules = Object.entries(kinds).map(([kind, one]) => [kind, kindRule(one)]);
  return new Registry(Object.fromEntries(rules) as Record<string, KindRule>);
}

function kindRule({ folds, of, facts, high_stakes, machine }: KindCase): KindRule {
  const mapped = <T>(
    cases: Readonly<Record<string, readonly Json[]>>,
    rule: (one: readonly Json[]) => T,
  ) => Object.fromEntries(Object.entries(cases).map(([name, one]) => [name, rule(one)]));
  const rest = machine === null ? {} : { machine: machineOf(machine) };
  return {
    folds,
    of,
    facts: mapped(facts, factRule),
    highStakes: mapped(high_stakes, stakeRule),
    ...rest,
  };
}

function factRule([rule, ...rest]: readonly Json[]): FactRule {
  const codes = new Set(rest.map(String));
  switch (rule) {
    case 'Flag':
      return { rule: 'flag' };
    case 'Whole':
      return {
        rule: 'whole',
        least: Number(rest[0]),
        most: Number(rest[1]),
        step: Number(rest[2] ?? 1),
      };
    case 'Code':
      return { rule: 'code', codes };
    case 'CodeSet':
      return { rule: 'code_set', codes };
    case 'Id':
      return { rule: 'id' };
    case 'IdSet':
      return { rule: 'id_set' };
    default:
      throw new Error(`The rule ${String(rule)} of a fact is unknown.`);
  }
}

function stakeRule([rule, ...values]: readonly Json[]): StakeRule {
  if (rule === 'Union') return { rule: 'union' };
  return rule === 'Least' ? { rule: 'least' } : { rule: 'strictest', values };
}

function machineOf({ start, moves, beats, subject, hold }: MachineCase): Machine {
  const [states, thing = null, until = null] = hold ?? [];
  return {
    start,
    moves: movesOf(moves),
    beats: new Map(Object.entries(beats).map(([state, others]) => [state, new Set(others)])),
    subject,
    hold: states === undefined ? null : { states: new Set(states), thing, until },
  };
}
