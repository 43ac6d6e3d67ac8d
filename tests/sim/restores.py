"""Backups of the server, and restores from them: what was acknowledged since is gone from it."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Final

from sync.checkpoint import start_of
from sync.ids import DeviceId, EntityId
from sync.log import decode_receipt
from sync.outbox import OutState
from sync.start import Start
from tests.sim.device import SimDevice
from tests.sim.epochs import cut_off_by
from tests.sim.evidence import Evidence, Past
from tests.sim.server import SPACE

if TYPE_CHECKING:
    from tests.sim.world import World

RESTORES_MAX: Final = 3
"""So many in a life: each may lose what the one before had not yet got back."""

ROUNDS_MAX: Final = 12
"""After a restore, an op may wait for a lost epoch, that one for the one before it of the other administrator, and
each such wait costs a round."""


async def put_back(world: "World") -> None:
    """Put the server back to its last backup. A life that has lost nothing by it is not counted."""
    log, seen = await world.server.log(), await world.server.seen()
    await world.server.put_back()
    kept = await world.server.log()
    _note_unsaid(world.evidence, seen, await world.server.seen())
    if len(kept) == len(log):
        return
    end = kept[-1].first_cursor + len(kept[-1].ops) - 1
    receipts = world.evidence.receipts
    lost = {body: answers for body, answers in receipts.items() if decode_receipt(answers[0]).last_cursor > end}
    for body in lost:
        del receipts[body]
    erased: dict[DeviceId, frozenset[EntityId]] = {}
    for device in world.devices:
        known = frozenset(device.replica.reader.view.erased)
        erased[device.identity.device] = erased.get(device.identity.device, known) | known
    world.evidence.past.append(Past(log, lost, erased))
    world.evidence.faults.add("server_restored")


def _note_unsaid(evidence: Evidence, before: Mapping[DeviceId, int], after: Mapping[DeviceId, int]) -> None:
    """Note whose word of how far it has come the server has lost: a device whose log stands does not know of that."""
    for device, cursor in before.items():
        if cursor > after.get(device, cursor):
            evidence.confirmed_before[device] = max(cursor, evidence.confirmed_before.get(device, 0))


def hear(device: SimDevice) -> None:
    """A person has heard on a device that the server was restored, and from then on the log's word counts there."""
    if device.replica.restored_ms is not None:
        device.cut_off = cut_off_by(entry.body for entry in device.replica.controls)
        device.replica.restored_ms = None
        device.save(device.replica)


async def come_back(world: "World") -> None:
    """Let all devices give a restored server back what it has lost; then a person hears on each, and they go on.

    A start whose checkpoint the server has lost never ends: such a device is enrolled once more, as people would.
    """
    await _until_still(world)
    odile = world.devices[0].replica
    for device in world.devices:
        if device.replica.reader.starting:
            device.begin_anew(odile.reader.root, Start(SPACE, *start_of(odile.reader.view)))
    for device in world.devices:
        hear(device)
    await _until_still(world)


async def _until_still(world: "World") -> None:
    before: list[object] = []
    for _ in range(ROUNDS_MAX):
        for device in world.devices:
            await world.sync(device)
        now = [_standing(device) for device in world.devices]
        if now == before:
            return
        before = now
    world.evidence.alarms.append("I12: devices do not come to rest after a restore")


def _standing(device: SimDevice) -> object:
    queued = [op.op_id for op in device.replica.outbox.ops.values() if op.state is not OutState.ASIDE]
    return device.replica.reader.view.log, queued
