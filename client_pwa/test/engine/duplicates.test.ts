/** What is written to make one of several entities, and to take one out again: cases that both languages share. */
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import {
  classes,
  type Link,
  type Linking,
  linksOf,
  merge,
  unmerge,
} from '../../src/engine/duplicates.ts';
import type { EntityId } from '../../src/engine/ids.ts';
import { CannotWrite, type Intent, write } from '../../src/engine/writer.ts';
import { entity, founded, moment } from './kit.ts';

type Pair = readonly [number, number];
type Case = {
  readonly name: string;
  readonly links: readonly Pair[];
  readonly erased: readonly number[];
  readonly merge?: readonly number[];
  readonly unmerge?: number;
  readonly edits: readonly (readonly [number, readonly (readonly [number, true | null])[]])[];
  readonly classes: readonly (readonly number[])[];
};

const SHARED = new URL('../../../tests/vectors/duplicates.json', import.meta.url);
const cases = JSON.parse(readFileSync(SHARED, 'utf8')) as readonly Case[];

function numberOf(id: string): number {
  return Number.parseInt(id.slice(2), 16);
}

function asNumbers(edits: readonly Linking[]): Case['edits'] {
  return edits.map(({ entity: of, facts }) => [
    numberOf(of),
    Object.entries(facts).map(([name, value]) => [numberOf(name.slice(5)), value] as const),
  ]);
}

/** Returns the links that are present when some edits are written. */
function after(present: readonly Link[], edits: readonly Linking[]): Link[] {
  const now = new Map(present.map((link) => [link.join(), link]));
  for (const { entity: smaller, facts } of edits) {
    for (const [name, value] of Object.entries(facts)) {
      const link = [smaller, name.slice(5) as EntityId] as const;
      if (value === true) now.set(link.join(), link);
      else now.delete(link.join());
    }
  }
  return [...now.values()];
}

function grouped(present: Iterable<Link>, erased: ReadonlySet<EntityId>): number[][] {
  const groups = new Map<EntityId, number[]>();
  for (const [one, name] of classes(present, erased)) {
    groups.set(name, [...(groups.get(name) ?? []), numberOf(one)]);
  }
  return [...groups.values()];
}

describe('what is written', () => {
  test.for(cases)('$name', (shared) => {
    const present = shared.links.map(([a, b]) => [entity(a), entity(b)] as const);
    const erased = new Set(shared.erased.map(entity));
    const edits = shared.merge
      ? merge(shared.merge.map(entity))
      : unmerge(entity(shared.unmerge ?? 0), present, erased);
    expect(asNumbers(edits)).toEqual(shared.edits);
    expect(grouped(after(present, edits), erased)).toEqual(shared.classes);
  });
});

test('a device may write what is to be written, and shows what it set', async () => {
  const { awa } = await founded();
  const numbers = [1, 2, 3];
  const begun = numbers.map((n): Intent => ({
    intent: 'genesis',
    entity: entity(n),
    kind: 'thing',
  }));
  await write(awa, begun, moment());
  const present = (): Link[] =>
    numbers.flatMap((n) => {
      const state = awa.state(entity(n));
      return state === null ? [] : linksOf(state);
    });
  const save = async (edits: readonly Linking[]): Promise<void> => {
    const intents = edits.map((edit): Intent => ({ intent: 'edit', kind: 'thing', ...edit }));
    await write(awa, intents, moment());
  };
  const shown = (): number[][] => grouped(present(), new Set());
  await save(merge(numbers.map(entity)));
  expect(shown()).toEqual([[1, 2, 3]]);
  await save(unmerge(entity(1), present(), new Set()));
  expect(shown()).toEqual([[2, 3]]);
  await save(merge([entity(3), entity(1)]));
  expect(shown()).toEqual([[1, 2, 3]]);
  const broken: Intent = {
    intent: 'edit',
    kind: 'thing',
    entity: entity(1),
    facts: { 'same/x': true },
  };
  await expect(write(awa, [broken], moment())).rejects.toThrow(CannotWrite);
});
