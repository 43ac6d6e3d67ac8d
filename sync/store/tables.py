"""The tables of the log. Every key begins with the space, and nothing points across spaces."""

from sqlalchemy import (
    BigInteger,
    Boolean,
    Index,
    Integer,
    LargeBinary,
    SmallInteger,
    Table,
    UniqueConstraint,
    inspect,
)
from sqlmodel import Field, SQLModel

ID = LargeBinary(16)
DIGEST = LargeBinary(32)


class Space(SQLModel, table=True):
    """One row for each log: its end, and the lock that every push takes first.

    `org` is known once it is founded; the first space of an association says who administers it.
    """

    space: bytes = Field(primary_key=True, sa_type=ID)
    org: bytes | None = Field(default=None, sa_type=ID)
    cursor: int = Field(default=0, sa_type=BigInteger)
    log: bytes = Field(sa_type=DIGEST)
    server_ms: int = Field(default=0, sa_type=BigInteger)
    epoch: int = Field(default=0, sa_type=BigInteger)
    rules_version: int = Field(default=1, sa_type=BigInteger)
    is_first: bool = Field(default=False, sa_type=Boolean)


class Stream(SQLModel, table=True):
    """Where the next segment of a stream continues."""

    __table_args__ = (Index("stream_of_device", "space", "device"),)

    space: bytes = Field(primary_key=True, sa_type=ID)
    stream: bytes = Field(primary_key=True, sa_type=ID)
    device: bytes = Field(sa_type=ID)
    next_seq: int = Field(sa_type=BigInteger)
    head: bytes = Field(sa_type=DIGEST)
    open: bool = Field(default=True, sa_type=Boolean)


class Segment(SQLModel, table=True):
    """A signed run of ops as received, the log hash after it, and the receipt that every retry gets."""

    __table_args__ = (
        UniqueConstraint("space", "last_cursor"),
        UniqueConstraint("space", "stream", "from_seq"),
    )

    space: bytes = Field(primary_key=True, sa_type=ID)
    first_cursor: int = Field(primary_key=True, sa_type=BigInteger)
    last_cursor: int = Field(sa_type=BigInteger)
    stream: bytes = Field(sa_type=ID)
    from_seq: int = Field(sa_type=BigInteger)
    head: bytes = Field(sa_type=DIGEST)
    server_ms: int = Field(sa_type=BigInteger)
    log: bytes = Field(sa_type=DIGEST)
    bytes_total: int = Field(sa_type=Integer)
    seg: bytes = Field(sa_type=LargeBinary)
    sig: bytes = Field(sa_type=LargeBinary(64))
    receipt: bytes = Field(sa_type=LargeBinary)


class Op(SQLModel, table=True):
    """One op, its bytes as received; of an erased one the two hashes are left, which name it in its chain.

    `fold_group` is its entity, or the first half of the row's op id. `dead_cursor` is the cursor of the first op that
    killed or erased it, so that whoever begins at a checkpoint learns what was live there, whatever died since.
    """

    __table_args__ = (
        UniqueConstraint("space", "op_id"),
        Index("op_of_entity", "space", "entity", "fold_group"),
    )

    space: bytes = Field(primary_key=True, sa_type=ID)
    cursor: int = Field(primary_key=True, sa_type=BigInteger)
    op_id: bytes = Field(sa_type=DIGEST)
    entity: bytes = Field(sa_type=ID)
    fold_group: bytes = Field(sa_type=ID)
    op_class: int = Field(sa_type=SmallInteger)
    header: bytes | None = Field(default=None, sa_type=LargeBinary)
    sealed: bytes | None = Field(default=None, sa_type=LargeBinary)
    header_hash: bytes | None = Field(default=None, sa_type=DIGEST)
    sealed_hash: bytes | None = Field(default=None, sa_type=DIGEST)
    dead_cursor: int | None = Field(default=None, sa_type=BigInteger)


class Erased(SQLModel, table=True):
    """An entity that is erased, and the cursor of the op that said so first."""

    space: bytes = Field(primary_key=True, sa_type=ID)
    entity: bytes = Field(primary_key=True, sa_type=ID)
    cursor: int = Field(sa_type=BigInteger)


class Member(SQLModel, table=True):
    """A device as the latest member op states it, and the last log end it said it has applied.

    `revoked_cursor` is that of the op which revoked it: whoever lets it in again must have seen that one.
    """

    __table_args__ = (Index("member_of_device", "device"),)

    space: bytes = Field(primary_key=True, sa_type=ID)
    device: bytes = Field(primary_key=True, sa_type=ID)
    ed_pk: bytes = Field(sa_type=DIGEST)
    x_pk: bytes | None = Field(default=None, sa_type=DIGEST)
    roles: int = Field(sa_type=SmallInteger)
    org: bytes = Field(sa_type=ID)
    worker: bytes | None = Field(default=None, sa_type=ID)
    proposed: bytes | None = Field(default=None, sa_type=DIGEST)
    seen_cursor: int = Field(default=0, sa_type=BigInteger)
    revoked_cursor: int | None = Field(default=None, sa_type=BigInteger)


class Epoch(SQLModel, table=True):
    """The commitment to one generation of the space's key."""

    space: bytes = Field(primary_key=True, sa_type=ID)
    n: int = Field(primary_key=True, sa_type=BigInteger)
    commit: bytes = Field(sa_type=DIGEST)


class Challenge(SQLModel, table=True):
    """A nonce that a device may sign once."""

    nonce: bytes = Field(primary_key=True, sa_type=DIGEST)
    expires_ms: int = Field(sa_type=BigInteger)


class Token(SQLModel, table=True):
    """A bearer token, stored hashed."""

    token_hash: bytes = Field(primary_key=True, sa_type=DIGEST)
    device: bytes = Field(sa_type=ID)
    expires_ms: int = Field(sa_type=BigInteger)


def table_of(model: type[SQLModel]) -> Table:
    """Return a model's table, for statements that write many rows at once."""
    table = inspect(model).local_table
    assert isinstance(table, Table)
    return table
