"""An outing of two workers or more in one zone."""

from typing import ClassVar

from server.kinds import codes, plain, sealed
from server.kinds.description import Label
from server.kinds.kind import Entity
from server.kinds.sealed import Payload


class Patrol(Entity, table=True):
    """Zone, times and the professions of the crew are plain; who was in it is sealed."""

    label: ClassVar[Label] = Label("Maraude", "Patrol")

    zone: bytes | None = plain.ref("zone", "Zone", "Zone")
    type: str | None = plain.code(codes.PATROL_TYPE, "Type", "Type")
    mode: str | None = plain.code(codes.PATROL_MODE, "Comment", "How")
    slot: str | None = plain.code(codes.SLOT, "Moment", "Slot")
    start: int | None = plain.quarter("Début", "Start")
    end: int | None = plain.quarter("Fin", "End")
    bag: bytes | None = plain.ref("bag", "Sac", "Bag")
    crew: dict[str, int] | None = plain.counts(codes.PROFESSION, "Équipage", "Crew", most=20)

    class Sealed(Payload):
        """Read by the members' devices only."""

        crew: tuple[bytes, ...] | None = sealed.links("worker", "Équipage", "Crew")
        route: str | None = sealed.text(500, "Parcours", "Route", about_place=True)
        handover: str | None = sealed.text(10_000, "Relais", "Handover note", about_place=True)
        report: str | None = sealed.text(10_000, "Comment c’était", "How it went", about_place=True)
