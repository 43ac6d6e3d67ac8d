/** What the fold shows where people disagree, correct themselves, or declare two entities to be one. */
import { describe, expect, test } from 'vitest';
import type { Value } from '../../src/engine/codec.ts';
import { classes, linksOf } from '../../src/engine/duplicates.ts';
import { type EntityState, fold, ownGroup, type Register } from '../../src/engine/fold.ts';
import type { EntityId, OpId } from '../../src/engine/ids.ts';
import { FACT, FIELD, type FoldOp, liveOps, superseded } from '../../src/engine/liveness.ts';
import { type NamedFact, OpClass, rowName } from '../../src/engine/op.ts';
import { SALVAGES } from '../../src/engine/registry.ts';
import { entity, foldOp, name, REGISTRY } from './kit.ts';

function shown(key: string, ops: readonly FoldOp[]): Register | undefined {
  return ownGroup(fold(entity(0), ops, REGISTRY))?.registers.get(`${FIELD}${key}`);
}

/** Returns what shows of values written side by side, the later one the greater. */
function sideBySide(key: string, ...values: readonly Value[]): Register | undefined {
  return shown(
    key,
    values.map((value, at) => foldOp(at + 1, { [key]: value })),
  );
}

/** Returns an op with plain facts only. */
function said(n: number, facts: readonly NamedFact[], of: EntityId = entity(0)): FoldOp {
  const op = foldOp(n, {}, { header: { facts, entity: of } });
  return { ...op, payload: op.payload && { ...op.payload, factBases: facts.map(() => []) } };
}

describe('values side by side', () => {
  test('are in conflict if their bytes differ, and the latest shows meanwhile', () => {
    expect(sideBySide('note', 'a', 'b')).toMatchObject({ value: 'b', conflict: true });
    expect(sideBySide('note', 'a', 'a')).toMatchObject({ value: 'a', conflict: false });
    expect(sideBySide('note', 1, true)).toMatchObject({ value: true, conflict: true });
  });

  test('are settled by an edit whose base lists them all', () => {
    const ops = [foldOp(1, { note: 'a' }), foldOp(2, { note: 'b' })];
    const settled = foldOp(3, { note: 'c' }, { base: { note: [1, 2] }, header: { hlc_ctr: 0 } });
    expect(shown('note', [...ops, settled])).toMatchObject({ value: 'b', conflict: true });
    const later = { ...settled, header: { ...settled.header, hlc_ctr: 9 } };
    expect(shown('note', [...ops, later])).toMatchObject({ value: 'c', conflict: false });
  });

  test('of a name of high stakes show the stricter, whichever was written last', () => {
    expect(sideBySide('risk', 'grave', 'none')?.value).toBe('grave');
    expect(sideBySide('risk', 'none', 'grave')?.value).toBe('grave');
    expect(sideBySide('risk', 'of_a_newer_version', 'some')?.value).toBe('of_a_newer_version');
    expect(sideBySide('risk', 'grave', 'of_a_newer_version')?.value).toBe('grave');
    expect(sideBySide('warning', ['b', 'a'], 'c', null)?.value).toEqual(['a', 'b', 'c']);
    expect(sideBySide('dose', 200, 100, null, 'x')?.value).toBe(100);
    expect(sideBySide('dose', null, 'x')?.value).toBeNull();
  });

  test('of such a name show as written while they agree', () => {
    expect(sideBySide('warning', ['b', 'a'])?.value).toEqual(['b', 'a']);
  });
});

describe('a row that another one stands for', () => {
  const original = 'ab'.repeat(32) as OpId;
  /** A row written again for another one, in the log at a second or still unsent. */
  const again = (n: number, server_ms: number | null, kind = 'mark'): FoldOp => {
    const facts: NamedFact[] = [[SALVAGES, rowName(original)]];
    return foldOp(n, { text: 'met' }, { header: { opClass: OpClass.ROW, kind, facts }, server_ms });
  };
  const counted = (...ops: readonly FoldOp[]): string[] => {
    const { groups } = fold(entity(0), ops, REGISTRY);
    return groups.filter(({ counts }) => counts).map(({ row }) => row ?? '');
  };

  test('does not count, and stays: the first in the log does, and never one that is unsent', () => {
    const rows = [again(4, 9), again(5, 7), again(3, 7), again(2, null)];
    expect(counted(...rows)).toEqual([name(3)]);
    expect(counted(...rows.toReversed())).toEqual([name(3)]);
    expect(fold(entity(0), rows, REGISTRY).groups).toHaveLength(4);
    expect(counted(again(3, null), again(2, null))).toEqual([name(2)]);
  });

  test('does not count if the row itself is there', () => {
    const row = foldOp(1, { text: 'met' }, { header: { opClass: OpClass.ROW, kind: 'mark' } });
    const itself = { ...row, opId: original };
    expect(counted(again(2, 3), itself)).toEqual([original]);
  });

  test('counts beside a row of another kind or one that says another name', () => {
    expect(counted(again(2, 3), again(3, 4, 'other'))).toEqual([name(2), name(3)]);
    const other = again(4, 5);
    const facts: NamedFact[] = [[SALVAGES, rowName('cd'.repeat(32) as OpId)]];
    expect(counted(again(2, 3), { ...other, header: { ...other.header, facts } })).toHaveLength(2);
  });
});

describe('a row', () => {
  const row = foldOp(1, { text: 'met' }, { header: { opClass: OpClass.ROW, kind: 'mark' } });

  /** Returns an amendment of the row's fact `void`. */
  function voided(n: number, value: boolean | null, base: readonly number[] = []): FoldOp {
    const facts = [['void', value]] as const;
    const op = foldOp(n, {}, { header: { re: row.opId, kind: 'mark', facts } });
    return { ...op, payload: op.payload && { ...op.payload, factBases: [base.map(name)] } };
  }

  function counts(...ops: readonly FoldOp[]): boolean | undefined {
    return fold(entity(0), [row, ...ops], REGISTRY).groups[0]?.counts;
  }

  test('counts until it is voided, and again when nil un-voids it', () => {
    expect(counts()).toBe(true);
    expect(counts(voided(2, true))).toBe(false);
    expect(counts(voided(2, true), voided(3, null, [2]))).toBe(true);
    expect(counts(voided(2, true), voided(3, null))).toBe(false);
    expect(counts(voided(2, false))).toBe(true);
  });

  test('is a group of its own: its names are not the entity’s', () => {
    const own = foldOp(2, { text: 'own' });
    const state = fold(entity(0), [own, row], REGISTRY);
    expect(state.groups.map(({ row: of }) => of)).toEqual([null, row.opId]);
    expect(shown('text', [own, row])).toMatchObject({ value: 'own', conflict: false });
    expect(ownGroup(fold(entity(0), [row], REGISTRY))).toBeNull();
  });
});

describe('a kill', () => {
  const first = foldOp(1, { x: 1 });
  const killer = foldOp(2, {}, { header: { kills: [first.opId] } });

  test('counts against an edit before it, of its entity', () => {
    expect(liveOps([first, killer])).toEqual([killer]);
    expect(liveOps([killer, first])).toEqual([killer, first]);
    const elsewhere = { ...killer, header: { ...killer.header, entity: entity(1) } };
    expect(liveOps([first, elsewhere])).toHaveLength(2);
  });

  test.each([
    ['a genesis', { opClass: OpClass.GENESIS }],
    ['a row', { opClass: OpClass.ROW }],
    ['an amendment', { re: name(9) }],
  ])('of %s never counts', (_, header) => {
    expect(liveOps([foldOp(1, { x: 1 }, { header }), killer])).toHaveLength(2);
  });

  test('by an op that does not open counts all the same', () => {
    expect(liveOps([first, { ...killer, payload: null }])).toHaveLength(1);
  });

  test('is offered for edits that are wholly superseded, sixty-four at most, the oldest first', () => {
    const edits = Array.from({ length: 70 }, (_, at) => foldOp(at + 1, { x: at }));
    const base = edits.map((_, at) => at + 1);
    const last = foldOp(99, { x: 0 }, { base: { x: base } });
    expect(superseded([...edits, last])).toEqual(base.slice(0, 64).map(name));
    const half = foldOp(1, { x: 1, y: 1 });
    expect(superseded([half, foldOp(2, { x: 2 }, { base: { x: [1] } })])).toEqual([]);
  });
});

describe('duplicates', () => {
  /** Returns an entity that is declared to be the same as others. */
  function same(n: number, others: readonly (readonly [number, true | null])[]): EntityState {
    const facts = others.map(([other, value]) => [`same/${entity(other)}`, value] as const);
    return fold(entity(n), [said(n, facts, entity(n))], REGISTRY);
  }

  function found(states: readonly EntityState[], erased: readonly number[] = []): number[][] {
    const gone = new Set(erased.map(entity));
    return Array.from(classes(states.flatMap(linksOf), gone), (pair) =>
      pair.map((id) => Number.parseInt(id.slice(2), 16)),
    );
  }

  test('are the classes of the links, each named by its smallest', () => {
    const states = [same(1, [[2, true]]), same(2, [[3, true]]), same(5, [[6, true]])];
    expect(found(states)).toEqual([
      [1, 1],
      [2, 1],
      [3, 1],
      [5, 5],
      [6, 5],
    ]);
    expect(found(states.toReversed())).toEqual(found(states));
  });

  test('are not what a link says that was undone, or that stands on the greater id', () => {
    expect(found([same(1, [[2, null]]), same(4, [[3, true]]), same(7, [[7, true]])])).toEqual([]);
  });

  test('go on without an erased entity', () => {
    const states = [
      same(1, [
        [2, true],
        [3, true],
      ]),
      same(2, [[3, true]]),
    ];
    expect(found(states, [1])).toEqual([
      [2, 2],
      [3, 2],
    ]);
  });

  test('are read from the entity’s own facts, never from a sealed field', () => {
    const sealed = foldOp(1, { [`same/${entity(2)}`]: true }, { header: { entity: entity(1) } });
    expect(linksOf(fold(entity(1), [sealed], REGISTRY))).toEqual([]);
    expect(`${FACT}same`).not.toBe(`${FIELD}same`);
  });
});
