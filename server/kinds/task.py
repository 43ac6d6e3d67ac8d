"""Something to do for somebody, by a day, by a worker or by whoever can."""

from typing import ClassVar

from server.kinds import plain, sealed
from server.kinds.description import Label
from server.kinds.kind import Row
from server.kinds.person import Person
from server.kinds.sealed import Payload


class Task(Row, table=True):
    """The server sees when it is due and when it was done; what is to be done, and by whom, is sealed."""

    label: ClassVar[Label] = Label("Tâche", "Task")
    of = Person

    due: int | None = plain.day("Pour le", "Due")
    done: int | None = plain.day("Faite le", "Done")

    class Sealed(Payload):
        """Read by the members' devices only."""

        text: str | None = sealed.text(500, "À faire", "To do")
        urgent: bool | None = sealed.flag("Urgent", "Urgent")
        whom: tuple[bytes, ...] | None = sealed.links("worker", "Pour qui", "For whom")
