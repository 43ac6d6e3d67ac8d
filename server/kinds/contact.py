"""One person met in one encounter."""

from typing import ClassVar

from server.kinds import codes, plain, sealed
from server.kinds.description import Label
from server.kinds.kind import Row
from server.kinds.person import Person
from server.kinds.sealed import Payload


class Contact(Row, table=True):
    """A row of the person: sealed with their secret, and erased with them.

    Whoever was counted without a name first, and recognised later, is one of those that their encounter counts so: the
    one who counts takes one away for each such contact that stands, so that nobody is counted twice.
    """

    label: ClassVar[Label] = Label("Contact", "Contact")
    of = Person

    encounter: bytes | None = plain.row_ref("encounter", "Rencontre", "Encounter")
    anonymous: bool | None = plain.flag("Comptée d’abord sans nom", "First counted without a name")
    services: list[str] | None = plain.codes(codes.CONTACT_SERVICE, "Prestations", "Services")

    class Sealed(Payload):
        """Read by the members' devices only."""

        note: str | None = sealed.text(10_000, "Note", "Note")
        anonymous_gender: str | None = sealed.code(
            codes.GENDER, "Comptée sans nom, genre", "Counted without a name, gender"
        )
        anonymous_age: str | None = sealed.code(codes.AGE_BAND, "Comptée sans nom, âge", "Counted without a name, age")

    class Health(Payload):
        """Read by health workers' devices only."""

        acts: tuple[str, ...] | None = sealed.codes(codes.CARE_ACT, "Soins", "Care acts")
        note: str | None = sealed.text(10_000, "Note de santé", "Health note")
