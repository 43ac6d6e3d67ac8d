"""A procedure that somebody goes through with the team: papers, an address, a right."""

from typing import ClassVar

from server.kinds import codes, sealed
from server.kinds.description import Label
from server.kinds.person import Person
from server.kinds.pursuit import Pursuit
from server.kinds.sealed import Payload


class Procedure(Pursuit, table=True):
    """A row of the person: which procedure it is, is sealed."""

    label: ClassVar[Label] = Label("Démarche", "Procedure")
    of = Person

    class Sealed(Payload):
        """Read by the members' devices only."""

        type: str | None = sealed.code(codes.PROCEDURE, "Démarche", "Procedure")
        note: str | None = sealed.text(10_000, "Où elle en est", "Where it stands")
