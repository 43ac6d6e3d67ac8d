"""The catalogue only grows: what a released device has written must mean the same for ever.

`tests/releases/` holds the catalogue of the last release as the app imports it.
"""

import copy
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from server.kinds.derived.catalogue_json import catalogue_data

RELEASED = Path(__file__).parents[1] / "releases" / "catalogue-0.1.0.json"
KEPT = ("form", "codes", "ref", "merge", "purpose", "about_place")
Catalogue = dict[str, Any]


def released() -> Catalogue:
    catalogue: Catalogue = json.loads(RELEASED.read_text())
    return catalogue


def lost(old: Catalogue, new: Catalogue) -> list[str]:
    """Return what the new catalogue has renamed, retyped, removed or narrowed."""
    codes = [
        f"{name}/{code}" for name, codes in old["codes"].items() for code in codes.keys() - new["codes"].get(name, {})
    ]
    kinds = [found for name, kind in old["kinds"].items() for found in _lost_of_kind(name, kind, new["kinds"])]
    return sorted(codes + kinds)


def _lost_of_kind(name: str, old: Catalogue, kinds: dict[str, Catalogue]) -> list[str]:
    if name not in kinds:
        return [name]
    new = kinds[name]
    # Another move would rule old logs anew: that needs a ruleset of its own version.
    fixed = ("folds", "first_state", "moves", "beats")
    changed = [f"{name}: {what}" for what in fixed if old.get(what) != new.get(what)]
    changed += [f"{name}: of" for parent in old.get("of", ()) if parent not in new.get("of", ())]
    stakes = old.get("high_stakes", {}).items()
    changed += [f"{name}: stakes of {field}" for field, rule in stakes if new["high_stakes"].get(field) != rule]
    halves = [(half, field, spec) for half in ("plain", "sealed") for field, spec in old[half].items()]
    changed += [f"{name}.{field}" for half, field, spec in halves if not _holds(spec, new[half].get(field))]
    facts = old.get("facts", {}).items()
    return changed + [f"{name}: fact {fact}" for fact, rule in facts if not _admits(rule, new["facts"].get(fact))]


def _holds(old: Catalogue, new: Catalogue | None) -> bool:
    if new is None or any(old.get(what) != new.get(what) for what in KEPT):
        return False
    return bool(old.get("most", 0) <= new.get("most", 0))


def _admits(old: Catalogue, new: Catalogue | None) -> bool:
    if new is None or old["rule"] != new["rule"]:
        return False
    if old["rule"] != "whole":
        return old == new
    return bool(new["least"] <= old["least"] and new["most"] >= old["most"] and old["step"] % new["step"] == 0)


def test_nothing_of_the_last_release_is_renamed_retyped_removed_or_narrowed() -> None:
    assert lost(released(), catalogue_data()) == []


def test_a_new_kind_field_or_code_or_a_longer_text_is_growth() -> None:
    grown = catalogue_data()
    grown["kinds"]["bag"] = grown["kinds"]["site"]
    grown["kinds"]["contact"]["sealed"]["place"] = {"form": "text", "merge": "field", "most": 80}
    grown["kinds"]["contact"]["sealed"]["note"]["most"] += 1
    grown["kinds"]["contact"]["of"].append("patrol")
    grown["kinds"]["contact"]["high_stakes"]["place"] = {"rule": "least"}
    grown["codes"]["mood"]["cheerful"] = {"fr": "Gai", "en": "Cheerful"}
    assert lost(released(), grown) == []


def _remove_a_field(catalogue: Catalogue) -> None:
    del catalogue["kinds"]["contact"]["sealed"]["note"]


def _rename_a_field(catalogue: Catalogue) -> None:
    sealed = catalogue["kinds"]["contact"]["sealed"]
    sealed["remark"] = sealed.pop("note")


def _unseal_a_field(catalogue: Catalogue) -> None:
    kind = catalogue["kinds"]["contact"]
    kind["plain"]["note"] = kind["sealed"].pop("note")


def _retype_a_field(catalogue: Catalogue) -> None:
    catalogue["kinds"]["contact"]["sealed"]["note"]["form"] = "texts"


def _shorten_a_text(catalogue: Catalogue) -> None:
    catalogue["kinds"]["contact"]["sealed"]["note"]["most"] -= 1


def _remove_a_kind(catalogue: Catalogue) -> None:
    del catalogue["kinds"]["contact"]


def _move_a_kind(catalogue: Catalogue) -> None:
    catalogue["kinds"]["contact"]["of"] = ["patrol"]


def _rename_a_code(catalogue: Catalogue) -> None:
    mood = catalogue["codes"]["mood"]
    mood["serene"] = mood.pop("calm")


def _narrow_a_fact(catalogue: Catalogue) -> None:
    catalogue["kinds"]["encounter"]["facts"]["anon_woman"]["most"] = 5


def _change_a_move(catalogue: Catalogue) -> None:
    catalogue["kinds"]["referral_move"]["moves"]["claim"]["to"] = "offered"


def _change_what_is_careful(catalogue: Catalogue) -> None:
    catalogue["kinds"]["person"]["high_stakes"]["consent_sharing"]["values"].reverse()


PLANTED: dict[Callable[[Catalogue], None], str] = {
    _remove_a_field: "contact.note",
    _rename_a_field: "contact.note",
    _unseal_a_field: "contact.note",
    _retype_a_field: "contact.note",
    _shorten_a_text: "contact.note",
    _remove_a_kind: "contact",
    _move_a_kind: "contact: of",
    _rename_a_code: "mood/calm",
    _narrow_a_fact: "encounter: fact anon_woman",
    _change_a_move: "referral_move: moves",
    _change_what_is_careful: "person: stakes of consent_sharing",
}


@pytest.mark.parametrize("plant", PLANTED, ids=lambda plant: plant.__name__.strip("_"))
def test_a_planted_loss_is_found(plant: Callable[[Catalogue], None]) -> None:
    """The control: each change breaks a device that was released before it."""
    changed = copy.deepcopy(catalogue_data())
    plant(changed)
    assert lost(released(), changed) == [PLANTED[plant]]
