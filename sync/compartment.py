"""A compartment: a second space beside another, the outer one, that fewer of the same people read.

Whoever opens one cannot read it afterwards. The founder's device draws the first key, lets in those who read, and
gives its own place as a reader up, all in one gesture. The first reader that pulls finds the founder among the holders
of the key in force and rotates (`rotation_due`); until then nothing is written (`is_exposed`). Administrators of the
outer space are members without a key: they revoke and erase.
"""

from collections.abc import Collection
from typing import Final

from msgspec.structs import replace

from sync.ahead import ahead
from sync.control import ROLE_ADMIN, ROLE_ERASE, ROLE_WRITE, MemberBody
from sync.ids import DeviceId, OpId
from sync.members import Member, Members
from sync.recovery import ROLES
from sync.replica import Replica
from sync.rotation import wrap_ahead, write_revocation
from sync.secret import SECRET_BYTES, EpochKey
from sync.writer import CannotWrite, Moment, first_epoch, write_control, write_founding

READER_ROLES: Final = ROLE_WRITE + ROLE_ADMIN
"""Readers let in and rotate, so that no administrator is needed who would hold a key."""
KEYLESS_ROLES: Final = ROLE_ADMIN + ROLE_ERASE


def write_compartment(replica: Replica, outer: Members, readers: Collection[DeviceId], moment: Moment) -> OpId:
    """Save in the outbox all that founds a compartment, and return its root.

    The first segment is the founder's, with the recovery member of the outer space (of one without papers, the first
    reader in its place). The second lets in the other readers, adds the other administrators without a key, and takes
    the founder's own key away.

    Args:
        replica: the founder's of the new space, empty and without a root, with its identity of the outer space.
        outer: the members of the outer space.
        readers: the devices that are to read, of those that the outer space knows.
        moment: when, and by what chance.

    Raises:
        CannotWrite: the founder is no keyed administrator there, or nobody would be able to read.
    """
    own = outer.by_device.get(replica.identity.device)
    if own is None or not own.keyed or not own.may(ROLE_ADMIN):
        raise CannotWrite("This device does not administer the outer space.")
    reading = [one for one in _others(outer, own) if one.device in readers and one.keyed and one.worker is not None]
    if not reading:
        raise CannotWrite("Nobody would be able to read.")
    recovery = [one for one in _others(outer, own) if one.keyed and one.worker is None]
    founder = _body(own, ROLES)
    first = [founder, *([_body(one, ROLES) for one in recovery] or [_body(reading[0], READER_ROLES)])]
    root = write_founding(
        replica, first, first_epoch(replica.space, first, EpochKey(moment.random(SECRET_BYTES))), moment
    )
    known = {body.device for body in first}
    for one in reading:
        if one.device not in known:
            let_in(replica, one, moment)
    for one in _administrators(outer, own):
        if one.device not in {*known, *readers}:
            write_control(replica, _keyless(one), moment)
    write_control(replica, _keyless(own), moment)
    return root


def let_in(replica: Replica, member: Member, moment: Moment) -> OpId:
    """Save in the outbox that a device of the outer space reads from here on, with the key in force.

    Raises:
        CannotWrite: the device has no box key, or this one holds no key to hand on.
    """
    if member.x_pk is None:
        raise CannotWrite("The device has no key to wrap for.")
    wrapped = wrap_ahead(replica, member.x_pk, member.device)
    return write_control(replica, replace(_body(member, READER_ROLES), wrap=wrapped), moment)


def keep_compartment(replica: Replica, outer: Members, moment: Moment) -> bool:
    """Do what the outer space has decided meanwhile; call it after a pull of both, on an administrator's device.

    A device revoked there is revoked here; an administrator's device that is missing here is added without a key.

    Returns:
        whether the outbox has changed.
    """
    members = ahead(replica).members
    own = members.by_device.get(replica.identity.device)
    if own is None or not own.may(ROLE_ADMIN):
        return False
    gone = [
        device
        for device, here in members.by_device.items()
        if not here.revoked and device in outer.by_device and outer.by_device[device].revoked
    ]
    missing = [one for one in _administrators(outer, own) if one.device not in members.by_device]
    if gone:
        write_revocation(replica, gone, moment)
    for one in missing:
        write_control(replica, _keyless(one), moment)
    return bool(gone or missing)


def _others(outer: Members, own: Member) -> list[Member]:
    """Return the other members of the same association, ascending by device."""
    return [one for device, one in sorted(outer.by_device.items()) if device != own.device and one.org == own.org]


def _administrators(outer: Members, own: Member) -> list[Member]:
    return [one for one in _others(outer, own) if one.may(ROLE_ADMIN) and one.worker is not None]


def _body(member: Member, roles: int) -> MemberBody:
    return MemberBody(member.device, member.ed_pk, member.x_pk, roles, member.org, member.worker, None)


def _keyless(member: Member) -> MemberBody:
    return replace(_body(member, KEYLESS_ROLES), x_pk=None)
