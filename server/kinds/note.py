"""What is written about somebody without having met them: a call, a message, what a partner said."""

from typing import ClassVar

from server.kinds import sealed
from server.kinds.description import Label
from server.kinds.kind import Row
from server.kinds.person import Person
from server.kinds.sealed import Payload


class Note(Row, table=True):
    """The server sees that there is one, and of whom; no more."""

    label: ClassVar[Label] = Label("Note", "Note")
    of = Person

    class Sealed(Payload):
        """Read by the members' devices only."""

        text: str | None = sealed.text(10_000, "Note", "Note")
