"""What is derived from the catalogue stands in the repository as it would be written now."""

import json
import re
from pathlib import Path
from typing import Any

import pytest

from server import derive
from server.kinds.catalogue import KINDS, code_lists
from server.kinds.derived.catalogue_json import catalogue_data
from server.kinds.kind import kind_name, plain_fields, sealed_fields
from server.kinds.registry import engine_registry
from server.settings import ROOT
from sync.registry import (
    Code,
    CodeSet,
    FactRule,
    Flag,
    Folds,
    Id,
    IdSet,
    KindRule,
    Least,
    StakeRule,
    Strictest,
    Whole,
)
from sync.ruleset import Machine, moves_of

FILES = [name for name in derive.DERIVED if name != "openapi.yaml"]


@pytest.mark.parametrize("name", FILES)
def test_the_derived_file_is_fresh(name: str) -> None:
    assert (ROOT / name).read_text() == derive.DERIVED[name]()


def test_a_stale_and_a_missing_file_are_found_and_written_anew(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The control: one word changed by hand, and one file deleted."""
    monkeypatch.setattr(derive, "ROOT", tmp_path)
    monkeypatch.setattr(derive, "DERIVED", {"docs/kept.md": str, "docs/stale.md": lambda: "new", "docs/gone.md": str})
    (tmp_path / "docs").mkdir()
    (tmp_path / "docs/kept.md").write_text("")
    (tmp_path / "docs/stale.md").write_text("old")
    assert derive.stale() == ["docs/stale.md", "docs/gone.md"]
    assert derive.main(["--check"]) == 1
    assert (tmp_path / "docs/stale.md").read_text() == "old"
    assert derive.main([]) == 0
    assert derive.stale() == []
    assert derive.main(["--check"]) == 0
    assert "docs/stale.md is stale" in capsys.readouterr().err


@pytest.mark.parametrize("name", ["client_pwa/src/domain/catalogue.types.ts", "docs/what-we-hold.md"])
def test_a_derived_file_says_so_in_its_first_line(name: str) -> None:
    first = derive.DERIVED[name]().splitlines()[0]
    assert "Derived" in first
    assert "do not edit" in first


# ── The app's engine is told what the server's engine is told ──


def _kind_rule(described: dict[str, Any], codes: dict[str, Any]) -> KindRule:
    moves = {name: (tuple(move["from"]), move["to"]) for name, move in described.get("moves", {}).items()}
    beats = {state: frozenset(beaten) for state, beaten in described.get("beats", {}).items()}
    machine = Machine(described["first_state"], moves_of(dict(moves)), beats) if moves else None
    facts = {name: _fact_rule(rule, codes) for name, rule in described["facts"].items()}
    stakes = {name: _stake_rule(rule) for name, rule in described["high_stakes"].items()}
    return KindRule(Folds(described["folds"]), tuple(described.get("of", ())), facts, stakes, machine)


def _fact_rule(rule: dict[str, Any], codes: dict[str, Any]) -> FactRule:
    listed = frozenset(codes.get(rule.get("codes", ""), ()))
    if rule["rule"] == "whole":
        return Whole(rule["least"], rule["most"], rule["step"])
    by_name: dict[str, FactRule] = {
        "flag": Flag(),
        "id": Id(),
        "id_set": IdSet(),
        "code": Code(listed),
        "code_set": CodeSet(listed),
    }
    return by_name[rule["rule"]]


def _stake_rule(rule: dict[str, Any]) -> StakeRule:
    return Strictest(tuple(rule["values"])) if rule["rule"] == "strictest" else Least()


def test_the_apps_catalogue_holds_the_engines_registry_whole() -> None:
    data = json.loads(json.dumps(catalogue_data()))
    built = {
        name: _kind_rule(kind, data["codes"]) for name, kind in data["kinds"].items() if kind["folds"] != "directory"
    }
    assert built == engine_registry().kinds


# ── The documents leave nothing out ──


def test_what_we_hold_names_every_field_of_every_kind_where_it_is_readable_and_where_not() -> None:
    sections = re.split(r"^## ", derive.DERIVED["docs/what-we-hold.md"](), flags=re.MULTILINE)
    for kind in KINDS:
        (section,) = [text for text in sections if f"`{kind_name(kind)}`" in text.splitlines()[0]]
        readable, _, hidden = section.partition("**Sealed")
        for fields, half in ((plain_fields(kind), readable), (sealed_fields(kind), hidden)):
            assert [name for name, spec in fields.items() if f"| {spec.label.en} | {spec.label.fr} |" not in half] == []


def test_the_glossary_has_every_noun_and_every_code() -> None:
    page = derive.DERIVED["docs/glossary.md"]()
    rows = {
        f"| {label.fr} | {label.en} | `{code}` |"
        for codes in code_lists().values()
        for code, label in codes.labels.items()
    }
    rows |= {f"| {kind.label.fr} | {kind.label.en} | `{kind_name(kind)}` |" for kind in KINDS}
    assert [row for row in rows if row not in page] == []
    assert all(f"### `{name}`" in page for name in code_lists())
