"""What is opened with somebody, pursued, and closed one day: what they ask for, and the procedures they go through."""

from server.kinds import codes, plain
from server.kinds.kind import Row


class Pursuit(Row):
    """The server sees that one was opened, closed and how; what it is about is sealed."""

    opened: int | None = plain.day("Ouverte le", "Opened")
    closed: int | None = plain.day("Close le", "Closed")
    status: str | None = plain.code(codes.STATUS, "État", "Status")
