"""Chloé administers another association at the same server: over no route does she read or write anything of ours.

The routes are the application's own, so a new one is refused here until it is stated what she may do with it. Each has
its control: one of ours does the same and it works.
"""

from collections.abc import Callable, Iterator

from fastapi import APIRouter, FastAPI
from fastapi.routing import APIRoute
from fastapi.testclient import TestClient
from httpx import Response

from server.kinds.catalogue import TABLED
from server.kinds.kind import Directory
from server.main import create_app
from server.reading.lines import lines_name
from sync.codec import encode
from sync.ids import SpaceId
from tests.conftest import settings_for
from tests.neighbours import JOIN, MOMO, OURS, PATROL, ZONE, Neighbours
from tests.pens import Pen, founding
from tests.world import SPACE

LINES = ("zone", "site", "structure")


def correct(both: Neighbours, who: str, kind: str) -> Response:
    """Correct the line of ours that has this kind."""
    path, body = f"/v1/directory/{kind}/{ZONE.hex()}", {"name": "Stalingrad, quai"}
    return both.ask(who, "PUT", path, json=body, headers={**both.headers[who], "if-match": '"1"'})


Call = Callable[[Neighbours, str], Response]


def get(path: str) -> Call:
    return lambda both, who: both.ask(who, "GET", path)


READS: dict[tuple[str, str], Call] = {
    ("GET", "/v1/spaces/{space}/ops"): get(f"/v1/spaces/{SPACE.hex()}/ops"),
    ("GET", "/v1/spaces/{space}/bootstrap"): get(f"/v1/spaces/{SPACE.hex()}/bootstrap?at=3"),
    ("GET", "/v1/spaces/{space}/checkpoint"): get(f"/v1/spaces/{SPACE.hex()}/checkpoint?at=3"),
    ("GET", "/v1/spaces/{space}/history"): get(f"/v1/spaces/{SPACE.hex()}/history?entity={MOMO.hex()}"),
    ("GET", "/v1/spaces/{space}/seen"): get(f"/v1/spaces/{SPACE.hex()}/seen"),
    ("GET", "/v1/spaces/{space}/log"): get(f"/v1/spaces/{SPACE.hex()}/log?at=3"),
    ("GET", "/v1/spaces"): get("/v1/spaces"),
    ("GET", "/v1/joins"): get("/v1/joins"),
    ("GET", "/v1/directory"): get("/v1/directory"),
} | {
    ("GET", f"/v1/kinds/{lines_name(kind)}"): get(f"/v1/kinds/{lines_name(kind)}")
    for kind in TABLED
    if not issubclass(kind, Directory)
}
"""Who asks is told what their association holds."""

WRITES: dict[tuple[str, str], Call] = {
    ("POST", "/v1/spaces/{space}/push"): lambda both, who: both.push(who),
    ("PUT", "/v1/joins/{join}/code2"): lambda both, who: both.ask(
        who, "PUT", f"/v1/joins/{JOIN.hex()}/code2", json={"code": "Y29kZTI"}
    ),
} | {("PUT", f"/v1/directory/{kind}/{{id}}"): lambda both, who, kind=kind: correct(both, who, kind) for kind in LINES}
"""What is written goes into something that is an association's."""

OPEN = {
    ("GET", "/healthz"): "says the version, to anybody",
    ("POST", "/v1/auth/challenge"): "gives a number to sign, to anybody",
    ("POST", "/v1/auth/token"): "gives a device its own token",
    ("GET", "/v1/setup"): "tells the bearer of the set-up secret that nobody has founded anything here yet",
    ("POST", "/v1/spaces"): "opens an empty log of one's own",
    ("POST", "/v1/joins"): "opens a mailbox of one's own",
    ("GET", "/v1/joins/{join}"): "what stands in the link is the key: 16 random bytes that the server does not hold",
    (
        "PUT",
        "/v1/joins/{join}/code1",
    ): "what stands in the link is the key: 16 random bytes that the server does not hold",
}
"""Routes that answer without regard to an association, each with the reason."""


def routes(router: FastAPI | APIRouter) -> Iterator[tuple[str, str]]:
    """Yield every method and path that the application answers, whether its document names it or not."""
    for route in router.routes:
        if isinstance(route, APIRoute):
            yield from ((method, route.path) for method in route.methods or ())
        else:
            yield from routes(route.original_router)  # type: ignore[attr-defined]


def ours_in(answer: Response) -> list[bytes]:
    """Return what of ours an answer holds, in bytes or as hex."""
    return [one for one in OURS if one in answer.content or one.hex().encode() in answer.content]


def test_of_every_route_it_is_stated_what_chloe_may_do() -> None:
    app = create_app(settings_for("sqlite+aiosqlite://"))
    found = list(routes(app))
    stated = [*READS, *WRITES, *OPEN]
    assert sorted(found) == sorted(stated)
    documented = {(method.upper(), path) for path, methods in app.openapi()["paths"].items() for method in methods}
    assert set(found) == documented


def test_chloe_reads_nothing_of_ours_and_one_of_ours_does(both: Neighbours) -> None:
    for route, read in READS.items():
        hers, own = read(both, "Chloé"), read(both, "Odile")
        assert (hers.status_code in {200, 403}, own.status_code) == (True, 200), route
        assert (ours_in(hers), "Y29kZTE" in hers.text) == ([], False), route
        assert own.content != hers.content, route
    assert "Y29kZTE" in READS["GET", "/v1/joins"](both, "Odile").text


def test_an_id_of_ours_opens_nothing_to_chloe(both: Neighbours) -> None:
    def lines(who: str, path: str) -> list[object]:
        answers = [both.ask(who, "GET", path, params={"entity": one.hex()}) for one in (MOMO, PATROL)]
        return [line for answer in answers for line in answer.json()["lines"]]

    for path in ("/v1/kinds/person", "/v1/kinds/contact", "/v1/kinds/encounter"):
        assert (len(lines("Chloé", path)), len(lines("Awa", path))) == (0, 1)


def test_chloe_writes_nothing_of_ours_and_one_of_ours_does(both: Neighbours) -> None:
    for write in WRITES.values():
        before = both.world.tables()
        refused = write(both, "Chloé")
        assert refused.headers["content-type"] == "application/problem+json"
        assert refused.json()["code"] in {"not_member", "join_expired", "line_changed"}
        assert ours_in(refused) == []
        assert both.world.tables() == before
        assert write(both, "Odile").is_success
        assert both.world.tables() != before


def test_chloe_founds_no_space_in_the_name_of_our_association(both: Neighbours) -> None:
    """What it said would stand in our tables, and she would read them; Odile, who administers ours, founds one."""
    space = SpaceId(b"\x21" * 16)
    assert both.ask("Chloé", "POST", "/v1/spaces", content=encode([space])).status_code == 201
    before = both.world.tables()
    for seed, who in ((5, "Chloé"), (2, "Awa")):
        own = Pen(space, seed)
        answer = both.world.push(own.push(founding(own, [Pen(space, 7)])), space)
        assert (answer.status_code, answer.json()["code"]) == (403, "role_missing"), who
        assert own.device == both.pen(who).device
    assert both.world.tables() == before
    odile = Pen(space, 1)
    assert both.world.push(odile.push(founding(odile, [Pen(space, 7)])), space).status_code == 200


def test_who_administers_a_second_space_of_ours_administers_nothing_else(both: Neighbours) -> None:
    """A nurse has the role of an administrator in the health space, so that she may let another nurse in."""
    space = SpaceId(b"\x21" * 16)
    odile, awa = Pen(space, 1), Pen(space, 2)
    assert both.ask("Odile", "POST", "/v1/spaces", content=encode([space])).status_code == 201
    assert both.world.push(odile.push(founding(odile, [awa], roles=3)), space).status_code == 200
    for method, path, body in (
        ("GET", "/v1/joins", {}),
        ("POST", "/v1/joins", {"json": {"join": "99" * 16}}),
        ("POST", "/v1/spaces", {"content": encode([b"\x22" * 16])}),
    ):
        refused = both.ask("Awa", method, path, **body)
        assert (refused.status_code, refused.json()["code"]) == (403, "role_missing"), path
        assert both.ask("Odile", method, path, **body).is_success
    assert both.ask("Awa", "GET", f"/v1/spaces/{space.hex()}/history?entity={MOMO.hex()}").is_success


def test_the_first_space_says_who_administers_whatever_the_clock_said(both: Neighbours) -> None:
    """A second space that is founded while the clock stands an hour back is not the first one for that."""
    space = SpaceId(b"\x21" * 16)
    both.world.now -= 3_600_000
    odile = Pen(space, 1)
    assert both.ask("Odile", "POST", "/v1/spaces", content=encode([space])).status_code == 201
    assert both.world.push(odile.push(founding(odile, [Pen(space, 7)])), space).status_code == 200
    assert both.world.rows("SELECT count(*) FROM space WHERE is_first") == [(2,)]  # ours, and Chloé's
    assert both.ask("Awa", "GET", "/v1/directory").is_success


def test_an_unknown_space_and_ours_are_one_to_chloe(both: Neighbours) -> None:
    for what in ("ops", "log?at=0", "bootstrap?at=0", "checkpoint?at=0", f"history?entity={MOMO.hex()}"):
        ours, unknown = (
            both.ask("Chloé", "GET", f"/v1/spaces/{space.hex()}/{what}") for space in (SPACE, b"\x77" * 16)
        )
        assert (ours.status_code, ours.content) == (unknown.status_code, unknown.content) == (403, ours.content)


def test_chloe_opens_no_log_in_place_of_ours(both: Neighbours) -> None:
    before = both.world.tables()
    answer = both.ask("Chloé", "POST", "/v1/spaces", content=encode([SPACE]))
    assert (answer.status_code, answer.json()["code"]) == (409, "space_exists")
    assert both.world.tables() == before


def test_a_link_of_ours_is_no_link_to_whoever_guesses(both: Neighbours) -> None:
    guess = "77" * 16
    before = both.world.tables()
    for method, path in (("GET", f"/v1/joins/{guess}"), ("PUT", f"/v1/joins/{guess}/code1")):
        answer = both.ask("Chloé", method, path, **({"json": {"code": "Y29kZTE"}} if method == "PUT" else {}))
        assert (answer.status_code, answer.json()["code"]) == (404, "join_expired")
    assert both.world.tables() == before
    assert both.ask("Awa", "GET", f"/v1/joins/{JOIN.hex()}").json()["code1"] == "Y29kZTE"


def test_one_person_of_ours_is_in_our_lines(both: Neighbours) -> None:
    """The control of `ours_in`: what is ours is found where it may be read."""
    assert MOMO in ours_in(both.ask("Awa", "GET", "/v1/kinds/person"))
    assert ours_in(both.ask("Awa", "GET", f"/v1/spaces/{SPACE.hex()}/ops"))
    assert ZONE in ours_in(both.ask("Awa", "GET", "/v1/directory"))


def test_without_a_token_nothing_is_told(both: Neighbours) -> None:
    client: TestClient = both.world.http  # type: ignore[assignment]
    for method, path in READS:
        answer = client.request(method, path.replace("{space}", SPACE.hex()), params={"at": 0, "entity": MOMO.hex()})
        assert (answer.status_code, answer.json()["code"]) == (401, "unauthenticated")
