/**
 * The outbox: a device's ops that are not in the log yet, in write order, and what each answer does to them.
 *
 * An op leaves the outbox when it is pulled back at its cursor, not at 200; and no answer makes a
 * client drop an op: what the server refuses is set aside, kept and shown. A segment once signed is
 * sent exactly as it is until it is answered.
 */
import { type Bytes } from './bytes.ts';
import {
  type AlreadyLogged,
  type EpochConflict,
  type OpRefusal,
  type Refusal,
  type StreamMoved,
} from './errors.ts';
import {
  type DeviceId,
  type Digest,
  type HeaderBytes,
  type OpId,
  type Sealed,
  type SpaceId,
  type StreamId,
} from './ids.ts';
import { type SigningKey } from './keys.ts';
import { PUSH_BYTES_MAX, PUSH_OPS_MAX } from './limits.ts';
import { type Header, OpClass } from './op.ts';
import { chain, decodeSegment, encodePush, encodeSegment, head0, signSegment } from './segment.ts';

/** The code under which control ops are set aside that are to be built again. */
export const CONFLICT = 'epoch_conflict';

/** What a push adds at most to its headers and sealed payloads: segment and signature, and two lengths an op. */
export const PUSH_OVERHEAD_BYTES = 512;
export const OP_OVERHEAD_BYTES = 8;

/** Where an op of the outbox stands: to be sent, known to be in the log, or set aside for a person. */
export type OutState = 'queued' | 'acknowledged' | 'aside';

/** What the caller does after a refusal; the outbox has done its own part. */
export type Reaction = 'send' | 'rebuild_control' | 'restore' | 'salvage' | 'authenticate' | 'wait';

/** An op of the outbox; `code` says why it was set aside. */
export type OutOp = {
  readonly opId: OpId;
  readonly header: Header;
  readonly headerBytes: HeaderBytes;
  readonly sealed: Sealed;
  readonly state: OutState;
  readonly code: string | null;
};

/** The signed segment that waits for its answer. */
export type Flight = { readonly seg: Bytes; readonly sig: Bytes; readonly opIds: readonly OpId[] };

/** Each op of a stream with the head after it. */
type Sent = readonly (readonly [OpId, Digest])[];

/** The refusals after which another segment is sent; after any other the one in flight stays as it is. */
type CutsAnew = Extract<
  Refusal,
  | StreamMoved
  | AlreadyLogged
  | EpochConflict
  | OpRefusal
  | { readonly code: 'too_large' | 'bad_seg' | 'bad_sig' | 'bad_chain' }
>;

/** One device's outbox in one space. */
export class Outbox {
  readonly space: SpaceId;
  readonly device: DeviceId;
  /** The stream in use; another one after the server moved it. */
  stream: StreamId;
  /** Every op by its name, in write order. */
  readonly ops = new Map<OpId, OutOp>();
  /** The last ops of the stream that the server has answered for, with the head after each. */
  sent: Sent = [];
  /** How many ops of the stream came before those: they stand in the log and are forgotten here. */
  settled = 0;
  /** The head after the settled ones; null for none. */
  base: Digest | null = null;
  flight: Flight | null = null;
  /** How many ops the next segment may hold. */
  opsMax = PUSH_OPS_MAX;
  /** Whether the segment was cut anew because the server could not read the one before. */
  rebuilt = false;
  /** The cursor up to which the server knows that this device has applied the log. */
  confirmed = 0;

  constructor(space: SpaceId, device: DeviceId, stream: StreamId) {
    this.space = space;
    this.device = device;
    this.stream = stream;
  }

  /** Keeps a new op; it is saved with this and never changes again. */
  add(op: OutOp): void {
    this.ops.set(op.opId, op);
  }

  /** Returns the ops that stand so, in write order. */
  inState(state: OutState): OutOp[] {
    return [...this.ops.values()].filter((op) => op.state === state);
  }

  /**
   * Returns the push to send now, or null if nothing waits: the one in flight again, else a new segment.
   *
   * `seenCursor` and `seenLog` are those of the last segment end that this device applied, `held` the ops that are not
   * for a segment yet, and `confirms` whether a segment is due even without ops: an acknowledgement of what was seen.
   * Store the outbox before sending what this returns.
   */
  async push(
    signing: SigningKey,
    seenCursor: number,
    seenLog: Digest,
    held: ReadonlySet<OpId> = new Set(),
    confirms = false,
  ): Promise<Bytes | null> {
    const ops = this.#fitting(this.inState('queued').filter(({ opId: name }) => !held.has(name)));
    if (this.flight === null && ops.length === 0 && !confirms) return null;
    this.flight ??= await this.#cut(ops, signing, seenCursor, seenLog);
    const { seg, sig, opIds } = this.flight;
    const pairs = opIds.map((name) => this.#op(name));
    return encodePush(
      seg,
      sig,
      pairs.map(({ headerBytes, sealed }) => [headerBytes, sealed]),
    );
  }

  /** Takes a receipt for `n` ops: they are acknowledged and stay until pulled. False if none like it is due. */
  accept(n: number): boolean {
    if (this.flight?.opIds.length !== n) return false;
    this.sent = this.#chain();
    this.confirmed = Math.max(this.confirmed, decodeSegment(this.flight.seg).seenCursor);
    this.#mark(this.flight.opIds, 'acknowledged');
    this.opsMax = PUSH_OPS_MAX;
    this.rebuilt = false;
    this.flight = null;
    return true;
  }

  /** Lets go of ops that stand in the log; a flight of which all do has been answered by that. */
  pulled(opIds: ReadonlySet<OpId>): void {
    const inFlight = this.flight?.opIds ?? [];
    if (inFlight.length > 0 && inFlight.every((name) => opIds.has(name))) {
      this.accept(inFlight.length);
    }
    const carried = new Set(this.flight?.opIds);
    for (const name of opIds) if (!carried.has(name)) this.ops.delete(name);
    const kept = this.sent.findIndex(([name]) => this.ops.has(name));
    const gone = kept < 0 ? this.sent.length : kept;
    this.base = this.sent[gone - 1]?.[1] ?? this.base;
    this.settled += gone;
    this.sent = this.sent.slice(gone);
  }

  /** Takes a refusal and returns what the caller does now. `fresh` is a new random stream. */
  refuse(refusal: Refusal, fresh: StreamId): Reaction {
    switch (refusal.code) {
      case 'log_mismatch':
        return 'restore';
      case 'device_revoked':
      case 'not_member':
      case 'role_missing':
        return 'salvage';
      case 'unauthenticated':
        return 'authenticate';
      case 'too_many_requests':
      case 'unavailable':
      case 'space_exists':
      case 'bad_request':
      case 'unknown_cursor':
      case 'internal_error':
        return 'wait';
      default:
        return this.flight === null ? 'wait' : this.#cutAnew(this.flight, refusal, fresh);
    }
  }

  #cutAnew(flight: Flight, refusal: CutsAnew, fresh: StreamId): Reaction {
    const sent = this.#chain();
    this.flight = null;
    switch (refusal.code) {
      case 'stream_moved':
        this.#move(refusal, sent, fresh);
        return 'send';
      case 'already_logged':
        this.#acknowledge(flight, refusal);
        return 'send';
      case 'too_large':
        this.#halve(flight, refusal.code);
        return 'send';
      case 'epoch_conflict':
        // Those that wait stand on those that were refused: an addition, on the key of a rotation that lost.
        this.#setAside(
          [...flight.opIds, ...this.inState('queued').map(({ opId }) => opId)].filter((name) =>
            this.#isControl(name),
          ),
          refusal.code,
        );
        return 'rebuild_control';
      case 'bad_header':
      case 'bad_fact':
      case 'bad_control':
        this.#setOneAside(flight, refusal);
        return 'send';
      case 'bad_seg':
      case 'bad_sig':
      case 'bad_chain':
        this.#rebuild(flight, refusal.code);
        return 'send';
    }
  }

  /**
   * Begins again after a server has lost the end of its log: what it may have lost is sent again, oldest first.
   *
   * The segment in flight names a log that is no more, so its ops are cut anew; if one of them is in the log, the
   * server says so. No op changes. `returned` are this device's own ops that were in the log, in its order, and
   * `fresh` is a new random stream.
   */
  restart(returned: readonly OutOp[], fresh: StreamId): void {
    this.flight = null;
    this.#begin(fresh);
    this.opsMax = PUSH_OPS_MAX;
    this.rebuilt = false;
    this.confirmed = 0;
    this.#mark(
      this.inState('acknowledged').map(({ opId: name }) => name),
      'queued',
    );
    const again = returned.map((op) => [op.opId, op] as const);
    this.#keep(new Map([...again, ...this.ops]));
  }

  /** Sets every control op aside that waits: it stands on an epoch that the log will not have. */
  conflict(): void {
    const carried = new Set(this.flight?.opIds);
    const waiting = this.inState('queued').filter((op) => isControl(op) && !carried.has(op.opId));
    this.#setAside(
      waiting.map(({ opId: name }) => name),
      CONFLICT,
    );
  }

  /** Keeps an op in the place of one that was sealed under a key which is no more, and was never logged. */
  putInPlace(old: OpId, op: OutOp): void {
    this.#keep(
      new Map(Array.from(this.ops, (kept) => (kept[0] === old ? ([op.opId, op] as const) : kept))),
    );
  }

  #keep(ops: ReadonlyMap<OpId, OutOp>): void {
    this.ops.clear();
    for (const [name, op] of ops) this.ops.set(name, op);
  }

  #begin(fresh: StreamId): void {
    this.stream = fresh;
    this.sent = [];
    this.settled = 0;
    this.base = null;
  }

  /**
   * Returns the queued ops of the next segment; those that found a space stand alone in the first.
   *
   * A run of control ops is not cut in two where it can be kept whole: a revocation goes with its rotation.
   */
  #fitting(queued: readonly OutOp[]): OutOp[] {
    const fitting: OutOp[] = [];
    let size = PUSH_OVERHEAD_BYTES;
    for (const op of queued) {
      size += op.headerBytes.length + op.sealed.length + OP_OVERHEAD_BYTES;
      const [first] = fitting;
      const isNextKind = first && (op.header.epoch === 0) !== (first.header.epoch === 0);
      if (fitting.length === this.opsMax || (first && size > PUSH_BYTES_MAX) || isNextKind) {
        const record = fitting.findLastIndex((one) => !isControl(one));
        return isControl(op) && record >= 0 ? fitting.slice(0, record + 1) : fitting;
      }
      fitting.push(op);
    }
    return fitting;
  }

  async #cut(
    ops: readonly OutOp[],
    signing: SigningKey,
    seenCursor: number,
    seenLog: Digest,
  ): Promise<Flight> {
    const { space, stream, device } = this;
    const opIds = ops.map((op) => op.opId);
    const prevHead = this.#head();
    const head = chain(prevHead, opIds).at(-1) ?? prevHead;
    const [fromSeq, n] = [this.settled + this.sent.length + 1, ops.length];
    const segment = { space, stream, device, fromSeq, n, prevHead, head, seenCursor, seenLog };
    const seg = encodeSegment(segment);
    return { seg, sig: await signSegment(signing, seg), opIds };
  }

  #head(): Digest {
    return this.sent.at(-1)?.[1] ?? this.#base();
  }

  #base(): Digest {
    return this.base ?? head0(this.space, this.stream, this.device);
  }

  /** Returns the last ops of the stream with the head after each, those in flight included. */
  #chain(): Sent {
    const opIds = this.flight?.opIds ?? [];
    const heads = chain(this.#head(), opIds);
    const flying = opIds.map((name, at) => [name, heads[at] ?? this.#head()] as const);
    return [...this.sent, ...flying];
  }

  /** Goes on from where the server stands if that is a head of ours; else sends the same ops in a new stream. */
  #move({ nextSeq, head }: StreamMoved, sent: Sent, fresh: StreamId): void {
    const kept = (nextSeq ?? 0) - 1 - this.settled;
    const heads = [this.#base(), ...sent.map(([, after]) => after)];
    if (head === null || heads[kept] !== head) {
      this.#begin(fresh);
      return;
    }
    const opIds = sent.map(([name]) => name);
    this.#mark(opIds.slice(0, kept), 'acknowledged');
    this.#mark(opIds.slice(kept), 'queued');
    this.sent = sent.slice(0, kept);
  }

  #acknowledge(flight: Flight, { opIds, code }: AlreadyLogged): void {
    const logged = flight.opIds.filter((name) => opIds.includes(name));
    this.#mark(logged, 'acknowledged');
    if (logged.length === 0) this.#rebuild(flight, code);
  }

  #halve(flight: Flight, code: string): void {
    this.opsMax = Math.floor(flight.opIds.length / 2);
    if (this.opsMax > 0) return;
    this.#setAside(flight.opIds, code);
    this.opsMax = PUSH_OPS_MAX;
  }

  #setOneAside(flight: Flight, refusal: OpRefusal): void {
    const { index, code } = refusal;
    const name = flight.opIds.find((one, at) => one === refusal.opId || at === index);
    if (name === undefined) {
      this.#rebuild(flight, code);
      return;
    }
    const { opClass, entity } = this.#op(name).header;
    const orphans = opClass === OpClass.GENESIS ? this.inState('queued') : [];
    const ofEntity = orphans.filter(({ header }) => header.entity === entity);
    this.#setAside([name, ...ofEntity.map((op) => op.opId)], code);
  }

  /** Cuts the same ops anew once; if the server still cannot read them, sets them aside. */
  #rebuild(flight: Flight, code: string): void {
    if (this.rebuilt) this.#setAside(flight.opIds, code);
    this.rebuilt = !this.rebuilt;
  }

  #isControl(name: OpId): boolean {
    return isControl(this.#op(name));
  }

  /** Returns an op that a flight carries: those never leave before it is answered. */
  #op(name: OpId): OutOp {
    const op = this.ops.get(name);
    if (op === undefined) throw new Error('An op in flight has left the outbox.');
    return op;
  }

  #mark(names: readonly OpId[], state: OutState): void {
    for (const name of names) {
      const op = this.ops.get(name);
      if (op !== undefined) this.ops.set(name, { ...op, state, code: null });
    }
  }

  #setAside(names: readonly OpId[], code: string): void {
    for (const name of names) this.ops.set(name, { ...this.#op(name), state: 'aside', code });
  }
}

function isControl({ header }: OutOp): boolean {
  return header.opClass === OpClass.CONTROL;
}
