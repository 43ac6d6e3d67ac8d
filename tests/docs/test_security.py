"""The tables of docs/security.md are the attacks that the tests try, neither more nor less."""

import re
from collections.abc import Iterable
from typing import Final

from server.settings import ROOT
from tests.security.attacks.all import attacks
from tests.security.attacks.attack import Attack
from tests.security.attacks.enrolment import Enrolment, enrolments

PAGE: Final = (ROOT / "docs" / "security.md").read_text()


def table(heading: str, page: str = PAGE) -> list[str]:
    """Return the rows of the table under a heading."""
    (part,) = re.findall(rf"^## {heading}\n(.*?)(?=^## |\Z)", page, re.MULTILINE | re.DOTALL)
    return re.findall(r"^\| .* \|$", part, re.MULTILINE)[1:]


def rows(tried: Iterable[Attack | Enrolment]) -> list[str]:
    """Return the rows that the table should have."""
    return [f"| {each.name} | {each.says} | {', '.join(each.controls)} | {end(each)} |" for each in tried]


def end(each: Attack | Enrolment) -> str:
    """Return how it ends, and how an honest server answers where it comes to that."""
    ((kind, name),) = each.refused.items()
    code = each.code if isinstance(each, Attack) and kind != "code" else None
    return f"{kind}: {name}" + (f"; code: {code}" if code else "")


def test_the_tables_of_attacks_are_those_that_are_tried() -> None:
    every = attacks()
    assert table("What a server may try") == rows(each for each in every if each.threat == "T5")
    assert table("What may be tried on the codes of an enrolment") == rows(enrolments())
    assert table("What a member's device may try") == rows(each for each in every if each.threat == "T10")


def test_the_table_of_controls_has_every_control_that_stands_against_one() -> None:
    every: list[Attack | Enrolment] = [*attacks(), *enrolments()]
    named = {control for each in every for control in each.controls}
    assert {row.split(" | ")[0].removeprefix("| ") for row in table("The controls")} == named


def test_an_attack_without_its_row_is_found() -> None:
    """The control."""
    first = table("What a server may try")[0]
    assert table("What a server may try", PAGE.replace(first + "\n", "")) != table("What a server may try")
