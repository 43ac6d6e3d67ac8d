"""Duplicates: entities that people declared to be one, linked by facts and never moved, so that nothing is lost.

The fact `same/<hex of the greater id>` = true stands on the smaller id; any other such fact is ignored. Classes are
the connected components of the present links between entities that are not erased, named by their smallest id.
"""

from collections.abc import Collection, Iterable
from re import compile as pattern
from typing import Final

from sync.fold import EntityState
from sync.ids import EntityId
from sync.liveness import FACT

_SAME: Final = pattern(r"same/([0-9a-f]{32})")


def classes(states: Iterable[EntityState], erased: Collection[EntityId]) -> dict[EntityId, EntityId]:
    """Return, for each entity that has a duplicate, the smallest id of its class (for that one, its own)."""
    parent: dict[EntityId, EntityId] = {}
    for smaller, greater in sorted(_links(states)):
        if smaller not in erased and greater not in erased:
            a, b = _root(parent, smaller), _root(parent, greater)
            parent[max(a, b)] = min(a, b)
    return {entity: _root(parent, entity) for entity in sorted(parent)}


def _links(states: Iterable[EntityState]) -> Iterable[tuple[EntityId, EntityId]]:
    for state in states:
        registers = {} if state.own is None else state.own.registers
        for (namespace, name), register in registers.items():
            match = _SAME.fullmatch(name)
            if match and namespace == FACT and register.value is True and state.entity.hex() < match[1]:
                yield state.entity, EntityId(bytes.fromhex(match[1]))


def _root(parent: dict[EntityId, EntityId], entity: EntityId) -> EntityId:
    root = parent.setdefault(entity, entity)
    while parent[root] != root:
        root = parent[root]
    parent[entity] = root
    return root
