/**
 * Rulings: the commands of one space's log, folded in cursor order by server time and nothing else.
 *
 * A command names the move it makes and the state it expects. It is
 *
 * - applied, if that state is current, the move starts from it, and what it would hold is free or its own already;
 * - merged, if one answer is safe without a person: it asks for the state that is current already, or
 *   one of the two states prevails over the other by the machine's `beats`;
 * - pending otherwise: it changes nothing, and a person decides.
 *
 * An earlier hold has expired if its `until` is at or before the server time of the later command's
 * segment. Rulings read headers only, so that a server without keys and a device agree: the server
 * rules by the two facts it has stored, a device folds the whole log, and the results are the same.
 */
import { type Bytes, compareBytes, fromHex, toHex } from './bytes.ts';
import { encode, type Value } from './codec.ts';
import { bytesOf, type EntityId, type OpId } from './ids.ts';
import { type Fact, type Header, OpClass, rowName } from './op.ts';
import { type Registry } from './registry.ts';
import { EXPECT, type Machine, MOVE, type Move } from './ruleset.ts';

/** What became of a command. */
export type Outcome = 'applied' | 'merged' | 'pending';

/** What a command acts on: `kind/entity/name`, its entity and the object's name within it (or the entity's id) in hex. */
export type ObjectId = `${string}/${EntityId}/${string}`;

/** What objects hold: the hex of an id. */
export type ThingId = string;

/** Where an object stands, the thing it last held, and the command that brought it there. */
export type ObjectState = {
  readonly state: string;
  readonly thing: ThingId | null;
  readonly by: OpId;
};

/** Who holds a thing, and until when in server milliseconds (null: until it is freed). */
export type Hold = { readonly holder: ObjectId; readonly until: number | null };

/** The outcome of a command, and what it changes: nothing if it is pending. */
export type Ruling = {
  readonly outcome: Outcome;
  /** The object's state after it; null: unchanged. */
  readonly state: ObjectState | null;
  /** The thing it holds from now on, and how. */
  readonly takes: readonly [ThingId, Hold] | null;
  /** The thing to free if this object is its holder. */
  readonly frees: ThingId | null;
};

/** A command of the log: its op, and the machine of its kind. */
export class Command {
  readonly opId: OpId;
  readonly header: Header;
  readonly machine: Machine;

  constructor(opId: OpId, header: Header, machine: Machine) {
    this.opId = opId;
    this.header = header;
    this.machine = machine;
  }

  /** Returns the value of a plain fact, or null. */
  fact(name: string | null): Fact {
    return this.header.facts.find(([fact]) => fact === name)?.[1] ?? null;
  }

  /** The object it acts on. */
  get target(): ObjectId {
    const { kind, entity } = this.header;
    if (this.machine.subject === null) return `${kind}/${entity}/${entity}`;
    const named = this.fact(this.machine.subject);
    return `${kind}/${entity}/${toHex(named instanceof Uint8Array ? named : rowName(this.opId))}`;
  }

  /** Returns what it would hold: the thing it names, else the one its object held last, else its entity. */
  thing(before: ObjectState | null): ThingId | null {
    const rule = this.machine.hold;
    if (rule === null) return null;
    if (rule.thing === null) return this.header.entity;
    const named = this.fact(rule.thing);
    return named instanceof Uint8Array ? toHex(named) : (before?.thing ?? null);
  }

  /** The move it makes, or null if its machine has none of that name. */
  get move(): Move | null {
    const named = this.fact(MOVE);
    return (typeof named === 'string' ? this.machine.moves.get(named) : null) ?? null;
  }

  /** Tells whether objects hold their thing in this state. */
  holdsIn(state: string): boolean {
    return this.machine.hold?.states.has(state) ?? false;
  }
}

/** Returns the command that an op is, or null if its kind is not ruled. */
export function commandOf(opId: OpId, header: Header, registry: Registry): Command | null {
  const machine = registry.kinds.get(header.kind)?.machine;
  if (header.opClass !== OpClass.ROW || machine === undefined) return null;
  return new Command(opId, header, machine);
}

const PENDING: Ruling = { outcome: 'pending', state: null, takes: null, frees: null };
const MERGED: Ruling = { ...PENDING, outcome: 'merged' };

/**
 * Rules one command at its cursor.
 *
 * `before` is the state of `command.target`, null if no command has moved it; `hold` is who holds
 * `command.thing(before)` by the commands before, null if nobody or if there is no such thing;
 * `server_ms` is the server time of the command's segment.
 */
export function rule(
  command: Command,
  before: ObjectState | null,
  hold: Hold | null,
  server_ms: number,
): Ruling {
  const { machine, move } = command;
  if (move === null) return PENDING;
  const current = before?.state ?? machine.start;
  const expected = command.fact(EXPECT) ?? machine.start;
  const isFree =
    !command.holdsIn(move.after) ||
    hold === null ||
    hold.holder === command.target ||
    isExpired(hold, server_ms);
  if (expected === current && move.before.has(current)) {
    return isFree ? moved('applied', command, move, before) : PENDING;
  }
  if (isDone(command, move, before) || machine.beats.get(current)?.has(move.after)) return MERGED;
  if (machine.beats.get(move.after)?.has(current) && isFree) {
    return moved('merged', command, move, before);
  }
  return PENDING;
}

function isExpired({ until }: Hold, server_ms: number): boolean {
  return until !== null && until <= server_ms;
}

/** Equal targets merge only if they also mean the same thing: two offers of two places are a person's to settle. */
function isDone(command: Command, move: Move, before: ObjectState | null): boolean {
  if (before === null) return move.after === command.machine.start;
  const isSame = !command.holdsIn(move.after) || command.thing(before) === before.thing;
  return move.after === before.state && isSame;
}

function moved(outcome: Outcome, command: Command, move: Move, before: ObjectState | null): Ruling {
  const { hold } = command.machine;
  const [thing, held] = [command.thing(before), before?.thing ?? null];
  const left = { state: move.after, thing: null, by: command.opId };
  if (hold === null || thing === null) return { ...PENDING, outcome, state: left };
  if (!hold.states.has(move.after)) return { ...PENDING, outcome, state: left, frees: held };
  const until = command.fact(hold.until);
  const takes = { holder: command.target, until: typeof until === 'number' ? until : null };
  const frees = held === thing ? null : held;
  return { outcome, state: { ...left, thing }, takes: [thing, takes], frees };
}

/** The rulings of a space so far; `apply` takes its commands in cursor order. */
export class Rulings {
  readonly states = new Map<ObjectId, ObjectState>();
  readonly holds = new Map<ThingId, Hold>();
  readonly outcomes = new Map<OpId, Outcome>();

  /** Rules the next command of the log and keeps what it changes. */
  apply(command: Command, server_ms: number): Ruling {
    const { target } = command;
    const before = this.states.get(target) ?? null;
    const thing = command.thing(before);
    const hold = thing === null ? null : (this.holds.get(thing) ?? null);
    const ruling = rule(command, before, hold, server_ms);
    this.outcomes.set(command.opId, ruling.outcome);
    if (ruling.state !== null) this.states.set(target, ruling.state);
    if (ruling.frees !== null && this.holds.get(ruling.frees)?.holder === target) {
      this.holds.delete(ruling.frees);
    }
    if (ruling.takes !== null) this.holds.set(...ruling.takes);
    return ruling;
  }
}

export type RuledCommand = readonly [command: Command, server_ms: number];

/** Returns the rulings of commands in cursor order, from the first. */
export function rulings(commands: Iterable<RuledCommand>): Rulings {
  const folded = new Rulings();
  for (const [command, server_ms] of commands) folded.apply(command, server_ms);
  return folded;
}

/** Returns the rulings in their one form: the lists of objects, holds and outcomes, each ascending by its bytes. */
export function rulingsBytes({ states, holds, outcomes }: Rulings): Bytes {
  const objects = Array.from(states, ([object, { state, thing, by }]) => [
    objectParts(object),
    [state, thing === null ? null : fromHex(thing), bytesOf(by)],
  ]);
  const held = Array.from(holds, ([thing, { holder, until }]) => [
    fromHex(thing),
    [objectParts(holder), until],
  ]);
  const ruled = Array.from(outcomes, ([opId, outcome]) => [bytesOf(opId), outcome]);
  return encode([objects, held, ruled].map(ascending));
}

function objectParts(object: ObjectId): Value {
  const [kind = '', entity = '', name = ''] = object.split('/');
  return [kind, fromHex(entity), fromHex(name)];
}

function ascending(rows: readonly Value[]): Value {
  const encoded = rows.map((row): [Bytes, Value] => [encode(row), row]);
  return encoded.sort(([a], [b]) => compareBytes(a, b)).map(([, row]) => row);
}
