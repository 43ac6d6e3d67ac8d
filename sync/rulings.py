"""Rulings: the commands of one space's log, folded in cursor order by server time and nothing else.

A command names the move it makes and the state it expects. It is

- applied, if that state is current, the move starts from it, and what it would hold is free or its own already;
- merged, if one answer is safe without a person: it asks for the state that is current already, or one of the two
  states prevails over the other by the machine's `beats`;
- pending otherwise: it changes nothing, and a person decides.

An earlier hold has expired if its `until` is at or before the server time of the later command's segment. Rulings
read headers only, so that a server without keys and a device agree. The server calls `rule` with the two facts it has
stored about the object and the thing; a device folds the whole log with `Rulings`: the results are the same.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, NamedTuple

from sync.codec import encode
from sync.ids import OpId
from sync.op import Header, OpClass, row_name
from sync.registry import Registry
from sync.ruleset import EXPECT, MOVE, Machine, Move


class Outcome(StrEnum):
    """What became of a command."""

    APPLIED = "applied"
    MERGED = "merged"
    PENDING = "pending"


class ObjectId(NamedTuple):
    """What a command acts on: a kind of command, its entity, and the object's name within it (or the entity's id)."""

    kind: str
    entity: bytes
    name: bytes


class ObjectState(NamedTuple):
    """Where an object stands, the thing it last held, and the command that brought it there."""

    state: str
    thing: bytes | None
    by: OpId


class Hold(NamedTuple):
    """Who holds a thing, and until when in server milliseconds (None: until it is freed)."""

    holder: ObjectId
    until: int | None


class Ruling(NamedTuple):
    """The outcome of a command, and what it changes: nothing if it is pending.

    Attributes:
        state: the object's state after it; None: unchanged.
        takes: the thing it holds from now on, and how.
        frees: the thing to free if this object is its holder.
    """

    outcome: Outcome
    state: ObjectState | None = None
    takes: tuple[bytes, Hold] | None = None
    frees: bytes | None = None


@dataclass(frozen=True, slots=True)
class Command:
    """A command of the log: its op, and the machine of its kind."""

    op_id: OpId
    header: Header
    machine: Machine

    def fact(self, name: str | None) -> object:
        """Return the value of a plain fact, or None."""
        return next((value for fact, value in self.header.facts if fact == name), None)

    @property
    def target(self) -> ObjectId:
        """The object it acts on."""
        name = self.header.entity if self.machine.subject is None else self.fact(self.machine.subject)
        if not isinstance(name, bytes):
            name = row_name(self.op_id)
        return ObjectId(self.header.kind, self.header.entity, name)

    def thing(self, before: ObjectState | None) -> bytes | None:
        """Return what it would hold: the thing it names, else the one its object held last, else its entity."""
        rule = self.machine.hold
        if rule is None:
            return None
        named = self.header.entity if rule.thing is None else self.fact(rule.thing)
        return named if isinstance(named, bytes) else before.thing if before is not None else None


def command_of(op_id: OpId, header: Header, registry: Registry) -> Command | None:
    """Return the command that an op is, or None if its kind is not ruled."""
    rule = registry.kinds.get(header.kind) if header.op_class == OpClass.ROW else None
    return None if rule is None or rule.machine is None else Command(op_id, header, rule.machine)


def rule(command: Command, before: ObjectState | None, hold: Hold | None, server_ms: int) -> Ruling:
    """Rule one command.

    Args:
        command: the command, at its cursor.
        before: the state of `command.target`; None if no command has moved it.
        hold: who holds `command.thing(before)` by the commands before; None if nobody or if there is no such thing.
        server_ms: the server time of the command's segment.
    """
    machine = command.machine
    current = machine.start if before is None else before.state
    expect, name = command.fact(EXPECT), command.fact(MOVE)
    expected = machine.start if expect is None else expect
    move = machine.moves.get(name) if isinstance(name, str) else None
    if move is None:
        return Ruling(Outcome.PENDING)
    holds = machine.hold is not None and move.after in machine.hold.states
    is_free = not holds or hold is None or hold.holder == command.target or _is_expired(hold, server_ms)
    if expected == current and current in move.before:
        return _moved(Outcome.APPLIED, command, move, before) if is_free else Ruling(Outcome.PENDING)
    if _is_done(command, move, before) or move.after in machine.beats.get(current, ()):
        return Ruling(Outcome.MERGED)
    if current in machine.beats.get(move.after, ()) and is_free:
        return _moved(Outcome.MERGED, command, move, before)
    return Ruling(Outcome.PENDING)


def _is_expired(hold: Hold, server_ms: int) -> bool:
    return hold.until is not None and hold.until <= server_ms


def _is_done(command: Command, move: Move, before: ObjectState | None) -> bool:
    """Equal targets merge only if they also mean the same thing: two offers of two places are a person's to settle."""
    if before is None:
        return move.after == command.machine.start
    hold = command.machine.hold
    holds = hold is not None and move.after in hold.states
    return move.after == before.state and (not holds or command.thing(before) == before.thing)


def _moved(outcome: Outcome, command: Command, move: Move, before: ObjectState | None) -> Ruling:
    hold, thing, held = command.machine.hold, command.thing(before), before.thing if before is not None else None
    if hold is None or thing is None:
        return Ruling(outcome, ObjectState(move.after, None, command.op_id))
    if move.after not in hold.states:
        return Ruling(outcome, ObjectState(move.after, None, command.op_id), frees=held)
    until = command.fact(hold.until)
    takes = thing, Hold(command.target, until if type(until) is int else None)
    return Ruling(outcome, ObjectState(move.after, thing, command.op_id), takes, held if held != thing else None)


class Rulings:
    """The rulings of a space so far; `apply` takes its commands in cursor order."""

    def __init__(self) -> None:
        self.states: dict[ObjectId, ObjectState] = {}
        self.holds: dict[bytes, Hold] = {}
        self.outcomes: dict[OpId, Outcome] = {}

    def apply(self, command: Command, server_ms: int) -> Ruling:
        """Rule the next command of the log and keep what it changes."""
        before = self.states.get(command.target)
        thing = command.thing(before)
        ruling = rule(command, before, None if thing is None else self.holds.get(thing), server_ms)
        self.outcomes[command.op_id] = ruling.outcome
        if ruling.state is not None:
            self.states[command.target] = ruling.state
        if ruling.frees is not None and self._is_holder(command.target, ruling.frees):
            del self.holds[ruling.frees]
        if ruling.takes is not None:
            self.holds[ruling.takes[0]] = ruling.takes[1]
        return ruling

    def _is_holder(self, target: ObjectId, thing: bytes) -> bool:
        return thing in self.holds and self.holds[thing].holder == target


def rulings(commands: Iterable[tuple[Command, int]]) -> Rulings:
    """Return the rulings of (command, server_ms) pairs in cursor order, from the first."""
    folded = Rulings()
    for command, server_ms in commands:
        folded.apply(command, server_ms)
    return folded


def rulings_bytes(folded: Rulings) -> bytes:
    """Return the rulings in their one form: the lists of objects, holds and outcomes, each ascending by its bytes."""
    tables: list[dict[Any, Any]] = [folded.states, folded.holds, folded.outcomes]
    return encode([sorted(table.items(), key=encode) for table in tables])
