"""The bags of the demo: what a patrol loads into the one that it carries, gives from it, loses, and counts."""

import random
from collections import Counter
from dataclasses import dataclass, field

from server.demo.device import Device
from server.kinds.bag import Bag
from server.kinds.stock_movement import StockMovement
from sync.ids import EntityId

BAGS = {"afternoon": "Sac bleu", "evening": "Sac à roulettes"}
"""The name of the bag that goes out at each slot."""
FULL = {"crack_kit": 24, "tips": 16, "water": 16, "condom": 30, "pipe": 10}
"""More of each than any patrol gives."""
DESTROYED = 0.25
"""The share of patrols whose pipes the police destroy some of."""
LOSS_NOTE = "Contrôle à l’entrée du square, pipes cassées."


@dataclass(frozen=True, slots=True)
class Round:
    """A patrol that is out with a bag, and the device that writes of it."""

    device: Device
    patrol: EntityId
    bag: EntityId


@dataclass
class Stock:
    """What is in each bag; what chance decides here is none of the story's own."""

    rng: random.Random
    bags: dict[str, EntityId] = field(default_factory=dict)
    _held: dict[EntityId, Counter[str]] = field(default_factory=dict)

    def begin(self, device: Device) -> None:
        """Write down the bags, empty as they are."""
        for slot, name in BAGS.items():
            self.bags[slot] = device.begin(Bag, {}, Bag.Sealed(name=name))
            self._held[self.bags[slot]] = Counter()

    def load(self, out: Round) -> None:
        """Fill up the bag before the patrol."""
        held = self._held[out.bag]
        for item, most in FULL.items():
            if missing := most - held[item]:
                self._move(out, "receipt", item, missing)
                held[item] = most

    def give(self, out: Round, item: str, count: int) -> None:
        """Take what the patrol gives out of its bag: its distribution is the row that says so."""
        self._held[out.bag][item] -= count

    def count(self, out: Round) -> None:
        """Count the bag at the end of the patrol, and say first what is missing of it."""
        held = self._held[out.bag]
        if self.rng.random() < DESTROYED:
            lost = self.rng.randint(1, 4)
            self._move(out, "loss", "pipe", lost)
            held["pipe"] -= lost
        for item, count in held.items():
            self._move(out, "count", item, count)

    def _move(self, out: Round, move: str, item: str, count: int) -> None:
        plain = {"move": move, "item": item, "count": count, "patrol": out.patrol}
        sealed = StockMovement.Sealed()
        if move == "loss":
            plain |= {"loss_reason": "police_destruction"}
            sealed = StockMovement.Sealed(note=LOSS_NOTE)
        out.device.add(StockMovement, out.bag, plain, sealed)
