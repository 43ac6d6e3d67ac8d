"""What the demo's team goes through with people beside the encounters, who leaves, and who is recognised later."""

import random
from dataclasses import dataclass, field

from server.demo.device import Device
from server.demo.sheet import Written
from server.kinds.contact import Contact
from server.kinds.note import Note
from server.kinds.person import Person
from server.kinds.procedure import Procedure
from server.kinds.request import Request
from server.kinds.task import Task
from sync.ids import EntityId, OpId
from sync.op import row_name

DAY_MS = 24 * 3_600_000
YEAR_D = 365
PROCEDURES = (
    ("identity_papers", "Il manque la photo."),
    ("health_cover", "Dossier déposé, réponse sous un mois."),
    ("address", "Domiciliation demandée à l’accueil de jour."),
    ("residence", "Rendez-vous pris avec l’avocate."),
    ("housing_application", "SIAO rempli, à mettre à jour."),
)
TASKS = (
    "Rappeler l’hôtel pour la chambre.",
    "Apporter des chaussettes et un duvet.",
    "Accompagner à la préfecture.",
    "Demander le courrier à la domiciliation.",
    "Reprendre rendez-vous au CSAPA.",
)
CALLS = (
    "Sa sœur a appelé, elle cherche de ses nouvelles.",
    "L’hôpital prévient : sortie prévue jeudi.",
    "Vu par l’équipe de l’accueil de jour, allait bien.",
)
PURSUED, TO_DO, CALLED, RECOGNISED = 0.12, 0.15, 0.06, 0.3
"""The shares of contacts after which a procedure is opened, something is to do, somebody calls; and of patrols that
recognise somebody they had counted without a name."""


@dataclass
class FollowUp:
    """What is pursued with whom; what chance decides here is none of the story's own."""

    rng: random.Random
    _procedures: list[tuple[EntityId, OpId]] = field(default_factory=list)
    _requests: list[tuple[EntityId, OpId]] = field(default_factory=list)
    _tasks: list[tuple[EntityId, OpId]] = field(default_factory=list)
    _counted: list[tuple[EntityId, Written]] = field(default_factory=list)

    def agreement(self, purpose: str, today: int) -> dict[str, object]:
        """Say for how long somebody's word is given: a year, or a few days more of one that was given long ago."""
        until = today + self.rng.choice((YEAR_D, YEAR_D, YEAR_D, 10))
        return {f"consent_{purpose}": "spoken", f"consent_{purpose}_until": until}

    def ask(self, person: EntityId, request: OpId) -> None:
        """Remember a request, which somebody closes one morning."""
        self._requests.append((person, request))

    def after(self, device: Device, person: EntityId) -> None:
        """Write down what an encounter leaves to be done."""
        today = device.clock() // DAY_MS
        if self.rng.random() < PURSUED:
            which, stands = self.rng.choice(PROCEDURES)
            opened = {"opened": today, "status": "open"}
            row = device.add(Procedure, person, opened, Procedure.Sealed(type=which, note=stands))
            self._procedures.append((person, row))
        if self.rng.random() < TO_DO:
            due = {"due": today + self.rng.randint(0, 9)}
            said = {"text": self.rng.choice(TASKS)}
            urgent = {"urgent": True} if self.rng.random() < 0.25 else {}
            whom = {"whom": (device.worker,)} if self.rng.random() < 0.5 else {}
            row = device.add(Task, person, due, Task.Sealed.model_validate(said | urgent | whom))
            self._tasks.append((person, row))
        if self.rng.random() < CALLED:
            device.add(Note, person, {}, Note.Sealed(text=self.rng.choice(CALLS)))

    def morning(self, bruno: Device) -> None:
        """Close some of what is open, and leave the rest."""
        today = bruno.clock() // DAY_MS
        for kind, rows in ((Request, self._requests), (Procedure, self._procedures)):
            for person, row in self._some(rows, 0.1):
                status = self.rng.choice(("obtained", "obtained", "refused", "no_place", "given_up"))
                bruno.amend(kind, person, row, {"status": status, "closed": today})
        for person, row in self._some(self._tasks, 0.2):
            bruno.amend(Task, person, row, {"done": today})

    def _some(self, rows: list[tuple[EntityId, OpId]], share: float) -> list[tuple[EntityId, OpId]]:
        taken = [one for one in rows if self.rng.random() < share]
        rows[:] = [one for one in rows if one not in taken]
        return taken

    def count(self, person: EntityId | None, written: Written) -> None:
        """Remember an encounter with men without a name, and who may turn out to have been one of them."""
        if person is not None and written.anonymous["man"] > 0:
            self._counted.append((person, written))

    def recognise(self, device: Device) -> None:
        """Say of an encounter of the patrol that one of the men in it was somebody who gave a name later."""
        counted, self._counted = self._counted, []
        if not counted or self.rng.random() >= RECOGNISED:
            return
        person, written = self.rng.choice(counted)
        plain = {"encounter": row_name(written.row), "anonymous": True, "services": ["talk"]}
        device.add(Contact, person, plain, Contact.Sealed(anonymous_gender="man"))

    def leave(self, bruno: Device, people: list[EntityId]) -> None:
        """Three people leave the active list, and one who was written down by mistake goes into the bin."""
        today = bruno.clock() // DAY_MS
        reasons = ("housed", "lost_contact", "hospital")
        for person, reason in zip(people[20:23], reasons, strict=True):
            bruno.edit(Person, person, {"left": today}, Person.Sealed(left_reason=reason))
        bruno.edit(Person, people[23], {"trash": True}, Person.Sealed())
