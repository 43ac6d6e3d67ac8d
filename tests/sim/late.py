"""Two who were never there: one begins at a checkpoint on a bad line, the other reads the whole log in one go."""

from random import Random
from typing import TYPE_CHECKING, Final

import httpx

from sync.client import Refused
from sync.errors import IntegrityFailure
from sync.log import DeadRow, OpRow
from sync.start import Start
from tests.sim.device import SimDevice
from tests.sim.line import DeviceKilledError
from tests.sim.server import SPACE

if TYPE_CHECKING:
    from tests.sim.world import World

HISTORIES: Final = 2
"""So many entities' histories are read at the end of a life."""


async def late_readers(world: "World") -> None:
    """Bring in the administrator's other selves; the last one has read everything."""
    ends = world.devices[0].replica.reader.view.ends
    stood = [(at, told) for (at, log), told in sorted(world.evidence.checkpoints.items()) if ends.get(at) == log]
    cursor, told = stood[min(world.chance.choices(range(len(stood)), k=2))]  # rather early: much dies after it
    begins = world.enter(0, Start(SPACE, cursor, min(told)))
    begins.line.page_bytes = world.chance.choice([1_500, 4_000, None])
    begins.line.slow = Random(world.chance.getrandbits(48))
    begins.save(begins.replica)
    reads = world.enter(0)
    reads.line.page_bytes = world.chance.choice([1, None, None])
    del world.devices[-2:]
    for late in (begins, reads):
        try:
            while not await _read_on(late):
                note_stubs(late)
        except (IntegrityFailure, Refused) as error:
            world.evidence.alarms.append(f"I6: a new reader refuses the log: {error}")
        world.evidence.replicas.append(late.replica)
    if reads.line.page_bytes and reads.replica.reader.view.erased:
        world.evidence.faults.add("erased_in_a_pull")
    await _histories(world, reads)
    if any(isinstance(entry.row, DeadRow) for entry in reads.replica.reader.view.first_entries.values()):
        world.evidence.faults.add("stub_read")


async def _histories(world: "World", late: SimDevice) -> None:
    """Let an administrator read what some entities were, the dead included, and what is left of one that is erased."""
    entities = sorted(late.replica.entries)
    erased = sorted(late.replica.reader.view.erased)[:1]
    for entity in (*world.chance.sample(entities, min(len(entities), HISTORIES)), *erased):
        try:
            rows = await late.client.history(entity)
        except (IntegrityFailure, Refused) as error:
            world.evidence.alarms.append(f"I10: a history is refused: {error}")
            return
        world.evidence.histories[entity] = [(row.cursor, row.op_id) for row in rows if isinstance(row.row, OpRow)]


def note_stubs(device: SimDevice) -> None:
    """Note a device that waits for the proof of a stub."""
    if device.replica.reader.view.stubs:
        device.evidence.faults.add("stub_waits")


async def _read_on(late: SimDevice) -> bool:
    """Let a reader go on until it has read all, its line drops, or it dies and comes back."""
    try:
        await late.client.pull_all()
    except httpx.RequestError:
        return False
    except DeviceKilledError:
        late.restart()
        return False
    return True
