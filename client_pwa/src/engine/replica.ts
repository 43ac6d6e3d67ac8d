/**
 * A device's replica of one space: the log it has checked, the ops it can open, and its outbox.
 *
 * A replica is a pure state: pages, answers, the local clock and random bytes come in as arguments,
 * pushes go out as bytes. What it keeps (`encodeReplica`) holds sealed payloads and no key. Steps that
 * wait for the browser's cryptography run one after the other, in the order they were asked for.
 */
import { type Bytes } from './bytes.ts';
import {
  HLC_FIRST,
  type Hlc,
  later,
  OFFSET_SAMPLES,
  offset_ms,
  phys,
  receive,
  tick,
} from './clock.ts';
import { bin, Codec, count, digest, id, int, list, nullable, pair, struct } from './codec.ts';
import { decodeBody } from './control.ts';
import { type Source } from './entries.ts';
import { type Refusal } from './errors.ts';
import { type EntityState, fold } from './fold.ts';
import {
  type Digest,
  type EntityId,
  INT_MAX,
  type OpId,
  type SpaceId,
  type StreamId,
} from './ids.ts';
import { type Identity, Keyring } from './keyring.ts';
import { type FoldOp, liveOps } from './liveness.ts';
import { decodePage, encodePage, type Receipt } from './log.ts';
import { type Entry } from './logview.ts';
import { type Header, isControlKind, OpClass } from './op.ts';
import { decodeOutbox, encodeOutbox, Outbox, type OutOp, type Reaction } from './outbox.ts';
import { type Payload } from './payload.ts';
import { Reader } from './reader.ts';
import { type Registry } from './registry.ts';
import { commandOf, type RuledCommand, Rulings, rulings } from './rulings.ts';
import { Start } from './start.ts';

/** What a page brought: its ops in cursor order, those of them that are void, and epochs whose key failed. */
export type Applied = {
  readonly entries: readonly Entry[];
  readonly void: readonly Entry[];
  readonly failedEpochs: ReadonlySet<number>;
  /** Whether the server says that there is more to pull. */
  readonly more: boolean;
};

/** An op of the log whose header is sound. */
type SoundEntry = Entry & { readonly header: Header };

/** One device's replica. Build it with `newReplica` or `decodeReplica`. */
export class Replica {
  readonly identity: Identity;
  readonly registry: Registry;
  readonly reader: Reader;
  readonly keyring: Keyring;
  readonly outbox: Outbox;
  rulings = new Rulings();
  /** What each op opened to, those of the outbox included. */
  readonly payloads = new Map<OpId, Payload>();
  /** Ops of the log that do not open yet; they are tried again when a key arrives. */
  readonly waiting = new Map<OpId, SoundEntry>();
  /** Each entity's ops of the log that are neither void nor erased, in cursor order. */
  readonly entries = new Map<EntityId, SoundEntry[]>();
  /** The entities of which another state may be shown; whoever keeps states takes them from here. */
  readonly touched = new Set<EntityId>();
  /** The valid control ops of the log, in cursor order. */
  readonly controls: SoundEntry[] = [];
  /** The commands of the log with their server times, in cursor order. */
  commands: RuledCommand[] = [];
  /** The device's hybrid time. */
  hlc: Hlc = HLC_FIRST;
  /** The last samples of server_ms - local clock, in milliseconds. */
  offsets: readonly number[] = [];
  #turn: Promise<unknown> = Promise.resolve();

  constructor(identity: Identity, registry: Registry, reader: Reader, outbox: Outbox) {
    this.identity = identity;
    this.registry = registry;
    this.reader = reader;
    this.outbox = outbox;
    this.keyring = new Keyring(this.space, identity);
  }

  get space(): SpaceId {
    return this.reader.view.members.space;
  }

  /** Runs a step after those asked for before it: a write reads the view that the write before has left. */
  alone<T>(step: () => Promise<T>): Promise<T> {
    const turn = this.#turn.then(step, step);
    this.#turn = turn.catch(() => undefined);
    return turn;
  }

  /**
   * Checks a page and takes it whole, with its cursor; `now_ms` is the device's own clock. Rejects with
   * IntegrityFailure and then changes nothing.
   */
  applyPage(data: Uint8Array, now_ms: number, source: Source = 'server'): Promise<Applied> {
    return this.alone(async () => {
      const reading = await this.reader.read(data, now_ms, source);
      this.reader.commit(reading);
      return this.#applied(reading.entries, reading.more);
    });
  }

  /** Checks a page of the bootstrap and keeps it; nothing of it shows. Rejects with IntegrityFailure and then changes nothing. */
  applyStart(data: Uint8Array, source: Source = 'server'): Promise<void> {
    return this.alone(() => this.reader.readStart(data, source));
  }

  /**
   * Proves the start by the server's checkpoint and takes its ops like a page's. Rejects with IntegrityFailure, and
   * then the bootstrap begins again from nothing.
   */
  finishStart(proof: Bytes, now_ms: number): Promise<Applied> {
    return this.alone(async () => this.#applied(this.reader.finishStart(proof, now_ms), true));
  }

  async #applied(entries: readonly Entry[], more: boolean): Promise<Applied> {
    for (const entry of entries) this.#touch(entry);
    await this.#take(entries.filter(isSound));
    this.#settleOutbox();
    const isVoid = entries.filter((entry) => entry.void !== null);
    return { entries, void: isVoid, failedEpochs: new Set(this.keyring.failed), more };
  }

  /** Returns the push to send now, or null if nothing waits. Store the replica before sending it. */
  push(): Promise<Bytes | null> {
    const { view } = this.reader;
    return this.alone(() => this.outbox.push(this.identity.signing, view.cursor, view.log));
  }

  /** Takes the receipt of the push in flight, with the local clock at its arrival. False if it is not for it. */
  accept({ firstCursor, lastCursor, server_ms }: Receipt, local_ms: number): boolean {
    const isDue = this.outbox.accept(lastCursor - firstCursor + 1);
    if (isDue) {
      this.offsets = [...this.offsets, server_ms - local_ms].slice(-OFFSET_SAMPLES);
      this.#settleOutbox();
    }
    return isDue;
  }

  /** Takes a refusal of the push in flight and returns what to do now; `fresh` is a new random stream. */
  refuse(refusal: Refusal, fresh: StreamId): Reaction {
    const reaction = this.outbox.refuse(refusal, fresh);
    this.#settleOutbox();
    return reaction;
  }

  /** Returns the hybrid time of a new op and keeps it; `local_ms` is the device's own clock. */
  tick(local_ms: number): Hlc {
    this.hlc = tick(this.hlc, phys(local_ms, offset_ms(this.offsets)));
    return this.hlc;
  }

  /** Returns an entity's ops as this device views them: the log by cursor, then its outbox in write order. */
  ops(entity: EntityId): FoldOp[] {
    const { firstEntries } = this.reader.view;
    const logged = (this.entries.get(entity) ?? []).map(({ opId, header, server_ms }) =>
      this.#foldOp(opId, header, server_ms),
    );
    const unsent = [...this.outbox.ops.values()].filter(
      ({ header, opId }) => header.entity === entity && !firstEntries.has(opId),
    );
    return [...logged, ...unsent.map(({ opId, header }) => this.#foldOp(opId, header, null))];
  }

  /** Returns what to show of an entity, or null if it is erased. */
  state(entity: EntityId): EntityState | null {
    if (this.reader.view.erased.has(entity)) return null;
    return fold(entity, liveOps(this.ops(entity)), this.registry);
  }

  /**
   * Learns again from an op of the outbox what a restart lost: its payload, its secret, a founder's first key.
   *
   * The key of a later epoch of one's own is not taken before the log has it: another's rotation may win.
   */
  async openUnsent({ opId, header, headerBytes, sealed }: OutOp): Promise<void> {
    if (isControlKind(header.kind) && header.opClass === OpClass.CONTROL) {
      const body = decodeBody(header.kind, sealed, this.space);
      if (body.kind !== 'epoch' || header.epoch !== 0) return;
      const commits = new Map(this.reader.view.members.commits).set(body.n, body.commit);
      await this.keyring.learn(body, body.n, commits);
      return;
    }
    const payload = await this.keyring.open(header, headerBytes, sealed);
    if (payload === null) return;
    this.payloads.set(opId, payload);
    this.touched.add(header.entity);
    if (payload.secret !== null && !this.keyring.secrets.has(header.entity)) {
      this.keyring.hold(header.entity, payload.secret);
    }
  }

  /** An op that is void changes its entity too, if it was shown while it waited in the outbox. */
  #touch({ entity, body }: Entry): void {
    this.touched.add(entity);
    if (body?.kind === 'erase') for (const erased of body.entities) this.touched.add(erased);
  }

  #foldOp(opId: OpId, header: Header, server_ms: number | null): FoldOp {
    return { opId, header, server_ms, payload: this.payloads.get(opId) ?? null };
  }

  /** Takes the valid ops of a page: their clock, the keys they bring, their rulings, and then their payloads. */
  async #take(entries: readonly SoundEntry[]): Promise<void> {
    const closed = new Set<SoundEntry>();
    for (const entry of entries) {
      this.hlc = receive(this.hlc, entry.header, entry.server_ms);
      if (entry.header.opClass === OpClass.CONTROL) {
        for (const waiting of await this.#learn(entry)) closed.add(waiting);
        continue;
      }
      this.#entriesOf(entry.entity).push(entry);
      this.touched.add(entry.entity);
      if (entry.row.form === 1) closed.add(entry);
      const command = commandOf(entry.opId, entry.header, this.registry);
      if (command !== null) {
        this.commands.push([command, entry.server_ms]);
        this.rulings.apply(command, entry.server_ms);
      }
    }
    await this.#open([...closed]);
  }

  #entriesOf(entity: EntityId): SoundEntry[] {
    const known = this.entries.get(entity);
    if (known) return known;
    const entries: SoundEntry[] = [];
    this.entries.set(entity, entries);
    return entries;
  }

  /** Takes what a control op brings, an erasure or keys, and returns the ops that a new key may open. */
  async #learn(entry: SoundEntry): Promise<readonly SoundEntry[]> {
    const { body, header } = entry;
    this.controls.push(entry);
    const { erased, members } = this.reader.view;
    if (body?.kind === 'erase') {
      this.commands = this.commands.filter(([command]) => !erased.has(command.header.entity));
      this.rulings = rulings(this.commands);
    }
    const learnt = body && (await this.keyring.learn(body, header.epoch, members.commits));
    return learnt ? [...this.waiting.values()] : [];
  }

  /**
   * Opens ops of the log, or keeps them waiting; a genesis brings the secret that its entity's ops wait for.
   *
   * All that can be opened with the keys held is asked of the browser at once: one by one, the way
   * there and back takes longer than the work.
   */
  async #open(closed: readonly SoundEntry[]): Promise<void> {
    const payloads = await Promise.all(closed.map((entry) => this.#payload(entry)));
    const openable = new Set<SoundEntry>();
    for (const [at, entry] of closed.entries()) {
      const payload = payloads[at] ?? null;
      if (payload === null) {
        this.waiting.set(entry.opId, entry);
        continue;
      }
      this.waiting.delete(entry.opId);
      this.payloads.set(entry.opId, payload);
      this.touched.add(entry.entity);
      if (payload.secret === null) continue;
      this.keyring.hold(entry.entity, payload.secret);
      for (const other of this.#entriesOf(entry.entity)) openable.add(other);
    }
    const next = [...openable].filter((entry) => this.waiting.has(entry.opId));
    if (next.length > 0) await this.#open(next);
  }

  async #payload({ header, row }: SoundEntry): Promise<Payload | null> {
    return row.form === 1 ? this.keyring.open(header, row.header, row.sealed) : null;
  }

  /** An op leaves the outbox when it stands in the log, and only then. */
  #settleOutbox(): void {
    const { firstEntries } = this.reader.view;
    const names = [...this.outbox.ops.keys()].filter((name) => firstEntries.has(name));
    this.outbox.pulled(new Set(names));
  }
}

function isSound(entry: Entry): entry is SoundEntry {
  return entry.void === null && entry.header !== null;
}

/**
 * Returns an empty replica; `stream` is a new random id, `root` null only for the founder of the space, and `start` where
 * it begins, if not at the first op.
 */
export function newReplica(
  identity: Identity,
  registry: Registry,
  space: SpaceId,
  root: OpId | null,
  stream: StreamId,
  start: Start | null = null,
): Replica {
  const outbox = new Outbox(space, identity.device, stream);
  return new Replica(identity, registry, new Reader(space, root, start), outbox);
}

type StoredFirst = {
  readonly space: SpaceId;
  readonly root: OpId | null;
  readonly page: Bytes;
  readonly outbox: Bytes;
  readonly hlc: readonly [number, number];
  readonly offsets: readonly number[];
};

/** The segments of a start, as one page, and the server's checkpoint once it is proved. */
type StoredStart = {
  readonly cursor: number;
  readonly checkpoint: Digest;
  readonly page: Bytes;
  readonly proof: Bytes | null;
};

type Stored = StoredFirst & {
  readonly start: StoredStart | null;
  readonly unprovenSince_ms: number | null;
};

const logParts = { space: id<SpaceId>(), root: nullable(digest<OpId>()) };
const ownParts = {
  outbox: bin(),
  hlc: pair(count, count),
  offsets: list(int(-INT_MAX, INT_MAX)),
};
const storedStart = struct<StoredStart>({
  cursor: count,
  checkpoint: digest(),
  page: bin(),
  proof: nullable(bin()),
});
const storedFirst = new Codec<StoredFirst>(
  struct<StoredFirst>({ ...logParts, page: bin(), ...ownParts }, 1),
);
const stored = new Codec<Stored>(
  struct<Stored>(
    {
      ...logParts,
      start: nullable(storedStart),
      page: bin(),
      unprovenSince_ms: nullable(int(-INT_MAX, INT_MAX)),
      ...ownParts,
    },
    2,
  ),
);

/** Returns the replica as bytes to keep: the log as pages and the outbox, without a key and without clear text. */
export function encodeReplica(replica: Replica): Bytes {
  const { view, segments, root, start } = replica.reader;
  const page = encodePage({
    toCursor: view.cursor,
    log: view.log,
    more: view.stubs.size > 0,
    segments,
  });
  return stored.encode({
    space: replica.space,
    root,
    page,
    outbox: encodeOutbox(replica.outbox),
    hlc: [replica.hlc.ms, replica.hlc.ctr],
    offsets: replica.offsets,
    start: start && storedStartOf(start),
    unprovenSince_ms: view.unprovenSince_ms,
  });
}

function storedStartOf({
  cursor,
  checkpoint,
  after,
  complete,
  segments,
  proof,
}: Start): StoredStart {
  const page = encodePage({ toCursor: after, log: null, more: !complete, segments });
  return { cursor, checkpoint, page, proof };
}

/**
 * Returns the replica that was kept as bytes, every page check made again.
 *
 * Rejects with NotCanonical if the bytes are not those of a replica, and with IntegrityFailure if the
 * log in them is not one.
 */
export async function decodeReplica(
  data: Uint8Array,
  identity: Identity,
  registry: Registry,
): Promise<Replica> {
  const { space, root, page, outbox, hlc, offsets, start, unprovenSince_ms } = decodeStored(data);
  const kept = decodeOutbox(outbox, space, identity.device);
  const begun = start && new Start(space, start.cursor, start.checkpoint);
  const replica = new Replica(identity, registry, new Reader(space, root, begun), kept);
  const now_ms = unprovenSince_ms ?? 0;
  if (start && holdsSomething(start.page)) await replica.applyStart(start.page);
  if (start?.proof) await replica.finishStart(start.proof, now_ms);
  if (holdsSomething(page)) await replica.applyPage(page, now_ms);
  replica.hlc = later(replica.hlc, { ms: hlc[0], ctr: hlc[1] });
  replica.offsets = offsets;
  for (const op of replica.outbox.ops.values()) await replica.openUnsent(op);
  return replica;
}

function decodeStored(data: Uint8Array): Stored {
  // The stored forms are [1, …] and [2, …], behind the head of an array.
  if (data[1] !== 1) return stored.decode(data);
  return { ...storedFirst.decode(data), start: null, unprovenSince_ms: null };
}

/** A page that was not pulled yet says nothing: before the first one, a start may have stubs that wait for it. */
function holdsSomething(page: Bytes): boolean {
  return decodePage(page).segments.length > 0;
}
