"""The catalogue itself: every kind, its rules checked once at import, and its description as plain data."""

from typing import Any

from server.kinds.bag import Bag
from server.kinds.contact import Contact
from server.kinds.description import CodeList, FieldSpec, Label
from server.kinds.distribution import Distribution
from server.kinds.encounter import Encounter
from server.kinds.health import COMPARTMENT, health_kinds
from server.kinds.health_space import HealthSpace
from server.kinds.kind import Kind, kind_name, plain_fields, sealed_fields
from server.kinds.note import Note
from server.kinds.notice import Notice, NoticeSeen
from server.kinds.observation import Observation
from server.kinds.patrol import Patrol
from server.kinds.person import Person
from server.kinds.procedure import Procedure
from server.kinds.referral import Referral, ReferralMove
from server.kinds.request import Request
from server.kinds.rules import refuse_bad_kinds
from server.kinds.site import Site
from server.kinds.stock_movement import StockMovement
from server.kinds.structure import Structure
from server.kinds.task import Task
from server.kinds.worker import Worker
from server.kinds.zone import Zone

TABLED: tuple[type[Kind], ...] = (
    Worker,
    Person,
    Bag,
    Patrol,
    Encounter,
    Observation,
    Contact,
    Distribution,
    StockMovement,
    Request,
    Procedure,
    Task,
    Note,
    Referral,
    ReferralMove,
    Notice,
    NoticeSeen,
    Zone,
    Site,
    Structure,
    HealthSpace,
)
"""The kinds that a file states, each with the server's table of it."""

refuse_bad_kinds(TABLED)
HEALTH: tuple[type[Kind], ...] = health_kinds(TABLED)
"""The kinds of the health space, derived from those; the server has no table of them."""
refuse_bad_kinds(HEALTH)

KINDS: tuple[type[Kind], ...] = (*TABLED, *HEALTH)

DIRECTORY = "directory"
"""What stands for the fold of a kind that has no ops."""

TABLED_BY_NAME: dict[str, type[Kind]] = {kind_name(kind): kind for kind in TABLED}


def code_lists() -> dict[str, CodeList]:
    """Return every code list that a field uses, by name."""
    specs = [spec for kind in KINDS for spec in (*plain_fields(kind).values(), *sealed_fields(kind).values())]
    return {spec.codes.name: spec.codes for spec in specs if spec.codes is not None}


def describe() -> dict[str, Any]:
    """Return the whole catalogue as JSON-able data: what the app, the documents and the tests are derived from."""
    return {
        "kinds": {kind_name(kind): _describe_kind(kind) for kind in KINDS},
        "codes": {
            name: {code: _describe_label(label) for code, label in codes.labels.items()}
            for name, codes in sorted(code_lists().items())
        },
    }


def _describe_kind(kind: type[Kind]) -> dict[str, Any]:
    described: dict[str, Any] = {
        "label": _describe_label(kind.label),
        "folds": kind.folds.value if kind.folds is not None else DIRECTORY,
        "plain": {name: _describe_field(spec) for name, spec in plain_fields(kind).items()},
        "sealed": {name: _describe_field(spec) for name, spec in sealed_fields(kind).items()},
    }
    if kind.health_of is not None:
        described |= {"compartment": COMPARTMENT, "health_of": kind_name(kind.health_of)}
    if kind.of is not None:
        described["of"] = [kind_name(parent) for parent in (kind.of, *kind.also_of)]
    if kind.moves:
        described["first_state"] = kind.first_state
        described["moves"] = {move: {"from": list(start), "to": end} for move, (start, end) in kind.moves.items()}
        described["beats"] = {state: list(beaten) for state, beaten in kind.beats.items()}
    return described


def _describe_field(spec: FieldSpec) -> dict[str, Any]:
    described: dict[str, Any] = {
        "form": spec.form.value,
        "label": _describe_label(spec.label),
        "merge": spec.merge.value,
    }
    optional = {
        "codes": spec.codes.name if spec.codes is not None else None,
        "most": spec.most,
        "ref": spec.ref,
        "purpose": spec.purpose,
        "about_place": spec.about_place or None,
    }
    return described | {name: value for name, value in optional.items() if value is not None}


def _describe_label(label: Label) -> dict[str, str]:
    return {"fr": label.fr, "en": label.en}
