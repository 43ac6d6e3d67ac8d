"""Every attack on the codes of an enrolment ends in its named refusal, and would succeed without its control."""

from typing import Final

import pytest

from tests.security.attacks.controls import without
from tests.security.attacks.enrolment import Enrolment, enrol, enrolments, honest

TRIED: Final = tuple(enrolments())
each = pytest.mark.parametrize("tried", TRIED, ids=[tried.name for tried in TRIED])


def test_what_nobody_attacks_is_refused_nothing() -> None:
    outcome = enrol(honest())
    assert outcome.refused is None
    assert all(map(outcome.shows, honest().wanted))


@each
def test_nobody_is_let_in_and_nothing_is_joined(tried: Enrolment) -> None:
    outcome = enrol(tried)
    assert outcome.refused == tried.refused
    assert not any(map(outcome.shows, tried.wanted))


@each
def test_without_its_controls_it_succeeds(tried: Enrolment) -> None:
    with without(tried.controls):
        outcome = enrol(tried)
    assert outcome.refused is None
    assert all(map(outcome.shows, tried.wanted))


@each
def test_behind_one_control_stands_the_next(tried: Enrolment) -> None:
    ends = [tried.refused, *tried.lines]
    found = []
    for count in range(len(ends)):
        with without(tried.controls[:count]):
            found.append(enrol(tried).refused)
    assert found == ends
