"""Items given or collected; it names no person."""

from typing import ClassVar

from server.kinds import codes, plain, sealed
from server.kinds.description import Label
from server.kinds.kind import Row
from server.kinds.patrol import Patrol
from server.kinds.sealed import Payload


class Distribution(Row, table=True):
    """A count of one item in one unit; erasing a person leaves it true.

    The source says by what it was given or taken back: a patrol with its bag, a site, a machine. Used material that a
    patrol takes back has its source too, and comes out of no bag. What is in different units is never added up.
    """

    label: ClassVar[Label] = Label("Distribution", "Distribution")
    of = Patrol

    encounter: bytes | None = plain.row_ref("encounter", "Rencontre", "Encounter")
    observation: bytes | None = plain.row_ref("observation", "Observation", "Observation")
    source: str | None = plain.code(codes.SOURCE, "Source", "Source")
    item: str | None = plain.code(codes.KIT_ITEM, "Article", "Item")
    count: int | None = plain.count("Nombre", "Count")
    unit: str | None = plain.code(codes.UNIT, "Unité", "Unit")

    class Sealed(Payload):
        """Read by the members' devices only."""

        note: str | None = sealed.text(500, "Note sur le lieu", "Note about the place", about_place=True)
