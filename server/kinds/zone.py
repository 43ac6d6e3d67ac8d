"""A coarse part of the city: as precise as any place that Escale keeps."""

from typing import Any, ClassVar

from server.kinds import plain
from server.kinds.description import Label
from server.kinds.kind import Directory


class Zone(Directory, table=True):
    """A coarse zone with the days between which it is used."""

    label: ClassVar[Label] = Label("Zone", "Zone")

    name: str = plain.text(80, "Nom", "Name")
    area: dict[str, Any] | None = plain.area("Contour", "Outline")
    since: int | None = plain.day("Depuis", "Since")
    until: int | None = plain.day("Jusqu’à", "Until")
