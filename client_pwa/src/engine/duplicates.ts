/**
 * Duplicates: entities that people declared to be one, linked by facts and never moved, so that nothing is lost.
 *
 * The fact `same/<hex of the greater id>` = true stands on the smaller id; any other such fact is
 * ignored. Classes are the connected components of the present links between entities that are not
 * erased, named by their smallest id.
 */
import { type EntityState, ownGroup } from './fold.ts';
import { type EntityId } from './ids.ts';
import { FACT } from './liveness.ts';

const SAME = /^same\/([0-9a-f]{32})$/;

/** Returns, for each entity that has a duplicate, the smallest id of its class (for that one, its own). */
export function classes(
  states: Iterable<EntityState>,
  erased: { readonly has: (entity: EntityId) => boolean },
): Map<EntityId, EntityId> {
  const parent = new Map<EntityId, EntityId>();
  for (const [smaller, greater] of links(states)) {
    if (erased.has(smaller) || erased.has(greater)) continue;
    const [a, b] = [rootOf(parent, smaller), rootOf(parent, greater)];
    parent.set(a > b ? a : b, a > b ? b : a);
  }
  const entities = [...parent.keys()].sort();
  return new Map(entities.map((entity) => [entity, rootOf(parent, entity)]));
}

function links(states: Iterable<EntityState>): [EntityId, EntityId][] {
  const found: [EntityId, EntityId][] = [];
  for (const state of states) {
    for (const [setter, { value }] of ownGroup(state)?.registers ?? []) {
      const greater = setter.startsWith(`${FACT}`) ? SAME.exec(setter.slice(1))?.[1] : undefined;
      if (greater !== undefined && value === true && state.entity < greater) {
        found.push([state.entity, greater as EntityId]);
      }
    }
  }
  return found;
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
