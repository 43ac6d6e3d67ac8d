/** What the engine's tests share: a small registry of no domain, devices with fixed keys, and a model server. */
import { checkpointOf } from '../../src/engine/checkpoint.ts';
import type { MemberBody } from '../../src/engine/control.ts';
import type { Value } from '../../src/engine/codec.ts';
import {
  type DeviceId,
  type EntityId,
  type OpId,
  type OrgId,
  type SpaceId,
  type StreamId,
} from '../../src/engine/ids.ts';
import { Identity } from '../../src/engine/keyring.ts';
import { BoxKey, SigningKey } from '../../src/engine/keys.ts';
import type { FoldOp } from '../../src/engine/liveness.ts';
import { type Header, OpClass } from '../../src/engine/op.ts';
import { Registry } from '../../src/engine/registry.ts';
import { newReplica, type Replica } from '../../src/engine/replica.ts';
import { movesOf, type Machine, statesOf } from '../../src/engine/ruleset.ts';
import { EpochKey, Seed } from '../../src/engine/secret.ts';
import { Start } from '../../src/engine/start.ts';
import { firstEpoch, type Moment, writeFounding } from '../../src/engine/writer.ts';
import { Chance } from './chance.ts';
import { ModelServer } from './model.ts';

export const SPACE = '10'.repeat(16) as SpaceId;
export const ORG = '0a'.repeat(16) as OrgId;
export const START_MS = 1_795_300_200_000;
export const EPOCH_KEY = new EpochKey(new Uint8Array(32).fill(3));

export const LANES: Machine = {
  start: 'draft',
  moves: movesOf({
    send: ['draft', 'sent'],
    offer: [['sent', 'offered'], 'offered'],
    accept: ['offered', 'accepted'],
    plan: ['accepted', 'planned'],
    refuse: [['sent', 'offered', 'accepted'], 'refused'],
    spoil: [['draft', 'sent', 'offered', 'accepted', 'planned', 'refused'], 'spoilt'],
  }),
  beats: new Map([
    ['spoilt', new Set(['sent', 'offered', 'accepted', 'planned', 'refused'])],
    ['refused', new Set(['planned'])],
  ]),
  subject: null,
  hold: { states: new Set(['offered', 'accepted', 'planned']), thing: 'berth', until: 'until' },
};

export const REGISTRY = new Registry({
  thing: {
    folds: 'entity',
    facts: {
      size: { rule: 'code', codes: new Set(['small', 'large']) },
      count: { rule: 'whole', least: 0, most: 100 },
      tags: { rule: 'code_set', codes: new Set(['red', 'blue']) },
      same: { rule: 'id_set' },
      risk: { rule: 'code', codes: new Set(['none', 'some', 'grave']) },
    },
    highStakes: {
      risk: { rule: 'strictest', values: ['none', 'some', 'grave'] },
      warning: { rule: 'union' },
      dose: { rule: 'least' },
    },
  },
  mark: {
    folds: 'row',
    of: ['thing'],
    facts: { done: { rule: 'flag' }, about: { rule: 'id' } },
  },
  lane: { folds: 'entity' },
  lane_move: {
    folds: 'command',
    of: ['lane'],
    facts: {
      move: { rule: 'code', codes: new Set(LANES.moves.keys()) },
      expect: { rule: 'code', codes: statesOf(LANES) },
      berth: { rule: 'id' },
      until: { rule: 'whole', least: 0 },
    },
    machine: LANES,
  },
});

/** Returns the entity of a number. */
export function entity(n: number): EntityId {
  return `30${n.toString(16).padStart(30, '0')}` as EntityId;
}

/** Returns the op_id of a number. */
export function name(n: number): OpId {
  return n.toString(16).padStart(64, '0') as OpId;
}

/** Returns the device of a number, always with the same keys. */
export async function identity(n: number): Promise<Identity> {
  const signing = await SigningKey.from(new Seed(new Uint8Array(32).fill(n)));
  const box = await BoxKey.from(new Seed(new Uint8Array(32).fill(n + 100)));
  return new Identity(signing, box);
}

export const AWA = await identity(1);
export const RECOVERY = await identity(2);
export const SAMIR = await identity(3);
export const MALLORY = await identity(9);

/** Returns the member body of a device. */
export function member(who: Identity, more: Partial<MemberBody> = {}): MemberBody {
  return {
    kind: 'member',
    device: who.device,
    edPk: who.signing.public,
    xPk: who.box?.public ?? null,
    roles: 7,
    org: ORG,
    worker: null,
    wrap: null,
    ...more,
  };
}

/** Returns a moment whose randomness is that of the seed. */
export function moment(seed = 0, local_ms = START_MS): Moment {
  const chance = new Chance(seed);
  return { local_ms, at_ms: local_ms, random: (size) => chance.bytes(size) };
}

/** Returns an empty replica of the space. */
export function replica(
  who: Identity,
  root: OpId | null = null,
  seed = 0,
  start: Start | null = null,
): Replica {
  return newReplica(who, REGISTRY, SPACE, root, stream(seed), start);
}

export function stream(seed: number): StreamId {
  return (1000 + seed).toString(16).padStart(32, '0') as StreamId;
}

/** Pushes until the outbox waits for nothing, then pulls all. */
export async function deliver(who: Replica, server: ModelServer): Promise<void> {
  for (let data = await who.push(); data !== null; data = await who.push()) {
    if (!who.accept(server.push(data), START_MS))
      throw new Error('The receipt is not for this push.');
  }
  await pull(who, server);
}

/** Pulls all, so many segments a page. */
export async function pull(who: Replica, server: ModelServer, most = 1000): Promise<void> {
  while (who.reader.view.cursor < server.cursor) {
    await who.applyPage(server.page(who.reader.view.cursor, most), START_MS);
  }
}

/** Returns a replica that begins where another one stands, and knows of it no more than a code 2 says. */
export function beginner(who: Identity, { reader }: Replica): Replica {
  const { view, root } = reader;
  return replica(who, root, 9, new Start(SPACE, view.cursor, checkpointOf(view)));
}

/** Takes the bootstrap and its proof, so many segments a page; then pulls all. */
export async function bootstrap(who: Replica, server: ModelServer, most = 1000): Promise<void> {
  const { start } = who.reader;
  if (start === null) throw new Error('This replica begins at the first op.');
  while (!start.complete) {
    await who.applyStart(server.bootstrap(start.cursor, start.after, most));
  }
  await who.finishStart(server.checkpoint(start.cursor), START_MS);
  do await who.applyPage(server.thinPage(who.reader.view.cursor, most), START_MS);
  while (who.reader.view.cursor < server.cursor);
}

export type Founded = { readonly server: ModelServer; readonly awa: Replica; readonly root: OpId };

/** Returns Awa's replica with a founding in its outbox: herself and a recovery member. */
export async function founder(): Promise<{ readonly awa: Replica; readonly root: OpId }> {
  const awa = replica(AWA);
  const bodies = [member(AWA), member(RECOVERY)] as const;
  const epoch = await firstEpoch(SPACE, bodies, EPOCH_KEY);
  return { awa, root: await writeFounding(awa, bodies, epoch, moment(1)) };
}

/** Returns a server whose space Awa founded, and Awa's replica of it. */
export async function founded(): Promise<Founded> {
  const [server, { awa, root }] = [new ModelServer(SPACE, START_MS), await founder()];
  await deliver(awa, server);
  return { server, awa, root };
}

type FoldOpOptions = {
  readonly base?: Readonly<Record<string, readonly number[]>>;
  readonly header?: Partial<Header>;
  readonly server_ms?: number | null;
};

/** Returns an op for the fold, its name and bases given as numbers, every value a sealed field. */
export function foldOp(
  n: number,
  values: Readonly<Record<string, Value>>,
  { base = {}, header = {}, server_ms = START_MS }: FoldOpOptions = {},
): FoldOp {
  const names = Object.keys(values).sort();
  const fields = names.map((key) => {
    return { name: key, value: values[key] ?? null, base: (base[key] ?? []).map(name).sort() };
  });
  return {
    opId: name(n),
    header: { ...headerOf(AWA.device, n), ...header },
    server_ms,
    payload: { secret: null, at_ms: START_MS, by: null, factBases: [], fields },
  };
}

function headerOf(device: DeviceId, n: number): Header {
  return {
    space: SPACE,
    device,
    entity: entity(0),
    opClass: OpClass.EDIT,
    kind: 'thing',
    hlc_ms: START_MS,
    hlc_ctr: n,
    epoch: 1,
    re: null,
    kills: [],
    facts: [],
  };
}
