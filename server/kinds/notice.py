"""What every team must know before it goes out, until each of them says that it has read it."""

from typing import ClassVar

from server.kinds import codes, plain, sealed
from server.kinds.description import Label
from server.kinds.kind import Entity, Row
from server.kinds.sealed import Payload


class Notice(Entity, table=True):
    """The server sees of what kind it is, where and until when: evacuations annotate what is counted there."""

    label: ClassVar[Label] = Label("Alerte", "Notice")

    type: str | None = plain.code(codes.NOTICE_TYPE, "De quoi", "Of what")
    zone: bytes | None = plain.ref("zone", "Zone", "Zone")
    day: int | None = plain.day("Depuis le", "Since")
    until: int | None = plain.day("Jusqu’au", "Until")
    over: bool | None = plain.flag("Levée", "Lifted")

    class Sealed(Payload):
        """Read by the members' devices only."""

        text: str | None = sealed.text(2_000, "Ce qu’il faut savoir", "What to know", about_place=True)


class NoticeSeen(Row, table=True):
    """That somebody has read it; who did is the author of the row."""

    label: ClassVar[Label] = Label("Alerte lue", "Notice read")
    of = Notice
