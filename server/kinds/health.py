"""What only health workers read of a noun: a kind of its own, in a space of its own, derived from its `Health` payload.

`contact_health` folds as `contact` does and stands under `person_health`, which has the person's id. It has no plain
fact and no table: the server sees that there is one, and of whom. A row names the row of the field space it adds to.
"""

from functools import cache
from types import new_class
from typing import Any, Final

from pydantic import create_model

from server.kinds import sealed
from server.kinds.description import Label
from server.kinds.kind import Kind, kind_name
from server.kinds.sealed import Payload
from sync.registry import Folds

COMPARTMENT: Final = "health"
"""The space in which these kinds stand, as the app's catalogue names it."""


@cache
def health_kind(kind: type[Kind]) -> type[Kind]:
    """Return the kind that holds what only health workers read of a kind which has a `Health` payload."""
    assert kind.Health is not None
    own = kind.Health
    stated: dict[str, Any] = {
        "__module__": __name__,
        "__doc__": f"What only health workers read of {kind.__name__}.",
        "folds": kind.folds,
        "label": Label(f"{kind.label.fr} (santé)", f"{kind.label.en} (health)"),
        "of": None if kind.of is None else health_kind(kind.of),
        "also_of": tuple(health_kind(parent) for parent in kind.also_of),
        "health_of": kind,
        "Sealed": own if kind.folds is Folds.ENTITY else _row_payload(kind, own),
    }
    return new_class(f"{kind.__name__}Health", (Kind,), exec_body=lambda body: body.update(stated))


def health_kinds(kinds: tuple[type[Kind], ...]) -> tuple[type[Kind], ...]:
    """Return the kind in the health space of each that has one there."""
    return tuple(health_kind(kind) for kind in kinds if kind.Health is not None)


def _row_payload(kind: type[Kind], own: type[Payload]) -> type[Payload]:
    named: dict[str, Any] = {
        kind_name(kind): (bytes | None, sealed.row_ref(kind_name(kind), kind.label.fr, kind.label.en))
    }
    return create_model(f"{kind.__name__}Health", __base__=own, __module__=__name__, **named)
