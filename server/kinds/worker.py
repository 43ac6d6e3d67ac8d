"""A worker of the association, known to the server by an id, a role and a profession."""

from typing import ClassVar

from server.kinds import codes, plain, sealed
from server.kinds.description import Label
from server.kinds.kind import Entity
from server.kinds.sealed import Payload


class Worker(Entity, table=True):
    """A worker; the name that a conflict card shows is sealed too."""

    label: ClassVar[Label] = Label("Membre de l’équipe", "Worker")

    role: str | None = plain.code(codes.WORKER_ROLE, "Rôle", "Role")
    profession: str | None = plain.code(codes.PROFESSION, "Métier", "Profession")

    class Sealed(Payload):
        """Read by the members' devices only."""

        name: str | None = sealed.text(80, "Prénom", "Name")
