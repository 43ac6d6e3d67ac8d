"""What an adversary may want a device to show or to hold, each told of a replica by its name."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from sync import duplicates
from sync.fold import Group, Register
from sync.ids import EntityId
from sync.liveness import FACT, FIELD
from sync.replica import Replica
from tests.security.attacks.association import ENTITIES

_NAMESPACES: Final = {"fact": FACT, "field": FIELD}


def stands(replica: Replica, cursor: int) -> bool:
    """It has taken the log up to there."""
    return replica.reader.view.cursor == cursor


def value(replica: Replica, of: str, name: str, shown: object) -> bool:
    """A register of an entity, or of a row of it, shows this."""
    register = _register(replica, of, name)
    return register is not None and register.value == shown and type(register.value) is type(shown)


def author(replica: Replica, of: str, name: str, device: str) -> bool:
    """What a register shows is said to be this device's."""
    register = _register(replica, of, name)
    entry = None if register is None else replica.reader.view.first_entries.get(register.winner)
    return entry is not None and entry.header is not None and entry.header.device.hex() == device


def gone(replica: Replica, of: str, name: str) -> bool:
    """There is no such register."""
    return _register(replica, of, name) is None


def rows(replica: Replica, of: str, count: int) -> bool:
    """So many rows of an entity count."""
    return len([group for group in _groups(replica, of) if group.row is not None and group.counts]) == count


def member(replica: Replica, device: str, roles: int) -> bool:
    """A device is a member with these roles."""
    known = replica.reader.view.members.by_device.values()
    return any((one.device.hex(), one.roles) == (device, roles) for one in known)


def box(replica: Replica, device: str, x_pk: str) -> bool:
    """What a device is to read is wrapped for this key."""
    known = {one.device.hex(): one.x_pk for one in replica.reader.view.members.by_device.values()}
    return (known.get(device) or b"").hex() == x_pk


def key(replica: Replica, n: int, revealed: str) -> bool:
    """It takes this for the key of an epoch."""
    known = replica.keyring.epoch_keys
    return n in known and known[n].reveal().hex() == revealed


def erased(replica: Replica, of: str) -> bool:
    """An entity is erased."""
    return replica.is_erased(_entity(of))


def rules(replica: Replica, version: int) -> bool:
    """This ruleset is in force."""
    return replica.reader.view.members.rules_version == version


def ruled(replica: Replica, of: str, state: str) -> bool:
    """The one object of an entity is in this state."""
    found = [one.state for target, one in replica.rulings.states.items() if target.entity.hex() == of]
    return found == [state]


def linked(replica: Replica, on: str, to: str) -> bool:
    """Two entities are one."""
    states = (replica.state(each) for each in ENTITIES)
    links = {link for state in states if state is not None for link in duplicates.links_of(state)}
    return (_entity(on), _entity(to)) in links


def unsent(replica: Replica, count: int) -> bool:
    """It keeps so many ops to send."""
    return len(replica.outbox.ops) == count


def epoch(replica: Replica, n: int) -> bool:
    """This epoch is in force."""
    return replica.reader.view.members.epoch == n


def later(replica: Replica, hlc_ms: int) -> bool:
    """What it writes next says this time, or a later one."""
    return replica.hlc.ms >= hlc_ms


def waiting(replica: Replica, count: int) -> bool:
    """So many ops do not open."""
    return len(replica.waiting) == count


WISHES: Final[Mapping[str, Callable[..., bool]]] = {
    wish.__name__: wish
    for wish in (
        *(stands, value, author, gone, rows, member, box, key),
        *(erased, rules, ruled, linked, unsent, waiting, epoch, later),
    )
}


def _groups(replica: Replica, of: str) -> Sequence[Group]:
    state = replica.state(_entity(of))
    return () if state is None else state.groups


def _register(replica: Replica, of: str, name: str) -> Register | None:
    """Return a register of the entity's own group, or of whichever row has it, by `fact:name` or `field:name`."""
    namespace, _, bare = name.partition(":")
    setter: Any = (_NAMESPACES[namespace], bare)
    found = (group.registers.get(setter) for group in _groups(replica, of))
    return next((register for register in found if register is not None), None)


def _entity(text: str) -> EntityId:
    return EntityId(bytes.fromhex(text))
