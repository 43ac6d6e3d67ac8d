/** What the application may tell the engine about its kinds, and what the registry then admits. */
import { describe, expect, test } from 'vitest';
import { type Header, type NamedFact, OpClass } from '../../src/engine/op.ts';
import { type KindRule, Registry } from '../../src/engine/registry.ts';
import { movesOf, statesOf, terminalOf } from '../../src/engine/ruleset.ts';
import { entity, foldOp, LANES, name, REGISTRY } from './kit.ts';

function header(kind: string, opClass: OpClass, changed: Partial<Header> = {}): Header {
  return { ...foldOp(1, {}).header, kind, opClass, ...changed };
}

describe('a kind', () => {
  const RE = { re: name(1) };

  test.each<[string, Header]>([
    ["an entity's genesis", header('thing', OpClass.GENESIS)],
    ["an entity's edit", header('thing', OpClass.EDIT)],
    ['a row', header('mark', OpClass.ROW)],
    ["a row's amendment", header('mark', OpClass.EDIT, RE)],
    ['a command', header('lane_move', OpClass.ROW)],
    ['a control op', header('rules', OpClass.CONTROL)],
  ])('admits %s', (_, one) => {
    expect(REGISTRY.admits(one)).toBe(true);
  });

  test.each<[string, Header]>([
    ['an unknown one', header('ghost', OpClass.GENESIS)],
    ['an entity as a row', header('thing', OpClass.ROW)],
    ['an amended entity', header('thing', OpClass.EDIT, RE)],
    ['the genesis of a row', header('mark', OpClass.GENESIS)],
    ['a row edited without its name', header('mark', OpClass.EDIT)],
    ['an amended command', header('lane_move', OpClass.EDIT, RE)],
    ['a name that every object has', header('constructor', OpClass.GENESIS)],
  ])('does not admit %s', (_, one) => {
    expect(REGISTRY.admits(one)).toBe(false);
  });
});

describe('a fact', () => {
  const ID = new Uint8Array(16);

  function fault(kind: string, fact: NamedFact): string | null {
    return REGISTRY.factFault(header(kind, OpClass.EDIT, { facts: [fact] }));
  }

  test.each<[string, NamedFact]>([
    ['thing', ['size', 'small']],
    ['thing', ['size', null]],
    ['thing', ['count', 0]],
    ['thing', ['tags/red', true]],
    ['thing', [`same/${entity(1)}`, true]],
    ['mark', ['void', true]],
    ['mark', ['salvages', ID]],
    ['mark', ['about', ID]],
  ])('of %s is accepted: %j', (kind, fact) => {
    expect(fault(kind, fact)).toBeNull();
  });

  test.each<[string, NamedFact]>([
    ['thing', ['alias', 'momo']],
    ['thing', ['size', 'huge']],
    ['thing', ['size', true]],
    ['thing', ['count', 101]],
    ['thing', ['count', -1]],
    ['thing', ['tags', true]],
    ['thing', ['tags/green', true]],
    ['thing', ['tags/red', false]],
    ['thing', ['same/xyz', true]],
    ['thing', [`same/${entity(1)}`, 1]],
    ['thing', ['void', true]],
    ['thing', ['constructor', true]],
    ['mark', ['done', 1]],
    ['mark', ['about', 'code']],
  ])('of %s is refused by its name: %j', (kind, fact) => {
    expect(fault(kind, fact)).toBe(fact[0]);
  });

  test('that counts in steps takes multiples only', () => {
    const days: KindRule = { folds: 'entity', facts: { day: { rule: 'whole', step: 7 } } };
    const registry = new Registry({ days });
    const found = [14, -7, 13].map((day) =>
      registry.factFault(header('days', OpClass.EDIT, { facts: [['day', day]] })),
    );
    expect(found).toEqual([null, null, 'day']);
  });
});

const CODES = {
  move: { rule: 'code', codes: new Set(['send']) },
  expect: { rule: 'code', codes: new Set(['draft']) },
} as const;
const ENTITY: KindRule = { folds: 'entity' };

test.each<[string, Record<string, KindRule>]>([
  ['a kind that is no name', { Thing: ENTITY }],
  ['a kind with an element', { 'a/b': ENTITY }],
  ['a fact that is no name', { thing: { folds: 'entity', facts: { Size: { rule: 'flag' } } } }],
  [
    'a code that is none',
    { thing: { folds: 'entity', facts: { size: { rule: 'code', codes: new Set(['a b']) } } } },
  ],
  ['a row under nothing', { mark: { folds: 'row' } }],
  ['a row under a stranger', { mark: { folds: 'row', of: ['ghost'] } }],
  [
    'a row under a row',
    { thing: ENTITY, mark: { folds: 'row', of: ['thing'] }, note: { folds: 'row', of: ['mark'] } },
  ],
  ['an entity under another', { thing: ENTITY, part: { folds: 'entity', of: ['thing'] } }],
  [
    'a row that declares void itself',
    { thing: ENTITY, mark: { folds: 'row', of: ['thing'], facts: { void: { rule: 'flag' } } } },
  ],
  ['a command without machine', { thing: ENTITY, go: { folds: 'command', of: ['thing'] } }],
  ['a machine without command', { thing: { folds: 'entity', machine: LANES } }],
  [
    'a machine without its facts',
    { thing: ENTITY, go: { folds: 'command', of: ['thing'], machine: LANES } },
  ],
  [
    'a hold without its facts',
    { thing: ENTITY, go: { folds: 'command', of: ['thing'], facts: CODES, machine: LANES } },
  ],
  [
    'a move code without move',
    {
      thing: ENTITY,
      go: {
        folds: 'command',
        of: ['thing'],
        facts: { ...CODES, move: { rule: 'code', codes: new Set(['fly']) } },
        machine: { ...LANES, hold: null },
      },
    },
  ],
])('a registry is refused for %s', (_, kinds) => {
  expect(() => new Registry(kinds)).toThrow(RangeError);
});

test('a machine knows its states and those that no move leaves', () => {
  const moves = movesOf({ send: ['draft', 'sent'], stop: [['draft', 'sent'], 'off'] });
  const machine = { ...LANES, moves };
  expect([...statesOf(machine)].sort()).toEqual(['draft', 'off', 'sent']);
  expect([...terminalOf(machine)]).toEqual(['off']);
});
