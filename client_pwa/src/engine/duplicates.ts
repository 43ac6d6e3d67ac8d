/**
 * Duplicates: entities that people declared to be one, linked by facts and never moved, so that nothing is lost.
 *
 * The fact `same/<hex of the greater id>` = true stands on the smaller id; any other such fact is
 * ignored. Classes are the connected components of the present links between entities that are not
 * erased, named by their smallest id.
 *
 * To merge is to set links. To unmerge one entity is to take back every link of it, and to link what
 * is left of its class anew where it would fall apart: both are edits of one save, and what they set
 * is all that they change.
 */
import { type EntityState, ownGroup } from './fold.ts';
import { type EntityId } from './ids.ts';
import { FACTS_MAX } from './limits.ts';
import { FACT } from './liveness.ts';

/** Two entities that are one, the smaller id first. */
export type Link = readonly [smaller: EntityId, greater: EntityId];

/** What one edit of an entity sets: for each link that it names true, or null to take it back. */
export type Linking = {
  readonly entity: EntityId;
  readonly facts: Readonly<Record<string, true | null>>;
};

type Erased = { readonly has: (entity: EntityId) => boolean };

const SAME = new RegExp(`^${String(FACT)}same/([0-9a-f]{32})$`);

/** Returns the links that stand on one entity. */
export function linksOf(state: EntityState): Link[] {
  const found: Link[] = [];
  for (const [setter, { value }] of ownGroup(state)?.registers ?? []) {
    const greater = value === true ? SAME.exec(setter)?.[1] : undefined;
    if (greater !== undefined && state.entity < greater) {
      found.push([state.entity, greater as EntityId]);
    }
  }
  return found;
}

/** Returns, for each entity that has a duplicate, the smallest id of its class (for that one, its own). */
export function classes(present: Iterable<Link>, erased: Erased): Map<EntityId, EntityId> {
  const parent = new Map<EntityId, EntityId>();
  for (const [smaller, greater] of present) {
    if (erased.has(smaller) || erased.has(greater)) continue;
    const [a, b] = [rootOf(parent, smaller), rootOf(parent, greater)];
    parent.set(a > b ? a : b, a > b ? b : a);
  }
  const entities = [...parent.keys()].sort();
  return new Map(entities.map((entity) => [entity, rootOf(parent, entity)]));
}

/** Returns the edits that make one of some entities, and of the classes that they are in. */
export function merge(entities: readonly EntityId[]): Linking[] {
  return edits(star(entities), []);
}

/** Returns the edits after which an entity is alone, and the rest of its class one class still. */
export function unmerge(entity: EntityId, present: Iterable<Link>, erased: Erased): Linking[] {
  const counting = [...present].filter((link) => !link.some((one) => erased.has(one)));
  const taken = counting.filter((link) => link.includes(entity));
  const nobody = new Set<EntityId>();
  const before = classes(counting, nobody);
  const after = classes(
    counting.filter((link) => !link.includes(entity)),
    nobody,
  );
  const rest = [...before.keys()].filter(
    (other) => other !== entity && before.get(other) === before.get(entity),
  );
  return edits(star(rest.map((other) => after.get(other) ?? other)), taken);
}

function star(entities: readonly EntityId[]): Link[] {
  const [smallest, ...others] = [...new Set(entities)].sort();
  return smallest === undefined ? [] : others.map((other) => [smallest, other] as const);
}

/** One edit for each entity that links stand on, or more where they are more than an op may carry. */
function edits(added: readonly Link[], taken: readonly Link[]): Linking[] {
  const facts = new Map<EntityId, Map<string, true | null>>();
  const set = ([smaller, greater]: Link, value: true | null): void => {
    const known = facts.get(smaller) ?? new Map<string, true | null>();
    facts.set(smaller, known.set(`same/${greater}`, value));
  };
  for (const link of added) set(link, true);
  for (const link of taken) set(link, null);
  const sorted = [...facts].sort(([a], [b]) => (a < b ? -1 : 1));
  return sorted.flatMap(([entity, named]) => {
    const names = [...named].sort(([a], [b]) => (a < b ? -1 : 1));
    const count = Math.ceil(names.length / FACTS_MAX);
    return Array.from({ length: count }, (_, at) => ({
      entity,
      facts: Object.fromEntries(names.slice(at * FACTS_MAX, (at + 1) * FACTS_MAX)),
    }));
  });
}

function rootOf(parent: Map<EntityId, EntityId>, entity: EntityId): EntityId {
  let root = entity;
  for (let above = parent.get(root); above !== undefined && above !== root;) {
    root = above;
    above = parent.get(root);
  }
  parent.set(entity, root);
  return root;
}
