"""The members as this device knew them last: with what a restored server has lost of them."""

from collections.abc import Container, Iterable, Mapping, Sequence

from sync.clock import HLC_FIRST, Hlc, receive
from sync.control import Body, MemberBody
from sync.ids import DeviceId, OpId
from sync.logview import Entry
from sync.members import Members
from sync.outbox import OutOp


def last_known(members: Members, controls: Sequence[Entry], lost: Sequence[Entry]) -> Members:
    """Return the members of the log with the control ops that it has lost.

    What the log says of a device since then counts more. An addition that was heard before a revocation does not
    undo it, also where it was lost later.

    Args:
        members: those of the log.
        controls: the control ops of the log.
        lost: the control ops that it has lost, in its order, as `still_lost` keeps them.
    """
    logged = {entry.op_id for entry in controls}
    heard_ms = {entry.op_id: entry.server_ms for entry in lost}
    revoking: list[Entry] = []
    for entry in lost:
        if (
            entry.body is not None
            and entry.header is not None
            and entry.op_id not in logged
            and not _is_overtaken(controls, entry, heard_ms)
        ):
            if isinstance(entry.body, MemberBody) and entry.body.revokes:
                revoking.append(entry)
            elif _is_overtaken(revoking, entry, heard_ms):
                continue
            members = members.after(entry.header.device, entry.body)
    return members


def still_lost(lost: Sequence[Entry], logged: Container[OpId]) -> list[Entry]:
    """Return what is lost still, in its order, and each word on a device that came back before a later one on it.

    Such a word has another server time now; when it was heard first says which of the two is the older.
    """
    still: list[Entry] = []
    spoken_of: set[DeviceId] = set()
    for entry in reversed(lost):
        about = {entry.body.device} if isinstance(entry.body, MemberBody) else set()
        if entry.op_id not in logged:
            spoken_of |= about
        elif not about & spoken_of:
            continue
        still.append(entry)
    return still[::-1]


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
    return last is not None and Hlc(last.hlc_ms, last.hlc_ctr) >= said_at(lost, op)


def said_at(lost: Iterable[Entry], op: OutOp) -> Hlc:
    """Return the hybrid time of an unsent op; of what the log had, that which its readers took from it."""
    read_at = [receive(HLC_FIRST, op.header, one.server_ms) for one in lost if one.op_id == op.op_id]
    return min([Hlc(op.header.hlc_ms, op.header.hlc_ctr), *read_at])


def _is_overtaken(controls: Sequence[Entry], lost: Entry, heard_ms: Mapping[OpId, int]) -> bool:
    """Tell whether the log has a later word on the device that a lost member op is about."""
    if not isinstance(lost.body, MemberBody):
        return False
    device = lost.body.device
    words = [one for one in controls if isinstance(one.body, MemberBody) and one.body.device == device]
    return any(_heard(one, heard_ms) > _heard(lost, heard_ms) for one in words)


def _heard(entry: Entry, heard_ms: Mapping[OpId, int]) -> Hlc:
    """Return the hybrid time that the first readers took from an op: whoever had read it wrote later than that."""
    assert entry.header is not None
    return receive(HLC_FIRST, entry.header, heard_ms.get(entry.op_id, entry.server_ms))
