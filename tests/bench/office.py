"""The association behind the tablet: the demo's administrator, who writes records by the thousand and answers joins."""

import asyncio
import random
import secrets
import subprocess
import sys
import threading
from collections.abc import Coroutine, Iterator
from itertools import count
from pathlib import Path
from typing import Any, TypeVar

import httpx

from server.demo.administrator import Administrator
from server.demo.device import Place
from server.demo.story import HOUR_MS, NEEDS, NOTES, QUARTER_MS
from server.demo.vault import Vault, open_vault
from server.kinds.contact import Contact
from server.kinds.distribution import Distribution
from server.kinds.encounter import Encounter
from server.kinds.patrol import Patrol
from server.kinds.person import Person
from server.kinds.request import Request
from server.settings import ROOT
from sync.http.service import wall_clock_ms
from sync.ids import EntityId, WorkerId
from sync.log import OpRow, decode_page, decode_receipt
from sync.op import row_name
from sync.payload import encode_payload

BATCH = 500
"""As many ops as one segment may hold: the administrator's outbox stays short."""
EVENING = 50
"""What a tablet pushes when its patrol is back: a segment in the log."""
AWA = "Awa"
FIRST, NICKNAMES = (
    Path(__file__).with_name(name).read_text(encoding="utf-8").splitlines() for name in ("names.txt", "nicknames.txt")
)
SIGNS = ("manteau bleu", "bonnet rouge", "béquille", "lunettes", "avec un chien", "sac à dos", "barbe", "foulard vert")

Answer = TypeVar("Answer")


class Office:
    """Odile's device on a thread of its own; `aliases` are the people it has written, in order."""

    def __init__(self, vault: Vault, origin: str) -> None:
        self.rng = random.Random(len(FIRST))
        self.aliases: list[str] = []
        self._people: list[EntityId] = []
        self._numbers = count()
        self._loop = asyncio.new_event_loop()
        threading.Thread(target=self._loop.run_forever, daemon=True).start()
        self._http = httpx.AsyncClient(base_url=origin, timeout=120)
        place = Place(vault.space, self._http, wall_clock_ms, secrets.token_bytes)
        self.device = place.device(WorkerId(vault.workers["Odile"]), vault.replica(), lambda _replica: None)
        self._links: dict[str, str] = {}
        self._administrator = Administrator(vault, self.device, origin, self._said)
        self._ops = self._records()

    def close(self) -> None:
        self._do(self._http.aclose())
        self._loop.call_soon_threadsafe(self._loop.stop)

    @property
    def pushed(self) -> int:
        """How many ops stand in the log that this device has seen."""
        return self.device.replica.reader.view.cursor

    def has(self, row: str) -> bool:
        """Tell whether the server's log holds an op of this name."""
        self._do(self.device.sync())
        return bytes.fromhex(row) in self.device.replica.reader.view.first_entries

    def load(self, ops: int) -> None:
        """Write so many ops and push them as they come, an evening at a time."""
        for start in range(0, ops, BATCH):
            for evening in range(start, min(start + BATCH, ops), EVENING):
                self._write(min(EVENING, ops - evening))
                self._do(self.device.client.push_all())
            self._do(self.device.sync())

    def segments(self, ops: int) -> Iterator[bytes]:
        """Yield pushes of so many ops in all; each is to be posted, and its receipt taken, before the next is asked."""
        for start in range(0, ops, BATCH):
            self._write(min(BATCH, ops - start))
            body = self.device.replica.push()
            assert body is not None
            yield body

    def take(self, receipt: bytes) -> None:
        """Take the server's answer to a segment, and the segment back from the log."""
        assert self.device.replica.accept(decode_receipt(receipt), wall_clock_ms())
        self._do(self.device.sync())

    def link(self) -> str:
        """Return Awa's join link."""
        self._do(self._administrator.hand_out())
        return self._links[AWA]

    def answer_join(self) -> None:
        """Answer the devices that wait behind the links."""
        self._do(self._administrator.answer_all())

    @property
    def clear_bytes(self) -> int:
        """The bytes of every header and every clear payload of the log."""
        replica = self.device.replica
        return sum(
            len(entry.row.header) + len(encode_payload(replica.payloads[entry.op_id]))
            for entries in replica.entries.values()
            for entry in entries
            if isinstance(entry.row, OpRow)
        )

    def people(self) -> Iterator[EntityId]:
        """Yield everybody whom a list of people shows."""
        for entity, entries in self.device.replica.entries.items():
            if any(entry.header is not None and entry.header.kind == "person" for entry in entries):
                yield entity

    def pages(self, after: int) -> list[int]:
        """Return the cursors that the pages after a cursor are asked for with."""
        starts, more = [], True
        while more:
            starts.append(after)
            space = self.device.replica.space.hex()
            page = decode_page(self._do(self.device.client.read(f"/v1/spaces/{space}/ops", {"after": after})))
            after, more = page.to_cursor, page.more
        return starts

    def token(self) -> str:
        return self._do(self.device.client.authenticate())

    def _said(self, sentence: str) -> None:
        words = sentence.split()
        self._links[words[0]] = words[-1]

    def _do(self, step: Coroutine[Any, Any, Answer]) -> Answer:
        return asyncio.run_coroutine_threadsafe(step, self._loop).result()

    # ── Records ──

    def _write(self, ops: int) -> None:
        """Write ops of the endless evenings."""
        for _ in range(ops):
            next(self._ops)

    def _records(self) -> Iterator[object]:
        """Patrols of six encounters, each with two items given, a contact, new people and requests among them."""
        while True:
            zone = EntityId(secrets.token_bytes(16))
            quarter = wall_clock_ms() // QUARTER_MS * QUARTER_MS
            begun = {"zone": zone, "type": "risk_reduction", "slot": "evening", "start": quarter, "end": quarter}
            sealed = Patrol.Sealed(crew=(self.device.worker,), route="Du canal au métro, retour par le square")
            patrol = self.device.begin(Patrol, begun, sealed)
            yield patrol
            for _ in range(6):
                yield from self._encounter(patrol, zone)

    def _encounter(self, patrol: EntityId, zone: bytes) -> Iterator[object]:
        plain = {"zone": zone, "anon": {"man": self.rng.randint(0, 2), "woman": 1}}
        met = self.device.add(Encounter, patrol, plain, Encounter.Sealed(mood="calm"))
        yield met
        for item in ("crack_kit", "water"):
            given = {"encounter": row_name(met), "source": "bag", "item": item, "count": self.rng.randint(1, 4)}
            yield self.device.add(Distribution, patrol, given | {"unit": "piece"}, Distribution.Sealed())
        if not self._people or self.rng.random() < 0.4:
            yield self._person()
        person = self.rng.choice(self._people)
        noted = Contact.Sealed(note=self.rng.choice(NOTES)) if self.rng.random() < 0.4 else Contact.Sealed()
        yield self.device.add(Contact, person, {"encounter": row_name(met), "services": ["kit", "talk"]}, noted)
        if self.rng.random() < 0.3:
            opened = {"opened": wall_clock_ms() // (24 * HOUR_MS), "status": "open"}
            yield self.device.add(Request, person, opened, Request.Sealed(need=self.rng.choice(NEEDS)))

    def _person(self) -> EntityId:
        alias = f"{self.rng.choice(FIRST)} {self.rng.choice(NICKNAMES)} {next(self._numbers)}"
        self.aliases.append(alias)
        sealed = Person.Sealed(alias=(alias,), description=self.rng.choice(SIGNS), consent_follow_up="spoken")
        self._people.append(self.device.begin(Person, {}, sealed))
        return self._people[-1]


def founded(data: Path, environment: dict[str, str]) -> Vault:
    """Make the demo association in a folder and return its administrator's vault."""
    command = [sys.executable, "-m", "server.cli", "demo"]
    subprocess.run(command, env=environment, cwd=ROOT, check=True, capture_output=True)
    vault = open_vault(data)
    assert vault is not None
    return vault
