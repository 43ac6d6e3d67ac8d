"""The members as this device knew them last: with what a restored server has lost of them."""

from collections.abc import Iterable, Sequence

from sync.control import Body, MemberBody
from sync.logview import Entry
from sync.members import Members
from sync.op import Header


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


def _is_overtaken(controls: Sequence[Entry], header: Header, body: Body) -> bool:
    """Tell whether the log has a later word on the device that a lost member op is about."""
    if not isinstance(body, MemberBody):
        return False
    words = [one for one in controls if isinstance(one.body, MemberBody) and one.body.device == body.device]
    return any(_hlc(one.header) > _hlc(header) for one in words if one.header is not None)


def _hlc(header: Header) -> tuple[int, int]:
    return header.hlc_ms, header.hlc_ctr
