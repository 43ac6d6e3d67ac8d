"""Rotation: a new epoch key for whoever may still read, and the control ops that bring it.

A revoked device keeps what it has and gets nothing new: the member op that revokes it and the next epoch go out in
one segment. Nothing recorded is sealed again. An epoch is due when somebody who was given the key in force is to have
none any more, revoked or a member without a key from then on, or after ninety days by the log's own time; any keyed
administrator's device then writes it by itself. Two that do so at once conflict at the server: the second one pulls,
and finds that nothing is due any more.

After a server was restored from a backup nobody rotates until a person has said that every administrator's device has
come back: one of them may bring a lost epoch, and whatever is sealed under it.
"""

from collections.abc import Callable, Iterable, Sequence
from typing import Final

from msgspec.structs import replace

from sync.ahead import ahead, unsent_controls
from sync.clock import Hlc
from sync.control import ROLE_ADMIN, ROLE_ERASE, Body, EpochBody, MemberBody, decode_body
from sync.erasure import erased_by
from sync.ids import NONCE_BYTES, DeviceId, EntityId, OpId
from sync.keys import Epoch, commit, seal_prev, wrap
from sync.lastknown import is_answered, said_at
from sync.logview import Entry
from sync.members import Member
from sync.outbox import CONFLICT, OutOp, OutState
from sync.replica import Replica
from sync.restore import last_known_members
from sync.secret import SECRET_BYTES, EpochKey
from sync.writer import CannotWrite, Moment, write_control, write_erasure

ROTATION_MS: Final = 90 * 86_400_000


def next_epoch(replica: Replica, random: Callable[[int], bytes]) -> EpochBody:
    """Return the epoch after the one ahead, wrapped for every keyed member. Raises CannotWrite without its key."""
    members, keys = ahead(replica)
    previous = keys.get(members.epoch)
    if previous is None:
        raise CannotWrite("The key of the epoch in force is not here.")
    n, epoch_key = members.epoch + 1, EpochKey(random(SECRET_BYTES))
    epoch = Epoch(replica.space, n, commit(replica.space, n, epoch_key))
    wraps = []
    for device in members.keyed():
        x_pk = members.by_device[device].x_pk
        assert x_pk is not None
        wraps.append((device, wrap(epoch_key, x_pk, epoch, device)))
    prev = seal_prev(epoch_key, previous, random(NONCE_BYTES), replica.space, n)
    return EpochBody(n, epoch.commitment, prev, tuple(wraps))


def write_rotation(replica: Replica, moment: Moment) -> OpId:
    """Save the next epoch in the outbox. Raises CannotWrite if this device holds no key to hand on."""
    return write_control(replica, next_epoch(replica, moment.random), moment)


def write_revocation(replica: Replica, devices: Sequence[DeviceId], moment: Moment) -> list[OpId]:
    """Save in the outbox that devices are members no longer, and the epoch that they get no key of.

    An administrator who cannot hand on a key revokes all the same: the next one's device rotates.
    """
    members, keys = ahead(replica)
    known, own = members.by_device, replica.identity.device
    names = [write_control(replica, _revoked(known[device]), moment) for device in devices]
    if known[own].keyed and own not in devices and members.epoch in keys and not _awaits_others(replica):
        names.append(write_rotation(replica, moment))
    return names


def rotation_due(replica: Replica, *, is_missed: bool = False) -> bool:
    """Tell whether this device ought to rotate: it may, and the key in force is too old or in the wrong hands.

    Or an epoch is missed, which others may have read before a restored server lost it, and write under.
    """
    members, keys = ahead(replica)
    own = members.by_device.get(replica.identity.device)
    in_force = replica.reader.view.members.epoch
    if own is None or not own.keyed or not own.may(ROLE_ADMIN) or members.epoch != in_force or in_force not in keys:
        return False
    if _awaits_others(replica):
        return False
    holders, since_ms = _holders(replica.controls, in_force)
    is_old = replica.reader.view.server_ms - since_ms > ROTATION_MS
    is_lost = replica.keyring.lost.highest > members.epoch
    return is_old or is_lost or is_missed or any(members.by_device[device].x_pk is None for device in holders)


def is_exposed(replica: Replica) -> bool:
    """Tell whether a member who is to have no key has the one that this device would write under.

    False without any key. Who was revoked does not count: nobody waits for a rotation to save what they have to say.
    What a restored server has lost counts: the key in hand may be that of a lost epoch.
    """
    members = replica.reader.view.members.by_device
    controls = (*replica.controls, *replica.lost.get(EntityId(bytes(replica.space)), ()))
    holders, _ = _holders(controls, replica.keyring.newest)
    held_by = [members[device] for device in holders if device in members]
    return any(one.x_pk is None and not one.revoked for one in held_by)


def keep_controls(replica: Replica, moment: Moment) -> bool:
    """Write again what an epoch conflict has set aside, and rotate if that is due. Call it after a pull.

    An epoch is written anew only if the log has none of its number: else another's has done what it was for. Nor is an
    addition written again to which the log has answered with a revocation.

    Returns:
        whether the outbox has changed.
    """
    aside, bodies = _set_aside(replica)
    members, keys = ahead(replica)
    if members.epoch not in keys and any(isinstance(body, MemberBody) and body.x_pk is not None for body in bodies):
        return False  # nothing is let go of that could not be written again
    for op in aside:
        del replica.outbox.ops[op.op_id]
    said_last = {body.device: body for body in bodies if isinstance(body, MemberBody)}
    lost = replica.lost.get(EntityId(bytes(replica.space)), ())
    for op, body in zip(aside, bodies, strict=True):
        if isinstance(body, MemberBody):
            # Who was let in and revoked is given no key of today in between.
            if body is said_last[body.device] and not is_answered(replica.controls, lost, op, body):
                _write_member(replica, body, moment, None if body.revokes else said_at(lost, op))
        elif not isinstance(body, EpochBody):
            write_control(replica, body, moment)
    again = [_revoke_again(replica, moment), _erase_again(replica, moment)]
    is_due = rotation_due(replica, is_missed=any(_is_missed(replica, body) for body in bodies))
    if is_due:
        write_rotation(replica, moment)
    return is_due or any(again) or bool(aside)


def _set_aside(replica: Replica) -> tuple[list[OutOp], list[Body]]:
    """Return what an epoch conflict has set aside, with the bodies.

    Left out are epochs that are missed while another administrator's device may still bring one back.
    """
    aside = [op for op in replica.outbox.in_state(OutState.ASIDE) if op.code == CONFLICT]
    found = [(op, decode_body(op.header.kind, op.sealed, replica.space)) for op in aside]
    due = [(op, body) for op, body in found if not (_is_missed(replica, body) and _awaits_others(replica))]
    return [op for op, _ in due], [body for _, body in due]


def _is_missed(replica: Replica, body: Body) -> bool:
    """Tell whether a body is an epoch's, and the log has none of its number, nor another one that it stands on."""
    is_ahead = isinstance(body, EpochBody) and body.n > replica.reader.view.members.epoch
    return is_ahead and replica.keyring.lost.stand


def _revoke_again(replica: Replica, moment: Moment) -> bool:
    """Revoke whom a restored server has forgotten to be revoked, when nobody is waited for who would do it.

    Whoever is let in again after that stays in: a later word counts more than a lost one.
    """
    members, space = ahead(replica).members, EntityId(bytes(replica.space))
    own = members.by_device.get(replica.identity.device)
    if space not in replica.lost or replica.restored_ms is not None or own is None or not own.may(ROLE_ADMIN):
        return False
    known = last_known_members(replica).by_device
    forgotten = [
        device
        for device, member in members.by_device.items()
        if not member.revoked and device in known and known[device].revoked
    ]
    for device in forgotten:
        write_control(replica, _revoked(members.by_device[device]), moment)
    return bool(forgotten)


def _erase_again(replica: Replica, moment: Moment) -> bool:
    """Erase at once what a restored server has forgotten to be erased: whoever may does, for twice does no harm."""
    members, space = ahead(replica).members, EntityId(bytes(replica.space))
    own = members.by_device.get(replica.identity.device)
    if own is None or not own.may(ROLE_ERASE):
        return False
    known = erased_by(entry.body for entry in replica.lost.get(space, ()))
    said = erased_by(body for _, body in unsent_controls(replica))
    forgotten = known - said - replica.reader.view.erased.keys()
    return bool(forgotten) and bool(write_erasure(replica, forgotten, moment))


def _awaits_others(replica: Replica) -> bool:
    """Tell whether another administrator's device may still bring back an epoch that a restored server has lost."""
    if replica.restored_ms is None:
        return False
    members = replica.reader.view.members.by_device.values()
    others = [one for one in members if one.device != replica.identity.device and one.worker is not None]
    return any(one.keyed and one.may(ROLE_ADMIN) for one in others)


def _write_member(replica: Replica, body: MemberBody, moment: Moment, at: Hlc | None) -> None:
    """Write a member op again, its wrap of the epoch in force; one that says what is so already is left out.

    An addition keeps its time, `at`: a revocation that its author has not read, and the server has lost, is later.
    """
    known = ahead(replica).members.by_device.get(body.device)
    stated = (body.x_pk, body.roles, body.worker)
    if known is not None and known.proposed is None and (known.x_pk, known.roles, known.worker) == stated:
        return
    wrapped = None if body.x_pk is None else wrap_ahead(replica, body.x_pk, body.device)
    write_control(replica, replace(body, wrap=wrapped), moment, at)


def wrap_ahead(replica: Replica, x_pk: bytes, device: DeviceId) -> bytes:
    """Return the key of the epoch ahead, wrapped for a device's box key: what its member op carries.

    Raises:
        CannotWrite: this device holds no such key.
    """
    members, keys = ahead(replica)
    epoch_key = keys.get(members.epoch)
    if epoch_key is None:
        raise CannotWrite("The key of the epoch in force is not here.")
    return wrap(epoch_key, x_pk, Epoch(replica.space, members.epoch, members.commits[members.epoch]), device)


def _revoked(member: Member) -> MemberBody:
    return MemberBody(member.device, member.ed_pk, None, 0, member.org, member.worker, None)


def _holders(controls: Iterable[Entry], n: int) -> tuple[set[DeviceId], int]:
    """Return who was given the key of an epoch, and since when it is, by the log's time."""
    holders: set[DeviceId] = set()
    epoch = since_ms = 0
    for entry in controls:
        if isinstance(entry.body, EpochBody):
            epoch = entry.body.n
            if epoch == n:
                holders |= {device for device, _ in entry.body.wraps}
                since_ms = entry.server_ms
        elif isinstance(entry.body, MemberBody) and entry.body.wrap is not None and epoch == n:
            holders.add(entry.body.device)
    return holders, since_ms
