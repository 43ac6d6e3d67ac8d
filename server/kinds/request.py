"""What a person asks for."""

from typing import ClassVar

from server.kinds import codes, plain, sealed
from server.kinds.description import Label
from server.kinds.kind import Row
from server.kinds.person import Person
from server.kinds.sealed import Payload


class Request(Row, table=True):
    """The server sees that a request was opened, closed and how; what is asked for is sealed."""

    label: ClassVar[Label] = Label("Demande", "Request")
    of = Person

    opened: int | None = plain.day("Ouverte le", "Opened")
    closed: int | None = plain.day("Close le", "Closed")
    status: str | None = plain.code(codes.STATUS, "État", "Status")

    class Sealed(Payload):
        """Read by the members' devices only."""

        need: str | None = sealed.code(codes.NEED, "Besoin", "Need")
        note: str | None = sealed.text(10_000, "Note", "Note")
