"""The attacks as the file that both languages share: every answer once, under the first digits of its hash."""

from base64 import b64encode
from collections.abc import Sequence
from hashlib import sha256
from pathlib import Path
from typing import Any, Final

from tests.engine_kit import SPACE
from tests.security.attacks.all import attacks
from tests.security.attacks.answers import answer
from tests.security.attacks.association import ENTITIES, OWN, base, stored_victims
from tests.security.attacks.attack import Attack, Step
from tests.security.attacks.enrolment import Enrolment, enrolments, honest

FILE: Final = Path(__file__).parents[2] / "vectors" / "attacks.json"

Json = dict[str, Any]


def make() -> Json:
    """Return every attack; bytes are base64, ids and digests hex."""
    answers: dict[str, str] = {}
    cases = [_case(attack, answers) for attack in attacks()]
    return {
        "space": SPACE.hex(),
        "entities": [entity.hex() for entity in ENTITIES],
        "own": OWN.hex(),
        "victims": {name: b64encode(data).decode() for name, data in stored_victims().items()},
        "whole": _named(base().server.page(), answers),
        "attacks": cases,
        "enrolment": _tried(honest()),
        "enrolments": [_tried(each) for each in enrolments()],
        "answers": answers,
    }


def _case(attack: Attack, answers: dict[str, str]) -> Json:
    return {
        "name": attack.name,
        "threat": attack.threat,
        "says": attack.says,
        "victim": attack.victim,
        "steps": _steps(attack.steps, answers),
        "refused": dict(attack.refused),
        "wanted": [list(wish) for wish in attack.wanted],
        "controls": list(attack.controls),
        "lines": [dict(line) for line in attack.lines],
        "then": _steps(attack.then, answers),
        "shows": attack.shows.hex(),
        "begins": _steps(attack.begins, answers),
        "answer": answer(attack),
    }


def _tried(each: Enrolment) -> Json:
    told = {name: getattr(each, name) for name in ("name", "threat", "says", "asked", "given", "answer", "received")}
    ends = {"refused": dict(each.refused), "lines": [dict(line) for line in each.lines]}
    wanted = [list(wish) for wish in each.wanted]
    return {**told, "nonce": each.nonce.hex(), **ends, "wanted": wanted, "controls": list(each.controls)}


def _steps(steps: Sequence[Step], answers: dict[str, str]) -> list[list[str | int]]:
    return [[kind, data if isinstance(data, int) else _named(data, answers)] for kind, data in steps]


def _named(data: bytes, answers: dict[str, str]) -> str:
    name = sha256(data).hexdigest()[:12]
    answers[name] = b64encode(data).decode()
    return name
