/** Law: merging is a union, unmerging takes out one and no other, and devices that did either apart come to the same. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  classes,
  type Link,
  type Linking,
  linksOf,
  merge,
  unmerge,
} from '../../../src/engine/duplicates.ts';
import { type EntityState, fold } from '../../../src/engine/fold.ts';
import type { EntityId } from '../../../src/engine/ids.ts';
import { baseOf, FACT, type FoldOp, liveOps } from '../../../src/engine/liveness.ts';
import { entity, foldOp, REGISTRY, START_MS } from '../kit.ts';
import { law } from './law.ts';

const PEOPLE = [1, 2, 3, 4, 5, 6].map(entity);
const people = fc.constantFrom(...PEOPLE);
const groups = fc.array(people, { minLength: 1, maxLength: 4 });

/** A group is merged, one is taken out. */
type Deed = EntityId | readonly EntityId[];
const deeds = fc.array(fc.oneof({ weight: 3, arbitrary: groups }, people), { maxLength: 5 });
const erasures = fc.uniqueArray(people, { maxLength: 2 });

/** A log as one device has it, in view order. */
class Device {
  readonly log: FoldOp[];
  readonly #erased: ReadonlySet<EntityId>;
  #number: number;

  constructor(number: number, log: readonly FoldOp[], erased: Iterable<EntityId>) {
    this.#number = number;
    this.log = [...log];
    this.#erased = new Set(erased);
  }

  do(...deeds: readonly Deed[]): this {
    for (const deed of deeds) {
      const isAlive = (one: EntityId): boolean => !this.#erased.has(one);
      if (typeof deed === 'string') this.#write(unmerge(deed, this.links(), this.#erased));
      else this.#write(merge(deed.filter(isAlive)));
    }
    return this;
  }

  /** Returns a device that saw the same and writes ops of its own. */
  apart(lead = 0): Device {
    return new Device(this.#number + lead, this.log, this.#erased);
  }

  with(other: Device): Device {
    const known = new Set(this.log.map(({ opId }) => opId));
    const log = [...this.log, ...other.log.filter(({ opId }) => !known.has(opId))];
    return new Device(10_000, log, this.#erased);
  }

  links(): Link[] {
    return this.#states().flatMap(linksOf);
  }

  /** Returns the name of each entity's class, a lone entity's own included. */
  classes(): Record<string, EntityId> {
    const found = classes(this.links(), this.#erased);
    const alive = PEOPLE.filter((one) => !this.#erased.has(one));
    return Object.fromEntries(alive.map((one) => [one, found.get(one) ?? one]));
  }

  #states(): EntityState[] {
    const alive = PEOPLE.filter((one) => !this.#erased.has(one));
    return alive.map((one) => fold(one, liveOps(this.#of(one)), REGISTRY));
  }

  #of(one: EntityId): FoldOp[] {
    return this.log.filter(({ header }) => header.entity === one);
  }

  #write(edits: readonly Linking[]): void {
    for (const { entity: one, facts: named } of edits) {
      const facts = Object.entries(named).sort(([a], [b]) => (a < b ? -1 : 1));
      const live = liveOps(this.#of(one));
      const factBases = facts.map(([name]) => baseOf(live, null, `${FACT}${name}`));
      const header = { entity: one, facts, hlc_ms: START_MS + this.#number };
      const op = foldOp(this.#number, {}, { header });
      this.log.push({ ...op, payload: op.payload && { ...op.payload, factBases } });
      this.#number += 1;
    }
  }
}

const devices = fc.tuple(deeds, erasures).map(([done, erased]) => {
  return new Device(1, new Device(1, [], []).do(...done).log, erased).apart(100);
});

test('the order in which people are merged does not matter, nor that they were merged before', () => {
  law(
    fc.property(devices, groups, (device, group) => {
      const atOnce = device.apart().do(group).classes();
      expect(device.apart().do(group.toReversed()).classes()).toEqual(atOnce);
      expect(device.apart().do(group, group).classes()).toEqual(atOnce);
      expect(new Set(group.flatMap((one) => atOnce[one] ?? [])).size).toBeLessThanOrEqual(1);
      const pairs = group.slice(1).map((one, at) => [one, group[at] ?? one]);
      if (group.every((one) => one in atOnce)) {
        expect(
          device
            .apart()
            .do(...pairs)
            .classes(),
        ).toEqual(atOnce);
      }
    }),
  );
});

test('who is unmerged is alone, and the rest of the class is one class still', () => {
  law(
    fc.property(devices, people, (device, out) => {
      const before = device.classes();
      const after = device.apart().do(out).classes();
      const others = Object.keys(before).filter((one) => one !== out);
      for (const a of others) {
        if (out in before) expect(after[a]).not.toBe(after[out]);
        for (const b of others) expect(after[a] === after[b]).toBe(before[a] === before[b]);
      }
    }),
  );
});

test('devices that merged and unmerged apart come to the same, and nobody is stuck with it', () => {
  law(
    fc.property(devices, deeds, deeds, people, (device, mine, theirs, out) => {
      const awa = device.apart().do(...mine);
      const bruno = device.apart(1000).do(...theirs);
      const together = awa.with(bruno);
      expect(together.classes()).toEqual(bruno.with(awa).classes());
      const after = together.do(out).classes();
      const alone = Object.keys(after).filter((one) => after[one] === after[out]);
      if (out in after) expect(alone).toEqual([out]);
    }),
  );
});
