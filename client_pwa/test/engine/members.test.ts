/** Who may change the members, the epochs and the rules, judged by the state just before each op. */
import { describe, expect, test } from 'vitest';
import type { Body, EpochBody, MemberBody, XkeyBody } from '../../src/engine/control.ts';
import type { DeviceId, Digest, EntityId, OrgId } from '../../src/engine/ids.ts';
import type { Identity } from '../../src/engine/keyring.ts';
import { MEMBERS_MAX } from '../../src/engine/limits.ts';
import { type Fault, found, judge, type Member, Members } from '../../src/engine/members.ts';
import { type Header, OpClass } from '../../src/engine/op.ts';
import { AWA, entity, foldOp, MALLORY, member, ORG, RECOVERY, SAMIR, SPACE } from './kit.ts';

const WRAP = new Uint8Array(80).fill(119);
/** What the author of a segment at cursor 1 had not seen. */
const ALL_SEEN = { from: 1, to: 1 };
const OTHER_ORG = '0b'.repeat(16) as OrgId;
const PROPOSAL: XkeyBody = { kind: 'xkey', xPk: new Uint8Array(32).fill(9, 0, 1) };
const RULES: Body = { kind: 'rules', version: 2 };
const ERASE: Body = { kind: 'erase', entities: [entity(1)] };

const WRITER = member(SAMIR, { roles: 1, wrap: WRAP });
const READER = member(SAMIR, { roles: 0, wrap: WRAP });
const KEYLESS_ADMIN = member(SAMIR, { roles: 6, xPk: null });
const REVOKED = member(SAMIR, { roles: 0, xPk: null });
const NEWCOMER = member(MALLORY, { roles: 1, wrap: WRAP });

function control(who: Identity, epoch = 1): Header {
  const own = { device: who.device, entity: SPACE as string as EntityId, epoch };
  return { ...foldOp(1, {}).header, ...own, opClass: OpClass.CONTROL, kind: 'rules' };
}

function edit(who: Identity, epoch = 1): Header {
  return { ...foldOp(1, {}).header, device: who.device, entity: entity(1), epoch };
}

/** Returns the next epoch as it must be, some of it changed. */
function epochOf(members: Members, changed: Partial<EpochBody> = {}): EpochBody {
  const wraps = members.keyed().map((device) => [device, WRAP] as const);
  const commit = '00'.repeat(32) as Digest;
  return {
    kind: 'epoch',
    n: members.epoch + 1,
    commit,
    prev: new Uint8Array(60),
    wraps,
    ...changed,
  };
}

/** Returns the members after the founding by Awa and some more member ops. */
function space(...bodies: readonly MemberBody[]): Members {
  let members = new Members(SPACE);
  for (const body of [member(AWA), member(RECOVERY)]) members = members.after(AWA.device, body);
  members = members.after(AWA.device, epochOf(members, { prev: null }));
  for (const body of bodies) members = members.after(AWA.device, body);
  return members;
}

function fault(members: Members, who: Identity, body: Body): Fault | null {
  return judge(members, control(who, members.epoch), body, ALL_SEEN);
}

describe('an op that says something', () => {
  test('needs a member with the role write, and an epoch of the past', () => {
    expect(judge(space(WRITER), edit(SAMIR), null, ALL_SEEN)).toBeNull();
    expect(judge(space(), edit(SAMIR), null, ALL_SEEN)).toBe('not_member');
    expect(judge(space(REVOKED), edit(SAMIR), null, ALL_SEEN)).toBe('device_revoked');
    expect(judge(space(READER), edit(SAMIR), null, ALL_SEEN)).toBe('role_missing');
    expect(judge(space(KEYLESS_ADMIN), edit(SAMIR), null, ALL_SEEN)).toBe('role_missing');
    expect(judge(space(WRITER), edit(SAMIR, 2), null, ALL_SEEN)).toBe('epoch');
    const later = space(WRITER).after(AWA.device, epochOf(space(WRITER)));
    expect(judge(later, edit(SAMIR, 1), null, ALL_SEEN)).toBeNull();
  });
});

describe('a control op', () => {
  test('is of the epoch before it, and has a body', () => {
    expect(judge(space(), control(AWA, 1), RULES, ALL_SEEN)).toBeNull();
    expect(judge(space(), control(AWA, 0), RULES, ALL_SEEN)).toBe('epoch_conflict');
    expect(judge(space(), control(AWA, 2), RULES, ALL_SEEN)).toBe('epoch_conflict');
    expect(judge(space(), control(AWA, 1), null, ALL_SEEN)).toBe('bad_control');
  });

  test.each<[string, Identity, Body, Fault | null]>([
    ['an administrator sets rules', AWA, RULES, null],
    ['a writer does not', SAMIR, RULES, 'role_missing'],
    ['an administrator erases', AWA, ERASE, null],
    ['a writer does not', SAMIR, ERASE, 'role_missing'],
    ['a member proposes its key', SAMIR, PROPOSAL, null],
    ['a stranger does not', MALLORY, PROPOSAL, 'not_member'],
    ['an administrator adds a member', AWA, NEWCOMER, null],
    ['a writer does not', SAMIR, NEWCOMER, 'role_missing'],
    ['a keyed member needs a wrap', AWA, member(MALLORY, { roles: 1 }), 'epoch_conflict'],
    ['a keyless one does not', AWA, member(MALLORY, { roles: 1, xPk: null }), null],
    [
      'an administrator adds to its own association',
      AWA,
      { ...NEWCOMER, org: OTHER_ORG },
      'role_missing',
    ],
  ])('needs its author: %s', (_, who, body, expected) => {
    expect(fault(space(WRITER), who, body)).toBe(expected);
  });

  test('of an administrator without keys adds nobody who can read', () => {
    const members = space(KEYLESS_ADMIN);
    expect(fault(members, SAMIR, member(MALLORY, { roles: 1, xPk: null }))).toBeNull();
    expect(fault(members, SAMIR, NEWCOMER)).toBe('role_missing');
    expect(fault(members, SAMIR, ERASE)).toBeNull();
    expect(fault(members, SAMIR, epochOf(members))).toBe('role_missing');
    expect(fault(members, AWA, epochOf(members))).toBeNull();
  });

  test('manages the own association only, whichever way a member would move', () => {
    const theirs = { ...WRITER, org: OTHER_ORG };
    expect(fault(space(theirs), AWA, WRITER)).toBe('role_missing');
    expect(fault(space(theirs), AWA, REVOKED)).toBe('role_missing');
    expect(fault(space(WRITER), AWA, theirs)).toBe('role_missing');
    expect(fault(space(WRITER), AWA, REVOKED)).toBeNull();
  });
});

describe('a box key', () => {
  test('is proposed by a reader too, but not by a revoked device', () => {
    expect(fault(space(REVOKED), SAMIR, PROPOSAL)).toBe('device_revoked');
    expect(fault(space(READER), SAMIR, PROPOSAL)).toBeNull();
  });

  test('that is proposed is taken or withdrawn and never swapped', () => {
    const proposed = space(WRITER).after(SAMIR.device, PROPOSAL);
    expect(proposed.keyed()).not.toContain(SAMIR.device);
    expect(fault(proposed, AWA, WRITER)).toBe('bad_control');
    const taken = { ...WRITER, xPk: PROPOSAL.xPk };
    expect(fault(proposed, AWA, taken)).toBeNull();
    expect(proposed.after(AWA.device, taken).keyed()).toContain(SAMIR.device);
    const withdrawn = member(SAMIR, { roles: 1, xPk: null });
    expect(fault(proposed, AWA, withdrawn)).toBeNull();
    expect(fault(proposed.after(AWA.device, withdrawn), AWA, WRITER)).toBeNull();
  });

  test('that is only proposed does not rotate', () => {
    const members = space(member(SAMIR, { wrap: WRAP })).after(SAMIR.device, PROPOSAL);
    expect(fault(members, SAMIR, epochOf(members))).toBe('role_missing');
    expect(fault(members, AWA, epochOf(members))).toBeNull();
  });
});

describe('an epoch', () => {
  const members = space(WRITER);
  const { wraps } = epochOf(members);
  const extra = [...wraps, [MALLORY.device, WRAP] as const].sort(([a], [b]) => (a < b ? -1 : 1));

  test.each<[string, Partial<EpochBody>]>([
    ['a number skipped', { n: 3 }],
    ['the number in force', { n: 1, prev: null }],
    ['a member left out', { wraps: wraps.slice(1) }],
    ['a stranger wrapped for', { wraps: extra }],
  ])('conflicts with %s', (_, changed) => {
    expect(fault(members, AWA, epochOf(members))).toBeNull();
    expect(fault(members, AWA, epochOf(members, changed))).toBe('epoch_conflict');
  });

  test('after a revocation is not wrapped for the revoked device', () => {
    const revoked = members.after(AWA.device, REVOKED);
    expect(revoked.keyed()).not.toContain(SAMIR.device);
    expect(fault(revoked, AWA, epochOf(revoked))).toBeNull();
    expect(fault(revoked, AWA, epochOf(members))).toBe('epoch_conflict');
  });
});

test('a space has at most six hundred members that are not revoked', () => {
  const base = space();
  const one = (n: number, roles: number): Member => {
    const device = n.toString(16).padStart(32, '0') as DeviceId;
    const keys = { edPk: new Uint8Array(32), xPk: null, proposed: null, revokedAt: null };
    return { device, ...keys, roles, org: ORG, worker: null };
  };
  const crowd = (revoked: number) => {
    const members = Array.from({ length: MEMBERS_MAX - 2 }, (_, n) => one(n, n < revoked ? 0 : 1));
    const byDevice = new Map([
      ...base.byDevice,
      ...members.map((each) => [each.device, each] as const),
    ]);
    return new Members(SPACE, { byDevice, epoch: 1 });
  };
  expect(fault(crowd(0), AWA, WRITER)).toBe('bad_control');
  expect(fault(crowd(0), AWA, member(RECOVERY, { roles: 1, wrap: WRAP }))).toBeNull();
  expect(fault(crowd(1), AWA, WRITER)).toBeNull();
});

describe('a founding', () => {
  const [awa, recovery] = [member(AWA), member(RECOVERY)];

  function founding(bodies: readonly Body[], who = AWA, epoch = 0): Members | null {
    return found(
      SPACE,
      bodies.map(() => control(who, epoch)),
      bodies,
    );
  }

  function first(...bodies: readonly MemberBody[]): EpochBody {
    const keyed = bodies.filter(({ xPk }) => xPk !== null).map(({ device }) => device);
    const wraps = keyed.sort().map((device) => [device, WRAP] as const);
    return { kind: 'epoch', n: 1, commit: '01'.repeat(32) as Digest, prev: null, wraps };
  }

  test('makes its members and epoch one, of another association too', () => {
    const theirs = { ...member(SAMIR), org: OTHER_ORG };
    const made = founding([awa, recovery, theirs, first(awa, recovery, theirs)]);
    expect([made?.epoch, made?.byDevice.size, made?.commits.get(1)]).toEqual([
      1,
      3,
      '01'.repeat(32),
    ]);
  });

  test.each<[string, readonly Body[]]>([
    ['nothing', []],
    ['a founder alone', [awa, first(awa)]],
    ['no epoch', [awa, recovery]],
    ['another member first', [recovery, awa, first(awa, recovery)]],
    [
      'a founder who is no administrator',
      [member(AWA, { roles: 5 }), recovery, first(awa, recovery)],
    ],
    ['a founder without a box key', [member(AWA, { xPk: null }), recovery, first(recovery)]],
    ['a wrap for the founder', [member(AWA, { wrap: WRAP }), recovery, first(awa, recovery)]],
    ['a wrap for another', [awa, member(RECOVERY, { wrap: WRAP }), first(awa, recovery)]],
    ['the founder twice', [awa, awa, first(awa)]],
    ['an epoch for too few', [awa, recovery, first(awa)]],
    ['an epoch for too many', [awa, recovery, first(awa, recovery, member(SAMIR))]],
    [
      'a second epoch',
      [awa, recovery, { ...first(awa, recovery), n: 2, prev: new Uint8Array(60) }],
    ],
    ['the epoch in the middle', [awa, first(awa), recovery]],
    ['rules among the members', [awa, RULES, first(awa)]],
    ['more after the epoch', [awa, recovery, first(awa, recovery), RULES]],
  ])('is not made by %s', (_, bodies) => {
    expect(founding(bodies)).toBeNull();
  });

  test('is of epoch zero and of its own author', () => {
    const bodies = [awa, recovery, first(awa, recovery)];
    expect(founding(bodies)).not.toBeNull();
    expect(founding(bodies, AWA, 1)).toBeNull();
    expect(founding(bodies, SAMIR)).toBeNull();
    const mixed = [control(AWA, 0), control(SAMIR, 0), control(AWA, 0)];
    expect(found(SPACE, mixed, bodies)).toBeNull();
  });
});
