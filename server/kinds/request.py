"""What a person asks for."""

from typing import ClassVar

from server.kinds import codes, sealed
from server.kinds.description import Label
from server.kinds.person import Person
from server.kinds.pursuit import Pursuit
from server.kinds.sealed import Payload


class Request(Pursuit, table=True):
    """A row of the person: what is asked for is sealed."""

    label: ClassVar[Label] = Label("Demande", "Request")
    of = Person

    class Sealed(Payload):
        """Read by the members' devices only."""

        need: str | None = sealed.code(codes.NEED, "Besoin", "Need")
        note: str | None = sealed.text(10_000, "Note", "Note")
