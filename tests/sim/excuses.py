"""Entities of which a restored server cannot keep every promise, and why: nothing else is excused.

All replicas must show the same of them all the same, but for those that nobody who comes later can read.
"""

from collections import defaultdict
from typing import Any

from sync.ids import EntityId
from sync.op import OpClass
from tests.sim.evidence import Evidence, Written
from tests.sim.logs import CONTROL, Logs, first_kills


def unreadable(evidence: Evidence, logs: Logs) -> set[EntityId]:
    """Return the entities of which not all that later ones read can be read, or which not all show.

    - Their beginning was lost and not given back: its author, who has the secret, was cut off.
    - Their erasure was lost and will not be said again: its author was cut off, and no administrator had read of it.
    """
    begun = {op.header[3] for op in logs.final.values() if op.header[4] == OpClass.GENESIS}
    lost = {EntityId(op[3]) for op in _never_back(evidence, logs) if op[4] == OpClass.GENESIS and op[3] not in begun}
    return lost | (logs.ever_erased - logs.erased.keys())


def excused(evidence: Evidence, logs: Logs) -> set[EntityId]:
    """Return the entities in which a value may be gone, or shown again, that should not.

    - A member's app that is not ours killed what was not in the log yet. A restored server got the target first.
    - Ops came back in another order: a kill came before its target, which lives on beside what had superseded it.
      Or one that had superseded another came before it, and was killed by somebody who had not read that one.
      Or what had superseded a value was killed again before the kill of that value came, which its killer had read.
    - A dead op stands higher than in the lost log, so that its value would win if it counted: see `Logs.has_risen`.
    - An op was sealed again, and another device had named it by the name that it had before.
    - An op was lost and not given back, its author being cut off, and others had written what rests on it.
    """
    if not evidence.past:
        return set()
    rests = {EntityId(op[3]) for op in _never_back(evidence, logs)}
    dead = first_kills(logs.final)
    risen = {EntityId(logs.final[name].header[3]) for name in dead if logs.has_risen(logs.first_name(name))}
    apart = unreadable(evidence, logs)
    in_vain = _killed_in_vain(logs) | _superseded_in_vain(evidence, logs)
    in_vain |= _killed_in_another_order(evidence, logs)
    return _killed_too_early(evidence, logs) | in_vain | _renamed(evidence, logs) | rests | risen | apart


def _never_back(evidence: Evidence, logs: Logs) -> list[list[Any]]:
    """Return the headers of what is in a lost log only, and of somebody who was cut off."""
    there = {logs.first_name(name) for name in logs.final}
    ops = [(logs.first_name(name), op.header) for log in logs.past for name, op in log.items()]
    return [op for name, op in ops if op[4] != CONTROL and op[2] in evidence.cut_off and name not in there]


def _killed_too_early(evidence: Evidence, logs: Logs) -> set[EntityId]:
    killers = {op.cursor: logs.first_name(name) for name, op in logs.final.items()}
    kills = first_kills(logs.final).items() if evidence.too_early else ()
    hits = [name for name, at in kills if evidence.too_early.get(killers[at]) == logs.first_name(name)]
    return {EntityId(logs.final[name].header[3]) for name in hits}


def _renamed(evidence: Evidence, logs: Logs) -> set[EntityId]:
    by_entity = defaultdict(list)
    for written in evidence.written if evidence.renamed else ():
        by_entity[written.entity].append(written)
    return {
        entity
        for entity, ops in by_entity.items()
        if any(logs.saw_under_another_name(later, earlier.op_id) for later in ops for earlier in ops)
    }


def _killed_in_vain(logs: Logs) -> set[EntityId]:
    """Return the entities in which a kill comes before its target."""
    cursors = {name: op.cursor for name, op in logs.final.items()}
    return {
        EntityId(op.header[3])
        for op in logs.final.values()
        if any(cursors.get(killed, op.cursor) > op.cursor for killed in op.header[10])
    }


def _superseded_in_vain(evidence: Evidence, logs: Logs) -> set[EntityId]:
    """Return the entities in which a dead op had seen one that comes after it, and its killer had not."""
    cursors = {logs.first_name(name): op.cursor for name, op in logs.final.items()}
    by_entity = defaultdict(list)
    for one in evidence.written:
        if one.op_id in cursors:
            by_entity[one.entity].append(one)
    return {
        dead.entity
        for dead, killer in _deaths(evidence, logs)
        for late in by_entity[dead.entity]
        if cursors[late.op_id] > cursors[dead.op_id] and logs.saw(dead, late.op_id) and not logs.saw(killer, late.op_id)
    }


def _killed_in_another_order(evidence: Evidence, logs: Logs) -> set[EntityId]:
    """Return the entities in which a kill comes after one that had seen it, of what had superseded its target."""
    cursors = {logs.first_name(name): op.cursor for name, op in logs.final.items()}
    by_entity = defaultdict(list)
    for death in _deaths(evidence, logs):
        by_entity[death[0].entity].append(death)
    return {
        entity
        for entity, deaths in by_entity.items()
        for older, its_killer in deaths
        for dead, killer in deaths
        if cursors[its_killer.op_id] > cursors[killer.op_id]
        and logs.saw(killer, its_killer.op_id)
        and logs.saw(dead, older.op_id)
    }


def _deaths(evidence: Evidence, logs: Logs) -> list[tuple[Written, Written]]:
    """Return each dead op of the log with the one that killed it, as they were written."""
    written = {one.op_id: one for one in evidence.written}
    names = {op.cursor: logs.first_name(name) for name, op in logs.final.items()}
    pairs = [(logs.first_name(name), names[at]) for name, at in first_kills(logs.final).items()]
    return [(written[dead], written[killer]) for dead, killer in pairs if {dead, killer} <= written.keys()]
