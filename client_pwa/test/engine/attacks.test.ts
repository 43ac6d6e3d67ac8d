/** Every attack of a hostile server or device ends in its named refusal, and would succeed without its control. */
import { without } from './attacks/controls.ts';
import { expect, test } from 'vitest';
import { toHex } from '../../src/engine/bytes.ts';
import type { EntityId } from '../../src/engine/ids.ts';
import { encodeReplica } from '../../src/engine/stored.ts';
import { write } from '../../src/engine/writer.ts';
import { type Attack, bytesOf, FILE } from './attacks/file.ts';
import { awake, Victim } from './attacks/victim.ts';
import { moment } from './kit.ts';

const { attacks: ATTACKS } = FILE;
const OWN = FILE.own as EntityId;
const UNCHANGED = ['integrity', 'void', 'waits'];

function waking(attack: Attack): Promise<Victim> {
  return awake(bytesOf(FILE.victims[attack.victim]));
}

/** Returns the victim after the attack. */
async function met(attack: Attack): Promise<Victim> {
  const victim = await waking(attack);
  await victim.meet(attack.steps);
  return victim;
}

function succeeds(attack: Attack, victim: Victim): boolean {
  return attack.wanted.every((wish) => victim.shows(wish));
}

test.each(ATTACKS)(
  '$name: it ends in its named refusal, and nothing of it shows',
  async (attack) => {
    const [before, victim] = [await waking(attack), await met(attack)];
    await before.meet(attack.steps.slice(0, -1));
    expect(victim.broken).toBeNull();
    expect(victim.refusal()).toEqual('ignored' in attack.refused ? null : attack.refused);
    expect(succeeds(attack, victim)).toBe(false);
    if (attack.then.length > 0 && UNCHANGED.some((kind) => kind in attack.refused)) {
      expect(victim.folds()).toEqual(before.folds());
    }
    if ('integrity' in attack.refused) {
      // A start that is not proved begins again from nothing.
      const kept = attack.refused['integrity'] === 'checkpoint' ? await waking(attack) : before;
      expect(toHex(encodeReplica(victim.replica))).toBe(toHex(encodeReplica(kept.replica)));
    }
    expect(victim.unsent()).toEqual(before.unsent());
  },
);

test.each(ATTACKS)(
  '$name: when the server is honest again, the device shows what all show',
  async (attack) => {
    const victim = await met(attack);
    const ownNote = () => victim.replica.state(OWN)?.groups[0]?.registers.get('1note')?.value;
    const writes = async (note: string, seed: number) => {
      const edit = { intent: 'edit', entity: OWN, kind: 'thing', fields: { note } } as const;
      await write(victim.replica, [edit], moment(seed));
      expect(ownNote()).toBe(note);
    };
    if (attack.victim === 'standing') {
      expect(ownNote()).toBe('mine');
      await writes('later', 92);
    }
    victim.stopped = null;
    await victim.meet(attack.then);
    expect([victim.stopped, victim.broken]).toEqual([null, null]);
    expect(victim.digest()).toBe(attack.shows);
    if (attack.victim === 'standing') await writes('after', 93);
  },
);

test.each(ATTACKS)('$name: without its controls it succeeds', async (attack) => {
  const victim = await waking(attack);
  await without(attack.controls, async () => {
    await victim.meet(attack.steps);
    if (!attack.wanted.some(([wish]) => wish === 'broken')) expect(victim.broken).toBeNull();
    // What waits then is what honest ones wrote.
    if (!attack.wanted.some(([wish]) => wish === 'waiting')) {
      expect(victim.refusal()).not.toEqual(attack.refused);
    }
    expect(attack.wanted.filter((wish) => !victim.shows(wish))).toEqual([]);
  });
});

test.each(ATTACKS.filter(({ lines }) => lines.length > 0))(
  '$name: behind one control stands the next',
  async (attack) => {
    for (const [at, refused] of attack.lines.entries()) {
      const victim = await waking(attack);
      await without(attack.controls.slice(0, at + 1), async () => {
        await victim.meet(attack.steps);
        expect(victim.refusal()).toEqual('ignored' in refused ? null : refused);
        expect(succeeds(attack, victim)).toBe(false);
      });
    }
  },
);

test.each(ATTACKS.filter(({ begins }) => begins.length > 0))(
  '$name: who reads everything and who begins after it show the same',
  async (attack) => {
    const fresh = () => awake(bytesOf(FILE.victims['fresh']));
    const [whole, late] = [await fresh(), await fresh()];
    await whole.meet([['page', FILE.whole], ...attack.steps, ...attack.then]);
    await late.meet([...attack.begins, ...attack.then]);
    expect([whole.digest(), late.digest()]).toEqual([attack.shows, attack.shows]);
  },
);
