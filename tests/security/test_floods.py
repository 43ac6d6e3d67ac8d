"""T10: whoever floods the server is told when to come back, and slows nobody else; what they still have is not lost."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any
from unittest.mock import patch

import pytest
from fastapi.testclient import TestClient
from httpx import Response

from server.cli import configuration
from server.main import create_app
from server.settings import Settings
from sync.errors import TooManyRequests
from sync.http import routes
from sync.http.rates import MINUTE_S, SECOND_NS, AddressLimit, Budget, network_of
from sync.http.service import Service
from sync.ids import SpaceId
from sync.limits import PUSH_BYTES_MAX
from sync.op import OpClass
from sync.push import ReadPush, read
from sync.segment import encode_push
from tests.conftest import settings_for
from tests.pens import Pair, Pen
from tests.world import SPACE, World, code

pytestmark = pytest.mark.sqlite

ENOUGH = 1_000_000
FEW = 30
"""More than it takes to found a space and to ask for a token."""


@dataclass
class Town:
    """One application and the addresses that ask it; `elapsed_s` is the time that its limits go by."""

    url: str
    limits: dict[str, int]
    elapsed_s: int = 0
    world: World = field(init=False)
    portal: Any = None

    def __post_init__(self) -> None:
        settings = settings_for(self.url).model_copy(update=self.limits)
        self.app = create_app(settings, lambda: self.world.now, lambda: self.elapsed_s * SECOND_NS)
        self.http = self.at("192.0.2.1")
        self.world = World(self.http, self.url)

    def enter(self) -> None:
        """Begin, and found a space."""
        self.http.__enter__()
        self.portal = self.http.portal
        self.world.found()

    def at(self, address: str) -> TestClient:
        """Return somebody at an address; all ask in the loop in which the application lives."""
        somebody = TestClient(self.app, client=(address, 50_000))
        somebody.portal = self.portal
        return somebody

    def ops(self) -> int:
        return int(self.world.rows("SELECT count(*) FROM op")[0][0])


Found = Callable[..., Town]


@pytest.fixture
def found(sqlite_url: str) -> Iterator[Found]:
    """Found a space on an application with some limits; the others are wide."""
    towns: list[Town] = []

    def make(**limits: int) -> Town:
        wide = {"requests_per_address": ENOUGH, "requests_per_device": ENOUGH, "bytes_per_device": ENOUGH}
        towns.append(Town(sqlite_url, wide | limits))
        towns[-1].enter()
        return towns[-1]

    yield make
    for town in towns:
        town.http.__exit__()


def person(pen: Pen) -> Pair:
    return pen.op(OpClass.GENESIS, "person", pen.id())


def flood(ask: Callable[[], Response], tries: int = 4 * FEW) -> Response:
    """Ask until it is refused, and return the refusal; fail if it never is."""
    for _ in range(tries):
        answer = ask()
        if answer.status_code == 429:
            return answer
    raise AssertionError("the flood was never refused")


def told(refusal: Response) -> int:
    """Return when to come back, as the refusal says it: in the problem and in the header."""
    assert refusal.headers["content-type"] == "application/problem+json"
    assert refusal.headers["cache-control"] == "no-store"
    assert code(refusal) == (429, "too_many_requests")
    after = refusal.json()["retry_after"]
    assert refusal.headers["retry-after"] == str(after)
    return int(after)


# ── An address ──


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("POST", "/v1/auth/challenge", b""),
        ("POST", "/v1/auth/token", b"\x94\x01\x02\x03\x04"),
        ("GET", f"/v1/joins/{'ab' * 16}", b""),
        ("GET", "/v1/setup", b""),
        ("GET", "/healthz", b""),
        ("GET", "/nowhere/at/all", b""),
        ("POST", f"/v1/spaces/{SPACE.hex()}/push", b"\xc1"),
        ("POST", f"/v1/spaces/{SPACE.hex()}/push", b"0" * (PUSH_BYTES_MAX + 1)),
    ],
)
def test_an_address_that_floods_is_told_when_to_come_back_whatever_it_asks_for_and_another_is_answered(
    found: Found, method: str, path: str, body: bytes
) -> None:
    town = found(requests_per_address=FEW)
    mallory = town.at("198.51.100.7")
    after = told(flood(lambda: mallory.request(method, path, content=body)))
    assert 0 < after <= MINUTE_S
    assert town.at("203.0.113.5").request(method, path, content=body).status_code != 429
    assert town.http.post("/v1/auth/challenge").status_code == 200
    town.elapsed_s += after
    assert mallory.request(method, path, content=body).status_code != 429


def test_a_push_that_met_the_limit_of_its_address_is_stored_once_when_it_is_sent_again(found: Found) -> None:
    town = found(requests_per_address=FEW)
    team = town.at("198.51.100.7")
    awa, odile = town.world.awa, town.world.odile
    flood(lambda: team.post("/v1/auth/challenge"))
    before, body = town.world.tables(), awa.push([person(awa)])
    refusal = push(team, body)
    assert town.world.tables() == before
    assert push(town.at("203.0.113.5"), odile.push([person(odile)])).status_code == 200
    town.elapsed_s += told(refusal)
    assert push(team, body).status_code == 200
    assert town.ops() == 5


def test_what_is_refused_is_not_read_and_does_not_put_off_the_time(found: Found) -> None:
    """Who goes on asking waits no longer than who does not."""
    town = found(requests_per_address=FEW)
    mallory = town.at("198.51.100.7")
    after = told(flood(lambda: mallory.get("/healthz")))
    with patch.object(routes, "read", side_effect=AssertionError("a refused push was read")):
        again = [told(push(mallory, b"0")) for _ in range(3 * FEW)]
    assert set(again) == {after}


def test_a_flood_passes_where_no_limit_is_set(found: Found) -> None:
    town = found(requests_per_address=0, requests_per_device=0, bytes_per_device=0)
    mallory = town.at("198.51.100.7")
    assert {mallory.get("/healthz").status_code for _ in range(4 * FEW)} == {200}


def test_a_flood_stands_in_the_log_once_a_minute_and_names_nobody(
    found: Found, capsys: pytest.CaptureFixture[str]
) -> None:
    town = found(requests_per_address=FEW)
    mallory = town.at("198.51.100.7")
    flood(lambda: mallory.get("/healthz"))
    capsys.readouterr()
    for _ in range(FEW):
        mallory.get("/healthz")
    assert capsys.readouterr().err == ""
    reported: list[str] = []
    limit = AddressLimit(town.app, Budget(1, MINUTE_S, lambda: 0), lambda: reported.append("flood"))
    with TestClient(limit) as client:
        for _ in range(FEW):
            client.get("/healthz")
    assert reported == ["flood"]


# ── A device ──


def push(http: TestClient, body: bytes, space: SpaceId = SPACE) -> Response:
    answer: Response = http.post(f"/v1/spaces/{space.hex()}/push", content=body)
    return answer


def push_one(http: TestClient, pen: Pen) -> Response:
    """Push one op as the pen's next segment; a refused one does not move its stream."""
    stood = (pen.seq, pen.head)
    answer = push(http, pen.push([person(pen)]))
    if answer.status_code != 200:
        pen.seq, pen.head = stood
    return answer


def test_a_device_that_floods_is_told_when_to_come_back_and_one_behind_the_same_address_is_answered(
    found: Found,
) -> None:
    town = found(requests_per_device=FEW)
    awa, odile, home = town.world.awa, town.world.odile, town.at("198.51.100.7")
    refusal = flood(lambda: push_one(home, awa))
    stored, tables = town.ops(), town.world.tables()
    body = awa.push([person(awa)])
    assert push(town.at("203.0.113.5"), body).status_code == 429
    assert town.world.tables() == tables
    assert push_one(home, odile).status_code == 200
    town.elapsed_s += told(refusal)
    first = push(home, body)
    town.elapsed_s += MINUTE_S
    assert (first.status_code, push(home, body).content) == (200, first.content)
    assert town.ops() == stored + 2


def test_a_device_that_pulls_without_end_is_told_when_to_come_back_and_another_reads_on(found: Found) -> None:
    town = found(requests_per_device=FEW)
    awa, odile = town.world.bearer(town.world.awa), town.world.bearer(town.world.odile)
    path = f"/v1/spaces/{SPACE.hex()}/ops"
    refusal = flood(lambda: town.http.get(path, headers=awa))
    assert town.http.get(path, headers=odile).status_code == 200
    town.elapsed_s += told(refusal)
    assert town.http.get(path, headers=awa).status_code == 200


def test_a_device_that_fills_the_disk_is_stopped_at_its_bytes_for_the_day_and_another_is_not(found: Found) -> None:
    town = found(bytes_per_device=20_000)
    awa, odile = town.world.awa, town.world.odile
    refusal = flood(lambda: push_one(town.http, awa))
    [(held,)] = town.world.rows(
        f"SELECT sum(length(header) + length(sealed)) FROM op JOIN segment ON op.cursor = segment.first_cursor "
        f"WHERE segment.stream = x'{awa.stream.hex()}'"
    )
    assert 10_000 < held <= 20_000
    assert push_one(town.http, odile).status_code == 200
    town.elapsed_s += told(refusal)
    assert push_one(town.http, awa).status_code == 200
    town.elapsed_s += 24 * 3600
    assert {push_one(town.http, awa).status_code for _ in range(20)} == {200}


def test_a_push_larger_than_what_is_left_is_stored_and_the_rest_is_owed(found: Found) -> None:
    """Else a push that no day is long enough for would wait for ever."""
    town = found(bytes_per_device=700)
    awa = town.world.awa
    assert push(town.http, awa.push([person(awa) for _ in range(5)])).status_code == 200
    assert told(push_one(town.http, awa)) > 24 * 3600


def test_nobody_uses_up_what_is_left_to_a_device_by_writing_its_name_or_carrying_its_segments(found: Found) -> None:
    """A forged segment names a device that has not signed it; a captured one was signed, and is stored already."""
    town = found(requests_per_device=FEW, bytes_per_device=20_000)
    awa, mallory = town.world.awa, town.at("198.51.100.7")
    honest = awa.push([person(awa)])
    assert push(town.http, honest).status_code == 200
    forged = forged_in_the_name_of(awa)
    for _ in range(4 * FEW):
        assert code(push(mallory, forged)) == (422, "bad_sig")
        assert push(mallory, honest).status_code == 200
    assert push_one(town.http, awa).status_code == 200


def test_counting_what_is_named_instead_of_what_is_signed_would_let_anybody_silence_a_device(found: Found) -> None:
    """The control of the promise above: the budget is spent as soon as a segment is read."""
    town = found(requests_per_device=FEW)
    awa, mallory = town.world.awa, town.at("198.51.100.7")
    forged = forged_in_the_name_of(awa)
    service: Service = town.app.state.sync

    def read_and_spend(data: bytes, space: SpaceId) -> ReadPush:
        pushed = read(data, space)
        service.rates.spend_push(pushed.segment.device, len(data))
        return pushed

    with patch.object(routes, "read", read_and_spend):
        flood(lambda: push(mallory, forged))
        assert push_one(town.http, awa).status_code == 429


def forged_in_the_name_of(pen: Pen) -> bytes:
    """Return a push that names a pen's device, and that it has not signed."""
    stood = (pen.seq, pen.head)
    pushed = read(pen.push([person(pen)]), pen.space)
    pen.seq, pen.head = stood
    return encode_push(pushed.seg, bytes(64), [(op.header_bytes, op.sealed) for op in pushed.ops])


# ── The budget itself ──


def test_a_budget_gives_its_amount_at_once_and_then_as_it_comes_in() -> None:
    now = [0]
    budget = Budget(3, MINUTE_S, lambda: now[0])

    def spent() -> int:
        taken = 0
        for _ in range(10):
            try:
                budget.require("a")
            except TooManyRequests:
                return taken
            budget.spend("a")
            taken += 1
        return taken

    assert spent() == 3
    now[0] += 20 * SECOND_NS
    assert spent() == 1
    now[0] += 3600 * SECOND_NS
    assert spent() == 3


def test_a_budget_remembers_so_many_names_and_forgets_the_one_that_was_longest_away() -> None:
    """Millions of addresses take no more memory than its bound; who floods goes on being known."""
    budget = Budget(1, MINUTE_S, lambda: 0, names_max=100)
    for n in range(10_000):
        budget.spend(n)
        budget.spend("flooding")
    assert len(budget._whole_at_ns) == 100
    budget.require(0)
    for known in (9_999, "flooding"):
        with pytest.raises(TooManyRequests):
            budget.require(known)


# ── Whose address it is ──


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("192.0.2.1", "192.0.2.2", False),
        ("2001:db8:0:1::7", "2001:db8:0:1:ffff::9", True),
        ("2001:db8:0:1::7", "2001:db8:0:2::7", False),
        ("::ffff:192.0.2.1", "192.0.2.1", True),
        ("::ffff:192.0.2.1", "::ffff:192.0.2.2", False),
        ("", "192.0.2.1", False),
    ],
)
def test_addresses_of_one_connection_are_one(one: str, other: str, same: bool) -> None:
    """A connection of version 6 has 2^64 of them; one of version 4 may be written as one of version 6."""
    assert (network_of(one) == network_of(other)) is same


@pytest.mark.parametrize(
    ("trusted", "peer", "floods"),
    [("127.0.0.1", "127.0.0.1", False), ("10.0.0.0/8", "10.1.2.3", False), ("127.0.0.1", "198.51.100.7", True)],
)
def test_only_a_trusted_proxy_says_who_asks(sqlite_url: str, trusted: str, peer: str, floods: bool) -> None:
    """Anybody else who names another address at each request is still one."""
    settings: Any = settings_for(sqlite_url).model_copy(
        update={"trusted_proxies": trusted, "requests_per_address": FEW}
    )
    config = configuration(create_app(settings), settings, "127.0.0.1", 8000)
    config.load()
    with TestClient(config.loaded_app, client=(peer, 50_000)) as http:
        answers = {
            http.get("/nowhere", headers={"x-forwarded-for": f"203.0.113.{n}"}).status_code for n in range(2 * FEW)
        }
    assert answers == ({404, 429} if floods else {404})


def test_the_limits_that_are_set_without_a_deployer_are_wider_than_an_evening_of_a_whole_team() -> None:
    """Ten tablets behind one address load a hundred thousand records in one minute, and one sends a week of work."""
    chosen = Settings()
    pages = 100_000 * 500 // 262_144
    assert chosen.requests_per_address > 10 * (pages + 50)
    assert chosen.requests_per_device > 5 * pages
    assert chosen.bytes_per_device > 100 * PUSH_BYTES_MAX
