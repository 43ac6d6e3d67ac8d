"""What the application tells the engine about its kinds: how they fold and which plain facts they may carry.

The engine knows no noun of its own: a kind, a fact or a code that is not registered is refused at push, because a
header is plain and stays for ever.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from re import compile as pattern
from typing import Final

from sync.ids import INT_MAX
from sync.op import Fact, Header, OpClass, is_code, is_name
from sync.ruleset import EXPECT, MOVE, Machine

VOID: Final = "void"
SALVAGES: Final = "salvages"

_HEX_ID: Final = pattern(r"[0-9a-f]{32}")


class Folds(StrEnum):
    """How ops of a kind fold: as an entity (classes 0, 1), as rows (2, and 1 with `re`), or as ruled commands (2)."""

    ENTITY = "entity"
    ROW = "row"
    COMMAND = "command"


@dataclass(frozen=True, slots=True)
class Flag:
    """A fact that is true or false."""

    def accepts(self, value: Fact) -> bool:
        """Tell whether the value keeps the rule; nil always does and is not asked here."""
        return type(value) is bool


@dataclass(frozen=True, slots=True)
class Whole:
    """A fact that is a whole number between two bounds, both allowed, and a multiple of `step`."""

    least: int = -INT_MAX
    most: int = INT_MAX
    step: int = 1

    def accepts(self, value: Fact) -> bool:
        """Tell whether the value keeps the rule."""
        return type(value) is int and self.least <= value <= self.most and value % self.step == 0


@dataclass(frozen=True, slots=True)
class Code:
    """A fact that is one code of a closed list."""

    codes: frozenset[str]

    def accepts(self, value: Fact) -> bool:
        """Tell whether the value keeps the rule."""
        return type(value) is str and value in self.codes


@dataclass(frozen=True, slots=True)
class Id:
    """A fact that is a 16-byte id, or the name of a row."""

    def accepts(self, value: Fact) -> bool:
        """Tell whether the value keeps the rule."""
        return type(value) is bytes


@dataclass(frozen=True, slots=True)
class CodeSet:
    """A set of codes of a closed list: one fact `name/code` for each, true if it is in the set."""

    codes: frozenset[str]

    def accepts(self, value: Fact) -> bool:
        """Tell whether the value keeps the rule."""
        return value is True


@dataclass(frozen=True, slots=True)
class IdSet:
    """A set of ids: one fact `name/<32 hex digits>` for each, true if it is in the set."""

    def accepts(self, value: Fact) -> bool:
        """Tell whether the value keeps the rule."""
        return value is True


FactRule = Flag | Whole | Code | Id | CodeSet | IdSet


@dataclass(frozen=True, slots=True)
class Union:
    """High stakes: while candidates differ, show every value that one of them holds."""


@dataclass(frozen=True, slots=True)
class Strictest:
    """High stakes: while candidates differ, show the value that stands last here.

    A value that is not listed, such as a newer version's code, gives way to the last only.
    """

    values: tuple[Fact, ...]


@dataclass(frozen=True, slots=True)
class Least:
    """High stakes: while candidates differ, show the least number that one of them holds; nil is no number."""


StakeRule = Union | Strictest | Least


@dataclass(frozen=True, slots=True)
class KindRule:
    """One kind.

    Attributes:
        folds: as entity, row or command.
        of: for a row or command, the kinds of entity it may stand under; empty for an entity.
        facts: the plain facts it may carry. A row also has `void` and `salvages`, which are not listed.
        high_stakes: names, plain or sealed, that show more than the winner while they are in conflict.
        machine: for a command, the state machine it drives.
    """

    folds: Folds
    of: tuple[str, ...] = ()
    facts: Mapping[str, FactRule] = field(default_factory=dict)
    high_stakes: Mapping[str, StakeRule] = field(default_factory=dict)
    machine: Machine | None = None


class Registry:
    """The application's kinds, checked once when they are told; the push then asks it for every op.

    Raises:
        ValueError: a name is no name, a row stands under no registered entity, or a command has no machine.
    """

    def __init__(self, kinds: Mapping[str, KindRule]) -> None:
        for kind, rule in kinds.items():
            _check_kind(kind, rule, kinds)
        self.kinds: Final = dict(kinds)
        self._facts: Final = {kind: _named_facts(rule) for kind, rule in kinds.items()}
        self._id_sets: Final = {kind: _id_sets(rule) for kind, rule in kinds.items()}

    def admits(self, header: Header) -> bool:
        """Tell whether an op of this class may have this kind; control ops are not the application's."""
        if header.op_class == OpClass.CONTROL:
            return True
        rule = self.kinds.get(header.kind)
        if rule is None:
            return False
        if rule.folds == Folds.ENTITY:
            return header.op_class == OpClass.GENESIS or (header.op_class == OpClass.EDIT and header.re is None)
        if header.op_class == OpClass.ROW:
            return True
        return rule.folds == Folds.ROW and header.op_class == OpClass.EDIT and header.re is not None

    def fact_fault(self, header: Header) -> str | None:
        """Return the name of the first fact that is not registered for the kind or has a refused value, or None."""
        rules = self._facts.get(header.kind, {})
        for name, value in header.facts:
            rule = rules.get(name) or self._id_rule(header.kind, name)
            if rule is None or not (value is None or rule.accepts(value)):
                return name
        return None

    def _id_rule(self, kind: str, name: str) -> FactRule | None:
        stem, _, element = name.partition("/")
        if stem in self._id_sets.get(kind, ()) and _HEX_ID.fullmatch(element):
            return IdSet()
        return None


def _named_facts(rule: KindRule) -> dict[str, FactRule]:
    facts: dict[str, FactRule] = {VOID: Flag(), SALVAGES: Id()} if rule.folds == Folds.ROW else {}
    for name, fact in rule.facts.items():
        if isinstance(fact, CodeSet):
            facts |= {f"{name}/{code}": fact for code in fact.codes}
        elif not isinstance(fact, IdSet):
            facts[name] = fact
    return facts


def _id_sets(rule: KindRule) -> frozenset[str]:
    return frozenset(name for name, fact in rule.facts.items() if isinstance(fact, IdSet))


def _check_kind(kind: str, rule: KindRule, kinds: Mapping[str, KindRule]) -> None:
    names = [kind, *rule.facts]
    codes = [code for fact in rule.facts.values() if isinstance(fact, Code | CodeSet) for code in fact.codes]
    if not all(is_name(name) and "/" not in name for name in names) or not all(map(is_code, codes)):
        raise ValueError(f"Kind {kind}: a name or a code is not of the allowed form.")
    if rule.folds == Folds.ROW and {VOID, SALVAGES} & set(rule.facts):
        raise ValueError(f"Kind {kind}: every row has the facts void and salvages already.")
    parents_fold = [kinds[parent].folds if parent in kinds else None for parent in rule.of]
    if bool(rule.of) == (rule.folds == Folds.ENTITY) or any(folds != Folds.ENTITY for folds in parents_fold):
        raise ValueError(f"Kind {kind}: a row or command stands under registered entities, an entity under none.")
    if (rule.machine is not None) != (rule.folds == Folds.COMMAND):
        raise ValueError(f"Kind {kind}: a command, and nothing else, has a machine.")
    if rule.machine is not None:
        _check_machine(kind, rule.machine, rule.facts)


def _check_machine(kind: str, machine: Machine, facts: Mapping[str, FactRule]) -> None:
    hold = machine.hold
    wanted: dict[str | None, type[FactRule]] = {MOVE: Code, EXPECT: Code, machine.subject: Id}
    if hold is not None:
        wanted |= {hold.thing: Id, hold.until: Whole}
    if any(name is not None and not isinstance(facts.get(name), rule) for name, rule in wanted.items()):
        raise ValueError(f"Kind {kind}: the facts its machine reads are not declared.")
    move = facts[MOVE]
    if not isinstance(move, Code) or not move.codes <= set(machine.moves):
        raise ValueError(f"Kind {kind}: a move code has no move.")
