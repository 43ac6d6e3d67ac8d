"""The bases of every noun: what all entities, rows, commands and directory lines carry beside their own fields.

A kind is a SQLModel table whose own columns are its plain fields; its `Sealed` payload holds the sealed ones.
Class keyword arguments would be swallowed without a word by SQLModel's metaclass, so a kind states `of`, `folds`
and `label` as class variables, and `catalogue.py` refuses a kind that does not.
"""

import re
from typing import ClassVar, Final

from sqlalchemy import BigInteger, Boolean, Index, Integer, LargeBinary, String, inspect
from sqlalchemy.orm import declared_attr
from sqlmodel import Field, SQLModel

from server.kinds.description import FieldSpec, Label
from server.kinds.sealed import Payload, spec_of
from sync.registry import Folds

REASON: Final = "reason"
"""The sealed set that every row may carry, why it is as it is: `reason/<name>` of what was amended, `reason/void` of a
row that was taken back, `reason/added` of one that was forgotten first."""


class Kind(SQLModel):
    """A noun of the domain. Every key begins with the association's id."""

    of: ClassVar[type["Kind"] | None] = None
    """The kind whose entity a row or a command belongs to."""
    also_of: ClassVar[tuple[type["Kind"], ...]] = ()
    folds: ClassVar[Folds | None]
    """How ops of the kind fold; None: no op has this kind."""
    label: ClassVar[Label]
    Sealed: ClassVar[type[Payload]] = Payload
    Health: ClassVar[type[Payload] | None] = None
    """What only health workers' devices read. It stands in a kind of its own: see `health.py`."""
    health_of: ClassVar[type["Kind"] | None] = None
    """Of such a kind: the kind that states it."""
    moves: ClassVar[dict[str, tuple[tuple[str, ...], str]]] = {}
    """Of a command: `{move: (states it may start from, state it leads to)}`."""
    first_state: ClassVar[str | None] = None
    """Of a command: the state before any of them."""
    beats: ClassVar[dict[str, tuple[str, ...]]] = {}
    """Of a command: the states over which a state prevails when two people decide at once."""

    @declared_attr.directive
    @classmethod
    def __tablename__(cls) -> str:
        return kind_name(cls)

    org_id: bytes = Field(primary_key=True, sa_type=LargeBinary(16))
    id: bytes = Field(primary_key=True, sa_type=LargeBinary(16))


class Entity(Kind):
    """What is erased as a whole; `id` is the entity's id."""

    folds: ClassVar[Folds | None] = Folds.ENTITY

    cursor: int = Field(sa_type=BigInteger)
    hlc_ms: int = Field(sa_type=BigInteger)


class InEntity(Kind):
    """What stands under an entity and is never edited in place; `id` is the first half of its op id."""

    @declared_attr.directive
    @classmethod
    def __table_args__(cls) -> tuple[Index, ...]:
        return (Index(f"{kind_name(cls)}_of_entity", "org_id", "entity"),)

    entity: bytes = Field(sa_type=LargeBinary(16))
    cursor: int = Field(sa_type=BigInteger)
    device: bytes = Field(sa_type=LargeBinary(16))
    hlc_ms: int = Field(sa_type=BigInteger)


class Row(InEntity):
    """Append-only, amended by further ops. A void row is kept and not counted."""

    folds: ClassVar[Folds | None] = Folds.ROW

    void: bool = Field(default=False, sa_type=Boolean)


class Command(InEntity):
    """Append-only and ruled: the ruling stands beside the command it judged."""

    folds: ClassVar[Folds | None] = Folds.COMMAND

    server_ms: int = Field(sa_type=BigInteger)
    ruling: str = Field(sa_type=String(8))


class Directory(Kind):
    """Plain data about the association's world, read over REST and kept on the tablet. It names no person met."""

    folds: ClassVar[Folds | None] = None

    version: int = Field(default=1, sa_type=Integer)


def kind_name(kind: type[Kind]) -> str:
    """Return the noun as the protocol, SQL and the documents spell it."""
    return re.sub(r"(?<!^)(?=[A-Z])", "_", kind.__name__).lower()


def plain_fields(kind: type[Kind]) -> dict[str, FieldSpec]:
    """Return the plain fields a kind states itself, in their order; a kind without a table has none."""
    if kind.health_of is not None:
        return {}
    return {column.name: column.info["spec"] for column in inspect(kind).local_table.columns if "spec" in column.info}


def sealed_fields(kind: type[Kind]) -> dict[str, FieldSpec]:
    """Return the sealed fields of a kind, in their order."""
    return {name: spec_of(kind.Sealed, name) for name in kind.Sealed.model_fields}
