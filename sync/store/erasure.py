"""Erasure in the log: of an erased entity's ops two hashes are left, which name them in their chains, and nothing else.

What comes later for it, from a device that had not heard, is stored so at once and has no effect.
"""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

from sync.control import EraseBody
from sync.ids import Digest, EntityId, SpaceId
from sync.push import CheckedPush
from sync.store.repository import Repository, kind_of


@dataclass(frozen=True, slots=True)
class Erasing:
    """The erased entities that a push speaks of.

    Attributes:
        before: those that the log had erased before it, with the cursor of their erasure.
        now: those that it erases, with the index of the op that does.
    """

    before: Mapping[EntityId, int]
    now: Mapping[EntityId, int]

    def is_gone(self, entity: EntityId) -> bool:
        """Tell whether the entity is erased once the push is in the log."""
        return entity in self.before or entity in self.now

    def is_late(self, index: int, entity: EntityId) -> bool:
        """Tell whether the entity was erased before this op of the push."""
        return entity in self.before or self.now.get(entity, index) < index

    def cursor(self, entity: EntityId, first: int) -> int | None:
        """Return where the entity was erased, or None; `first` is the cursor of the push's first op."""
        if entity in self.before:
            return self.before[entity]
        return first + self.now[entity] if entity in self.now else None


async def erasing(store: Repository, push: CheckedPush) -> Erasing:
    """Return which of the entities that a push speaks of are erased, and by what."""
    named: dict[EntityId, int] = {}
    for index, body in push.bodies.items():
        if isinstance(body, EraseBody):
            named |= {entity: index for entity in body.entities if entity not in named}
    spoken_of = {op.header.entity for op in push.ops}
    before = await store.erased(
        push.segment.space, [*spoken_of, *(entity for entity in named if entity not in spoken_of)]
    )
    return Erasing(before, {entity: index for entity, index in named.items() if entity not in before})


async def erase(store: Repository, space: SpaceId, erased: Mapping[EntityId, int]) -> dict[str, set[EntityId]]:
    """Forget the bytes of all ops of entities, given with the cursor of their erasure, and note the erasure.

    Returns:
        of which kinds their ops were: another space of the association may have entities of the same ids.
    """
    kinds: dict[str, set[EntityId]] = defaultdict(set)
    if erased:
        await store.add_erased(space, erased)
    for entity, cursor in erased.items():
        ops = await store.ops_of_entity(space, entity)
        for kind in {kind_of(op.header) for op in ops}:
            kinds[kind].add(entity)
        hashes = {op.cursor: (Digest(sha256(op.header).digest()), Digest(sha256(op.sealed).digest())) for op in ops}
        await store.forget_bytes(space, hashes, cursor)
    return kinds


def erased_values(
    op_values: Mapping[str, Any], header_hash: Digest, sealed_hash: Digest, cursor: int
) -> dict[str, Any]:
    """Return the columns of an op that is stored as erased at a cursor, from those that it would have had."""
    died = op_values["dead_cursor"]
    dead_cursor = cursor if died is None else min(died, cursor)
    hashes = {"header_hash": header_hash, "sealed_hash": sealed_hash}
    return {**op_values, **hashes, "header": None, "sealed": None, "dead_cursor": dead_cursor}
