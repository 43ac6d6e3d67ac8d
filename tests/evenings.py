"""Evenings of outreach as a tablet pushes them: the catalogue's kinds, realistic sizes, random bytes where it seals."""

from collections.abc import Iterator
from typing import Any

from server.kinds.contact import Contact
from server.kinds.distribution import Distribution
from server.kinds.encounter import Encounter
from server.kinds.intents import facts_of
from server.kinds.kind import Kind, kind_name
from server.kinds.patrol import Patrol
from server.kinds.person import Person
from sync.envelope import TAG_BYTES, padded_size
from sync.ids import NONCE_BYTES, EntityId, Sealed
from sync.op import OpClass, encode_header, row_name
from tests.pens import Pair, Pen, op_ids

QUARTER_MS = 900_000
START_MS = 1_795_300_200_000
LONG_TEXT = 0.06
"""The share of payloads that hold a report or a long note; every other fits the smallest padding."""


class Street:
    """What one device writes of its evenings; it remembers whom it has met."""

    def __init__(self, pen: Pen) -> None:
        self.pen = pen
        self.random = pen.random
        self.people: list[EntityId] = []

    def ops(self) -> Iterator[Pair]:
        """Yield the ops of evening after evening, without end."""
        while True:
            yield from self._patrol()

    def _patrol(self) -> Iterator[Pair]:
        patrol, zone = self.pen.id(), self.pen.id()
        crew = {"social_worker": 1, "nurse": 1}
        begun = {"zone": zone, "type": "risk_reduction", "slot": "evening", "start": START_MS, "crew": crew}
        yield self._op(OpClass.GENESIS, Patrol, patrol, begun)
        if self.people:
            yield self._op(OpClass.EDIT, Person, self.random.choice(self.people), {"age_band": "35_44"})
        for _ in range(6):
            yield from self._encounter(patrol, zone)
        yield self._op(OpClass.EDIT, Patrol, patrol, {"end": START_MS + 12 * QUARTER_MS})

    def _encounter(self, patrol: EntityId, zone: EntityId) -> Iterator[Pair]:
        encounter = self._op(OpClass.ROW, Encounter, patrol, {"zone": zone, "anon": {"man": 2, "woman": 1}})
        yield encounter
        met = row_name(op_ids([encounter])[0])
        for item in ("crack_kit", "water"):
            given = {"encounter": met, "source": "bag", "item": item, "count": self.random.randint(1, 4)}
            yield self._op(OpClass.ROW, Distribution, patrol, given | {"unit": "piece"})
        if not self.people or self.random.random() < 0.4:
            self.people.append(self.pen.id())
            yield self._op(OpClass.GENESIS, Person, self.people[-1], {"age_band": "25_34", "gender": "woman"})
        person = self.random.choice(self.people)
        yield self._op(OpClass.ROW, Contact, person, {"encounter": met, "services": ["kit", "talk"]})

    def _op(self, op_class: OpClass, kind: type[Kind], entity: EntityId, plain: dict[str, Any]) -> Pair:
        facts = tuple(sorted(facts_of(kind, plain).items()))
        header = self.pen.header(op_class, kind_name(kind), entity, facts=facts, hlc_ms=START_MS)
        payload = self.random.randint(300, 1_500) if self.random.random() < LONG_TEXT else 0
        sealed = self.random.randbytes(NONCE_BYTES + padded_size(payload) + TAG_BYTES)
        return encode_header(header), Sealed(sealed)
