/**
 * Random honest histories of one entity: devices that write, push and pull as they like, and what truly happened.
 *
 * Truth is happened-before: a setter of a name is superseded if and only if a later setter of the name
 * had it in its causal past. The fold knows bases only and must come to the same.
 */
import fc from 'fast-check';
import { compareOrder, HLC_FIRST, type Hlc, order, receive, tick } from '../../src/engine/clock.ts';
import type { OpId } from '../../src/engine/ids.ts';
import {
  baseOf,
  basesOf,
  FIELD,
  type FoldOp,
  liveOps,
  superseded,
} from '../../src/engine/liveness.ts';
import { OpClass } from '../../src/engine/op.ts';
import { Chance } from './chance.ts';
import { foldOp, name, START_MS } from './kit.ts';

const NAMES = ['x', 'y', 'z'];

/** One store: how far it has pulled, its outbox with how much of it is pushed, and its clock. */
export type Device = {
  readonly skew_ms: number;
  cursor: number;
  outbox: FoldOp[];
  pushed: number;
  hlc: Hlc;
};

/** Steps of three devices and a server, driven by one seed. */
export class History {
  readonly devices: readonly Device[];
  readonly log: FoldOp[] = [];
  readonly #chance: Chance;
  readonly #past = new Map<OpId, ReadonlySet<OpId>>();
  #now_ms = START_MS;
  #server_ms = START_MS;

  constructor(seed: number, skew_ms = 0) {
    this.#chance = new Chance(seed);
    this.devices = [0, skew_ms, -skew_ms].map((skew) => {
      return { skew_ms: skew, cursor: 0, outbox: [], pushed: 0, hlc: HLC_FIRST };
    });
  }

  /** Takes some steps, then lets every device push and pull. */
  run(): this {
    const steps = this.#chance.between(5, 30);
    for (let step = 0; step < steps; step += 1) {
      const device = this.#chance.pick(this.devices);
      this.#now_ms += this.#chance.between(0, 400_000);
      this.#chance.pick([this.#write, this.#write, this.#push, this.#pull]).call(this, device);
    }
    for (const device of this.devices) this.#push(device);
    for (const device of this.devices) {
      while (device.cursor < this.log.length) this.#pull(device);
    }
    return this;
  }

  /** Returns what a device sees: the log up to its cursor, then its outbox. */
  view(device: Device): FoldOp[] {
    return [...this.log.slice(0, device.cursor), ...device.outbox];
  }

  /** Sets some names on what the device sees, killing what is wholly superseded now and then. */
  #write(device: Device): void {
    const view = this.view(device);
    const live = liveOps(view);
    const number = this.#past.size + 1;
    device.hlc = tick(device.hlc, Math.max(0, this.#now_ms + device.skew_ms));
    const chosen = this.#chance.shuffle(NAMES).slice(0, this.#chance.between(1, 4));
    const values = Object.fromEntries(chosen.map((key) => [key, number]));
    const bases = chosen.map((key) => [key, baseOf(live, null, `${FIELD}${key}`).map(numberOf)]);
    const opClass = this.#past.size > 0 ? OpClass.EDIT : OpClass.GENESIS;
    const header = { opClass, hlc_ms: device.hlc.ms, hlc_ctr: device.hlc.ctr };
    const base = Object.fromEntries(bases) as Record<string, number[]>;
    const op = foldOp(number, values, { base, header, server_ms: null });
    const mayKill = opClass === OpClass.EDIT && this.#chance.next() < 0.6;
    const kills = mayKill ? superseded([...live, op]) : [];
    const past = view.flatMap(({ opId }) => [opId, ...(this.#past.get(opId) ?? [])]);
    this.#past.set(op.opId, new Set(past));
    device.outbox.push({ ...op, header: { ...op.header, kills } });
  }

  /** Logs the device's unsent ops as one segment; they leave its outbox when it pulls. */
  #push(device: Device): void {
    const waiting = device.outbox.slice(device.pushed);
    if (waiting.length === 0) return;
    this.#server_ms = Math.max(this.#now_ms, this.#server_ms + 1);
    this.log.push(...waiting.map((op) => ({ ...op, server_ms: this.#server_ms })));
    device.pushed = device.outbox.length;
  }

  /** Applies some of the log, or all of it. */
  #pull(device: Device): void {
    const some = this.#chance.between(device.cursor, this.log.length + 1);
    const end = this.#chance.pick([this.log.length, some]);
    const pulled = this.log.slice(device.cursor, end);
    for (const op of pulled) device.hlc = receive(device.hlc, op.header, op.server_ms ?? 0);
    const names = new Set(pulled.map((op) => op.opId));
    device.pushed -= device.outbox.filter((op) => names.has(op.opId)).length;
    device.outbox = device.outbox.filter((op) => !names.has(op.opId));
    device.cursor = end;
  }

  /** Returns the setters of a name that no other setter had in its past. */
  trueSiblings(key: string): OpId[] {
    const setters = setOf(this.log, key).map((op) => op.opId);
    const isKnown = (one: OpId) => setters.some((other) => this.#past.get(other)?.has(one));
    return setters.filter((one) => !isKnown(one)).sort();
  }

  /** Returns the live setter of greatest order. */
  greatest(key: string): OpId | undefined {
    const setters = setOf(liveOps(this.log), key).sort((a, b) =>
      compareOrder(order(a.header, a.opId, a.server_ms), order(b.header, b.opId, b.server_ms)),
    );
    return setters.at(-1)?.opId;
  }
}

function setOf(ops: readonly FoldOp[], key: string): FoldOp[] {
  return ops.filter((op) => basesOf(op).has(`${FIELD}${key}`));
}

function numberOf(opId: OpId): number {
  const number = Number.parseInt(opId, 16);
  if (name(number) !== opId) throw new RangeError('The name is no number.');
  return number;
}

const seeds = fc.nat(2 ** 32 - 1);

export const plainHistories = seeds.map((seed) => new History(seed).run());
/** Clocks eleven days wrong, in both directions. */
export const wildHistories = seeds.map((seed) => new History(seed, 10 ** 9).run());
export const histories = fc.oneof(plainHistories, wildHistories);
