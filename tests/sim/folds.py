"""What replicas show, each set of ops folded once: equal ops fold to equal bytes, so the ops are what is compared."""

from collections import defaultdict
from collections.abc import Sequence
from typing import NamedTuple

from sync.fold import EntityState, fold, fold_bytes
from sync.ids import EntityId
from sync.liveness import FoldOp
from sync.registry import Registry


class Shown(NamedTuple):
    """A state with its bytes, and the ops it was folded from."""

    ops: Sequence[FoldOp]
    state: EntityState
    bytes: bytes


class Folds:
    """The folds of one life."""

    def __init__(self, registry: Registry) -> None:
        self.registry = registry
        self._known: dict[EntityId, list[Shown]] = defaultdict(list)

    def of(self, entity: EntityId, ops: Sequence[FoldOp]) -> Shown:
        """Return what these live ops of an entity show."""
        known = self._known[entity]
        found = next((shown for shown in known if shown.ops == ops), None)
        if found is None:
            state = fold(entity, ops, self.registry)
            found = Shown(ops, state, fold_bytes(state))
            known.append(found)
        return found
