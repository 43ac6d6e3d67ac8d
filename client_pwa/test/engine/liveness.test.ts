/** What an edit kills, and a kill that takes a value out of sight. */
import { describe, expect, test } from 'vitest';
import type { OpId } from '../../src/engine/ids.ts';
import { type FoldOp, FIELD, liveOps, unjustified } from '../../src/engine/liveness.ts';
import { OpClass } from '../../src/engine/op.ts';
import type { Replica } from '../../src/engine/replica.ts';
import { type Intent, write } from '../../src/engine/writer.ts';
import { Chance } from './chance.ts';
import { deliver, entity, foldOp, founded, moment, name, pull, RECOVERY, replica } from './kit.ts';

const NOTE = `${FIELD}note` as const;

function kills(...killed: number[]): { readonly header: { readonly kills: OpId[] } } {
  return { header: { kills: killed.map(name) } };
}

describe('what a kill takes', () => {
  const first = foldOp(1, { note: 'a' });

  test('an edit that nothing supersedes is told with its killer and its name', () => {
    expect(unjustified([first, foldOp(2, { dose: 1 }, kills(1))])).toEqual([
      { killed: name(1), killer: name(2), setter: NOTE },
    ]);
  });

  test('one whose every name is in the base of a live op is not told', () => {
    const over = foldOp(2, { note: 'b' }, { ...kills(1), base: { note: [1] } });
    expect(unjustified([first, over])).toEqual([]);
    expect(liveOps([first, over])).toEqual([over]);
  });

  test('of two names the one left uncovered is told', () => {
    const two = foldOp(1, { note: 'a', dose: 1 });
    const over = foldOp(2, { dose: 2 }, { ...kills(1), base: { dose: [1] } });
    expect(unjustified([two, over]).map(({ setter }) => setter)).toEqual([NOTE]);
  });

  test('a live op that was there before covers it too, a dead one does not', () => {
    const over = foldOp(2, { note: 'b' }, { base: { note: [1] } });
    expect(unjustified([first, over, foldOp(3, {}, kills(1))])).toEqual([]);
    expect(unjustified([first, over, foldOp(3, {}, kills(1, 2))])).toHaveLength(2);
    expect(unjustified([first, over, foldOp(3, {}, kills(2)), foldOp(4, {}, kills(1))])).toEqual([
      { killed: name(2), killer: name(3), setter: NOTE },
      { killed: name(1), killer: name(4), setter: NOTE },
    ]);
  });

  test('whoever sets the name again has settled it', () => {
    const killer = foldOp(2, {}, kills(1));
    expect(unjustified([first, killer, foldOp(3, { dose: 1 })])).toHaveLength(1);
    expect(unjustified([first, killer, foldOp(3, { note: 'a' })])).toEqual([]);
  });

  test('a kill that does not count takes nothing: of a row, an amendment, a genesis, a later op, another entity', () => {
    const row = foldOp(1, { note: 'a' }, { header: { opClass: OpClass.ROW, kind: 'mark' } });
    const amendment = foldOp(1, { note: 'a' }, { header: { re: name(9), kind: 'mark' } });
    const genesis = foldOp(1, { note: 'a' }, { header: { opClass: OpClass.GENESIS } });
    const killer = foldOp(2, {}, kills(1));
    const elsewhere = foldOp(2, {}, { header: { kills: [name(1)], entity: entity(5) } });
    const pairs: FoldOp[][] = [
      [row, killer],
      [amendment, killer],
      [genesis, killer],
      [killer, first],
      [first, elsewhere],
    ];
    for (const ops of pairs) {
      expect(liveOps(ops)).toEqual(ops);
      expect(unjustified(ops)).toEqual([]);
    }
    expect(liveOps([first, killer])).toEqual([killer]);
  });

  test('an op that does not open cannot be judged', () => {
    expect(unjustified([{ ...first, payload: null }, foldOp(2, {}, kills(1))])).toEqual([]);
  });
});

const THING = { entity: entity(1), kind: 'thing' };

async function last(who: Replica, intent: Intent): Promise<[OpId, readonly OpId[]]> {
  const [written] = await write(who, [intent], moment(who.outbox.ops.size + 20));
  if (written === undefined) throw new RangeError('Nothing was written.');
  return [written, who.outbox.ops.get(written)?.header.kills ?? []];
}

test('an edit kills what it wholly supersedes; a genesis, a row and an amendment kill nothing and are not killed', async () => {
  const { awa } = await founded();
  const set = (facts: Record<string, number | string>) =>
    last(awa, { intent: 'edit', ...THING, facts });
  expect((await last(awa, { intent: 'genesis', ...THING, facts: { count: 0 } }))[1]).toEqual([]);
  const [both, none] = await set({ count: 1, size: 'small' });
  expect(none).toEqual([]);
  const [count, half] = await set({ count: 2 });
  expect(half).toEqual([]);
  const [, rest] = await set({ size: 'large' });
  expect(rest).toEqual([both]);
  const mark = { entity: entity(1), kind: 'mark' };
  const [row, byRow] = await last(awa, { intent: 'row', ...mark, facts: { done: false } });
  const amend = { intent: 'amend', ...mark, row, facts: { done: true } } as const;
  expect([byRow, (await last(awa, amend))[1], (await last(awa, amend))[1]]).toEqual([[], [], []]);
  expect((await set({ count: 3 }))[1]).toEqual([count]);
});

test('what is superseded by more than 64 at once is killed by later ones', async () => {
  const { server, awa, root } = await founded();
  await write(awa, [{ intent: 'genesis', ...THING }], moment(2));
  await deliver(awa, server);
  const many = Array.from({ length: 70 }, (_, at) => replica(RECOVERY, root, at + 1));
  for (const one of many) {
    await pull(one, server);
    await write(
      one,
      [{ intent: 'edit', ...THING, facts: { count: 1 } }],
      moment(many.indexOf(one)),
    );
  }
  for (const one of many) await deliver(one, server);
  await pull(awa, server);
  const [, first] = await last(awa, { intent: 'edit', ...THING, facts: { count: 2 } });
  const [, second] = await last(awa, { intent: 'edit', ...THING, facts: { count: 3 } });
  expect([first.length, second.length]).toEqual([64, 7]);
  expect(liveOps(awa.ops(entity(1)))).toHaveLength(2);
});

test.each(Array.from({ length: 10 }, (_, seed) => seed))(
  'an honest log has no kill that takes a value out of sight: seed %i',
  async (seed) => {
    const chance = new Chance(seed);
    const { server, awa, root } = await founded();
    await write(awa, [{ intent: 'genesis', ...THING }], moment(2));
    await deliver(awa, server);
    const others = [awa, replica(RECOVERY, root, 1)];
    let dead = 0;
    for (let turn = 0; turn < 30; turn += 1) {
      const who = chance.pick(others);
      if (chance.between(0, 3) === 0) await deliver(who, server);
      const said = [{ count: turn }, { size: 'small' }, { count: turn, size: 'large' }] as const;
      if (who.ops(entity(1)).length === 0) continue;
      const [, killed] = await last(who, { intent: 'edit', ...THING, facts: chance.pick(said) });
      dead += killed.length;
      expect(unjustified(who.ops(entity(1)))).toEqual([]);
    }
    expect(dead).toBeGreaterThan(0);
  },
);
