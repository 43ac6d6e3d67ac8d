"""What ought to show, from happened-before alone: which values stand, which of them is the greatest, what counts.

An op had seen what its device had read and written by then. Its place among concurrent ones is counted again from its
header's bytes and the server's times. Nothing is folded here.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any, Final, NamedTuple

from msgspec import msgpack

from sync.codec import Value
from sync.fold import EntityState, Group, Register
from sync.ids import EntityId, OpId
from sync.liveness import FACT, Setter
from sync.registry import Registry, Union
from tests.sim.evidence import Evidence, Written

LEAD_MS: Final = 300_000
VOID: Final = (FACT, "void")
CONTROL: Final = 3


class Logged(NamedTuple):
    """An op of the final log, read from its bytes."""

    op_id: OpId
    cursor: int
    server_ms: int
    header: list[Any]
    sealed: bytes

    @property
    def order(self) -> tuple[int, int, int, bytes]:
        """Its place among concurrent ones."""
        hlc_ms, hlc_ctr = self.header[6], self.header[7]
        return min(hlc_ms, self.server_ms + LEAD_MS), hlc_ms, hlc_ctr, self.op_id


class Standing(NamedTuple):
    """The ops that set one name, those of them that stand, and the greatest of these."""

    setting: Sequence[Written]
    standing: Sequence[Written]
    greatest: Written


def truth(evidence: Evidence, states: Mapping[EntityId, EntityState], logged: Mapping[OpId, Logged]) -> list[str]:
    """I10, I3: both sides of a conflict stand, and only those; the greatest shows; a voided row does not count."""
    late = evidence.replicas[-1]
    groups: dict[tuple[EntityId, OpId | None], list[Written]] = defaultdict(list)
    for written in evidence.written:
        if written.op_id in logged:
            groups[written.entity, written.group].append(written)
    found = []
    for (entity, row), ops in groups.items():
        group = _group(states.get(entity), row)
        if group is None:
            found.append("I10: what was written shows nowhere")
            continue
        expected = {setter: _standing(ops, setter, logged) for setter in {name for op in ops for name in op.values}}
        for setter, stands in expected.items():
            found += _register(group, setter, stands, late.registry)
        voided = VOID in expected and any(op.values[VOID] is True for op in expected[VOID].standing)
        if row is not None and group.counts == voided:
            found.append("I3: a row counts that was voided, or does not that was not")
    return list(dict.fromkeys(found))


def _group(state: EntityState | None, row: OpId | None) -> Group | None:
    return next((group for group in state.groups if group.row == row), None) if state is not None else None


def _standing(ops: Sequence[Written], setter: Setter, logged: Mapping[OpId, Logged]) -> Standing:
    setting = [op for op in ops if setter in op.values]
    standing = [op for op in setting if not any(_saw(other, op, logged) for other in setting if other is not op)]
    return Standing(setting, standing, max(standing, key=lambda op: logged[op.op_id].order))


def _saw(later: Written, earlier: Written, logged: Mapping[OpId, Logged]) -> bool:
    return earlier.op_id in later.own or logged[earlier.op_id].cursor <= later.cursor


def _register(group: Group, setter: Setter, stands: Standing, registry: Registry) -> list[str]:
    shown = group.registers.get(setter)
    if shown is None:
        return ["I10: a value that was written is not there"]
    values = {op.op_id: op.values[setter] for op in stands.standing}
    differ = len({msgpack.encode(value) for value in values.values()}) > 1
    faults = {
        "what stands in conflict is not what happened": {c.op_id for c in shown.candidates} != values.keys(),
        "a candidate has another value than was written": any(values.get(c.op_id) != c.value for c in shown.candidates),
        "a conflict is hidden, or one shows that is none": shown.conflict != (differ and "/" not in setter[1]),
        "another value shows than should": not _is_right(group, setter, shown, stands, registry),
    }
    return [f"I10: {sentence}" for sentence, is_so in faults.items() if is_so]


def _is_right(group: Group, setter: Setter, shown: Register, stands: Standing, registry: Registry) -> bool:
    values = [op.values[setter] for op in stands.standing]
    if "/" in setter[1]:
        return (shown.value is not None) == any(value is not None for value in values)
    stakes = registry.kinds[group.kind].high_stakes.get(setter[1])
    if stakes is None or not shown.conflict:
        return bool(shown.value == stands.greatest.values[setter])
    return not isinstance(stakes, Union) or _as_set(shown.value) == set(values) - {None}


def _as_set(value: Value) -> set[Any]:
    return set(value) if isinstance(value, list | tuple) else {value}
