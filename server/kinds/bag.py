"""What a patrol carries its kits in."""

from typing import ClassVar

from server.kinds import sealed
from server.kinds.description import Label
from server.kinds.kind import Entity
from server.kinds.sealed import Payload


class Bag(Entity, table=True):
    """Known by a name that its team gives it; what is in it is computed from its movements and what was given."""

    label: ClassVar[Label] = Label("Sac", "Bag")

    class Sealed(Payload):
        """Read by the members' devices only."""

        name: str | None = sealed.text(80, "Nom", "Name", about_place=True)
