"""Writing the directory: an administrator, one line at a time, never over what somebody else has written meanwhile."""

import secrets
from typing import Any

import pytest
from httpx import Response

from tests.world import World, code

STALINGRAD = "a1" * 16
ROTONDE = {"name": "Rotonde", "type": "caarud", "zone": STALINGRAD, "decide_h": 48}


def put(world: World, path: str, body: object, *, by: str = "odile", **headers: str) -> Response:
    asked = world.bearer(getattr(world, by)) | {name.replace("_", "-"): value for name, value in headers.items()}
    answer: Response = world.http.put(f"/v1/directory/{path}", json=body, headers=asked)
    return answer


def new(world: World, path: str, body: object, **more: Any) -> Response:
    return put(world, path, body, if_none_match="*", **more)


def directory(world: World) -> dict[str, list[dict[str, Any]]]:
    read: dict[str, list[dict[str, Any]]] = world.http.get("/v1/directory", headers=world.bearer(world.awa)).json()
    return read


@pytest.fixture
def zoned(founded: World) -> World:
    """A founded space with one zone."""
    assert new(founded, f"zone/{STALINGRAD}", {"name": "Stalingrad"}).status_code == 201
    return founded


def test_a_new_line_of_every_kind_is_read_by_the_members(zoned: World) -> None:
    site = {"name": "Sleep-in", "zone": STALINGRAD, "capacity": 15}
    for kind, body in (("structure", ROTONDE), ("site", site)):
        written = new(zoned, f"{kind}/{secrets.token_hex(16)}", body)
        assert (written.status_code, written.headers["etag"]) == (201, '"1"')
        assert written.json().items() >= body.items()
    read = directory(zoned)
    assert [[line["name"] for line in read[kind]] for kind in ("zone", "site", "structure")] == [
        ["Stalingrad"],
        ["Sleep-in"],
        ["Rotonde"],
    ]


def test_a_correction_names_the_version_it_replaces(zoned: World) -> None:
    written = put(zoned, f"zone/{STALINGRAD}", {"name": " Stalingrad, quai ", "since": 19_000}, if_match='"1"')
    assert (written.status_code, written.headers["etag"]) == (200, '"2"')
    (line,) = directory(zoned)["zone"]
    assert (line["name"], line["since"], line["version"]) == ("Stalingrad, quai", 19_000, 2)


def test_what_somebody_else_wrote_is_not_overwritten(zoned: World) -> None:
    put(zoned, f"zone/{STALINGRAD}", {"name": "Quai"}, if_match='"1"')
    before = directory(zoned)
    late = put(zoned, f"zone/{STALINGRAD}", {"name": "Canal"}, if_match='"1"')
    assert code(late) == (412, "line_changed")
    assert code(new(zoned, f"zone/{STALINGRAD}", {"name": "Canal"})) == (412, "line_changed")
    assert code(put(zoned, f"zone/{'77' * 16}", {"name": "Canal"}, if_match='"1"')) == (412, "line_changed")
    assert directory(zoned) == before


def test_a_retry_whose_answer_was_lost_is_answered_and_counts_once(zoned: World) -> None:
    assert new(zoned, f"zone/{STALINGRAD}", {"name": "Stalingrad"}).status_code == 201
    for _ in range(2):
        again = put(zoned, f"zone/{STALINGRAD}", {"name": "Quai"}, if_match='"1"')
        assert (again.status_code, again.headers["etag"]) == (200, '"2"')
    assert [line["version"] for line in directory(zoned)["zone"]] == [2]


def test_a_line_is_not_written_blindly(zoned: World) -> None:
    for headers in ({}, {"if_match": "*"}, {"if_match": "1"}, {"if_none_match": '"1"'}):
        refused = put(zoned, f"zone/{STALINGRAD}", {"name": "Quai"}, **headers)
        assert code(refused) == (428, "precondition_missing")


def test_only_an_administrator_writes(zoned: World) -> None:
    before = directory(zoned)
    assert code(new(zoned, f"zone/{'a2' * 16}", {"name": "Quai"}, by="awa"))[1] == "role_missing"
    anonymous = zoned.http.put(f"/v1/directory/zone/{'a2' * 16}", json={"name": "Quai"})
    assert code(anonymous) == (401, "unauthenticated")
    assert directory(zoned) == before


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        ("zone", {}),
        ("zone", {"name": None}),
        ("zone", {"name": "  "}),
        ("zone", {"name": "x" * 81}),
        ("zone", {"name": "a\x00b"}),
        ("zone", {"name": 7}),
        ("zone", {"name": "Quai", "since": "19000"}),
        ("zone", {"name": "Quai", "since": -1}),
        ("zone", {"name": "Quai", "until": 10**9}),
        ("zone", {"name": "Quai", "met": "Momo"}),
        ("zone", {"name": "Quai", "version": 9}),
        ("structure", {"name": "Rotonde", "type": "prison_cell"}),
        ("structure", {"name": "Rotonde", "capacity": 10_000}),
        ("structure", {"name": "Rotonde", "zone": "Stalingrad"}),
        ("structure", {"name": "Rotonde", "decide_h": True}),
    ],
)
def test_a_line_holds_what_the_catalogue_says_and_nothing_else(zoned: World, kind: str, body: object) -> None:
    before = directory(zoned)
    refused = new(zoned, f"{kind}/{'a2' * 16}", body)
    assert code(refused) == (422, "invalid_request")
    assert "Momo" not in refused.text
    assert directory(zoned) == before


def test_a_line_refers_to_what_is_there(zoned: World) -> None:
    refused = new(zoned, f"structure/{'b1' * 16}", ROTONDE | {"zone": "77" * 16})
    assert code(refused) == (422, "unknown_reference")
    assert code(new(zoned, "zone/momo", {"name": "Quai"})) == (422, "invalid_request")
