"""What replicas show, each set of ops folded once: equal ops fold to equal bytes, so the ops are what is compared."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from sync import liveness
from sync.fold import EntityState, fold, fold_bytes
from sync.ids import EntityId
from sync.liveness import FoldOp
from sync.registry import Registry


@dataclass(frozen=True, slots=True)
class Shown:
    """What one entity's ops show.

    Attributes:
        ops: all of them, the dead ones included.
        live: those that are live.
        bytes: what the live ones show.
        is_justified: whether every kill left another value in the place of what it took away.
    """

    ops: Sequence[FoldOp]
    live: Sequence[FoldOp]
    state: EntityState
    bytes: bytes
    is_justified: bool


class Folds:
    """The folds of one life."""

    def __init__(self, registry: Registry) -> None:
        self.registry = registry
        self._known: dict[EntityId, list[Shown]] = defaultdict(list)

    def of(self, entity: EntityId, ops: Sequence[FoldOp]) -> Shown:
        """Return what the ops of an entity show; they come in the order of the log."""
        known = self._known[entity]
        found = next((shown for shown in known if shown.ops == ops), None)
        if found is None:
            found = self._folded(entity, ops)
            known.append(found)
        return found

    def _folded(self, entity: EntityId, ops: Sequence[FoldOp]) -> Shown:
        live = liveness.live_ops(ops)
        state = fold(entity, live, self.registry)
        data = fold_bytes(state)
        return Shown(ops, live, state, data, len(live) == len(ops) or not liveness.unjustified(ops))

    def is_lawful(self, entity: EntityId, shown: Shown) -> bool:
        """Tell whether the dead, folded with the living, change nothing: asked of ops of which none lacks its payload.

        An op that was killed by one that is dead too would show again where only the first is held.
        """
        if len(shown.live) == len(shown.ops):
            return True
        return fold_bytes(fold(entity, shown.ops, self.registry)) == shown.bytes
