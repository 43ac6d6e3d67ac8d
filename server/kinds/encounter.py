"""A meeting in the street: what may be counted without naming anybody."""

from typing import ClassVar

from server.kinds import codes, plain, sealed
from server.kinds.description import Label
from server.kinds.kind import Row
from server.kinds.patrol import Patrol
from server.kinds.sealed import Payload


class Encounter(Row, table=True):
    """A row of its patrol; the people named in it are rows of their own, under each of them."""

    label: ClassVar[Label] = Label("Rencontre", "Encounter")
    of = Patrol

    zone: bytes | None = plain.ref("zone", "Zone", "Zone")
    anon: dict[str, int] | None = plain.counts(codes.GENDER, "Sans nom", "Without a name", most=200)
    anon_age: dict[str, int] | None = plain.counts(
        codes.AGE_BAND, "Sans nom, par âge", "Without a name, by age", most=200
    )

    class Sealed(Payload):
        """Read by the members' devices only."""

        mood: str | None = sealed.code(codes.MOOD, "Ambiance", "Mood")
        mediation: bool | None = sealed.flag("Médiation", "Mediation")
        observation: str | None = sealed.text(10_000, "Observation", "Observation", about_place=True)
        note: str | None = sealed.text(10_000, "Note sur le lieu", "Note about the place", about_place=True)
        within: bytes | None = sealed.row_ref("observation", "Pendant l’observation", "Within the observation")
