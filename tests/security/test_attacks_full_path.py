"""Each kind of refusal once through everything: a device's client, HTTP, the real service, and a hand on the line."""

import asyncio
import shutil
from collections.abc import Awaitable, Callable
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final
from unittest.mock import patch

import httpx
import pytest
from msgspec.structs import replace

from sync.checkpoint import decode_checkpoint, encode_checkpoint
from sync.client import Client, Refused
from sync.errors import IntegrityFailure
from sync.http.app import create_app
from sync.keyring import Identity
from sync.log import Page, Receipt, decode_page, encode_page, encode_receipt
from sync.logview import DAY_MS
from sync.outbox import OutState
from sync.replica import Replica
from sync.segment import decode_push
from sync.stored import decode_replica, encode_replica
from sync.writer import Edit, write
from tests.engine_kit import AWA, REGISTRY, SAMIR, SPACE, START_MS, chance, moment
from tests.model_pages import dead_row
from tests.security.attacks.all import attacks
from tests.security.attacks.association import INES, MOMO, OWN, base, push_bytes, standing, starting
from tests.security.attacks.attack import Attack
from tests.security.attacks.hostile import digest_of, kept, op_row
from tests.security.attacks.served import url_of
from tests.security.attacks.victim import Victim
from tests.spoilt_pages import row

pytestmark = pytest.mark.sqlite

ORIGIN: Final = "http://testserver"
ITSELF: Final = f"/v1/spaces/{SPACE.hex()}"

Tamper = Callable[[str, httpx.Request, bytes], bytes | httpx.Response]
"""Gets the last part of a path, the request and the honest answer; returns what arrives."""


@dataclass
class Line(httpx.AsyncBaseTransport):
    """The line to the service. While `tamper` is there, every answer goes through it; `drops` never arrives."""

    served: httpx.AsyncBaseTransport
    tamper: Tamper | None = None
    drops: str = ""
    asked: list[str] = field(default_factory=list)

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        name = request.url.path.rsplit("/", 1)[1]
        self.asked.append(name)
        answered = httpx.Response(200) if name == self.drops else await self.served.handle_async_request(request)
        content = await answered.aread()
        made = content if self.tamper is None else self.tamper(name, request, content)
        if isinstance(made, httpx.Response):
            return made
        typed = {"content-type": answered.headers.get("content-type", "")}
        return httpx.Response(answered.status_code, content=made, headers=typed)


@dataclass
class Scene:
    """The service, a line to it, and what the victim's device has on its disk."""

    line: Line
    http: httpx.AsyncClient
    disk: bytes = b""

    def client(self, replica: Replica) -> Client:
        return Client(self.http, replica, ORIGIN, lambda: START_MS, chance(11), self.save)

    def save(self, replica: Replica) -> None:
        self.disk = encode_replica(replica)

    def woken(self, who: Identity = SAMIR) -> Client:
        """Return the client after a restart: it has what was on the disk."""
        return self.client(decode_replica(self.disk, who, REGISTRY))


def played(association: Path, tmp_path: Path, act: Callable[[Scene], Awaitable[None]]) -> None:
    """Play a scene on a copy of the association."""

    async def play() -> None:
        file = tmp_path / "played.db"
        shutil.copy(association, file)
        app = create_app(url_of(file), REGISTRY, lambda: START_MS + 1_000_000)
        async with app.router.lifespan_context(app):
            line = Line(httpx.ASGITransport(app))
            async with httpx.AsyncClient(transport=line, base_url=ORIGIN) as http:
                await act(Scene(line, http))

    asyncio.run(play())


async def awa_writes(scene: Scene) -> Replica:
    """Let Awa's device, on a line of its own, write what the victim reads next."""
    honest, scene.line.tamper = scene.line.tamper, None
    awa = base().who(AWA)
    copy = decode_replica(encode_replica(awa), AWA, REGISTRY)
    write(copy, [Edit(MOMO, "thing", {}, {"note": "calm"}), Edit(INES, "thing", {}, {"note": "has a bed"})], moment(60))
    await Client(scene.http, copy, ORIGIN, lambda: START_MS, chance(12), lambda _: None).sync()
    scene.line.tamper = honest
    return copy


async def all_alike(scene: Scene, awa: Replica) -> None:
    """Let go of the line: after a restart the victim delivers what it had and shows what Awa's device shows."""
    scene.line.tamper = None
    victim = scene.woken()
    await victim.sync()
    await Client(scene.http, awa, ORIGIN, lambda: START_MS, chance(13), lambda _: None).sync()
    assert not victim.replica.outbox.ops
    assert Victim(victim.replica).digest() == Victim(awa).digest()
    assert victim.replica.state(OWN) is not None


def with_first_op_swapped(name: str, _request: httpx.Request, honest: bytes) -> bytes:
    page = decode_page(honest) if name == "ops" else None
    if page is None or not page.segments:
        return honest
    return encode_page(row(page, 0, 0, replace(op_row(page, 0, 0), sealed=op_row(page, 0, 1).sealed)))


def test_a_page_that_is_no_honest_log_stops_the_pull_and_nothing_that_was_written(
    association: Path, tmp_path: Path
) -> None:
    async def act(scene: Scene) -> None:
        awa = await awa_writes(scene)
        victim = scene.client(standing())
        unsent, cursor = list(victim.replica.outbox.ops), victim.replica.reader.view.cursor
        scene.line.tamper = with_first_op_swapped
        with pytest.raises(IntegrityFailure) as stopped:
            await victim.sync()
        assert stopped.value.reason == "chain"
        woken = scene.woken().replica
        assert (woken.reader.view.cursor, list(woken.outbox.ops)) == (cursor, unsent)
        assert [op.state for op in woken.outbox.ops.values()] == [OutState.ACKNOWLEDGED] * 2
        await all_alike(scene, awa)

    played(association, tmp_path, act)


def test_what_an_unhindered_line_brings_stops_nothing(association: Path, tmp_path: Path) -> None:
    """The control: the same scene without a hand on the line."""

    async def act(scene: Scene) -> None:
        awa = await awa_writes(scene)
        await scene.client(standing()).sync()
        await all_alike(scene, awa)

    played(association, tmp_path, act)


def test_a_server_that_rolls_back_is_told_of_and_what_was_read_stays(association: Path, tmp_path: Path) -> None:
    older = 12

    def rolled_back(name: str, request: httpx.Request, honest: bytes) -> bytes | httpx.Response:
        at = int(request.url.params.get("at", request.url.params.get("after", "0")))
        if name == "log" and at > older:
            return httpx.Response(404, json={"code": "unknown_cursor"})
        if name == "push" or (name == "ops" and at > older):
            return httpx.Response(409, json={"code": "log_mismatch", "cursor": older})
        if name == "ops":
            return encode_page(Page(older, base().server.ends[older], False, ()))
        return honest

    async def act(scene: Scene) -> None:
        awa = await awa_writes(scene)
        victim = scene.client(standing())
        before = Victim(victim.replica).folds()
        scene.line.tamper = rolled_back
        with pytest.raises(Exception, match="log_mismatch"):
            await victim.sync()
        woken = scene.woken().replica
        assert (woken.reader.view.cursor, woken.restored_ms) == (older, START_MS)
        assert Victim(woken).folds() == before
        await all_alike(scene, awa)
        assert scene.woken().replica.restored_ms == START_MS

    played(association, tmp_path, act)


def test_what_a_server_says_to_have_and_drops_is_sent_again(association: Path, tmp_path: Path) -> None:
    def acknowledged(name: str, request: httpx.Request, honest: bytes) -> bytes | httpx.Response:
        if name != "push":
            return honest
        n, cursor = len(decode_push(request.content).ops), base().server.cursor
        receipt = Receipt(cursor + 1, cursor + n, START_MS, digest_of(b"a log that nobody reads"))
        return httpx.Response(200, content=encode_receipt(receipt))

    async def act(scene: Scene) -> None:
        victim = scene.client(standing())
        unsent = list(victim.replica.outbox.ops)
        scene.line.drops, scene.line.tamper = "push", acknowledged
        await victim.sync()
        assert list(scene.woken().replica.outbox.ops) == unsent
        assert scene.line.asked.count("push") > 1
        scene.line.drops = ""
        await all_alike(scene, await awa_writes(scene))

    played(association, tmp_path, act)


def thinned(name: str, _request: httpx.Request, honest: bytes) -> bytes:
    if name != "bootstrap":
        return honest
    page = decode_page(honest)
    return encode_page(kept(page, *(at for at in range(len(page.segments)) if at != 4)))


def elsewhere(name: str, _request: httpx.Request, honest: bytes) -> bytes:
    if name != "checkpoint":
        return honest
    return encode_checkpoint(replace(decode_checkpoint(honest), log=digest_of(b"another log")))


@pytest.mark.parametrize("tamper", [thinned, elsewhere])
def test_a_bootstrap_that_is_not_the_one_scanned_shows_nothing_and_begins_again(
    tamper: Tamper, association: Path, tmp_path: Path
) -> None:
    async def act(scene: Scene) -> None:
        awa = await awa_writes(scene)
        victim = scene.client(starting())
        scene.line.tamper = tamper
        with pytest.raises(IntegrityFailure) as stopped:
            await victim.sync()
        assert stopped.value.reason == "checkpoint"
        assert not scene.woken().replica.entries
        scene.line.tamper = None
        again = scene.woken()
        await again.sync()
        assert Victim(again.replica).digest() == Victim(awa).digest()

    played(association, tmp_path, act)


@pytest.mark.parametrize("refuses", [True, False])
def test_a_server_that_owes_the_proof_of_what_it_hides_for_a_day_is_found_out(
    refuses: bool, association: Path, tmp_path: Path
) -> None:
    """It says each time that more is to come, and then does not answer: by a refusal, or as if the line were down."""

    async def act(scene: Scene) -> None:
        awa = await awa_writes(scene)
        write(awa, [Edit(MOMO, "thing", {}, {"plan": "doctor on Monday"})], moment(61))
        await Client(scene.http, awa, ORIGIN, lambda: START_MS, chance(14), lambda _: None).sync()
        served, clock = list[str](), [START_MS]

        def dribbled(name: str, request: httpx.Request, honest: bytes) -> bytes | httpx.Response:
            if name != "ops":
                return honest
            served.append(name)
            if len(served) % 2 == 0:
                if refuses:
                    return httpx.Response(503, json={"code": "unavailable", "retry_after": 5})
                raise httpx.ReadError("gone")
            page = kept(decode_page(honest), 0)
            end = page.segments[0].first_cursor + len(page.segments[0].rows) - 1
            page = replace(page, to_cursor=end, log=awa.reader.view.ends[end], more=True)
            is_first = len(served) == 1
            return encode_page(row(page, 0, 1, dead_row(op_row(page, 0, 1))) if is_first else page)

        victim = Client(scene.http, standing(), ORIGIN, lambda: clock[0], chance(11), scene.save)
        scene.line.tamper, scene.line.drops = dribbled, "push"
        victim.replica.outbox.ops.clear()
        with pytest.raises((httpx.ReadError, Refused)):
            await victim.sync()
        clock[0] += DAY_MS + 1
        with pytest.raises(IntegrityFailure) as found_out:
            await victim.sync()
        assert found_out.value.reason == "stub"

    played(association, tmp_path, act)


LET_IN: Final = {"let somebody in without the role", "seal nothing at all", "wrap nothing"}
IN_LEAGUE: Final = [attack for attack in attacks() if attack.name in LET_IN]


@pytest.mark.parametrize("attack", IN_LEAGUE, ids=[attack.name for attack in IN_LEAGUE])
def test_what_a_server_in_league_lets_in_stalls_nobody(attack: Attack, association: Path, tmp_path: Path) -> None:
    """The server judges nothing while it takes the op: void, closed or without its key, it is read past."""

    async def act(scene: Scene) -> None:
        page = attack.steps[0][1]
        assert isinstance(page, bytes)
        with ExitStack() as stack:
            for name in ("members.judge", "store.receive._check_role"):
                stack.enter_context(patch(f"sync.{name}", lambda *_: None))
            pushed = await scene.http.post(f"{ITSELF}/push", content=push_bytes(decode_page(page).segments[0]))
        assert pushed.status_code == 200, pushed.text
        victim = scene.client(standing())
        await victim.sync()
        found = victim.replica
        verdicts = {str(entry.void) for entry in found.reader.view.first_entries.values() if entry.void is not None}
        ends = {"void": bool(verdicts), "waits": bool(found.waiting), "alarm": bool(found.keyring.failed)}
        assert [kind for kind, is_so in ends.items() if is_so] == list(attack.refused)
        assert verdicts in ({attack.refused.get("void")}, set())
        await all_alike(scene, await awa_writes(scene))

    played(association, tmp_path, act)
