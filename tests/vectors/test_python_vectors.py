"""The committed vectors are those that this engine makes, so that its twin checks against the present."""

import json

from tests.security.attacks import vectors as attacks
from tests.vectors.make_python_vectors import FILE, make


def test_the_committed_vectors_are_fresh() -> None:
    """Run `python -m tests.vectors.make_python_vectors` after a change that is meant."""
    assert json.loads(FILE.read_text()) == make()


def test_the_committed_attacks_are_fresh() -> None:
    """They are made by the same command."""
    assert json.loads(attacks.FILE.read_text()) == attacks.make()


def test_the_vectors_hold_good_and_bad_cases() -> None:
    """A twin that accepted or refused everything would fail."""
    vectors = json.loads(FILE.read_text())
    for cases, key in (("headers", "fault"), ("pages", "failure"), ("pushes", "code")):
        verdicts = {case[key] for case in vectors[cases]}
        assert None in verdicts
        assert len(verdicts) > 4
