"""A member whose app is not ours: it lists what no kill can hit, and everybody must read past it alike."""

from collections.abc import Sequence
from pkgutil import resolve_name
from random import Random
from unittest.mock import patch

from sync.ids import EntityId, OpId
from sync.liveness import is_killable
from sync.outbox import OutState
from sync.writer import Edit
from tests.sim.device import SimDevice
from tests.sim.gestures import edit


def kill_of_row(device: SimDevice, chance: Random) -> bool:
    """Save an edit that lists a row, an amendment or a genesis of its entity; False if the device sees none."""
    sight = device.sight(chance)
    if not sight.entities:
        return False
    entity, kind = chance.choice(sight.entities)
    immortal = [op.op_id for op in device.replica.ops(entity) if not is_killable(op.header)]
    _save(device, edit(chance, device.registry, entity, kind), [chance.choice(immortal)])
    return True


def kill_too_early(device: SimDevice, others: Sequence[SimDevice], chance: Random) -> bool:
    """Save an edit that lists an op which is still on its author's device; False if there is none.

    The caller sends it at once: if the other came into the log first, the kill would count.
    """
    begun = dict(device.sight(chance).entities)
    later = [(entity, name) for other in others for entity, name in _unsent(other) if entity in begun]
    if not later:
        return False
    entity, name = chance.choice(later)
    before = len(device.evidence.written)
    _save(device, edit(chance, device.registry, entity, begun[entity]), [name])
    for written in device.evidence.written[before:]:
        device.evidence.too_early[written.op_id] = name
    return len(device.evidence.written) > before


def _unsent(device: SimDevice) -> list[tuple[EntityId, OpId]]:
    """Return the edits that a device has never sent."""
    outbox = device.replica.outbox
    flying = () if outbox.flight is None else outbox.flight.op_ids
    queued = [op for op in outbox.ops.values() if op.state is OutState.QUEUED and op.op_id not in flying]
    return [(op.header.entity, op.op_id) for op in queued if is_killable(op.header)]


def _save(device: SimDevice, intent: Edit, more: Sequence[OpId]) -> None:
    superseded = resolve_name("sync.writer:superseded")
    with patch("sync.writer.superseded", lambda live: tuple(sorted({*superseded(live), *more}))):
        device.save_gesture([intent])
