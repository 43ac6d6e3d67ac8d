"""The health file as a Python device stands to it: where it is, who is to read it, and how it is opened.

The pointer to it stands in the field space. Anybody who writes there could write one, so it is believed only if the
device that began it administered the association at that moment, and as it was begun: an edit moves nothing.
"""

from typing import NamedTuple

from server.demo.device import Device, Place
from server.kinds.health_space import HealthSpace
from server.kinds.kind import kind_name
from server.kinds.worker import Worker
from sync.codec import encode
from sync.compartment import let_in, write_compartment
from sync.control import ROLE_ADMIN
from sync.ids import DeviceId, EntityId, OpId, SpaceId
from sync.liveness import FACT
from sync.logview import Entry
from sync.op import OpClass
from sync.past import members_before
from sync.replica import Replica

ROOT_BYTES = 32


class HealthFile(NamedTuple):
    """The space that only health workers read, and its root."""

    space: SpaceId
    root: OpId


def health_file(field: Replica) -> HealthFile | None:
    """Return where the association's health file is, as far as this device has read the field space."""
    begun = [
        entry
        for entries in field.entries.values()
        for entry in entries
        if entry.header is not None
        and (entry.header.op_class, entry.header.kind) == (OpClass.GENESIS, kind_name(HealthSpace))
    ]
    for entry in sorted(begun, key=lambda one: one.cursor):
        root = _root(field, entry) if _administers(field, entry) else None
        if root is not None:
            return HealthFile(SpaceId(bytes(entry.entity)), root)
    return None


def health_devices(field: Replica) -> set[DeviceId]:
    """Return the devices of health workers that the field space knows and that may have a key."""
    members = field.reader.view.members.by_device.values()
    return {
        one.device
        for one in members
        if one.keyed and one.worker is not None and _is_health_worker(field, EntityId(bytes(one.worker)))
    }


async def open_health_file(field: Device, place: Place) -> Device:
    """Open the association's health file on an administrator's device, and return its device there.

    Args:
        field: the administrator's device, which has read the whole field space.
        place: where the new space is to be; its id is a new one.
    """
    health = place.device(field.worker, place.new_replica(field.replica.identity, None), field.client.save)
    members = field.replica.reader.view.members
    root = write_compartment(health.replica, members, health_devices(field.replica), field.moment())
    field.begin(HealthSpace, {}, HealthSpace.Sealed(root=root.hex()), EntityId(bytes(place.space)))
    await field.client.request("POST", "/v1/spaces", content=encode([place.space]))
    await health.sync()
    await field.sync()
    return health


async def give_access(field: Device, health: Device) -> bool:
    """Let every health worker's device in that has never been in, and tell whether there was one.

    One that was in and is no longer stays out: somebody decided so.
    """
    known = health.replica.reader.view.members.by_device
    new = sorted(health_devices(field.replica) - known.keys())
    for device in new:
        let_in(health.replica, field.replica.reader.view.members.by_device[device], health.moment())
    return bool(new)


def _administers(field: Replica, entry: Entry) -> bool:
    assert entry.header is not None
    author = members_before(field, entry.cursor).by_device.get(entry.header.device)
    return author is not None and author.may(ROLE_ADMIN)


def _root(field: Replica, entry: Entry) -> OpId | None:
    payload = field.payloads.get(entry.op_id)
    said = next((one.value for one in payload.fields if one.name == "root"), None) if payload is not None else None
    try:
        root = bytes.fromhex(said) if isinstance(said, str) else b""
    except ValueError:
        return None
    return OpId(root) if len(root) == ROOT_BYTES else None


def _is_health_worker(field: Replica, worker: EntityId) -> bool:
    state = field.state(worker)
    register = None if state is None or state.own is None else state.own.registers.get((FACT, "role"))
    is_worker = state is not None and state.own is not None and state.own.kind == kind_name(Worker)
    return is_worker and register is not None and register.value == "health"
