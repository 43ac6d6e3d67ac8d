"""One row of a kind's table: a pure function of its fold group, and so the same at push and at rebuild.

The server has no key. It reads headers only, so of two values of one fact the one of the greater order stands, and a
set holds what its elements' winners say. A device also reads who had seen what, and may show a conflict or keep an
element that was added and removed at once.
"""

from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

from server.kinds.catalogue import TABLED
from server.kinds.description import FieldSpec, Form
from server.kinds.kind import Kind, plain_fields
from sync.clock import order
from sync.liveness import FoldOp, live_ops
from sync.op import Fact, OpClass, row_name
from sync.registry import SALVAGES, VOID, Folds
from sync.repeats import repeats
from sync.store.logged import LoggedOp

Values = dict[str, Any]
"""A row: the value of each column of its table."""

FIRST_STATES: dict[type[Kind], str] = {
    kind.of: kind.first_state for kind in TABLED if kind.of is not None and kind.first_state is not None
}
"""The entity kinds that commands move, with the state before the first command."""


def row_of(org_id: bytes, kind: type[Kind], ops: Sequence[LoggedOp], beside: Sequence[LoggedOp] = ()) -> Values:
    """Return the row of an entity or of a row's group.

    Args:
        ops: the group's ops of this kind in cursor order, at least one. Without its first op (an edit may be logged
            before the genesis of its entity) the row stands where the earliest op stands.
        beside: for a row that says what another one may have said (`salvages`), the rows of its kind and entity.
    """
    first = opening(ops) or ops[0]
    header = first.header
    facts = standing_facts(ops)
    values = {"org_id": org_id, "id": row_id(first), "cursor": first.cursor, "hlc_ms": header.hlc_ms}
    values |= plain_values(kind, facts)
    if kind.folds is Folds.ROW:
        is_void = facts.get(VOID) is True or first.op_id in repeats(map(_as_fold_op, beside))
        values |= {"entity": bytes(header.entity), "device": bytes(header.device), "void": is_void}
    if kind in FIRST_STATES:
        values |= {"state": FIRST_STATES[kind], "state_ms": None}
    return values


def salvages(ops: Sequence[LoggedOp]) -> bool:
    """Tell whether a row's group begins with a row that says again what another one may have said."""
    first = opening(ops)
    return first is not None and any(name == SALVAGES for name, _ in first.header.facts)


def opening(ops: Sequence[LoggedOp]) -> LoggedOp | None:
    """Return the genesis of an entity's group or the row of a row's group, or None if it is not among the ops."""
    return next((op for op in ops if op.header.op_class in {OpClass.GENESIS, OpClass.ROW}), None)


def row_id(op: LoggedOp) -> bytes:
    """Return the id of the table's row that an op speaks of: its entity's, or the first half of the row's op id."""
    if op.header.op_class == OpClass.ROW:
        return row_name(op.op_id)
    return bytes(op.header.entity) if op.header.re is None else row_name(op.header.re)


def standing_facts(ops: Sequence[LoggedOp]) -> dict[str, Fact]:
    """Return each fact that a live op sets, with the value of the greatest order."""
    if len(ops) == 1:
        return dict(ops[0].header.facts)
    live = live_ops(map(_as_fold_op, ops))
    by_order = sorted(live, key=lambda op: order(op.header, op.op_id, op.server_ms))
    return {name: value for op in by_order for name, value in op.header.facts}


def _as_fold_op(op: LoggedOp) -> FoldOp:
    return FoldOp(op.op_id, op.header, op.server_ms, None)


def plain_values(kind: type[Kind], facts: Mapping[str, Fact]) -> Values:
    """Return the plain columns of a kind. A fact that the catalogue does not know has none."""
    present: dict[str, list[str]] = {}
    for name, value in facts.items():
        stem, _, element = name.partition("/")
        if element and value is not None:
            present.setdefault(stem, []).append(element)
    return {name: _value(name, spec, facts, present) for name, spec in _fields(kind)}


def _value(name: str, spec: FieldSpec, facts: Mapping[str, Fact], present: Mapping[str, list[str]]) -> Any:
    if spec.is_set:
        return sorted(present[name]) if name in present else None
    if spec.form is Form.COUNTS:
        assert spec.codes is not None
        counts = {code: facts.get(f"{name}_{code}") for code in spec.codes.codes}
        return {code: count for code, count in counts.items() if count} or None
    return facts.get(name)


@cache
def _fields(kind: type[Kind]) -> tuple[tuple[str, FieldSpec], ...]:
    return tuple(plain_fields(kind).items())
