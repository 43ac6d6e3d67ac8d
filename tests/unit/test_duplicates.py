"""What is written to make one of several entities, and to take one out again: cases that both languages share."""

import json
from collections.abc import Collection
from pathlib import Path
from typing import Any

import pytest

from sync.duplicates import Link, Linking, classes, links, merge, unmerge
from sync.ids import EntityId
from sync.writer import CannotWrite, Edit, Genesis, write
from tests.engine_kit import entity, founded, moment

CASES = json.loads((Path(__file__).parents[1] / "vectors" / "duplicates.json").read_text())


def as_link(pair: list[int]) -> Link:
    """Return a link between the entities of two numbers."""
    smaller, greater = pair
    return entity(smaller), entity(greater)


def number(of: EntityId) -> int:
    """Return the number of an entity."""
    return int.from_bytes(of[1:])


def as_numbers(edits: list[Linking]) -> list[list[Any]]:
    """Return edits as the shared cases have them."""
    return [[number(edit.entity), [[int(name[7:], 16), value] for name, value in edit.facts.items()]] for edit in edits]


def after(present: Collection[Link], edits: list[Linking]) -> set[Link]:
    """Return the links that are present when some edits are written."""
    now = set(present)
    for edit in edits:
        for name, value in edit.facts.items():
            link = (edit.entity, EntityId(bytes.fromhex(name.removeprefix("same/"))))
            now = now | {link} if value else now - {link}
    return now


def grouped(present: Collection[Link], erased: Collection[EntityId]) -> list[list[int]]:
    """Return the members of each class, the smallest first."""
    names = classes(present, erased)
    return [[number(one) for one in names if names[one] == name] for name in sorted(set(names.values()))]


@pytest.mark.parametrize("case", CASES, ids=[case["name"] for case in CASES])
def test_what_is_written(case: dict[str, Any]) -> None:
    """The edits, and the classes once they are written."""
    present, erased = {as_link(pair) for pair in case["links"]}, {entity(n) for n in case["erased"]}
    if "merge" in case:
        edits = merge([entity(n) for n in case["merge"]])
    else:
        edits = unmerge(entity(case["unmerge"]), present, erased)
    assert as_numbers(edits) == case["edits"]
    assert grouped(after(present, edits), erased) == case["classes"]


def test_a_device_may_write_what_is_to_be_written() -> None:
    """The writer takes the edits of one gesture as they are, and the fold shows what they set."""
    _, awa = founded()
    write(awa, [Genesis(entity(n), "thing") for n in (1, 2, 3)], moment())

    def present() -> set[Link]:
        return links(state for n in (1, 2, 3) if (state := awa.state(entity(n))) is not None)

    def save(edits: list[Linking]) -> None:
        write(awa, [Edit(edit.entity, "thing", edit.facts) for edit in edits], moment())

    save(merge([entity(1), entity(2), entity(3)]))
    assert grouped(present(), ()) == [[1, 2, 3]]
    save(unmerge(entity(1), present(), ()))
    assert grouped(present(), ()) == [[2, 3]]
    save(merge([entity(3), entity(1)]))
    assert grouped(present(), ()) == [[1, 2, 3]]


def test_a_link_to_what_is_no_id_is_refused_before_it_is_saved() -> None:
    """The control of the test above."""
    _, awa = founded()
    write(awa, [Genesis(entity(1), "thing")], moment())
    with pytest.raises(CannotWrite):
        write(awa, [Edit(entity(1), "thing", {"same/momo": True})], moment())
