/** A device that was revoked is let in again by somebody who knows of it, and by nobody else. */
import { describe, expect, test } from 'vitest';
import { isRevoked, type Members } from '../../src/engine/members.ts';
import type { Replica } from '../../src/engine/replica.ts';
import { keepControls, writeRevocation, writeRotation } from '../../src/engine/rotation.ts';
import { writeControl } from '../../src/engine/writer.ts';
import { type JudgingServer, RefusedPush } from './judge.ts';
import {
  beginner,
  bootstrap,
  deliver,
  MALLORY,
  member,
  moment,
  pull,
  RECOVERY,
  replica,
  SAMIR,
  START_MS,
  stream,
} from './kit.ts';
import { admit, again, back, DINA, office, pushed } from './office.ts';

/** Saves that a device is none any more, and leaves the epoch to others: only the rule is in the way then. */
function cutOff(who: Replica, device = SAMIR): void {
  writeControl(who, member(device, { roles: 0, xPk: null, wrap: null }), moment(71));
}

/** Pushes, is told of a conflict with nothing stored, and pulls. */
async function refused(who: Replica, server: JudgingServer): Promise<void> {
  const { members, cursor } = server;
  const data = await pushed(who);
  let told: unknown;
  try {
    server.push(data);
  } catch (error) {
    told = error;
  }
  if (!(told instanceof RefusedPush)) throw new Error('The push was not refused.');
  expect([told.message, server.members, server.cursor]).toEqual([
    'epoch_conflict',
    members,
    cursor,
  ]);
  who.refuse(told.refusal, stream(98));
  await pull(who, server);
}

function isIn({ members }: Pick<JudgingServer, 'members'>, device = SAMIR): boolean {
  const known = members.byDevice.get(device.device);
  return known !== undefined && !isRevoked(known);
}

const kindsOf = ({ outbox }: Replica) => [...outbox.ops.values()].map(({ header }) => header.kind);

describe('whoever was revoked', () => {
  test('is not let in again by who had not seen it', async () => {
    const { server, awa, dina } = await office();
    await admit(awa, SAMIR, 3);
    cutOff(dina);
    await deliver(dina, server);
    await refused(awa, server);
    expect(await keepControls(awa, moment(5))).toBe(true);
    await deliver(awa, server);
    expect([isIn(server), kindsOf(awa)]).toEqual([false, []]);
  });

  test('is let in again by who has seen it', async () => {
    const { server, awa, dina } = await office();
    cutOff(dina);
    await deliver(dina, server);
    await pull(awa, server);
    await admit(awa, SAMIR, 1);
    await deliver(awa, server);
    expect(isIn(server)).toBe(true);
  });

  test('is let in again by the same hand in one segment', async () => {
    const { server, awa } = await office();
    cutOff(awa);
    await admit(awa, SAMIR, 1);
    await deliver(awa, server);
    expect(isIn(server)).toBe(true);
  });

  test('is let in again by the same hand once it has pulled its own revocation', async () => {
    const { server, awa } = await office();
    cutOff(awa);
    expect(awa.accept(server.push(await pushed(awa)), START_MS)).toBe(true);
    await admit(awa, SAMIR, 1);
    await refused(awa, server);
    expect(await keepControls(awa, moment(5))).toBe(true);
    await deliver(awa, server);
    expect(isIn(server)).toBe(true);
  });

  test('is let in again all the same where that lost to a rotation first', async () => {
    const { server, awa, dina } = await office();
    await writeRevocation(dina, [SAMIR.device], moment(3));
    await deliver(dina, server);
    await pull(awa, server);
    await admit(awa, SAMIR, 1);
    await writeRotation(dina, moment(4));
    await deliver(dina, server);
    await refused(awa, server);
    const stored = await again(awa); // the tablet was closed before it was written again
    expect(await keepControls(stored, moment(5))).toBe(true);
    await deliver(stored, server);
    expect(isIn(server)).toBe(true);
  });

  test('is not given a place without a key unawares either', async () => {
    const { server, awa, dina } = await office();
    writeControl(awa, member(SAMIR, { roles: 6, xPk: null, wrap: null }), moment(70));
    cutOff(dina);
    await deliver(dina, server);
    await refused(awa, server);
    expect(isIn(server)).toBe(false);
  });

  test('is revoked again by who need not have seen it', async () => {
    const { server, awa, dina } = await office();
    cutOff(awa);
    cutOff(dina);
    await deliver(dina, server);
    await deliver(awa, server);
    expect(server.members.byDevice.get(SAMIR.device)?.revokedAt).toBe(server.cursor);
  });
});

test.each([true, false])(
  'two administrators who disagree at once come to rest, the revocation first: %s',
  async (isRevokedFirst) => {
    const { server, awa, dina } = await office();
    await admit(awa, SAMIR, 3);
    await writeRevocation(dina, [SAMIR.device], moment(4));
    const [first, second] = isRevokedFirst ? [dina, awa] : [awa, dina];
    await deliver(first, server);
    if (isRevokedFirst) await refused(second, server);
    for (const who of [second, first, second, first]) {
      await keepControls(who, moment(5));
      await deliver(who, server);
    }
    expect([isIn(server), kindsOf(awa), kindsOf(dina)]).toEqual([false, [], []]);
    const changes = [await keepControls(awa, moment(6)), await keepControls(dina, moment(6))];
    expect(changes).toEqual([false, false]);
  },
);

test('an addition that waits does not count as having seen what is pulled before it is sent', async () => {
  const { server, awa, dina } = await office();
  await admit(awa, SAMIR, 3);
  cutOff(dina);
  await deliver(dina, server);
  await pull(awa, server);
  expect([...awa.outbox.ops.values()].map(({ state }) => state)).toEqual(['aside']);
  await keepControls(awa, moment(5));
  expect(kindsOf(awa)).toEqual(['epoch']);
});

test('an addition that stands in the log before its answer takes nothing along', async () => {
  const { server, awa, dina } = await office();
  await admit(awa, MALLORY, 1);
  server.push(await pushed(awa)); // the receipt was lost on the line
  await admit(awa, RECOVERY, 7);
  await pull(dina, server);
  cutOff(dina, MALLORY);
  await deliver(dina, server);
  await pull(awa, server);
  expect([...awa.outbox.ops.values()].map(({ state }) => state)).toEqual(['queued']);
});

describe('a server that asks nobody what they had seen', () => {
  /** Returns one whose log ends in a revocation and an addition. */
  async function hostile(hasSeen: boolean) {
    const { server, awa, dina } = await office();
    cutOff(dina);
    if (!hasSeen) await admit(awa, SAMIR, 1);
    await deliver(dina, server);
    if (hasSeen) {
      await pull(awa, server);
      await admit(awa, SAMIR, 1);
    }
    server.asks = false;
    server.push(await pushed(awa));
    return { server, root: awa.reader.root };
  }

  /** Returns what a reader that begins at a cursor makes of the last op of the log, and the members then. */
  async function judged(
    { server, root }: Awaited<ReturnType<typeof hostile>>,
    at: number,
  ): Promise<{ isVoid: string | null | undefined; members: Members }> {
    const before = replica(DINA, root, 7);
    while (before.reader.view.cursor < at) {
      await before.applyPage(server.page(before.reader.view.cursor, 1), START_MS);
    }
    const late = at === 0 ? before : beginner(DINA, before);
    if (at > 0) await bootstrap(late, server);
    await pull(late, server);
    const { firstEntries, members } = late.reader.view;
    const last = [...firstEntries.own().values()].find(({ cursor }) => cursor === server.cursor);
    return { isVoid: last?.void, members };
  }

  test('has every reader find such an addition void, wherever it begins', async () => {
    const log = await hostile(false);
    const ends = [...log.server.ends.keys()];
    const verdicts = await Promise.all(ends.map((at) => judged(log, at)));
    expect(verdicts.map(({ isVoid }) => isVoid)).toEqual(ends.map(() => 'control'));
    for (const { members } of verdicts) {
      expect(members.byDevice).toEqual(verdicts[0]?.members.byDevice);
      const revokedAt = members.byDevice.get(SAMIR.device)?.revokedAt;
      expect(revokedAt).toBe(log.server.cursor - 1);
    }
  });

  test('has nobody find it void of who had seen the revocation', async () => {
    const log = await hostile(true);
    const ends = [...log.server.ends.keys()];
    const verdicts = await Promise.all(ends.map((at) => judged(log, at)));
    expect(verdicts.map(({ isVoid }) => isVoid)).toEqual(ends.map(() => null));
    expect(verdicts.map((verdict) => isIn(verdict))).toEqual(ends.map(() => true));
  });
});

describe('an addition and a revocation that a restored server has lost together', () => {
  test.each([
    ['by a clock as the others', START_MS],
    ['by a clock that is far ahead', START_MS + 30 * 86_400_000],
  ])(
    'end revoked where the revocation had read the addition, %s, and comes back first',
    async (_, local_ms) => {
      const { server, awa, dina } = await office();
      const putBack = server.backup();
      await admit(awa, MALLORY, 1, null, local_ms);
      await deliver(awa, server);
      await pull(dina, server);
      cutOff(dina, MALLORY);
      await deliver(dina, server);
      putBack();
      const [first, second] = [await back(dina, server), await back(awa, server)];
      await deliver(first, server);
      await refused(second, server);
      expect(await keepControls(second, moment(5))).toBe(true);
      await deliver(second, server);
      expect([isIn(server, MALLORY), kindsOf(second)]).toEqual([false, []]);
    },
  );

  test('end as they were where the addition had read the revocation', async () => {
    const { server, awa, dina } = await office();
    const putBack = server.backup();
    cutOff(dina);
    await deliver(dina, server);
    await pull(awa, server);
    await admit(awa, SAMIR, 1);
    await deliver(awa, server);
    putBack();
    const [first, second] = [await back(dina, server), await back(awa, server)];
    await deliver(first, server);
    await refused(second, server);
    expect(await keepControls(second, moment(5))).toBe(true);
    await deliver(second, server);
    expect(isIn(server)).toBe(true);
  });
});
