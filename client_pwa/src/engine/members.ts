/**
 * Who may do what in a space, as of each cursor: a pure state that control ops move, and the judgement of every op.
 *
 * Every op is judged by the members and the epoch just before its cursor, earlier ops of its own
 * segment included, so that server, keyless members and bootstrapped devices judge alike. At the
 * server a fault refuses the push; for a reader it makes the op void.
 */
import { type Bytes, sameBytes } from './bytes.ts';
import { type Body, type MemberBody, ROLE_ADMIN, ROLE_ERASE, ROLE_WRITE } from './control.ts';
import { type DeviceId, type Digest, type OrgId, type SpaceId, type WorkerId } from './ids.ts';
import { MEMBERS_MAX } from './limits.ts';
import { type Header, OpClass } from './op.ts';
import { type Cursors } from './segment.ts';

export const RULES_VERSION_FIRST = 1;

/** A device as the latest member op states it. */
export type Member = {
  readonly device: DeviceId;
  readonly edPk: Bytes;
  readonly xPk: Bytes | null;
  readonly roles: number;
  readonly org: OrgId;
  readonly worker: WorkerId | null;
  /** The box key of a later xkey op, if any. */
  readonly proposed: Bytes | null;
  /** The cursor of the op that revoked it; null if it is not revoked, or not in the log yet. */
  readonly revokedAt: number | null;
};

/** Tells whether epochs are wrapped for this device. */
export function isKeyed({ xPk, proposed }: Member): boolean {
  return xPk !== null && proposed === null;
}

/** Tells whether the device may do nothing any more, or is to: any other member op lets it in. An xkey op revokes nobody. */
export function isRevoked({ roles, xPk }: Member | MemberBody): boolean {
  return roles === 0 && xPk === null;
}

/** Tells whether the device has a role. */
export function may({ roles }: Member, role: number): boolean {
  return (roles & role) !== 0;
}

type Parts = {
  readonly byDevice?: ReadonlyMap<DeviceId, Member>;
  readonly epoch?: number;
  readonly commits?: ReadonlyMap<number, Digest>;
  readonly rulesVersion?: number;
};

/** The members, the epoch with every commitment so far, and the ruleset in force, at one cursor of a space. */
export class Members {
  readonly space: SpaceId;
  readonly byDevice: ReadonlyMap<DeviceId, Member>;
  readonly epoch: number;
  readonly commits: ReadonlyMap<number, Digest>;
  readonly rulesVersion: number;

  constructor(space: SpaceId, parts: Parts = {}) {
    this.space = space;
    this.byDevice = parts.byDevice ?? new Map();
    this.epoch = parts.epoch ?? 0;
    this.commits = parts.commits ?? new Map();
    this.rulesVersion = parts.rulesVersion ?? RULES_VERSION_FIRST;
  }

  /** Returns the devices for which an epoch must hold a wrap, ascending. */
  keyed(): DeviceId[] {
    const keyed = [...this.byDevice.values()].filter(isKeyed);
    return keyed.map(({ device }) => device).sort();
  }

  /** Returns the state after a valid control op, which stands at a cursor of the log or in no log yet. */
  after(author: DeviceId, body: Body, cursor: number | null = null): Members {
    switch (body.kind) {
      case 'member': {
        const { device, edPk, xPk, roles, org, worker } = body;
        const stated = { device, edPk, xPk, roles, org, worker, proposed: null };
        return this.#withMember({ ...stated, revokedAt: isRevoked(body) ? cursor : null });
      }
      case 'xkey': {
        const member = this.byDevice.get(author);
        return member === undefined ? this : this.#withMember({ ...member, proposed: body.xPk });
      }
      case 'epoch': {
        const commits = new Map(this.commits).set(body.n, body.commit);
        return this.#with({ epoch: body.n, commits });
      }
      case 'rules':
        return this.#with({ rulesVersion: body.version });
      case 'erase':
        return this;
    }
  }

  #withMember(member: Member): Members {
    return this.#with({ byDevice: new Map(this.byDevice).set(member.device, member) });
  }

  #with(parts: Parts): Members {
    const { byDevice, epoch, commits, rulesVersion } = this;
    return new Members(this.space, { byDevice, epoch, commits, rulesVersion, ...parts });
  }
}

/** Why an op is refused or void, judged by the state before it. */
export type Fault =
  'not_member' | 'device_revoked' | 'role_missing' | 'epoch' | 'epoch_conflict' | 'bad_control';

/**
 * Returns the fault of an op under the state just before it, or null.
 *
 * `body` is a control op's, decoded; `unseen` the cursors before the op's segment that its author had not seen.
 */
export function judge(
  members: Members,
  header: Header,
  body: Body | null,
  unseen: Cursors,
): Fault | null {
  const author = members.byDevice.get(header.device);
  if (author === undefined) return 'not_member';
  if (isRevoked(author)) return 'device_revoked';
  if (header.opClass === OpClass.CONTROL) {
    return body === null ? 'bad_control' : controlFault(members, author, header, body, unseen);
  }
  if (!may(author, ROLE_WRITE)) return 'role_missing';
  return 1 <= header.epoch && header.epoch <= members.epoch ? null : 'epoch';
}

function controlFault(
  members: Members,
  author: Member,
  header: Header,
  body: Body,
  unseen: Cursors,
): Fault | null {
  if (header.epoch !== members.epoch || !isTimely(members, body)) return 'epoch_conflict';
  if (overlooks(members, body, unseen)) return 'epoch_conflict';
  if (!mayControl(members, author, body)) return 'role_missing';
  return isAllowed(members, body) ? null : 'bad_control';
}

function isTimely(members: Members, body: Body): boolean {
  if (body.kind === 'epoch') {
    const devices = body.wraps.map(([device]) => device);
    return body.n === members.epoch + 1 && devices.join() === members.keyed().join();
  }
  return body.kind !== 'member' || body.xPk === null || body.wrap !== null;
}

/** Tells whether an op lets a device in whose revocation its author had not seen: it would undo it unawares. */
function overlooks({ byDevice }: Members, body: Body, { from, to }: Cursors): boolean {
  if (body.kind !== 'member' || isRevoked(body)) return false;
  const revokedAt = byDevice.get(body.device)?.revokedAt ?? null;
  return revokedAt !== null && from <= revokedAt && revokedAt < to;
}

function mayControl(members: Members, author: Member, body: Body): boolean {
  switch (body.kind) {
    case 'member': {
      const target = members.byDevice.get(body.device);
      const isOwn = author.org === body.org && (target === undefined || target.org === body.org);
      return may(author, ROLE_ADMIN) && isOwn && (body.xPk === null || isKeyed(author));
    }
    case 'xkey':
      return true;
    case 'epoch':
      return may(author, ROLE_ADMIN) && isKeyed(author);
    case 'erase':
      return may(author, ROLE_ERASE);
    case 'rules':
      return may(author, ROLE_ADMIN);
  }
}

/** A proposed key is taken as it is or withdrawn, never swapped; and a space has at most so many members. */
function isAllowed(members: Members, body: Body): boolean {
  if (body.kind !== 'member') return true;
  const proposed = members.byDevice.get(body.device)?.proposed ?? null;
  if (proposed !== null && body.xPk !== null && !sameBytes(body.xPk, proposed)) return false;
  const others = [...members.byDevice.values()].filter(
    (member) => !isRevoked(member) && member.device !== body.device,
  );
  return others.length < MEMBERS_MAX;
}

/**
 * Returns the members after the first segment of a space, or null if it does not found one.
 *
 * A founding segment is exactly: a member op of its own author (admin and keyed), one or more member
 * ops of other devices, and epoch 1 wrapped for every keyed one; member ops carry no wrap, and every
 * header has epoch 0.
 */
export function found(
  space: SpaceId,
  headers: readonly Header[],
  bodies: readonly (Body | null)[],
): Members | null {
  const founder = headers[0]?.device;
  if (headers.length < 3 || headers.length !== bodies.length || founder === undefined) return null;
  if (headers.some(({ epoch, device }) => epoch !== 0 || device !== founder)) return null;
  let members = new Members(space);
  for (const [index, body] of bodies.slice(0, -1).entries()) {
    if (!isFirst(members, body)) return null;
    members = members.after(founder, body, index + 1);
  }
  const [author] = members.byDevice.values();
  const epoch = bodies.at(-1);
  if (author?.device !== founder || !isKeyed(author) || !may(author, ROLE_ADMIN)) return null;
  if (epoch?.kind !== 'epoch' || !isTimely(members, epoch)) return null;
  return members.after(founder, epoch);
}

function isFirst(members: Members, body: Body | null): body is MemberBody {
  return body?.kind === 'member' && body.wrap === null && !members.byDevice.has(body.device);
}
