/** Every attack of a hostile server or device ends in its named refusal, and would succeed without its control. */
import { without } from './attacks/controls.ts';
import { expect, test } from 'vitest';
import { toHex } from '../../src/engine/bytes.ts';
import { refusalOf } from '../../src/engine/errors.ts';
import type { EntityId, StreamId } from '../../src/engine/ids.ts';
import type { Reaction } from '../../src/engine/outbox.ts';
import { decodePush } from '../../src/engine/segment.ts';
import { encodeReplica } from '../../src/engine/stored.ts';
import { write } from '../../src/engine/writer.ts';
import { type Attack, bytesOf, FILE } from './attacks/file.ts';
import { awake, ENTITIES, type Victim } from './attacks/victim.ts';
import { moment } from './kit.ts';

const ATTACKS = FILE.attacks.filter(({ steps }) => steps.length > 0);
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

/**
 * What the device does with each answer, how many of its three ops it sets aside, and how many it sends next. The first
 * op begins a person: what is said about them is set aside with it.
 */
const AFTER: Readonly<Record<string, readonly [Reaction, number, number]>> = {
  bad_header: ['send', 2, 1],
  bad_fact: ['send', 2, 1],
  bad_control: ['send', 2, 1],
  bad_sig: ['send', 0, 3],
  stream_moved: ['send', 0, 3],
  already_logged: ['send', 0, 3],
  epoch_conflict: ['rebuild_control', 0, 3],
  log_mismatch: ['restore', 0, 3],
  role_missing: ['salvage', 0, 3],
  device_revoked: ['salvage', 0, 3],
  not_member: ['salvage', 0, 3],
};

test.each(FILE.attacks.filter(({ answer }) => answer !== null))(
  '$name: the answer to it, as if it were to a push of its own, costs a device no op',
  async ({ answer }) => {
    const { replica } = await awake(bytesOf(FILE.victims['standing']));
    const [momo] = ENTITIES;
    if (momo === undefined) throw new Error('The file has no entity.');
    const edit = {
      intent: 'edit',
      entity: momo,
      kind: 'thing',
      fields: { note: 'smiles' },
    } as const;
    await write(replica, [edit], moment(95));
    const names = [...replica.outbox.ops.keys()];
    expect(await replica.push()).not.toBeNull();
    const refusal = refusalOf(answer);
    const reaction = replica.refuse(refusal, '55'.repeat(16) as StreamId);
    const aside = replica.outbox.inState('aside');
    expect([...replica.outbox.ops.keys()]).toEqual(names);
    expect(aside.every(({ code }) => code === refusal.code)).toBe(true);
    const following = await replica.push();
    const sent = following === null ? 0 : decodePush(following).ops.length;
    expect([reaction, aside.length, sent]).toEqual(AFTER[refusal.code]);
  },
);
