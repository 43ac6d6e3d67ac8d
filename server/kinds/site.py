"""A place of the association's own where people are received: a rest area."""

from typing import ClassVar

from server.kinds import plain
from server.kinds.description import Label
from server.kinds.kind import Directory


class Site(Directory, table=True):
    """A rest area: its name, zone, hours and places."""

    label: ClassVar[Label] = Label("Lieu d’accueil", "Site")

    name: str = plain.text(80, "Nom", "Name")
    zone: bytes | None = plain.ref("zone", "Zone", "Zone")
    hours: str | None = plain.text(200, "Horaires", "Hours")
    capacity: int | None = plain.count("Places", "Places")
