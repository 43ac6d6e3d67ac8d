/**
 * A device's replica of one space: the log it has checked, the ops it can open, and its outbox.
 *
 * A replica is a pure state: pages, answers, the local clock and random bytes come in as arguments,
 * pushes go out as bytes. Steps that wait for the browser's cryptography run one after the other, in the
 * order they were asked for.
 */
import { type Bytes, toHex } from './bytes.ts';
import { HLC_FIRST, type Hlc, OFFSET_SAMPLES, offset_ms, phys, receive, tick } from './clock.ts';
import { type Body, decodeBody, ROLE_ADMIN } from './control.ts';
import { type Source } from './entries.ts';
import { erasedBy } from './erasure.ts';
import { type Refusal } from './errors.ts';
import { type EntityState, fold } from './fold.ts';
import { held } from './held.ts';
import {
  type DeviceId,
  type EntityId,
  entityOfSpace,
  type OpId,
  type SpaceId,
  type StreamId,
} from './ids.ts';
import { type Identity, Keyring } from './keyring.ts';
import { type FoldOp, liveOps } from './liveness.ts';
import { isAnswered, lastKnown, stillLost } from './lastknown.ts';
import { type OpRow, type Receipt } from './log.ts';
import { type Entry } from './logview.ts';
import { isRevoked, may } from './members.ts';
import { type Header, isControlKind, OpClass } from './op.ts';
import { Outbox, type OutOp, type Reaction } from './outbox.ts';
import { type Payload } from './payload.ts';
import { Reader } from './reader.ts';
import { type Registry } from './registry.ts';
import { commandOf, type RuledCommand, Rulings, rulings } from './rulings.ts';
import { type Start } from './start.ts';

/** What a page brought: its ops in cursor order, those of them that are void, and epochs whose key failed. */
export type Applied = {
  readonly entries: readonly Entry[];
  readonly void: readonly Entry[];
  readonly failedEpochs: ReadonlySet<number>;
  /** Whether the server says that there is more to pull. */
  readonly more: boolean;
  /** The page as it is to be kept, if not as it came. */
  readonly page: Bytes | null;
  /** Whether the log was let go of in part: whoever keeps its pages keeps them all anew. */
  readonly forgot: boolean;
};

/** An op of the log whose header is sound. */
export type SoundEntry = Entry & { readonly header: Header };

/** One device's replica. Build it with `newReplica`. */
export class Replica {
  readonly identity: Identity;
  readonly registry: Registry;
  readonly reader: Reader;
  readonly keyring: Keyring;
  outbox: Outbox;
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
  /**
   * Ops that a restored server has lost and that have not come back, by entity, in the order of its log, with those that
   * did and that `stillLost` keeps.
   */
  readonly lost = new Map<EntityId, SoundEntry[]>();
  /** Since when, by the device's own clock, that waits to be heard of by a person; null if it does not. */
  restored_ms: number | null = null;
  #lostErasures: ReadonlySet<EntityId> = new Set();
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
      const own = Array.from(this.outbox.ops.values(), ({ headerBytes, sealed }) => {
        return [toHex(headerBytes), sealed] as const;
      });
      const reading = await this.reader.read(data, now_ms, source, new Map(own));
      const forgot = this.reader.commit(reading);
      return this.#applied({ ...reading, forgot });
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
    return this.alone(async () => {
      const entries = this.reader.finishStart(proof, now_ms);
      return this.#applied({ entries, more: true, page: null, forgot: false });
    });
  }

  async #applied({
    entries,
    more,
    page,
    forgot,
  }: Pick<Applied, 'entries' | 'more' | 'page' | 'forgot'>): Promise<Applied> {
    // An op that is void changes its entity too, if it was shown while it waited in the outbox.
    for (const { entity } of entries) this.touched.add(entity);
    await this.#take(entries.filter(isSound));
    // What a restored server had lost of it, or its author had not sent yet.
    for (const { opId, row } of entries) if (row.form === 3) this.payloads.delete(opId);
    this.#settleOutbox();
    this.#settleLost();
    await this.#openLost();
    this.bar();
    const isVoid = entries.filter((entry) => entry.void !== null);
    const failedEpochs = new Set(this.keyring.failed);
    return { entries, void: isVoid, failedEpochs, more, page, forgot };
  }

  /** Returns the push to send now, or null if nothing waits. Store the replica before sending it. */
  push(): Promise<Bytes | null> {
    const { view } = this.reader;
    return this.alone(async () => {
      const [{ signing }, waiting] = [this.identity, await this.held()];
      return this.outbox.push(signing, view.cursor, view.log, waiting, this.owesConfirmation);
    });
  }

  /** Whether the server has not been told yet that this device has carried out the last erasure. */
  get owesConfirmation(): boolean {
    const { confirmed } = this.outbox;
    return [...this.reader.view.erased.own().values()].some((cursor) => cursor > confirmed);
  }

  /** Returns the ops of the outbox that a server would refuse, because it has lost what they stand on. */
  held(): Promise<Set<OpId>> {
    return held(this.reader.view, this.outbox, this.keyring, this.payloads);
  }

  /** Tells whether an op of the outbox must be sealed again: its epoch was lost and will not come back. */
  isStale({ header, headerBytes, sealed }: OutOp): Promise<boolean> {
    return this.keyring.isStale(header, headerBytes, sealed);
  }

  /** Takes the receipt of the push in flight, with the local clock at its arrival. False if it is not for it. */
  accept({ firstCursor, lastCursor, server_ms }: Receipt, local_ms: number): boolean {
    const n = lastCursor - firstCursor + 1;
    const isDue = this.outbox.accept(n);
    // The answer to an empty segment says the time of the last one that was not.
    if (isDue && n > 0) {
      this.offsets = [...this.offsets, server_ms - local_ms].slice(-OFFSET_SAMPLES);
    }
    this.#settleOutbox();
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

  /**
   * Returns an entity's ops as this device views them.
   *
   * The log comes first, by cursor; then what a restored server has lost of it; then the outbox, in write order.
   */
  ops(entity: EntityId): FoldOp[] {
    const { firstEntries } = this.reader.view;
    const known = [...(this.entries.get(entity) ?? []), ...(this.lost.get(entity) ?? [])];
    const logged = known.map(({ opId, header, server_ms }) =>
      this.#foldOp(opId, header, server_ms),
    );
    const unsent = [...this.outbox.ops.values()].filter(
      ({ header, opId }) => header.entity === entity && !firstEntries.has(opId),
    );
    return [...logged, ...unsent.map(({ opId, header }) => this.#foldOp(opId, header, null))];
  }

  /** Returns what to show of an entity, or null if it is erased. */
  state(entity: EntityId): EntityState | null {
    if (this.isErased(entity)) return null;
    return fold(entity, liveOps(this.ops(entity)), this.registry);
  }

  /** Tells whether an entity is erased, by the log or by what a restored server has lost of it. */
  isErased(entity: EntityId): boolean {
    return this.reader.view.erased.has(entity) || this.#lostErasures.has(entity);
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
    await this.#openApart(opId, header, { form: 1, header: headerBytes, sealed });
  }

  /** Keeps ops that a restored server has lost, in the order of its log, and opens them and the outbox again. */
  async holdLost(entries: Iterable<SoundEntry>): Promise<void> {
    const all = [...entries];
    const erased = erasedBy(all.map(({ body }) => body));
    this.#lostErasures = new Set([...this.#lostErasures, ...erased]);
    for (const entry of all) {
      const known = this.lost.get(entry.entity);
      if (known) known.push(entry);
      else this.lost.set(entry.entity, [entry]);
      this.touched.add(entry.entity);
      const { body, header, opId } = entry;
      const { firstEntries, members } = this.reader.view;
      if (body === null || firstEntries.has(opId)) continue;
      await this.keyring.holdLost(body, header.epoch, members.commits);
    }
    // Twice: an op of one may need the secret that a genesis of another brings.
    for (let turn = 0; turn < 2; turn += 1) {
      await this.#open([...this.waiting.values()]);
      for (const op of this.outbox.ops.values()) await this.openUnsent(op);
      await this.#openLost();
    }
    this.#forget(this.#lostErasures);
    this.bar();
  }

  /**
   * Seals nothing for whom a lost log had revoked, until the log has a later word on them.
   *
   * Once a person has heard, only those who would revoke them again go by what was lost; others by the log.
   */
  bar(): void {
    const { members } = this.reader.view;
    const lost = this.lost.get(entityOfSpace(this.space)) ?? [];
    const own = members.byDevice.get(this.identity.device);
    const administers = own !== undefined && may(own, ROLE_ADMIN);
    const goesByLog = this.restored_ms === null && !administers;
    const { byDevice } = goesByLog ? members : lastKnown(members, this.controls, lost);
    const isOut = (device: DeviceId) => {
      const member = byDevice.get(device);
      return member !== undefined && isRevoked(member);
    };
    this.keyring.lost.barred = new Set([...this.keyring.lost.revoked].filter(isOut));
  }

  /** Opens what a server has lost and could not be read yet: the log may have brought its secret or its key. */
  async #openLost(): Promise<void> {
    for (const { opId, header, body, row } of [...this.lost.values()].flat()) {
      if (body === null && row.form === 1) await this.#openApart(opId, header, row);
    }
  }

  /** Opens an op that the log does not have; its secret is taken unless there is one. */
  async #openApart(opId: OpId, header: Header, row: OpRow): Promise<void> {
    if (this.payloads.has(opId) || this.isErased(header.entity)) return;
    const payload = await this.keyring.open(header, row.header, row.sealed);
    if (payload === null) return;
    this.payloads.set(opId, payload);
    this.touched.add(header.entity);
    if (payload.secret !== null && !this.keyring.secrets.has(header.entity)) {
      this.keyring.hold(header.entity, payload.secret);
    }
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
      if (this.isErased(entry.entity)) continue;
      this.#entriesOf(entry.entity).push(entry);
      this.touched.add(entry.entity);
      if (entry.row.form === 1) closed.add(entry);
      const command = commandOf(entry.opId, entry.header, this.registry);
      if (command !== null) {
        this.commands.push([command, entry.server_ms]);
        this.rulings.apply(command, entry.server_ms);
      }
    }
    await this.#open([...closed].filter(({ entity }) => !this.isErased(entity)));
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
    const { members } = this.reader.view;
    if (body?.kind === 'erase') this.#forget(new Set(body.entities));
    const { lost } = this.keyring;
    const wasStanding = lost.stand;
    const learnt = body && (await this.keyring.learn(body, header.epoch, members.commits));
    if ((wasStanding && !lost.stand) || this.#isAnswered(body)) this.outbox.conflict();
    return learnt ? [...this.waiting.values()] : [];
  }

  /** Tells whether a revocation answers an addition that waits: sent from here on, it would undo it. */
  #isAnswered(body: Body | null): boolean {
    if (body?.kind !== 'member' || !isRevoked(body)) return false;
    const lost = this.lost.get(entityOfSpace(this.space)) ?? [];
    const { firstEntries } = this.reader.view;
    return this.outbox.inState('queued').some((op) => {
      const { kind, opClass } = op.header;
      const isUnsent = opClass === OpClass.CONTROL && !firstEntries.has(op.opId);
      if (!isUnsent || !isControlKind(kind)) return false;
      return isAnswered(this.controls, lost, op, decodeBody(kind, op.sealed, this.space));
    });
  }

  /** Lets go of all that entities were here, and of their keys; the rulings are made again without them. */
  #forget(entities: ReadonlySet<EntityId>): void {
    if (entities.size === 0) return;
    for (const entity of entities) {
      const gone = [...(this.entries.get(entity) ?? []), ...(this.lost.get(entity) ?? [])];
      for (const { opId } of gone) {
        this.payloads.delete(opId);
        this.waiting.delete(opId);
      }
      this.entries.delete(entity);
      this.lost.delete(entity);
      this.keyring.forget(entity);
      this.touched.add(entity);
    }
    this.commands = this.commands.filter(([{ header }]) => !entities.has(header.entity));
    this.rulings = rulings(this.commands);
    this.#settleOutbox();
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

  /** An op leaves the outbox when it stands in the log, or with its entity; one in flight waits for its answer. */
  #settleOutbox(): void {
    const { firstEntries } = this.reader.view;
    const { ops, flight } = this.outbox;
    const erased = [...ops.values()].filter(({ header }) => this.isErased(header.entity));
    for (const { opId } of erased) this.payloads.delete(opId);
    const carried = new Set(flight?.opIds);
    const gone = erased.map(({ opId }) => opId).filter((name) => !carried.has(name));
    const logged = [...ops.keys()].filter((name) => firstEntries.has(name));
    this.outbox.pulled(new Set([...gone, ...logged]));
  }

  /** A lost op is one no more when it stands in the log again; what a lost erasure has erased stays so. */
  #settleLost(): void {
    const { firstEntries } = this.reader.view;
    for (const [entity, entries] of this.lost) {
      const still = stillLost(entries, (opId) => firstEntries.has(opId));
      if (still.length > 0) this.lost.set(entity, still);
      else this.lost.delete(entity);
    }
  }
}

/** Tells whether an op of the log has an effect of its own. */
export function isSound(entry: Entry): entry is SoundEntry {
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
