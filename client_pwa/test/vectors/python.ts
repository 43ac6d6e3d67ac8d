/** What the Python engine made: read, opened, folded, ruled and refused here in the same way. */
import { type Bytes, sameBytes, toHex } from '../../src/engine/bytes.ts';
import { offset_ms, phys, receive, tick } from '../../src/engine/clock.ts';
import { NotCanonical } from '../../src/engine/codec.ts';
import { paddedSize } from '../../src/engine/envelope.ts';
import { encodeBody } from '../../src/engine/control.ts';
import { BadCode, decodeSetup, encodeSetup } from '../../src/engine/enrolment.ts';
import type { Source } from '../../src/engine/entries.ts';
import { IntegrityFailure } from '../../src/engine/errors.ts';
import { fold, foldBytes } from '../../src/engine/fold.ts';
import {
  type EntityId,
  type HeaderBytes,
  type OpId,
  type OrgId,
  type PayloadBytes,
  type SpaceId,
  type StreamId,
} from '../../src/engine/ids.ts';
import { Identity } from '../../src/engine/keyring.ts';
import { BoxKey, SigningKey } from '../../src/engine/keys.ts';
import { type FoldOp, liveOps } from '../../src/engine/liveness.ts';
import { decodePage, decodeReceipt, encodePage, encodeReceipt } from '../../src/engine/log.ts';
import { decodeHeader, encodeHeader, HeaderFault, OpClass, opId } from '../../src/engine/op.ts';
import { decodePayload, encodePayload } from '../../src/engine/payload.ts';
import { readPush } from '../../src/engine/push.ts';
import { Reader } from '../../src/engine/reader.ts';
import type { Registry } from '../../src/engine/registry.ts';
import { newReplica, type Replica } from '../../src/engine/replica.ts';
import { commandOf, type RuledCommand, rulings, rulingsBytes } from '../../src/engine/rulings.ts';
import { recoveryBody, recoveryIdentity } from '../../src/engine/recovery.ts';
import { BadCopy, openCopy, writeSalvage } from '../../src/engine/salvage.ts';
import { RecoverySeed, Seed } from '../../src/engine/secret.ts';
import type { Start } from '../../src/engine/start.ts';
import {
  chain,
  decodePush,
  decodeSegment,
  encodePush,
  isSigned,
} from '../../src/engine/segment.ts';
import { bytes, type Check, flipped, refuses } from './checks.ts';
import { type KindCase, registryOf } from './registry.ts';

type OpCase = {
  readonly op_id: string;
  readonly header: string;
  readonly server_ms: number | null;
  readonly payload: string | null;
};

export type FoldCase = {
  readonly entity: string;
  readonly ops: readonly OpCase[];
  readonly live: readonly string[];
  readonly state: string;
};

export type RulingCase = {
  readonly commands: readonly (Pick<OpCase, 'op_id' | 'header'> & { readonly server_ms: number })[];
  readonly rulings: string;
};

/** What a device needs to read a space. */
export type Seeds = {
  readonly space: string;
  readonly root: string;
  readonly signing_seed: string;
  readonly box_seed: string;
};

export type SpaceCase = Seeds & {
  readonly device: string;
  readonly epoch_key: string;
  readonly wraps: Readonly<Record<string, string>>;
  readonly receipts: readonly string[];
  readonly ops: readonly {
    readonly op_id: string;
    readonly key: string | null;
    readonly payload: string | null;
  }[];
  readonly hlc: readonly [number, number];
};

export type PageCase = {
  readonly title: string;
  readonly page: string;
  readonly root: string;
  readonly failure: string | null;
  readonly cursor?: number;
  readonly log?: string;
};

type HeaderCase = {
  readonly title: string;
  readonly header: string;
  readonly fault: string | null;
};
type PushCase = { readonly title: string; readonly push: string; readonly code: string | null };

/** A log that has a device retired, the copy of what it could not send, and what the administrator's writes again. */
export type SalvageCase = {
  readonly page: string;
  readonly copy: string;
  readonly names: readonly string[];
  readonly states: readonly string[];
};

type ClockCase = {
  readonly phys: readonly (readonly [number, number, number])[];
  readonly tick: readonly (readonly [number, number, number, number, number])[];
  readonly receive: readonly (readonly [number, number, number, number, number, number, number])[];
  readonly offset: readonly (readonly [readonly number[], number])[];
};

export type Python = {
  readonly registry: Readonly<Record<string, KindCase>>;
  readonly headers: readonly HeaderCase[];
  readonly pads: Readonly<Record<string, number>>;
  readonly space: SpaceCase;
  readonly pages: readonly PageCase[];
  readonly pushes: readonly PushCase[];
  readonly states: readonly string[];
  readonly folds: readonly FoldCase[];
  readonly special_folds: readonly FoldCase[];
  readonly rulings: readonly RulingCase[];
  readonly clock: ClockCase;
  readonly salvage: SalvageCase;
  readonly recovery: readonly { readonly seed: string; readonly body: string }[];
  readonly setup: { readonly text: string; readonly origin: string; readonly secret: string };
};

export function pythonChecks(python: Python): Check[] {
  const registry = registryOf(python.registry);
  return [
    ...python.headers.map(headerCheck),
    ...padChecks(python.pads),
    ...clockChecks(python.clock),
    ...python.recovery.map(recoveryCheck),
    setupCheck(python.setup),
    ...salvageChecks(python, registry),
    ...python.pages.map((page) => pageCheck(page, python.space)),
    ...python.pushes.map((push) => pushCheck(push, python.space, registry)),
    ...spaceChecks(python, registry),
    ...[...python.folds, ...python.special_folds].map((one, at) => foldCheck(one, at, registry)),
    ...python.rulings.map((one, at) => rulingCheck(one, at, registry)),
  ];
}

// ── Headers, sizes, clock ──

/** Python reads a fact's value of a type outside the protocol and names the fact; here it does not decode at all. */
const NOT_DECODED = new Set([
  'a fact that is a float',
  'a fact that is a map',
  'a fact beyond 53 bits',
]);

function headerCheck({ title, header, fault }: HeaderCase): Check {
  const expected = NOT_DECODED.has(title) ? 'encoding' : fault;
  return {
    promise: `the header "${title}" is ${fault === null ? 'read' : `refused for its ${fault}`}`,
    holds: () => {
      const data = bytes<HeaderBytes>(header);
      const found = headerFault(data);
      if (found !== expected) return false;
      if (fault !== null) return true;
      return (
        toHex(encodeHeader(decodeHeader(data))) === header && headerFault(flipped(data, 1)) !== null
      );
    },
  };
}

function headerFault(data: HeaderBytes): string | null {
  try {
    decodeHeader(data);
    return null;
  } catch (error) {
    if (error instanceof HeaderFault) return error.member;
    throw error;
  }
}

function padChecks(pads: Python['pads']): Check[] {
  return Object.entries(pads).map(([size, padded]) => ({
    promise: `a payload of ${size} bytes is padded to ${padded}`,
    holds: () => paddedSize(Number(size)) === padded,
  }));
}

function clockChecks(clock: ClockCase): Check[] {
  return [
    {
      promise: 'the clock rounds to the quarter hours that Python finds',
      holds: () => clock.phys.every(([local, offset, found]) => phys(local, offset) === found),
    },
    {
      promise: 'the clock ticks as in Python',
      holds: () =>
        clock.tick.every(([ms, ctr, now, afterMs, afterCtr]) => {
          const after = tick({ ms, ctr }, now);
          return after.ms === afterMs && after.ctr === afterCtr;
        }),
    },
    {
      promise: 'the clock receives as in Python',
      holds: () =>
        clock.receive.every(([ms, ctr, hlc_ms, hlc_ctr, server_ms, afterMs, afterCtr]) => {
          const after = receive({ ms, ctr }, { hlc_ms, hlc_ctr }, server_ms);
          return after.ms === afterMs && after.ctr === afterCtr;
        }),
    },
    {
      promise: 'the offset is the median that Python finds',
      holds: () => clock.offset.every(([samples, median]) => offset_ms(samples) === median),
    },
  ];
}

// ── Pages and pushes ──

function pageCheck(
  { title, page, root, failure, cursor, log }: PageCase,
  { space }: SpaceCase,
): Check {
  return {
    promise: `the page "${title}" is ${failure === null ? 'taken' : `refused for its ${failure}`}`,
    holds: async () => {
      const reader = new Reader(space as SpaceId, root as OpId);
      const found = await failureOf(reader, bytes(page));
      if (found !== failure) return false;
      if (failure !== null) return reader.view.cursor === 0 && !reader.view.streams.own().size;
      return (
        reader.view.cursor === cursor && reader.view.log === log && isRefusedFlipped(page, reader)
      );
    },
  };
}

/** Returns why a reader stops at a page, or null once it has taken it. */
export async function failureOf(
  reader: Reader,
  page: Bytes,
  source: Source = 'server',
): Promise<string | null> {
  try {
    reader.commit(await reader.read(page, 0, source));
    return null;
  } catch (error) {
    if (error instanceof IntegrityFailure) return error.reason;
    throw error;
  }
}

/** Tells whether a new reader refuses the page with a byte changed, wherever it is: a few places are tried. */
async function isRefusedFlipped(page: string, { root, view }: Reader): Promise<boolean> {
  const data = bytes(page);
  for (let at = 0; at < data.length; at += Math.ceil(data.length / 40)) {
    const reader = new Reader(view.members.space, root);
    if ((await failureOf(reader, flipped(data, at))) === null) return false;
  }
  return true;
}

function pushCheck({ title, push, code }: PushCase, space: SpaceCase, registry: Registry): Check {
  return {
    promise: `the push "${title}" is ${code === null ? 'sound' : `found ${code}`}`,
    holds: async () => {
      const data = bytes(push);
      if ((await pushFault(data, space)) !== code) return false;
      if ((await isTaken(data, space, registry)) !== (code === null)) return false;
      if (code !== null) return true;
      const { seg, sig, ops } = decodePush(data);
      return sameBytes(encodePush(seg, sig, ops), data);
    },
  };
}

async function isTaken(data: Bytes, space: SpaceCase, registry: Registry): Promise<boolean> {
  const signing = await SigningKey.from(new Seed(bytes(space.signing_seed)));
  const push = readPush(data, space.space as SpaceId);
  return push !== null && (await push.isSound(signing.public, registry));
}

/** The server's checks of a push that this engine has the parts for, in the server's order. */
async function pushFault(data: Bytes, { signing_seed }: SpaceCase): Promise<string | null> {
  try {
    const { seg, sig, ops } = decodePush(data);
    const segment = decodeSegment(seg);
    if (segment.n !== ops.length) return 'bad_seg';
    const opIds = ops.map(([header, sealed]) => opId(decodeHeader(header).entity, header, sealed));
    if (chain(segment.prevHead, opIds).at(-1) !== segment.head) return 'bad_chain';
    const signing = await SigningKey.from(new Seed(bytes(signing_seed)));
    return (await isSigned(signing.public, seg, sig)) ? null : 'bad_sig';
  } catch (error) {
    if (error instanceof NotCanonical) return 'bad_seg';
    if (error instanceof HeaderFault) return 'bad_header';
    throw error;
  }
}

// ── Salvage ──

function salvageChecks({ space, salvage }: Python, registry: Registry): Check[] {
  const read = async () => {
    const replica = await replicaOf(space, registry);
    await replica.applyPage(bytes(salvage.page), 0);
    return replica;
  };
  return [
    {
      promise: 'a copy that Python made is written again to the same ops, and shows the same',
      holds: async () => {
        const replica = await read();
        const names = await writeSalvage(replica, await openCopy(replica, bytes(salvage.copy)));
        const entities = [
          ...new Set(names.map((name) => replica.outbox.ops.get(name)?.header.entity)),
        ];
        const states = entities
          .filter((entity) => entity !== undefined)
          .sort()
          .map((entity) => replica.state(entity))
          .filter((state) => state !== null)
          .map((state) => toHex(foldBytes(state)));
        return names.join() === salvage.names.join() && states.join() === salvage.states.join();
      },
    },
    {
      promise: 'a copy with one byte changed is refused, wherever it is',
      holds: async () => {
        const [replica, data] = [await read(), bytes(salvage.copy)];
        for (let at = 0; at < data.length; at += Math.ceil(data.length / 40)) {
          if (!(await refuses(BadCopy, () => openCopy(replica, flipped(data, at))))) return false;
        }
        return replica.outbox.ops.size === 0;
      },
    },
  ];
}

// ── A whole space ──

function spaceChecks(python: Python, registry: Registry): Check[] {
  const { space, states } = python;
  const [whole] = python.pages;
  const read = async () => {
    const replica = await replicaOf(space, registry);
    await replica.applyPage(bytes(whole?.page ?? ''), 0);
    return replica;
  };
  return [
    {
      promise:
        'a device reads the space: its key, every op by name, key and payload, and its clock',
      holds: async () => {
        const replica = await read();
        const opened = await openedOps(replica);
        const epochKey = replica.keyring.epochKeys.get(1)?.reveal();
        const { ms, ctr } = replica.hlc;
        return (
          replica.identity.device === space.device &&
          epochKey !== undefined &&
          toHex(epochKey) === space.epoch_key &&
          JSON.stringify(opened) === JSON.stringify(space.ops) &&
          [ms, ctr].join() === space.hlc.join()
        );
      },
    },
    {
      promise: 'a device whose box key is another one opens nothing, and says which epoch failed',
      holds: async () => {
        const other = await replicaOf({ ...space, box_seed: '99'.repeat(32) }, registry);
        const { failedEpochs, void: isVoid } = await other.applyPage(bytes(whole?.page ?? ''), 0);
        return other.payloads.size === 0 && failedEpochs.has(1) && isVoid.length === 0;
      },
    },
    {
      promise: 'both entities and the rulings of the space show as in Python',
      holds: async () => {
        const replica = await read();
        const shown = entitiesOf(replica).map((entity) => replica.state(entity));
        const found = shown
          .filter((state) => state !== null)
          .map((state) => toHex(foldBytes(state)));
        return [...found, toHex(rulingsBytes(replica.rulings))].join() === states.join();
      },
    },
    {
      promise: 'receipts and pages encode to the bytes they were read from',
      holds: () =>
        space.receipts.every((one) => toHex(encodeReceipt(decodeReceipt(bytes(one)))) === one) &&
        toHex(encodePage(decodePage(bytes(whole?.page ?? '')))) === whole?.page,
    },
    ...space.receipts.map((one, at) => ({
      promise: `receipt ${at} with a byte more is refused`,
      holds: () => refuses(NotCanonical, () => decodeReceipt(bytes(`${one}c0`))),
    })),
  ];
}

export async function replicaOf(
  space: Seeds,
  registry: Registry,
  start: Start | null = null,
): Promise<Replica> {
  const signing = await SigningKey.from(new Seed(bytes(space.signing_seed)));
  const box = await BoxKey.from(new Seed(bytes(space.box_seed)));
  const stream = '77'.repeat(16) as StreamId;
  const identity = new Identity(signing, box);
  const [id, root] = [space.space as SpaceId, space.root as OpId];
  return newReplica(identity, registry, id, root, stream, start);
}

function entitiesOf(replica: Replica): EntityId[] {
  return [...replica.entries.keys()].sort();
}

async function openedOps({
  reader,
  keyring,
  payloads,
}: Replica): Promise<SpaceCase['ops'][number][]> {
  const opened: SpaceCase['ops'][number][] = [];
  for (const [name, { header }] of reader.view.firstEntries.own()) {
    const payload = payloads.get(name);
    const isSealed = header !== null && header.opClass !== OpClass.CONTROL;
    const key = isSealed ? await keyring.key(header) : null;
    opened.push({
      op_id: name,
      key: key === null ? null : toHex(key.reveal()),
      payload: payload === undefined ? null : toHex(encodePayload(payload)),
    });
  }
  return opened;
}

// ── Founding ──

function recoveryCheck({ seed, body }: Python['recovery'][number]): Check {
  const member = async (from: Bytes): Promise<string> => {
    const identity = await recoveryIdentity(new RecoverySeed(from));
    return toHex(encodeBody(recoveryBody(identity, '0f'.repeat(16) as OrgId)));
  };
  return {
    promise: `the recovery member of ${seed.slice(0, 4)}… is Python's, and of another seed another`,
    holds: async () =>
      (await member(bytes(seed))) === body && (await member(flipped(bytes(seed)))) !== body,
  };
}

function setupCheck({ text, origin, secret }: Python['setup']): Check {
  return {
    promise: 'a set-up link is read as Python wrote it, and with a letter less it is none',
    holds: () => {
      const read = decodeSetup(text);
      return (
        read.origin === origin &&
        read.secret === secret &&
        encodeSetup(read) === text &&
        refuses(BadCode, () => decodeSetup(text.slice(1)))
      );
    },
  };
}

// ── Folds and rulings ──

function foldCheck({ entity, ops, live, state }: FoldCase, at: number, registry: Registry): Check {
  return {
    promise: `fold ${at} shows what Python shows, and with one value changed something else`,
    holds: () => {
      const log = ops.map(foldOp);
      const standing = liveOps(log);
      const shown = (some: readonly FoldOp[]) =>
        toHex(foldBytes(fold(entity as EntityId, some, registry)));
      return (
        standing.map((op) => op.opId).join() === live.join() &&
        shown(standing) === state &&
        shown(standing.toReversed()) === state &&
        shown(standing.map(changed)) !== state
      );
    },
  };
}

function foldOp({ op_id, header, server_ms, payload }: OpCase): FoldOp {
  const read = decodeHeader(bytes<HeaderBytes>(header));
  return {
    opId: op_id as OpId,
    header: read,
    server_ms,
    payload: payload === null ? null : readPayload(payload, read),
  };
}

/** The vectors' geneses carry no secret, which the payload's own decoder would refuse: they are read as edits. */
function readPayload(payload: string, header: FoldOp['header']): FoldOp['payload'] {
  return decodePayload(bytes<PayloadBytes>(payload), { ...header, opClass: OpClass.EDIT });
}

function changed(op: FoldOp): FoldOp {
  if (op.payload === null) return op;
  const fields = op.payload.fields.map((field) => ({ ...field, value: 'changed' }));
  return { ...op, payload: { ...op.payload, fields } };
}

function rulingCheck(
  { commands, rulings: expected }: RulingCase,
  at: number,
  registry: Registry,
): Check {
  return {
    promise: `ruling ${at} is Python's, and with the first command left out another`,
    holds: () => {
      const log = commands.map((one): RuledCommand => {
        const header = decodeHeader(bytes<HeaderBytes>(one.header));
        const command = commandOf(one.op_id as OpId, header, registry);
        if (command === null) throw new Error('The vector is no command.');
        return [command, one.server_ms];
      });
      const ruled = (some: readonly RuledCommand[]) => toHex(rulingsBytes(rulings(some)));
      return ruled(log) === expected && ruled(log.slice(1)) !== expected;
    },
  };
}
