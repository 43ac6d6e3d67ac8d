"""Where the association's health file is: the pointer to the space that only health workers read."""

from typing import ClassVar

from server.kinds import sealed
from server.kinds.description import Label
from server.kinds.kind import Entity
from server.kinds.sealed import Payload


class HealthSpace(Entity, table=True):
    """Its id is the space's. It is believed if an administrator's device began it, and as it was begun."""

    label: ClassVar[Label] = Label("Dossier de santé", "Health file")

    class Sealed(Payload):
        """Read by the members' devices only."""

        root: str | None = sealed.text(64, "Racine", "Root")
