"""Which ops are live: not killed by a later op, not void, not erased.

dead = listed in the kills of an op that is not void and comes after it (greater cursor; a store's unsent ops come
last, in write order). A kill counts only against an edit without `re` of the same entity; a kill of a later op never
counts, because a bootstrap could not carry it.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple

from sync.ids import OpId
from sync.limits import KILLS_MAX
from sync.op import Header, OpClass
from sync.payload import Payload


@dataclass(frozen=True, slots=True)
class FoldOp:
    """An op of the log or of the outbox that is neither void nor erased, as liveness and the fold see it.

    Attributes:
        server_ms: the server time of its segment, or None while it is unsent.
        payload: what it opens to, or None if it does not open: then its kills count and nothing else does.
    """

    op_id: OpId
    header: Header
    server_ms: int | None
    payload: Payload | None


def live_ops(ops: Iterable[FoldOp]) -> list[FoldOp]:
    """Return the live ops among `ops`, which come in log order with the unsent ones last, in write order."""
    live: dict[OpId, FoldOp] = {}
    for op in ops:
        for killed in op.header.kills:
            if killed in live and _is_killed(live[killed], op):
                del live[killed]
        live[op.op_id] = op
    return list(live.values())


def _is_killed(target: FoldOp, killer: FoldOp) -> bool:
    return is_killable(target.header) and target.header.entity == killer.header.entity


def is_killable(header: Header) -> bool:
    """Tell whether a kill of this op counts: genesis, rows, amendments and control ops never die."""
    return header.op_class == OpClass.EDIT and header.re is None


FACT: Final = 0
FIELD: Final = 1
"""The two namespaces: a plain fact and a sealed field of one name are two things."""

Setter = tuple[int, str]
"""A namespace and a name."""


def bases_of(op: FoldOp) -> dict[Setter, tuple[OpId, ...]]:
    """Return each name the op sets, with the base its author gave; empty if the op does not open."""
    if op.payload is None:
        return {}
    facts = zip(op.header.facts, op.payload.fact_bases, strict=True)
    bases: dict[Setter, tuple[OpId, ...]] = {(FACT, name): base for (name, _), base in facts}
    return bases | {(FIELD, field.name): field.base for field in op.payload.fields}


def base_of(live: Sequence[FoldOp], group: OpId | None, setter: Setter) -> tuple[OpId, ...]:
    """Return the base of a name for a new op: every live op of the view that sets it in the same group, ascending.

    `live` holds the live ops of one entity; `group` is the amended row, or None for the entity itself.
    """
    return tuple(sorted(op.op_id for op in live if group_of(op) == group and setter in bases_of(op)))


def group_of(op: FoldOp) -> OpId | None:
    """Return the row whose group the op belongs to, or None for the entity's own."""
    return op.op_id if op.header.op_class == OpClass.ROW else op.header.re


def superseded(live: Sequence[FoldOp]) -> tuple[OpId, ...]:
    """Return what the last op of `live` may kill: at most 64 edits of which every name is in a live op's base.

    `live` holds the live ops of one entity in view order, the new op last. The oldest come first; more is for later.
    """
    covered = _covered(live)
    dead = [
        op.op_id
        for op in live[:-1]
        if op.payload is not None
        and is_killable(op.header)
        and all((name, op.op_id) in covered for name in bases_of(op))
    ]
    return tuple(sorted(dead[:KILLS_MAX]))


def _covered(live: Iterable[FoldOp]) -> set[tuple[Setter, OpId]]:
    """Return each name with each op that a live op of the entity's own group gives as its base."""
    own = [op for op in live if group_of(op) is None]
    return {(name, base) for op in own for name, bases in bases_of(op).items() for base in bases}


class Unjustified(NamedTuple):
    """A kill that took a value out of sight without another in its place: applied all the same, and told to people."""

    killed: OpId
    killer: OpId
    setter: Setter


def unjustified(ops: Iterable[FoldOp]) -> list[Unjustified]:
    """Return the values of one entity that a kill has taken away although nothing live supersedes them.

    An honest author kills what is wholly superseded in its view, so an honest log has none. A later op that sets the
    name settles the matter: somebody has put the value back, or another one in its place.

    Args:
        ops: the entity's ops as `live_ops` takes them. An op that does not open cannot be judged.
    """
    live: dict[OpId, FoldOp] = {}
    taken: list[Unjustified] = []
    for op in ops:
        names = bases_of(op) if group_of(op) is None else {}
        taken = [one for one in taken if one.setter not in names]
        killed = [name for name in op.header.kills if name in live and _is_killed(live[name], op)]
        victims = [live.pop(name) for name in killed]
        live[op.op_id] = op
        if victims:
            covered = _covered(live.values())
            taken += [
                Unjustified(victim.op_id, op.op_id, setter)
                for victim in victims
                for setter in bases_of(victim)
                if (setter, victim.op_id) not in covered
            ]
    return taken
