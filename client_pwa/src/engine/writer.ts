/**
 * The writer: turns what a person did into ops of the outbox.
 *
 * Writes of one replica are serialised: read the view, seal, save, next; otherwise a worker would
 * conflict with themself. One gesture is saved whole or not at all. What is written offline under the
 * newest epoch key held is accepted later, whatever rotates meanwhile.
 */
import { membersAhead } from './ahead.ts';
import { type Bytes } from './bytes.ts';
import { type Hlc } from './clock.ts';
import { isValue, type Value } from './codec.ts';
import { type Body, encodeBody, type EpochBody, type MemberBody, ROLE_ERASE } from './control.ts';
import { sealPayload } from './envelope.ts';
import {
  type EntityId,
  entityOfSpace,
  type HeaderBytes,
  idOf,
  NONCE_BYTES,
  type OpId,
  type PayloadBytes,
  type Sealed,
  type SpaceId,
  type WorkerId,
  ZERO32,
} from './ids.ts';
import { commit, wrap } from './keys.ts';
import { ERASE_ENTITIES_MAX, PAYLOAD_BYTES_MAX } from './limits.ts';
import { baseOf, FACT, FIELD, type FoldOp, liveOps, superseded } from './liveness.ts';
import { may } from './members.ts';
import { encodeHeader, type Fact, type Header, headerFault, isName, OpClass, opId } from './op.ts';
import { encodePayload, type Field, type Payload, VALUE_DEPTH_MAX } from './payload.ts';
import { type Replica } from './replica.ts';
import { EntitySecret, type EpochKey, SECRET_BYTES } from './secret.ts';

/** The op would break the protocol or the registry, or its key is not here yet: nothing was saved. */
export class CannotWrite extends Error {
  override readonly name = 'CannotWrite';
}

type Named<T> = Readonly<Record<string, T>>;

type Said = {
  readonly entity: EntityId;
  readonly kind: string;
  readonly facts?: Named<Fact>;
  readonly fields?: Named<Value>;
};

/** A new entity, with its first facts and fields. */
export type Genesis = Said & { readonly intent: 'genesis' };
/** New values of an entity's own names. */
export type Edit = Said & { readonly intent: 'edit' };
/** Something append-only under an entity: a row, or a command. */
export type Row = Said & { readonly intent: 'row' };
/** New values of a row's names; the row keeps what it said. */
export type Amend = Said & { readonly intent: 'amend'; readonly row: OpId };

export type Intent = Genesis | Edit | Row | Amend;

const CLASSES = {
  genesis: OpClass.GENESIS,
  edit: OpClass.EDIT,
  row: OpClass.ROW,
  amend: OpClass.EDIT,
} as const;

/** An op has its name only once its header, kills included, is sealed with it. */
const UNNAMED = idOf<OpId>(ZERO32);

/** When a gesture is saved, and by what chance. */
export type Moment = {
  /** The device's own clock, in milliseconds. */
  readonly local_ms: number;
  /** When it happened, for people. */
  readonly at_ms: number;
  /** Returns so many random bytes. */
  readonly random: (size: number) => Bytes;
  /** The worker whose op is salvaged; absent for the device's own. */
  readonly by?: WorkerId;
};

/** Saves one gesture in the outbox and returns its ops' names. Rejects with CannotWrite, and then saved nothing. */
export function write(
  replica: Replica,
  intents: readonly Intent[],
  moment: Moment,
): Promise<OpId[]> {
  return replica.alone(async () => {
    const names: OpId[] = [];
    try {
      for (const intent of intents) names.push(await save(replica, intent, moment));
      return names;
    } catch (error) {
      for (const name of names) unsave(replica, name);
      throw error;
    }
  });
}

/**
 * Saves a control op in the outbox, for the epoch in force once those before it are logged; returns its name.
 *
 * `saidAt` is the hybrid time of one that is written again and keeps it.
 */
export function writeControl(replica: Replica, body: Body, moment: Moment, saidAt?: Hlc): OpId {
  const { space, identity } = replica;
  const { ms, ctr } = saidAt ?? replica.tick(moment.local_ms);
  const header: Header = {
    space,
    device: identity.device,
    entity: entityOfSpace(space),
    opClass: OpClass.CONTROL,
    kind: body.kind,
    hlc_ms: ms,
    hlc_ctr: ctr,
    epoch: membersAhead(replica).epoch,
    re: null,
    kills: [],
    facts: [],
  };
  return keep(replica, header, encodeHeader(header), encodeBody(body));
}

/**
 * Saves the erasure of entities in the outbox; it takes effect, here as everywhere, when it is in the log.
 *
 * Those that are erased already are left out. Returns the names of the control ops, one for every 500 entities. Throws
 * CannotWrite if this device may not erase.
 */
export function writeErasure(
  replica: Replica,
  entities: Iterable<EntityId>,
  moment: Moment,
): OpId[] {
  const { erased } = replica.reader.view;
  const own = membersAhead(replica).byDevice.get(replica.identity.device);
  if (own === undefined || !may(own, ROLE_ERASE)) {
    throw new CannotWrite('This device may not erase.');
  }
  const left = [...new Set(entities)].filter((entity) => !erased.has(entity)).sort();
  const names: OpId[] = [];
  for (let at = 0; at < left.length; at += ERASE_ENTITIES_MAX) {
    const part = left.slice(at, at + ERASE_ENTITIES_MAX);
    names.push(writeControl(replica, { kind: 'erase', entities: part }, moment));
  }
  return names;
}

/**
 * Saves the founding segment of a new space in the outbox and returns its root, which everybody scans.
 *
 * The replica is the founder's, empty and without a root; `bodies` are the founder's own member body,
 * then at least one other (recovery), all without a wrap; `epoch` is epoch 1, as `firstEpoch` makes it.
 */
export async function writeFounding(
  replica: Replica,
  bodies: readonly [MemberBody, ...MemberBody[]],
  epoch: EpochBody,
  moment: Moment,
): Promise<OpId> {
  if (replica.reader.root !== null) throw new Error('The space is founded already.');
  const [founder, ...others] = bodies;
  const root = writeControl(replica, founder, moment);
  for (const body of [...others, epoch]) writeControl(replica, body, moment);
  replica.reader.root = root;
  await replica.keyring.learn(epoch, 1, new Map([[1, epoch.commit]]));
  return root;
}

/** Returns epoch 1 of a space, its key wrapped for every keyed member. */
export async function firstEpoch(
  space: SpaceId,
  bodies: readonly MemberBody[],
  epochKey: EpochKey,
): Promise<EpochBody> {
  const epoch = { space, n: 1, commitment: commit(space, 1, epochKey) };
  const wraps: EpochBody['wraps'][number][] = [];
  for (const { device, xPk } of bodies) {
    if (xPk !== null) wraps.push([device, await wrap(epochKey, xPk, epoch, device)]);
  }
  wraps.sort(([a], [b]) => (a < b ? -1 : 1));
  return { kind: 'epoch', n: 1, commit: epoch.commitment, prev: null, wraps };
}

async function save(replica: Replica, intent: Intent, moment: Moment): Promise<OpId> {
  const said = headerOf(replica, intent);
  const live = said.opClass === OpClass.EDIT ? liveOps(replica.ops(intent.entity)) : [];
  const payload = payloadOf(live, intent, said, moment);
  const lost = new Set(replica.lost.get(intent.entity)?.map(({ opId: name }) => name));
  const known = live.filter(({ opId: name }) => !lost.has(name));
  const untimed = { ...said, kills: killsOf(known, said, payload) };
  const clear = check(replica, untimed, payload);
  const key = await replica.keyring.key(untimed);
  if (key === null) throw new CannotWrite('The key of this entity or epoch is not here yet.');
  const { ms, ctr } = replica.tick(moment.local_ms);
  const header = { ...untimed, hlc_ms: ms, hlc_ctr: ctr };
  const headerBytes = encodeHeader(header);
  const sealed = await sealPayload(key, moment.random(NONCE_BYTES), clear, headerBytes);
  const name = keep(replica, header, headerBytes, sealed);
  replica.payloads.set(name, payload);
  if (payload.secret !== null) replica.keyring.hold(intent.entity, payload.secret);
  return name;
}

function unsave(replica: Replica, name: OpId): void {
  const header = replica.outbox.ops.get(name)?.header;
  replica.outbox.ops.delete(name);
  replica.payloads.delete(name);
  if (header !== undefined) replica.touched.add(header.entity);
}

function headerOf(replica: Replica, intent: Intent): Header {
  return {
    space: replica.space,
    device: replica.identity.device,
    entity: intent.entity,
    opClass: CLASSES[intent.intent],
    kind: intent.kind,
    hlc_ms: 0,
    hlc_ctr: 0,
    epoch: replica.keyring.newest,
    re: intent.intent === 'amend' ? intent.row : null,
    kills: [],
    facts: ascending(intent.facts ?? {}),
  };
}

function ascending<T>(named: Named<T>): [string, T][] {
  return Object.entries(named).sort(([a], [b]) => (a < b ? -1 : 1));
}

/** Returns the payload; an edit's bases are every live op of this view that sets the name in the same group. */
function payloadOf(
  live: readonly FoldOp[],
  intent: Intent,
  header: Header,
  moment: Moment,
): Payload {
  const factBases = header.facts.map(([name]) => baseOf(live, header.re, `${FACT}${name}`));
  const fields = ascending(intent.fields ?? {}).map(([name, value]): Field => {
    return { name, value, base: baseOf(live, header.re, `${FIELD}${name}`) };
  });
  const isGenesis = intent.intent === 'genesis';
  const secret = isGenesis ? new EntitySecret(moment.random(SECRET_BYTES)) : null;
  return { secret, at_ms: moment.at_ms, by: moment.by ?? null, factBases, fields };
}

/**
 * Returns what an edit of an entity supersedes, itself included in the view: an amendment kills nothing.
 *
 * Nor does what a restored server has lost: if it never came back, what it superseded would be gone with it.
 */
function killsOf(live: readonly FoldOp[], header: Header, payload: Payload): readonly OpId[] {
  if (header.opClass !== OpClass.EDIT || header.re !== null) return [];
  return superseded([...live, { opId: UNNAMED, header, server_ms: null, payload }]);
}

/** Refuses now what the server or a reader would refuse later, and returns the payload's bytes. */
function check(replica: Replica, header: Header, payload: Payload): PayloadBytes {
  const { registry } = replica;
  const { entity, opClass, re } = header;
  if (headerFault(header) !== null || !registry.admits(header)) {
    throw new CannotWrite('The op breaks the rules of its class or kind.');
  }
  if (registry.factFault(header) !== null || !payload.fields.every(isSound)) {
    throw new CannotWrite('A fact or a field is not one the kind may carry.');
  }
  const clear = encodePayload(payload);
  if (clear.length > PAYLOAD_BYTES_MAX) throw new CannotWrite('The op is too long.');
  if (replica.isErased(entity)) throw new CannotWrite('The entity is erased.');
  const mine = replica.ops(entity).map((op) => op.header.opClass);
  if (opClass === OpClass.GENESIS && mine.includes(OpClass.GENESIS)) {
    throw new CannotWrite('The entity exists already.');
  }
  if (re !== null && !isRow(replica, header)) {
    throw new CannotWrite('There is no such row to amend.');
  }
  return clear;
}

function isSound({ name, value }: Field): boolean {
  return isName(name) && isValue(value, VALUE_DEPTH_MAX);
}

function isRow(replica: Replica, { entity, kind, re }: Header): boolean {
  return replica
    .ops(entity)
    .some(
      ({ opId, header }) => opId === re && header.opClass === OpClass.ROW && header.kind === kind,
    );
}

function keep(replica: Replica, header: Header, headerBytes: HeaderBytes, sealed: Sealed): OpId {
  const name = opId(header.entity, headerBytes, sealed);
  replica.outbox.add({ opId: name, header, headerBytes, sealed, state: 'queued', code: null });
  replica.touched.add(header.entity);
  return name;
}
