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
from tests.sim.excuses import excused
from tests.sim.logs import Logged, Logs

VOID: Final = (FACT, "void")


class Known(NamedTuple):
    """The ops of the final log by their first names, and all logs."""

    logged: Mapping[OpId, Logged]
    logs: Logs


class Standing(NamedTuple):
    """The ops that set one name, those of them that stand, and the greatest of these."""

    setting: Sequence[Written]
    standing: Sequence[Written]
    greatest: Written


def truth(evidence: Evidence, states: Mapping[EntityId, EntityState], logs: Logs) -> list[str]:
    """I10, I3: both sides of a conflict stand, and only those; the greatest shows; a voided row does not count."""
    late = evidence.replicas[-1]
    but = excused(evidence, logs)
    logged = {logs.first_name(name): op for name, op in logs.standing.items()}
    groups: dict[tuple[EntityId, OpId | None], list[Written]] = defaultdict(list)
    for written in evidence.written:
        if written.op_id in logged and written.entity not in but:
            row = None if written.group is None else logs.first_name(written.group)
            groups[written.entity, row].append(written)
    found = []
    for (entity, row), ops in groups.items():
        group = _group(states.get(entity), row, logs)
        if group is None:
            found.append("I10: what was written shows nowhere")
            continue
        setters = {name for op in ops for name in op.values}
        expected = {setter: _standing(ops, setter, Known(logged, logs)) for setter in setters}
        for setter, stands in expected.items():
            found += _register(group, setter, stands, late.registry, logs)
        voided = VOID in expected and any(op.values[VOID] is True for op in expected[VOID].standing)
        if row is not None and group.counts == voided:
            found.append("I3: a row counts that was voided, or does not that was not")
    return list(dict.fromkeys(found))


def _group(state: EntityState | None, row: OpId | None, logs: Logs) -> Group | None:
    groups = () if state is None else state.groups
    return next((group for group in groups if (group.row and logs.first_name(group.row)) == row), None)


def _standing(ops: Sequence[Written], setter: Setter, known: Known) -> Standing:
    def place(op: Written) -> tuple[int, int, int, bytes]:
        return known.logged[op.op_id].order

    setting = [op for op in ops if setter in op.values]
    seen = {op.op_id for op in setting for other in setting if other is not op and known.logs.saw(other, op.op_id)}
    standing = [op for op in setting if op.op_id not in seen]
    highest = max(setting, key=place)
    if highest not in standing and _stands_again(setting, highest, known):
        standing.append(highest)  # then what had seen it is in conflict with it
    return Standing(setting, standing, max(standing, key=place))


def _stands_again(setting: Sequence[Written], highest: Written, known: Known) -> bool:
    """Tell whether a restored server has turned round the places of an op and of all that had seen it."""
    if known.logs.has_risen(highest.op_id):
        return True
    seers = [op for op in setting if op is not highest and known.logs.saw(op, highest.op_id)]
    return all(known.logged[op.op_id].is_outdone_by(known.logged[highest.op_id]) for op in seers)


def _register(group: Group, setter: Setter, stands: Standing, registry: Registry, logs: Logs) -> list[str]:
    shown = group.registers.get(setter)
    if shown is None:
        return ["I10: a value that was written is not there"]
    values = {op.op_id: op.values[setter] for op in stands.standing}
    candidates = {logs.first_name(c.op_id): c.value for c in shown.candidates}
    differ = len({msgpack.encode(value) for value in values.values()}) > 1
    faults = {
        "what stands in conflict is not what happened": candidates.keys() != values.keys(),
        "a candidate has another value than was written": any(
            values.get(name) != value for name, value in candidates.items()
        ),
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
