"""What else the sheet of an encounter says in the demo: ages, used material, and what was corrected afterwards."""

import random
from dataclasses import dataclass

from server.demo.stock import Round, Stock
from server.kinds.distribution import Distribution
from server.kinds.encounter import Encounter
from sync.ids import OpId

AGES = ("18_24", "25_34", "25_34", "35_44", "45_54")
AGE_SAID = 0.5
"""The share of people without a name whose age somebody says."""
USED = (
    ("used_syringes", "piece", 6, 1),
    ("used_syringes", "container", 2, 1),
    ("used_syringes", "gram", 8, 50),
    ("used_pipes", "piece", 4, 1),
)
"""What comes back: item, unit, the most steps of one, and how much a step is."""
TAKEN_BACK = 0.2
"""The share of encounters in which each of it does."""
CORRECTED = 0.3
"""The share of patrols that correct their last encounter."""
REASONS = ("Oubli", "Erreur de saisie", "Recompté avec Inès")


@dataclass(frozen=True, slots=True)
class Written:
    """An encounter as it was written."""

    row: OpId
    anonymous: dict[str, int]
    given: dict[str, tuple[OpId, int]]


@dataclass
class Sheet:
    """How the sheets are filled in; what chance decides here is none of the story's own."""

    rng: random.Random
    stock: Stock

    def ages(self, anonymous: dict[str, int]) -> dict[str, int]:
        """Say how old some of those without a name seemed."""
        ages: dict[str, int] = {}
        for _ in range(sum(anonymous.values())):
            if self.rng.random() < AGE_SAID:
                age = self.rng.choice(AGES)
                ages[age] = ages.get(age, 0) + 1
        return ages

    def take_back(self, out: Round, encounter: bytes) -> None:
        """Take back used material: it comes out of no bag and goes into none."""
        for item, unit, most, step in USED:
            if self.rng.random() < TAKEN_BACK:
                count = self.rng.randint(1, most) * step
                taken = {"encounter": encounter, "source": "bag", "item": item, "count": count, "unit": unit}
                out.device.add(Distribution, out.patrol, taken, Distribution.Sealed())

    def correct(self, out: Round, last: Written) -> None:
        """Write down one man more and one piece more of what was given, and why."""
        if self.rng.random() >= CORRECTED:
            return
        reason = self.rng.choice(REASONS)
        men = {"anon": {"man": last.anonymous["man"] + 1}}
        out.device.amend(Encounter, out.patrol, last.row, men, reason)
        for item, (row, count) in list(last.given.items())[:1]:
            out.device.amend(Distribution, out.patrol, row, {"count": count + 1}, reason)
            self.stock.give(out, item, 1)
