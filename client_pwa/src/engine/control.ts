/**
 * The bodies of control ops: members, epochs, erasures and rules, in clear where other ops are sealed.
 *
 * | kind   | body |
 * |--------|------|
 * | member | [1, device, ed_pk, x_pk or nil, roles, org, worker or nil, wrap or nil] |
 * | xkey   | [1, x_pk] |
 * | epoch  | [1, n, commit, prev or nil, [[device, wrap]…]] |
 * | erase  | [1, [entity…]] |
 * | rules  | [1, version] |
 *
 * Here a body is judged by itself; `members` judges it by the log before it.
 */
import { type Bytes } from './bytes.ts';
import {
  bin,
  Codec,
  digest,
  id,
  int,
  list,
  NotCanonical,
  nullable,
  pair,
  type Shape,
  struct,
} from './codec.ts';
import {
  type DeviceId,
  type Digest,
  type EntityId,
  INT_MAX,
  type OrgId,
  type Sealed,
  type SpaceId,
  type WorkerId,
} from './ids.ts';
import { deviceId, isSoundEdPk, isSoundXPk, PREV_BYTES, WRAP_BYTES } from './keys.ts';
import { ERASE_ENTITIES_MAX, MEMBERS_MAX } from './limits.ts';
import { type ControlKind, isAscending } from './op.ts';

export const ROLE_WRITE = 1;
export const ROLE_ADMIN = 2;
export const ROLE_ERASE = 4;
const KEY_BYTES = 32;

/** A device's place in the space: keys, roles (1 write + 2 admin + 4 erase), association, worker, wrap. */
export type MemberBody = {
  readonly kind: 'member';
  readonly device: DeviceId;
  readonly edPk: Bytes;
  readonly xPk: Bytes | null;
  readonly roles: number;
  readonly org: OrgId;
  readonly worker: WorkerId | null;
  readonly wrap: Bytes | null;
};

/** A device proposes a new box key for itself. */
export type XkeyBody = { readonly kind: 'xkey'; readonly xPk: Bytes };

/** A new key generation, wrapped for every keyed member, ascending by device. */
export type EpochBody = {
  readonly kind: 'epoch';
  readonly n: number;
  readonly commit: Digest;
  readonly prev: Bytes | null;
  readonly wraps: readonly (readonly [DeviceId, Bytes])[];
};

/** Entities of which every op is erased, ascending. */
export type EraseBody = { readonly kind: 'erase'; readonly entities: readonly EntityId[] };

/** The version of the ruleset in force from here on. */
export type RulesBody = { readonly kind: 'rules'; readonly version: number };

export type Body = MemberBody | XkeyBody | EpochBody | EraseBody | RulesBody;

type BodyOf<K extends ControlKind> = Extract<Body, { readonly kind: K }>;

const key = bin(KEY_BYTES);
const wrap = bin(WRAP_BYTES);

/** The kind stands in the header, not in the body. */
function codec<K extends ControlKind>(
  kind: K,
  shapes: Parameters<typeof struct<Omit<BodyOf<K>, 'kind'>>>[0],
): Codec<Body> {
  const members = struct<Omit<BodyOf<K>, 'kind'>>(shapes, 1);
  const shape: Shape<BodyOf<K>> = {
    read: (value) => ({ kind, ...members.read(value) }) as BodyOf<K>,
    write: (body) => members.write(body),
  };
  return new Codec(shape as unknown as Shape<Body>);
}

const codecs: Readonly<Record<ControlKind, Codec<Body>>> = {
  member: codec('member', {
    device: id(),
    edPk: key,
    xPk: nullable(key),
    roles: int(0, 7),
    org: id(),
    worker: nullable(id()),
    wrap: nullable(wrap),
  }),
  xkey: codec('xkey', { xPk: key }),
  epoch: codec('epoch', {
    n: int(1, 2 ** 32 - 1),
    commit: digest(),
    prev: nullable(bin(PREV_BYTES)),
    wraps: list(pair(id<DeviceId>(), wrap), MEMBERS_MAX),
  }),
  erase: codec('erase', { entities: list(id<EntityId>(), ERASE_ENTITIES_MAX, 1) }),
  rules: codec('rules', { version: int(1, INT_MAX) }),
};

/** The body breaks a rule that needs no log; `member` is the member at fault. */
export class ControlFault extends Error {
  override readonly name = 'ControlFault';
  readonly member: string;

  constructor(member: string) {
    super(`The control body is refused for its ${member}.`);
    this.member = member;
  }
}

/** Returns the body's bytes, which stand in clear where other ops are sealed. */
export function encodeBody(body: Body): Sealed {
  return codecs[body.kind].encode(body) as Sealed;
}

/** Returns the body of a control op of this kind and space. Throws ControlFault. */
export function decodeBody(kind: ControlKind, data: Sealed, space: SpaceId): Body {
  const body = readBody(kind, data);
  const fault = bodyFault(body, space);
  if (fault !== null) throw new ControlFault(fault);
  return body;
}

function readBody(kind: ControlKind, data: Sealed): Body {
  try {
    return codecs[kind].decode(data);
  } catch (error) {
    if (error instanceof NotCanonical) throw new ControlFault('encoding');
    throw error;
  }
}

function bodyFault(body: Body, space: SpaceId): string | null {
  switch (body.kind) {
    case 'member':
      return memberFault(body);
    case 'xkey':
      return isSoundXPk(body.xPk) ? null : 'x_pk';
    case 'epoch':
      if ((body.prev === null) !== (body.n === 1)) return 'prev';
      return isAscending(body.wraps.map(([device]) => device)) ? null : 'wraps';
    case 'erase': {
      const entities: readonly string[] = body.entities;
      return isAscending(entities) && !entities.includes(space) ? null : 'entities';
    }
    case 'rules':
      return null;
  }
}

function memberFault(body: MemberBody): string | null {
  if (!isSoundEdPk(body.edPk)) return 'ed_pk';
  if (deviceId(body.edPk) !== body.device) return 'device';
  if (body.xPk === null) return body.wrap === null ? null : 'wrap';
  return isSoundXPk(body.xPk) ? null : 'x_pk';
}
