"""The members of a space as they were: who might do what when an op was logged."""

from sync.members import Members
from sync.replica import Replica


def members_before(replica: Replica, cursor: int) -> Members:
    """Return the members just before a cursor of the log; its founding counts from cursor 1 on, op by op."""
    members = Members(replica.space)
    for entry in replica.controls:
        if entry.cursor >= cursor:
            break
        if entry.body is not None and entry.header is not None:
            members = members.after(entry.header.device, entry.body, entry.cursor)
    return members
