"""What a patrol saw of a place: how many people, what goes on, how it feels. It names nobody."""

from typing import ClassVar

from server.kinds import codes, plain, sealed
from server.kinds.description import Label
from server.kinds.kind import Row
from server.kinds.patrol import Patrol
from server.kinds.sealed import Payload


class Observation(Row, table=True):
    """A row of its patrol; the encounters that happened within it say so themselves."""

    label: ClassVar[Label] = Label("Observation du territoire", "Observation of a place")
    of = Patrol

    zone: bytes | None = plain.ref("zone", "Zone", "Zone")
    seen: int | None = plain.count("Personnes vues", "People seen", most=2_000)

    class Sealed(Payload):
        """Read by the members' devices only."""

        territory: tuple[str, ...] | None = sealed.codes(codes.TERRITORY, "Ce qui s’y passe", "What goes on there")
        mood: str | None = sealed.code(codes.MOOD, "Ambiance", "Mood")
        police: bool | None = sealed.flag("Présence policière", "Police presence")
        mediation: bool | None = sealed.flag("Médiation", "Mediation")
        note: str | None = sealed.text(10_000, "Note sur le lieu", "Note about the place", about_place=True)
