"""Writing the directory: an administrator, one line at a time, never over what somebody else has written meanwhile."""

import json
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


def ring(*points: Any) -> list[Any]:
    """Close a ring: its last point is its first one again."""
    return [*points, points[0]]


AROUND = ring([2.36, 48.88], [2.37, 48.88], [2.37, 48.89], [2.36, 48.89])
HOLE = ring([2.364, 48.884], [2.366, 48.884], [2.366, 48.886])
ELSEWHERE = ring([-180, -90], [180, -90], [0, 90])


def polygon(*rings: Any) -> dict[str, Any]:
    return {"type": "Polygon", "coordinates": list(rings)}


def many(count: int) -> list[Any]:
    """Return a ring of so many points."""
    return ring(*([2 + at / 10_000, 48.88] for at in range(count - 1)))


OUTLINES = (
    polygon(AROUND),
    polygon(AROUND, HOLE),
    {"type": "MultiPolygon", "coordinates": [[AROUND, HOLE], [ELSEWHERE]]},
    polygon(many(2_000)),
    {"type": "MultiPolygon", "coordinates": [[many(1_000)], [many(1_000)]]},
    None,
)


def test_the_outline_of_a_zone_is_read_as_it_was_drawn_and_a_retry_counts_once(zoned: World) -> None:
    for version, area in enumerate(OUTLINES, start=1):
        for _ in range(2):
            body = {"name": "Stalingrad", "area": area}
            written = put(zoned, f"zone/{STALINGRAD}", body, if_match=f'"{version}"')
            assert (written.status_code, written.headers["etag"]) == (200, f'"{version + 1}"')
            assert written.json()["area"] == area
        assert [line["area"] for line in directory(zoned)["zone"]] == [area]


def test_of_an_outline_its_points_are_kept_and_nothing_that_stood_beside_them(zoned: World) -> None:
    said = {**polygon([[*point, 35.5] for point in AROUND]), "bbox": [2.36, 48.88, 2.37, 48.89], "met": "Momo"}
    written = put(zoned, f"zone/{STALINGRAD}", {"name": "Quai", "area": said}, if_match='"1"')
    assert (written.status_code, written.json()["area"]) == (200, polygon(AROUND))


NO_OUTLINES = (
    polygon(AROUND[:-1]),
    polygon(AROUND, HOLE[:-1]),
    polygon(AROUND[:3]),
    polygon(),
    {"type": "MultiPolygon", "coordinates": []},
    polygon(many(2_001)),
    {"type": "MultiPolygon", "coordinates": [[many(1_001)], [many(1_000)]]},
    polygon(ring([180.1, 48], [2, 48], [2, 49])),
    polygon(ring([2, 90.1], [2, 48], [3, 49])),
    polygon(ring([float("nan"), 48], [2, 48], [2, 49])),
    polygon(ring([float("inf"), 48], [2, 48], [2, 49])),
    polygon(ring([2], [2, 48], [2, 49])),
    polygon(ring(["Momo", 48], [2, 48], [2, 49])),
    polygon(["Momo"] * 5_000),
    {"type": "Point", "coordinates": [2.36, 48.88]},
    {"type": "Momo", "coordinates": [AROUND]},
    {"type": "Feature", "geometry": polygon(AROUND)},
    {"type": "Polygon"},
    [AROUND],
    "Momo",
    7,
)


def test_what_is_no_outline_is_refused_in_one_sentence_that_names_the_field(zoned: World) -> None:
    before = directory(zoned)
    asked = zoned.bearer(zoned.odile) | {"if-match": '"1"', "content-type": "application/json"}
    for area in NO_OUTLINES:
        body = json.dumps({"name": "Quai", "area": area})
        refused = zoned.http.put(f"/v1/directory/zone/{STALINGRAD}", content=body, headers=asked)
        assert code(refused) == (422, "invalid_request"), str(area)[:80]
        assert [error["at"] for error in refused.json()["errors"]] == ["body/area"]
        assert "Momo" not in refused.text
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
