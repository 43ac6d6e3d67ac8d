"""The members as this device knew them last: with what a restored server has lost of them."""

from collections.abc import Iterable, Sequence

from sync.clock import HLC_FIRST, Hlc, receive
from sync.control import Body, MemberBody
from sync.logview import Entry
from sync.members import Members
from sync.op import Header
from sync.outbox import OutOp


def last_known(members: Members, controls: Sequence[Entry], lost: Iterable[Entry]) -> Members:
    """Return the members of the log with the control ops that it has lost.

    What the log says of a device since then counts more.

    Args:
        members: those of the log.
        controls: the control ops of the log.
        lost: the control ops that it has lost, in its order.
    """
    for entry in lost:
        if (
            entry.body is not None
            and entry.header is not None
            and not _is_overtaken(controls, entry.header, entry.body)
        ):
            members = members.after(entry.header.device, entry.body)
    return members


def is_answered(controls: Sequence[Entry], lost: Iterable[Entry], op: OutOp, body: Body) -> bool:
    """Tell whether the log has revoked the device that an unsent op lets in, by an op whose author may have read it.

    Its hybrid time says so if it is not before the other's: whoever had read the revocation first would have written
    later than that. Of what the log had, that is the time that its readers took from it.

    Args:
        controls: the control ops of the log.
        lost: those that it has lost, the unsent one among them if the log had it.
        op: the unsent op.
        body: its own.
    """
    if not isinstance(body, MemberBody) or body.revokes:
        return False
    words = [one for one in controls if isinstance(one.body, MemberBody) and one.body.device == body.device]
    if not words or not (isinstance(words[-1].body, MemberBody) and words[-1].body.revokes):
        return False
    last = words[-1].header
    read_at = [receive(HLC_FIRST, op.header, one.server_ms) for one in lost if one.op_id == op.op_id]
    return last is not None and _hlc(last) >= min([Hlc(*_hlc(op.header)), *read_at])


def _is_overtaken(controls: Sequence[Entry], header: Header, body: Body) -> bool:
    """Tell whether the log has a later word on the device that a lost member op is about."""
    if not isinstance(body, MemberBody):
        return False
    words = [one for one in controls if isinstance(one.body, MemberBody) and one.body.device == body.device]
    return any(_hlc(one.header) > _hlc(header) for one in words if one.header is not None)


def _hlc(header: Header) -> tuple[int, int]:
    return header.hlc_ms, header.hlc_ctr
