import { expect, test } from 'vitest';
import { toHex } from '../src/engine/bytes.ts';
import { type EntityState, foldBytes } from '../src/engine/fold.ts';
import type { EntityId } from '../src/engine/ids.ts';
import type { Replica } from '../src/engine/replica.ts';
import { CannotWrite, type Intent, write, writeControl } from '../src/engine/writer.ts';
import { Folds } from '../src/worker/views/folds.ts';
import { Chance } from './engine/chance.ts';
import {
  deliver,
  entity,
  founded,
  type Founded,
  moment,
  pull,
  RECOVERY,
  replica,
} from './engine/kit.ts';

const ENTITIES = [1, 2, 3, 4].map(entity);
const SEEDS = Array.from({ length: 25 }, (_, seed) => seed);

const bytesOf = (state: EntityState | null): string | null => state && toHex(foldBytes(state));

/** What a replica shows when everything is folded anew. */
function anew(who: Replica): (string | null)[] {
  const isThere = (one: EntityId): boolean => who.ops(one).length > 0;
  return ENTITIES.map((one) => bytesOf(isThere(one) ? who.state(one) : null));
}

function kept(folds: Folds): (string | null)[] {
  return ENTITIES.map((one) => bytesOf(folds.state(one)));
}

async function writeSomething(who: Replica, chance: Chance, seed: number): Promise<void> {
  const one = chance.pick(ENTITIES);
  const rows = who.ops(one).filter(({ header }) => header.kind === 'mark' && header.re === null);
  const intents: Intent[] = [
    { intent: 'genesis', entity: one, kind: 'thing', fields: { name: `made ${String(seed)}` } },
    { intent: 'edit', entity: one, kind: 'thing', fields: { name: `named ${String(seed)}` } },
    { intent: 'row', entity: one, kind: 'mark', facts: { done: true } },
    ...rows.map(({ opId }): Intent => {
      return { intent: 'amend', entity: one, kind: 'mark', row: opId, facts: { void: true } };
    }),
  ];
  try {
    // Two at once: where the second cannot be written, the first is taken back.
    await write(who, [chance.pick(intents), chance.pick(intents)], moment(seed));
  } catch (error) {
    if (!(error instanceof CannotWrite)) throw error;
  }
}

async function step(
  { server, awa }: Founded,
  other: Replica,
  chance: Chance,
  seed: number,
): Promise<void> {
  const who = chance.pick([awa, other]);
  switch (chance.between(0, 5)) {
    case 0:
      return deliver(who, server);
    case 1:
      return pull(who, server, 1);
    case 2:
      if (chance.between(0, 5) > 0) return;
      writeControl(awa, { kind: 'erase', entities: [chance.pick(ENTITIES)] }, moment(seed));
      return deliver(awa, server);
    default:
      return writeSomething(who, chance, seed);
  }
}

test.each(SEEDS)(
  'what is kept from one change to the next is what everything folded anew shows, seed %i',
  async (seed) => {
    const chance = new Chance(seed);
    const space = await founded();
    const other = replica(RECOVERY, space.root, 1);
    const devices = [space.awa, other].map((who) => new Folds(who));
    for (let turn = 0; turn < 30; turn += 1) {
      await step(space, other, chance, 1000 * seed + turn);
      for (const folds of devices) {
        expect(kept(folds.refresh())).toEqual(anew(folds.replica));
        const groups = ENTITIES.flatMap((one) => folds.state(one)?.groups ?? []);
        const rows = groups.filter(({ row, kind }) => row !== null && kind === 'mark');
        expect(new Set(folds.rows('mark').map(({ group }) => group))).toEqual(new Set(rows));
      }
    }
  },
);

test('nothing changes before it is asked to take the changes in', async () => {
  const { awa } = await founded();
  const folds = new Folds(awa).refresh();
  const made: Intent = {
    intent: 'genesis',
    entity: entity(1),
    kind: 'thing',
    fields: { name: 'x' },
  };
  await write(awa, [made], moment(5));
  expect(folds.state(entity(1))).toBeNull();
  expect(bytesOf(folds.refresh().state(entity(1)))).toBe(bytesOf(awa.state(entity(1))));
  expect(folds.entities('thing')).toHaveLength(1);
});

test('what is erased goes, with its rows', async () => {
  const { awa, server } = await founded();
  const folds = new Folds(awa);
  const said = { entity: entity(1), kind: 'thing' };
  await write(awa, [{ intent: 'genesis', ...said }], moment(5));
  await write(awa, [{ intent: 'row', ...said, kind: 'mark', facts: { done: true } }], moment(6));
  await deliver(awa, server);
  expect(folds.refresh().rows('mark')).toHaveLength(1);
  writeControl(awa, { kind: 'erase', entities: [entity(1)] }, moment(7));
  await deliver(awa, server);
  expect(folds.refresh().state(entity(1))).toBeNull();
  expect([folds.rows('mark'), folds.entities('thing')]).toEqual([[], []]);
});
