"""Who may do what in a space, as of each cursor: a pure state that control ops move, and the judgement of every op.

Every op is judged by the members and the epoch just before its cursor, earlier ops of its own segment included, so
that server, keyless members and bootstrapped devices judge alike. At the server a fault refuses the push; for a
reader it makes the op void.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Final

from sync.control import (
    ROLE_ADMIN,
    ROLE_ERASE,
    ROLE_WRITE,
    Body,
    EpochBody,
    EraseBody,
    MemberBody,
    RulesBody,
    XkeyBody,
)
from sync.errors import (
    BadControl,
    BadHeader,
    DeviceRevoked,
    EpochConflict,
    NotMember,
    Refusal,
    RoleMissing,
)
from sync.ids import DeviceId, Digest, OrgId, SpaceId, WorkerId
from sync.limits import MEMBERS_MAX
from sync.op import Header, OpClass
from sync.push import PushedOp

RULES_VERSION_FIRST: Final = 1


@dataclass(frozen=True, slots=True)
class Member:
    """A device as the latest member op states it.

    Attributes:
        proposed: the box key of a later xkey op, if any.
        revoked_at: the cursor of the op that revoked it; None if it is not revoked, or not in the log yet.
    """

    device: DeviceId
    ed_pk: bytes
    x_pk: bytes | None
    roles: int
    org: OrgId
    worker: WorkerId | None
    proposed: bytes | None = None
    revoked_at: int | None = None

    @property
    def keyed(self) -> bool:
        """Whether epochs are wrapped for this device."""
        return self.x_pk is not None and self.proposed is None

    @property
    def revoked(self) -> bool:
        """Whether the device may do nothing any more; an xkey op revokes nobody."""
        return self.roles == 0 and self.x_pk is None

    def may(self, role: int) -> bool:
        """Tell whether the device has a role."""
        return bool(self.roles & role)


@dataclass(frozen=True, slots=True)
class Members:
    """The members, the epoch with every commitment so far, and the ruleset in force, at one cursor of a space."""

    space: SpaceId
    by_device: Mapping[DeviceId, Member] = field(default_factory=dict)
    epoch: int = 0
    commits: Mapping[int, Digest] = field(default_factory=dict)
    rules_version: int = RULES_VERSION_FIRST

    def keyed(self) -> list[DeviceId]:
        """Return the devices for which an epoch must hold a wrap, ascending."""
        return sorted(member.device for member in self.by_device.values() if member.keyed)

    def after(self, author: DeviceId, body: Body, cursor: int | None = None) -> "Members":
        """Return the state after a valid control op, which stands at a cursor of the log or in no log yet."""
        match body:
            case MemberBody():
                revoked_at = cursor if body.revokes else None
                member = Member(
                    body.device, body.ed_pk, body.x_pk, body.roles, body.org, body.worker, revoked_at=revoked_at
                )
                return replace(self, by_device={**self.by_device, body.device: member})
            case XkeyBody():
                member = replace(self.by_device[author], proposed=body.x_pk)
                return replace(self, by_device={**self.by_device, author: member})
            case EpochBody():
                return replace(self, epoch=body.n, commits={**self.commits, body.n: body.commit})
            case RulesBody():
                return replace(self, rules_version=body.version)
            case EraseBody():
                return self


class Fault(StrEnum):
    """Why an op is refused or void, judged by the state before it."""

    NOT_MEMBER = "not_member"
    DEVICE_REVOKED = "device_revoked"
    ROLE_MISSING = "role_missing"
    EPOCH = "epoch"
    EPOCH_CONFLICT = "epoch_conflict"
    BAD_CONTROL = "bad_control"


def judge(members: Members, header: Header, body: Body | None, unseen: range) -> Fault | None:
    """Return the fault of an op under the state just before it, or None.

    Args:
        members: the state.
        header: the op's.
        body: a control op's, decoded.
        unseen: the cursors before the op's segment that its author had not seen, see `sync.segment.unseen`.
    """
    author = members.by_device.get(header.device)
    if author is None:
        return Fault.NOT_MEMBER
    if author.revoked:
        return Fault.DEVICE_REVOKED
    if header.op_class == OpClass.CONTROL:
        return Fault.BAD_CONTROL if body is None else _control_fault(members, author, header, body, unseen)
    if not author.may(ROLE_WRITE):
        return Fault.ROLE_MISSING
    return None if 1 <= header.epoch <= members.epoch else Fault.EPOCH


def _control_fault(members: Members, author: Member, header: Header, body: Body, unseen: range) -> Fault | None:
    if header.epoch != members.epoch or not _is_timely(members, body) or _overlooks(members, body, unseen):
        return Fault.EPOCH_CONFLICT
    if not _may_control(members, author, body):
        return Fault.ROLE_MISSING
    return None if _is_allowed(members, body) else Fault.BAD_CONTROL


def _is_timely(members: Members, body: Body) -> bool:
    if isinstance(body, EpochBody):
        return body.n == members.epoch + 1 and [device for device, _ in body.wraps] == members.keyed()
    return not isinstance(body, MemberBody) or body.x_pk is None or body.wrap is not None


def _overlooks(members: Members, body: Body, unseen: range) -> bool:
    """Tell whether an op lets a device in whose revocation its author had not seen: it would undo it unawares."""
    target = members.by_device.get(body.device) if isinstance(body, MemberBody) and not body.revokes else None
    return target is not None and target.revoked_at in unseen


def _may_control(members: Members, author: Member, body: Body) -> bool:
    match body:
        case MemberBody():
            target = members.by_device.get(body.device)
            orgs = {author.org, body.org} | ({target.org} if target is not None else set())
            return author.may(ROLE_ADMIN) and len(orgs) == 1 and (body.x_pk is None or author.keyed)
        case XkeyBody():
            return True
        case EpochBody():
            return author.may(ROLE_ADMIN) and author.keyed
        case EraseBody():
            return author.may(ROLE_ERASE)
        case RulesBody():
            return author.may(ROLE_ADMIN)


def _is_allowed(members: Members, body: Body) -> bool:
    """A proposed key is taken as it is or withdrawn, never swapped; and a space has at most so many members."""
    if not isinstance(body, MemberBody):
        return True
    target = members.by_device.get(body.device)
    if target is not None and target.proposed is not None and body.x_pk not in {None, target.proposed}:
        return False
    others = sum(1 for member in members.by_device.values() if not member.revoked and member.device != body.device)
    return others < MEMBERS_MAX


def admit(members: Members, ops: Sequence[PushedOp], bodies: Mapping[int, Body], unseen: range) -> Members:
    """Return the members after a segment of a founded space.

    Args:
        members: those before it.
        ops: its ops.
        bodies: those of its control ops, by their place in it.
        unseen: the cursors before it that its author had not seen; its own begin where they stop.

    Raises:
        NotMember, DeviceRevoked, RoleMissing, EpochConflict, BadHeader, BadControl: for the first op at fault.
    """
    for index, op in enumerate(ops):
        body = bodies.get(index)
        fault = judge(members, op.header, body, unseen)
        if fault is not None:
            raise _refusal(fault, members, index, op)
        if body is not None:
            members = members.after(op.header.device, body, unseen.stop + index)
    return members


def _refusal(fault: Fault, members: Members, index: int, op: PushedOp) -> Refusal:
    match fault:
        case Fault.NOT_MEMBER:
            return NotMember()
        case Fault.DEVICE_REVOKED:
            return DeviceRevoked()
        case Fault.ROLE_MISSING:
            return RoleMissing()
        case Fault.EPOCH_CONFLICT:
            return EpochConflict(members.epoch)
        case Fault.EPOCH:
            return BadHeader(index, op.op_id, "epoch")
        case Fault.BAD_CONTROL:
            return BadControl(index, op.op_id)


def found(space: SpaceId, headers: Sequence[Header], bodies: Sequence[Body | None]) -> Members | None:
    """Return the members after the first segment of a space, or None if it does not found one.

    A founding segment is exactly: a member op of its own author (admin and keyed), one or more member ops of other
    devices, and epoch 1 wrapped for every keyed one; member ops carry no wrap, and every header has epoch 0.
    """
    if len(headers) < 3 or len(headers) != len(bodies):
        return None
    founder = headers[0].device
    if any(header.epoch != 0 or header.device != founder for header in headers):
        return None
    members = Members(space)
    for cursor, body in enumerate(bodies[:-1], 1):
        if not isinstance(body, MemberBody) or body.wrap is not None or body.device in members.by_device:
            return None
        members = members.after(founder, body, cursor)
    author, epoch = next(iter(members.by_device.values())), bodies[-1]
    if author.device != founder or not (author.keyed and author.may(ROLE_ADMIN)):
        return None
    if not isinstance(epoch, EpochBody) or not _is_timely(members, epoch):
        return None
    return members.after(founder, epoch)
