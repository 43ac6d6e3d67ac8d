"""Duplicates: entities that people declared to be one, linked by facts and never moved, so that nothing is lost.

The fact `same/<hex of the greater id>` = true stands on the smaller id; any other such fact is ignored. Classes are
the connected components of the present links between entities that are not erased, named by their smallest id.

To merge is to set links. To unmerge one entity is to take back every link of it, and to link what is left of its
class anew where it would fall apart: both are edits of one save, and what they set is all that they change.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from re import compile as pattern
from typing import Final

from sync.fold import EntityState
from sync.ids import EntityId
from sync.limits import FACTS_MAX
from sync.liveness import FACT

Link = tuple[EntityId, EntityId]
"""Two entities that are one, the smaller id first."""

_SAME: Final = pattern(r"same/([0-9a-f]{32})")


@dataclass(frozen=True, slots=True)
class Linking:
    """What one edit of an entity sets: for each link that it names true, or nil to take it back."""

    entity: EntityId
    facts: Mapping[str, bool | None]


def links(states: Iterable[EntityState]) -> set[Link]:
    """Return the links that are present."""
    return {link for state in states for link in links_of(state)}


def links_of(state: EntityState) -> Iterable[Link]:
    """Return the links that stand on one entity."""
    registers = {} if state.own is None else state.own.registers
    for (namespace, name), register in registers.items():
        match = _SAME.fullmatch(name)
        if match and namespace == FACT and register.value is True and state.entity.hex() < match[1]:
            yield state.entity, EntityId(bytes.fromhex(match[1]))


def classes(present: Collection[Link], erased: Collection[EntityId]) -> dict[EntityId, EntityId]:
    """Return, for each entity that has a duplicate, the smallest id of its class (for that one, its own)."""
    parent: dict[EntityId, EntityId] = {}
    for smaller, greater in sorted(present):
        if smaller not in erased and greater not in erased:
            a, b = _root(parent, smaller), _root(parent, greater)
            parent[max(a, b)] = min(a, b)
    return {entity: _root(parent, entity) for entity in sorted(parent)}


def merge(entities: Collection[EntityId]) -> list[Linking]:
    """Return the edits that make one of some entities, and of the classes that they are in."""
    return _edits(_star(entities), ())


def unmerge(entity: EntityId, present: Collection[Link], erased: Collection[EntityId]) -> list[Linking]:
    """Return the edits after which an entity is alone, and the rest of its class one class still."""
    counting = {(a, b) for a, b in present if a not in erased and b not in erased}
    taken = {link for link in counting if entity in link}
    before, after = classes(counting, ()), classes(counting - taken, ())
    rest = {other for other, name in before.items() if name == before.get(entity) and other != entity}
    return _edits(_star({after.get(other, other) for other in rest}), taken)


def _star(entities: Collection[EntityId]) -> set[Link]:
    ordered = sorted(set(entities))
    return {(ordered[0], other) for other in ordered[1:]}


def _edits(added: Collection[Link], taken: Collection[Link]) -> list[Linking]:
    """Return one edit for each entity that links stand on, or more where they are more than an op may carry."""
    facts: dict[EntityId, dict[str, bool | None]] = {}
    for value, these in ((True, added), (None, taken)):
        for smaller, greater in these:
            facts.setdefault(smaller, {})[f"same/{greater.hex()}"] = value
    named = [(entity, sorted(facts[entity].items())) for entity in sorted(facts)]
    return [
        Linking(entity, dict(names[first : first + FACTS_MAX]))
        for entity, names in named
        for first in range(0, len(names), FACTS_MAX)
    ]


def _root(parent: dict[EntityId, EntityId], entity: EntityId) -> EntityId:
    root = parent.setdefault(entity, entity)
    while parent[root] != root:
        root = parent[root]
    parent[entity] = root
    return root
