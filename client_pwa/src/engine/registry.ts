/**
 * What the application tells the engine about its kinds: how they fold and which plain facts they may carry.
 *
 * The engine knows no noun of its own: a kind, a fact or a code that is not registered is refused at
 * push, because a header is plain and stays for ever; so nothing else is written either.
 */
import { INT_MAX } from './ids.ts';
import { type Fact, type Header, isCode, isName, OpClass } from './op.ts';
import { EXPECT, type Machine, MOVE } from './ruleset.ts';

export const VOID = 'void';
export const SALVAGES = 'salvages';

const HEX_ID = /^[0-9a-f]{32}$/;

/** How ops of a kind fold: as an entity (classes 0, 1), as rows (2, and 1 with `re`), or as ruled commands (2). */
export type Folds = 'entity' | 'row' | 'command';

/** A fact that is true or false. */
export type Flag = { readonly rule: 'flag' };
/** A fact that is a whole number between two bounds, both allowed, and a multiple of `step`. */
export type Whole = {
  readonly rule: 'whole';
  readonly least?: number;
  readonly most?: number;
  readonly step?: number;
};
/** A fact that is one code of a closed list. */
export type Code = { readonly rule: 'code'; readonly codes: ReadonlySet<string> };
/** A fact that is a 16-byte id, or the name of a row. */
export type Id = { readonly rule: 'id' };
/** A set of codes of a closed list: one fact `name/code` for each, true if it is in the set. */
export type CodeSet = { readonly rule: 'code_set'; readonly codes: ReadonlySet<string> };
/** A set of ids: one fact `name/<32 hex digits>` for each, true if it is in the set. */
export type IdSet = { readonly rule: 'id_set' };

export type FactRule = Flag | Whole | Code | Id | CodeSet | IdSet;

/** High stakes: while candidates differ, show every value that one of them holds. */
export type Union = { readonly rule: 'union' };
/**
 * High stakes: while candidates differ, show the value that stands last here.
 *
 * A value that is not listed, such as a newer version's code, gives way to the last only.
 */
export type Strictest = { readonly rule: 'strictest'; readonly values: readonly Fact[] };

/** High stakes: while candidates differ, show the least number that one of them holds; nil is no number. */
export type Least = { readonly rule: 'least' };

export type StakeRule = Union | Strictest | Least;

/** One kind. */
export type KindRule = {
  readonly folds: Folds;
  /** For a row or command, the kinds of entity it may stand under; empty for an entity. */
  readonly of?: readonly string[];
  /** The plain facts it may carry. A row also has `void` and `salvages`, which are not listed. */
  readonly facts?: Readonly<Record<string, FactRule>>;
  /** Names, plain or sealed, that show more than the winner while they are in conflict. */
  readonly highStakes?: Readonly<Record<string, StakeRule>>;
  /** For a command, the state machine it drives. */
  readonly machine?: Machine;
};

/** Tells whether a value keeps a fact's rule; nil always does and is not asked here. */
function accepts(rule: FactRule, value: Fact): boolean {
  switch (rule.rule) {
    case 'flag':
      return typeof value === 'boolean';
    case 'whole': {
      const { least = -INT_MAX, most = INT_MAX, step = 1 } = rule;
      return typeof value === 'number' && least <= value && value <= most && value % step === 0;
    }
    case 'code':
      return typeof value === 'string' && rule.codes.has(value);
    case 'id':
      return value instanceof Uint8Array;
    case 'code_set':
    case 'id_set':
      return value === true;
  }
}

/**
 * The application's kinds, checked once when they are told.
 *
 * The constructor throws RangeError when a name is no name, a row stands under no registered entity,
 * or a command has no machine.
 */
export class Registry {
  readonly kinds: ReadonlyMap<string, KindRule>;
  readonly #facts: ReadonlyMap<string, ReadonlyMap<string, FactRule>>;

  constructor(kinds: Readonly<Record<string, KindRule>>) {
    this.kinds = new Map(Object.entries(kinds));
    for (const [kind, rule] of this.kinds) checkKind(kind, rule, this.kinds);
    this.#facts = new Map(Array.from(this.kinds, ([kind, rule]) => [kind, namedFacts(rule)]));
  }

  /** Tells whether an op of this class may have this kind; control ops are not the application's. */
  admits({ opClass, kind, re }: Header): boolean {
    if (opClass === OpClass.CONTROL) return true;
    const folds = this.kinds.get(kind)?.folds;
    if (folds === undefined) return false;
    if (folds === 'entity') {
      return opClass === OpClass.GENESIS || (opClass === OpClass.EDIT && re === null);
    }
    if (opClass === OpClass.ROW) return true;
    return folds === 'row' && opClass === OpClass.EDIT && re !== null;
  }

  /** Returns the name of the first fact that is not registered for the kind or has a refused value, or null. */
  factFault({ kind, facts }: Header): string | null {
    for (const [name, value] of facts) {
      const rule = this.#facts.get(kind)?.get(name) ?? this.#idRule(kind, name);
      if (rule === undefined || (value !== null && !accepts(rule, value))) return name;
    }
    return null;
  }

  #idRule(kind: string, name: string): IdSet | undefined {
    const [stem = '', element = ''] = name.split('/');
    const facts = this.kinds.get(kind)?.facts ?? {};
    const rule = Object.hasOwn(facts, stem) ? facts[stem] : undefined;
    return rule?.rule === 'id_set' && HEX_ID.test(element) ? rule : undefined;
  }
}

function namedFacts({ folds, facts = {} }: KindRule): Map<string, FactRule> {
  const named = new Map<string, FactRule>();
  if (folds === 'row') named.set(VOID, { rule: 'flag' }).set(SALVAGES, { rule: 'id' });
  for (const [name, fact] of Object.entries(facts)) {
    if (fact.rule === 'code_set') for (const code of fact.codes) named.set(`${name}/${code}`, fact);
    else if (fact.rule !== 'id_set') named.set(name, fact);
  }
  return named;
}

function checkKind(kind: string, rule: KindRule, kinds: ReadonlyMap<string, KindRule>): void {
  const { folds, of = [], facts = {}, machine } = rule;
  const names = [kind, ...Object.keys(facts)];
  const codes = Object.values(facts).flatMap((fact) => ('codes' in fact ? [...fact.codes] : []));
  const refuse = (sentence: string) => new RangeError(`Kind ${kind}: ${sentence}`);
  if (!names.every((name) => isName(name) && !name.includes('/')) || !codes.every(isCode)) {
    throw refuse('a name or a code is not of the allowed form.');
  }
  if (folds === 'row' && (Object.hasOwn(facts, VOID) || Object.hasOwn(facts, SALVAGES))) {
    throw refuse('every row has the facts void and salvages already.');
  }
  const underEntities = of.every((parent) => kinds.get(parent)?.folds === 'entity');
  if (of.length > 0 === (folds === 'entity') || !underEntities) {
    throw refuse('a row or command stands under registered entities, an entity under none.');
  }
  if ((machine !== undefined) !== (folds === 'command')) {
    throw refuse('a command, and nothing else, has a machine.');
  }
  if (machine !== undefined) checkMachine(machine, facts, refuse);
}

function checkMachine(
  { hold, subject, moves }: Machine,
  facts: Readonly<Record<string, FactRule>>,
  refuse: (sentence: string) => RangeError,
): void {
  const has = (name: string | null, rule: FactRule['rule']): boolean =>
    name === null || (Object.hasOwn(facts, name) && facts[name]?.rule === rule);
  const holds = hold === null || (has(hold.thing, 'id') && has(hold.until, 'whole'));
  if (!has(MOVE, 'code') || !has(EXPECT, 'code') || !has(subject, 'id') || !holds) {
    throw refuse('the facts its machine reads are not declared.');
  }
  const move = facts[MOVE];
  if (move?.rule !== 'code' || ![...move.codes].every((code) => moves.has(code))) {
    throw refuse('a move code has no move.');
  }
}
