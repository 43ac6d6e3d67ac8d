"""Two weeks of the demo association, day by day: patrols in the street, the coordinator in the morning.

Devices write offline during a patrol and synchronise when they are back; the server's clock stands at each of these
moments in turn, so that every deadline and every hold is as old as it should be.
"""

import random
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import cycle

from server.demo.care import Care
from server.demo.cast import BRUNO, KARIM, LINA, MODES, PAIRS, PEOPLE, CastWorker
from server.demo.device import Clock, Device
from server.demo.follow_up import DAY_MS, FollowUp
from server.demo.notices import warn_of_bad_batch, warn_of_evacuation
from server.demo.sheet import Sheet, Written
from server.demo.stock import Round, Stock
from server.kinds.contact import Contact
from server.kinds.distribution import Distribution
from server.kinds.encounter import Encounter
from server.kinds.patrol import Patrol
from server.kinds.person import Person
from server.kinds.referral import Referral, ReferralMove
from server.kinds.request import Request
from sync.ids import EntityId
from sync.op import row_name

DAYS = 14
HOUR_MS = 3_600_000
QUARTER_MS = 900_000
NEEDS = ("shelter", "meal", "hygiene", "clothing", "papers", "care", "phone", "benefits")
NOTES = (
    "Fatiguée, veut qu’on repasse demain.",
    "A demandé des nouvelles de l’hôtel.",
    "Préfère parler le soir.",
    "Attend un courrier à la domiciliation.",
    "Toux depuis une semaine, orienté vers la PASS.",
    "Content de nous voir, a pris un café.",
)
HANDOVERS = (
    "Beaucoup de nouveaux près des grilles, y repasser tôt.",
    "Le point d’eau du square est coupé, prendre des bouteilles.",
    "Le gardien du parking accepte qu’on s’arrête jusqu’à 22 h.",
    "Travaux côté canal, passer par la passerelle.",
    "On a promis de revenir avec des gants.",
)


@dataclass
class Story:
    """What the days go on from."""

    devices: dict[CastWorker, Device]
    zones: dict[str, bytes]
    structures: dict[str, tuple[bytes, int]]
    clock: Clock
    rng: random.Random
    care: Care
    stock: Stock
    sheet: Sheet
    follow_up: FollowUp
    handovers: Iterator[str] = field(default_factory=lambda: cycle(HANDOVERS))
    people: list[EntityId] = field(default_factory=list)
    open_referrals: list[EntityId] = field(default_factory=list)

    async def tell(self, until: datetime) -> AsyncIterator[int]:
        """Live through the days up to a moment; yields the number of days done."""
        pairs, zones = cycle(PAIRS), cycle(self.zones.items())
        first = (until - timedelta(days=DAYS)).replace(hour=0, minute=0, second=0, microsecond=0)
        self.clock.now_ms = ms(self._at(first, 8))
        self.stock.begin(self.devices[BRUNO])
        warn_of_evacuation(self.devices[BRUNO], self.zones["Jardin d’Éole / Riquet"])
        await self.devices[BRUNO].sync()
        for day in range(DAYS + 1):
            midnight = first + timedelta(days=day)
            if self._at(midnight, 9) <= until:
                await self._morning(self._at(midnight, 9))
            for hour, slot in ((14, "afternoon"), (19, "evening")):
                pair, zone = next(pairs), next(zones)
                if self._at(midnight, hour + 3) <= until:
                    await self._patrol(self._at(midnight, hour), slot, pair, zone)
            await self.care.write_down()
            yield day
        await self._disagreement()
        self.follow_up.leave(self.devices[BRUNO], self.people)
        warn_of_bad_batch(self.devices[BRUNO])
        await self.devices[BRUNO].sync()
        self.clock.now_ms = ms(until)

    def _at(self, midnight: datetime, hour: int) -> datetime:
        return midnight + timedelta(hours=hour)

    async def _patrol(
        self, start: datetime, slot: str, pair: tuple[CastWorker, CastWorker], named: tuple[str, bytes]
    ) -> None:
        name, zone = named
        leader, mate = (self.devices[worker] for worker in pair)
        self.care.begin(pair)
        self.clock.now_ms = ms(start)
        await leader.sync()
        crew: dict[str, int] = {}
        for worker in pair:
            crew[worker.profession] = crew.get(worker.profession, 0) + 1
        quarter = self.clock.now_ms // QUARTER_MS * QUARTER_MS
        bag = self.stock.bags[slot]
        how = {"type": "risk_reduction", "mode": MODES.get(name, "walk"), "slot": slot, "bag": bag}
        patrol = leader.begin(
            Patrol,
            {"zone": zone, "start": quarter, "crew": crew, **how},
            Patrol.Sealed(crew=(leader.worker, mate.worker), route="Du canal au métro, retour par le square"),
        )
        out = Round(leader, patrol, bag)
        self.stock.load(out)
        for _ in range(self.rng.randint(4, 7)):
            self.clock.now_ms += self.rng.randint(12, 28) * 60_000
            last = self._encounter(out, zone)
        self.sheet.correct(out, last)
        self.follow_up.recognise(leader)
        self.clock.now_ms = ms(start) + 3 * HOUR_MS
        end = self.clock.now_ms // QUARTER_MS * QUARTER_MS
        report = "Soirée calme, beaucoup de monde près du métro." if slot == "evening" else "Passage tranquille."
        leader.edit(Patrol, patrol, {"end": end}, Patrol.Sealed(report=report, handover=next(self.handovers)))
        self.stock.count(out)
        await leader.sync()

    def _encounter(self, out: Round, zone: bytes) -> Written:
        device, patrol = out.device, out.patrol
        anonymous = {"man": self.rng.randint(0, 2), "woman": self.rng.randint(0, 1), "unknown": self.rng.randint(0, 1)}
        plain = {"zone": zone, "anon": anonymous, "anon_age": self.sheet.ages(anonymous)}
        mood = self.rng.choice(["calm", "calm", "calm", "tense"])
        encounter = device.add(Encounter, patrol, plain, Encounter.Sealed(mood=mood))
        row, rows = row_name(encounter), {}
        for item, most in (("crack_kit", 3), ("tips", 2), ("water", 2), ("condom", 4)):
            if count := self.rng.randint(0, most):
                given = {"encounter": row, "source": "bag", "item": item, "count": count, "unit": "piece"}
                rows[item] = (device.add(Distribution, patrol, given, Distribution.Sealed()), count)
                self.stock.give(out, item, count)
        self.sheet.take_back(out, row)
        written = Written(encounter, anonymous, rows)
        met = self._met(device)
        for person in met:
            self._contact(device, person, row)
        others = [person for person in self.people if person not in met and device.replica.state(person) is not None]
        self.follow_up.count(next(iter(others[::-1]), None), written)
        return written

    def _met(self, device: Device) -> list[EntityId]:
        known = [person for person in self.people if device.replica.state(person) is not None]
        met = self.rng.sample(known, min(len(known), self.rng.choice([0, 1, 1, 2])))
        while len(self.people) < len(PEOPLE) and (not met or self.rng.random() < 0.5):
            met.append(self._person(device))
        return met

    def _person(self, device: Device) -> EntityId:
        alias, sign = PEOPLE[len(self.people)]
        agreed = self.rng.random() < 0.6
        plain = {"age_band": self.rng.choice(["25_34", "35_44", "45_54"]), "gender": self.rng.choice(["man", "woman"])}
        today = self.clock.now_ms // DAY_MS
        said = {"alias": (alias,), "description": sign, **self.follow_up.agreement("follow_up", today)}
        if agreed:
            said |= self.follow_up.agreement("statistics", today)
        person = device.begin(Person, plain if agreed else {}, Person.Sealed.model_validate(said))
        self.people.append(person)
        return person

    def _contact(self, device: Device, person: EntityId, encounter: bytes) -> None:
        asks, notes = self.rng.random() < 0.3, self.rng.random() < 0.4
        cares = self.care.is_given()
        services = ["kit", "talk", *(["request"] if asks else []), *(["care"] if cares else [])]
        note = Contact.Sealed(note=self.rng.choice(NOTES)) if notes else Contact.Sealed()
        contact = device.add(Contact, person, {"encounter": encounter, "services": services}, note)
        if cares:
            self.care.give(person, row_name(contact))
        self.follow_up.after(device, person)
        if not asks:
            return
        need = self.rng.choice(NEEDS)
        opened = {"opened": self.clock.now_ms // DAY_MS, "status": "open"}
        self.follow_up.ask(person, device.add(Request, person, opened, Request.Sealed(need=need)))
        if need in {"shelter", "care", "benefits"}:
            self._refer(device, person, need)

    def _refer(self, device: Device, person: EntityId, need: str) -> None:
        name = {"shelter": "Hôtel ASSORE", "care": "PASS", "benefits": "SIAO"}[need]
        structure, hours = self.structures[name]
        agreement = self.follow_up.agreement("sharing", self.clock.now_ms // DAY_MS)
        device.edit(Person, person, {}, Person.Sealed.model_validate(agreement))
        plain = {"person": person, "structure": structure, "mode": "live"}
        referral = device.begin(Referral, plain, Referral.Sealed(needs=(need,)))
        now_ms = self.clock.now_ms
        deadlines = {"acknowledge": hours // 2, "decide": hours, "start": 2 * hours, "feedback": 4 * hours}
        sent = {f"{name}_until": now_ms + hour * HOUR_MS for name, hour in deadlines.items()}
        device.add(ReferralMove, referral, {"move": "send", "expect": "draft", **sent}, ReferralMove.Sealed())
        self.open_referrals.append(referral)

    async def _morning(self, nine: datetime) -> None:
        """The coordinator takes up the older referrals and leaves the newest in the queue."""
        self.clock.now_ms = ms(nine)
        bruno = self.devices[BRUNO]
        await bruno.sync()
        for referral in self.open_referrals[:-3]:
            self._take_up(bruno, referral)
        self.open_referrals = self.open_referrals[-3:]
        self.follow_up.morning(bruno)
        await bruno.sync()

    def _take_up(self, bruno: Device, referral: EntityId) -> None:
        until = self.clock.now_ms + HOUR_MS // 6
        claim = {"move": "claim", "expect": "sent", "worker": bruno.worker, "until": until}
        bruno.add(ReferralMove, referral, claim, ReferralMove.Sealed())
        match self.rng.randrange(4):
            case 0:
                declined = {"move": "decline_provider", "expect": "triage", "declined": "at_capacity"}
                bruno.add(ReferralMove, referral, declined, ReferralMove.Sealed(reason="at_capacity"))
            case 1:
                bruno.add(ReferralMove, referral, {"move": "waitlist", "expect": "triage"}, ReferralMove.Sealed())
            case 2:
                held = {"move": "offer", "expect": "triage", "until": self.clock.now_ms + 24 * HOUR_MS}
                bruno.add(ReferralMove, referral, held, ReferralMove.Sealed())
                bruno.add(ReferralMove, referral, {"move": "accept", "expect": "offered"}, ReferralMove.Sealed())
            case _:
                pass

    async def _disagreement(self) -> None:
        """Two workers write the same sign of the same person offline: the demo has one conflict to settle."""
        person = self.people[8]
        lina, karim = self.devices[LINA], self.devices[KARIM]
        await lina.sync()
        await karim.sync()
        lina.edit(Person, person, {}, Person.Sealed(description="Sac à dos rose, boite un peu"))
        self.clock.now_ms += 20 * 60_000
        karim.edit(Person, person, {}, Person.Sealed(description="Sac à dos rose, cheveux teints en roux"))
        await lina.sync()
        await karim.sync()


def ms(moment: datetime) -> int:
    """Return a moment in milliseconds since 1970."""
    return int(moment.astimezone(UTC).timestamp() * 1000)
