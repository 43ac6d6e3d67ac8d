"""The ruleset as data: which state machine a kind of command follows. Its words are the application's."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

MOVE: Final = "move"
EXPECT: Final = "expect"
"""The facts by which a command says what it does and which state it expects to find."""


@dataclass(frozen=True, slots=True)
class Move:
    """One transition: the states it starts from, and the state it leads to."""

    before: frozenset[str]
    after: str


@dataclass(frozen=True, slots=True)
class HoldRule:
    """Which thing an object holds, in which of its states, and until when.

    Attributes:
        states: the states in which the object holds the thing; leaving them frees it.
        thing: name of the id fact that names the thing; None: the command's entity is the thing.
        until: name of the int fact (server milliseconds) at which a hold ends by itself.
    """

    states: frozenset[str]
    thing: str | None = None
    until: str | None = None


@dataclass(frozen=True, slots=True)
class Machine:
    """The state machine that the commands of one kind drive.

    Attributes:
        start: the state of an object before its first command.
        moves: what each move does; a state that no move starts from is terminal.
        beats: for a target state, the states over which it prevails without a person.
        subject: name of the id fact that names the object; a command without it opens an object named by the first
            16 bytes of its own op_id. None: the object is the command's entity.
        hold: what the objects hold, if anything.
    """

    start: str
    moves: Mapping[str, Move]
    beats: Mapping[str, frozenset[str]] = field(default_factory=dict)
    subject: str | None = None
    hold: HoldRule | None = None

    @property
    def states(self) -> frozenset[str]:
        """Every state the machine knows."""
        return frozenset({self.start}).union(*(move.before | {move.after} for move in self.moves.values()))

    @property
    def terminal(self) -> frozenset[str]:
        """The states that no move leaves."""
        return self.states.difference(*(move.before for move in self.moves.values()))


def moves_of(table: Mapping[str, tuple[str | tuple[str, ...], str]]) -> dict[str, Move]:
    """Return the moves of a plain table such as `{"send": ("draft", "sent"), "stop": (("draft", "sent"), "off")}`."""
    return {
        name: Move(frozenset({before} if isinstance(before, str) else before), after)
        for name, (before, after) in table.items()
    }
