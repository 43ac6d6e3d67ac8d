"""The fold: what a replica shows of an entity, a pure function of its live ops and their server times.

Ops fall into groups: the entity's own (genesis and edits), and one for each row (the row and its amendments). In a
group, each name of each namespace is a register:

- siblings: the live setters that stand in no other live setter's base for the name;
- winner: the live setter of greatest order; candidates: siblings and winner;
- conflict: the candidates' values differ as MessagePack bytes. Both are kept; the winner shows meanwhile, except for
  high-stakes names, which show the union or the stricter value;
- a name with an element (`name/element`) is a member of a set: present if any candidate's value is not nil, with the
  value of the greatest order among those, and never in conflict.

A row does not count while a candidate of its fact `void` is true, or while another row stands for it (`repeats`).
Python and TypeScript give the same bytes.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple

from sync.clock import Order, order
from sync.codec import Value, encode
from sync.ids import EntityId, OpId
from sync.liveness import FACT, FIELD, FoldOp, Setter, group_of
from sync.op import OpClass
from sync.registry import VOID, Least, Registry, StakeRule, Union
from sync.repeats import repeats

_NO_STAKES: Final[Mapping[str, StakeRule]] = {}


class Candidate(NamedTuple):
    """A value that stands, and the op that set it. Prints no value."""

    op_id: OpId
    value: Value

    def __repr__(self) -> str:
        return f"Candidate({self.op_id.hex()})"


@dataclass(frozen=True, slots=True, repr=False)
class Register:
    """What one name shows, and everything that stands behind it. A set element is absent if its value is None."""

    value: Value
    winner: OpId
    candidates: tuple[Candidate, ...]
    conflict: bool


@dataclass(frozen=True, slots=True, repr=False)
class Group:
    """The registers of an entity's own group (`row` None) or of one row; a voided row does not count."""

    row: OpId | None
    kind: str
    counts: bool
    registers: Mapping[Setter, Register]


@dataclass(frozen=True, slots=True, repr=False)
class EntityState:
    """An entity as its live ops tell it: its own group first, then its rows ascending by op_id."""

    entity: EntityId
    groups: tuple[Group, ...]

    @property
    def own(self) -> Group | None:
        """The entity's own group, or None while no genesis or edit of it opens."""
        return self.groups[0] if self.groups and self.groups[0].row is None else None


class _Setting(NamedTuple):
    order: Order
    value: Value
    base: tuple[OpId, ...]


def fold(entity: EntityId, live: Iterable[FoldOp], registry: Registry) -> EntityState:
    """Return the state of an entity from its live ops, in whatever order they come."""
    ops_by_group: dict[OpId | None, list[FoldOp]] = defaultdict(list)
    ops = list(live)
    for op in ops:
        if op.payload is not None:
            ops_by_group[group_of(op)].append(op)
    rows, repeated = sorted(ops_by_group, key=lambda row: row or b""), repeats(ops)
    groups = (_group(row, ops_by_group[row], registry, is_repeated=row in repeated) for row in rows)
    return EntityState(entity, tuple(groups))


def _group(row: OpId | None, ops: Sequence[FoldOp], registry: Registry, *, is_repeated: bool) -> Group:
    opening = OpClass.GENESIS if row is None else OpClass.ROW
    kind = min([op for op in ops if op.header.op_class == opening] or ops, key=_order).header.kind
    rule = registry.kinds.get(kind)
    stakes = rule.high_stakes if rule else _NO_STAKES
    settings: dict[Setter, list[_Setting]] = defaultdict(list)
    for op in ops:
        for setter, setting in _settings(op):
            settings[setter].append(setting)
    registers = {setter: _register(setter[1], settings[setter], stakes) for setter in sorted(settings)}
    void = registers.get((FACT, VOID))
    is_void = row is not None and void is not None and any(candidate.value is True for candidate in void.candidates)
    return Group(row, kind, not is_void and not is_repeated, registers)


def _order(op: FoldOp) -> Order:
    return order(op.header, op.op_id, op.server_ms)


def _settings(op: FoldOp) -> Iterable[tuple[Setter, _Setting]]:
    if op.payload is None:
        return
    place = _order(op)
    for (name, value), base in zip(op.header.facts, op.payload.fact_bases, strict=True):
        yield (FACT, name), _Setting(place, value, base)
    for field in op.payload.fields:
        yield (FIELD, field.name), _Setting(place, field.value, field.base)


def _register(name: str, settings: Sequence[_Setting], stakes: Mapping[str, StakeRule]) -> Register:
    if len(settings) == 1:  # most names are set once
        only = settings[0]
        return Register(only.value, only.order.op_id, (Candidate(only.order.op_id, only.value),), conflict=False)
    superseded = {op_id for setting in settings for op_id in setting.base}
    winner = max(settings)
    standing = [s for s in settings if s is winner or s.order.op_id not in superseded]
    standing.sort(key=lambda setting: setting.order.op_id)
    candidates = tuple(Candidate(setting.order.op_id, setting.value) for setting in standing)
    if "/" in name:
        shown = max((s for s in standing if s.value is not None), default=winner, key=lambda s: s.order)
        return Register(shown.value, shown.order.op_id, candidates, conflict=False)
    conflict = len({encode(setting.value) for setting in standing}) > 1
    value = _high_stakes(stakes[name], standing) if conflict and name in stakes else winner.value
    return Register(value, winner.order.op_id, candidates, conflict)


def _high_stakes(rule: StakeRule, standing: Sequence[_Setting]) -> Value:
    if isinstance(rule, Union):
        lists = [s.value if isinstance(s.value, list | tuple) else [s.value] for s in standing]
        by_bytes = {encode(item): item for items in lists for item in items if item is not None}
        return [by_bytes[key] for key in sorted(by_bytes)]
    if isinstance(rule, Least):
        return min((s.value for s in standing if type(s.value) is int), default=None)
    ranks = {encode(value): 2 * rank for rank, value in enumerate(rule.values)}
    unlisted = 2 * len(rule.values) - 3
    return max(standing, key=lambda s: (ranks.get(encode(s.value), unlisted), s.order)).value


def fold_bytes(state: EntityState) -> bytes:
    """Return the state in its one form, by which two replicas compare what they show.

    Shape: [entity, [[row or nil, kind, counts, [[namespace, name, value, winner, conflict, [[op_id, value]…]]…]]…]].
    """
    groups = [[group.row, group.kind, group.counts, _register_rows(group)] for group in state.groups]
    return encode([state.entity, groups])


def _register_rows(group: Group) -> list[list[object]]:
    return [
        [namespace, name, register.value, register.winner, register.conflict, register.candidates]
        for (namespace, name), register in group.registers.items()
    ]
