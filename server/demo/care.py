"""What the nurses of the demo write in the health file, each on her own device, at the end of the day."""

import random
from dataclasses import dataclass, field

from server.demo.cast import CastWorker
from server.demo.device import Device
from server.kinds import codes
from server.kinds.contact import Contact
from server.kinds.health import health_kind
from server.kinds.person import Person
from sync.ids import EntityId

CARE_NOTES = (
    "Plaie au mollet, pansement refait.",
    "Brûlure à la lèvre, crème donnée.",
    "Abcès à l’avant-bras, à revoir demain.",
    "Ampoules aux deux pieds, soin et chaussettes.",
    "Respiration sifflante, refuse l’hôpital.",
)
FILES = (
    "Hépatite C connue, traitement arrêté au printemps.",
    "Sous méthadone, oublie souvent le matin.",
    "Allergie à la pénicilline, dite par la personne.",
)
ACTS = ("wound", "pipe_burn", "abscess", "foot", "respiratory", "listening")
CARED_FOR = 0.4
"""The share of contacts with a nurse beside them in which she gives care."""


@dataclass
class Care:
    """The nurses' devices in the health space; what chance decides here is none of the story's own."""

    devices: dict[CastWorker, Device]
    rng: random.Random
    _nurse: Device | None = None
    _given: list[tuple[Device, EntityId, bytes]] = field(default_factory=list)

    def begin(self, pair: tuple[CastWorker, CastWorker]) -> None:
        """Go out with a patrol, whose first nurse gives care."""
        self._nurse = next((self.devices[worker] for worker in pair if worker in self.devices), None)

    def is_given(self) -> bool:
        """Tell whether a nurse of the patrol gives care this time."""
        return self._nurse is not None and self.rng.random() < CARED_FOR

    def give(self, person: EntityId, contact: bytes) -> None:
        """Remember the person and the contact of a care."""
        assert self._nurse is not None
        self._given.append((self._nurse, person, contact))

    async def write_down(self) -> None:
        """Write down the care of the day, each nurse's device once it has read what the other one wrote."""
        for nurse in self.devices.values():
            own = [(person, contact) for giver, person, contact in self._given if giver is nurse]
            if own:
                await nurse.client.pull_all()
                for person, contact in own:
                    self._note(nurse, person, contact)
                await nurse.client.push_all()
        self._given.clear()

    def _note(self, nurse: Device, person: EntityId, contact: bytes) -> None:
        """Of somebody new, say first what they take."""
        if nurse.replica.state(person) is None or not nurse.replica.ops(person):
            self._begin(nurse, person)
        said = {"acts": (self.rng.choice(ACTS),), "contact": contact}
        if self.rng.random() < 0.5:
            said["note"] = self.rng.choice(CARE_NOTES)
        kind = health_kind(Contact)
        nurse.add(kind, person, {}, kind.Sealed.model_validate(said))

    def _begin(self, nurse: Device, person: EntityId) -> None:
        taken = tuple(sorted({"crack", self.rng.choice(codes.CONSUMPTION.codes)}))
        said = Person.Health(consumption=taken, route=("smoked",), file=self.rng.choice(FILES))
        nurse.begin(health_kind(Person), {}, said, person)
