"""Create the log: spaces, streams, segments, ops, members, epochs, and the tokens of devices."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def _id(name: str, *, null: bool = False) -> sa.Column:
    return sa.Column(name, sa.LargeBinary(16), nullable=null)


def _digest(name: str, *, null: bool = False) -> sa.Column:
    return sa.Column(name, sa.LargeBinary(32), nullable=null)


def _number(name: str) -> sa.Column:
    return sa.Column(name, sa.BigInteger(), nullable=False)


def _bytes(name: str) -> sa.Column:
    return sa.Column(name, sa.LargeBinary(), nullable=False)


def upgrade() -> None:
    op.create_table(
        "space",
        _id("space"),
        _id("org", null=True),
        _number("cursor"),
        _digest("log"),
        *(_number(name) for name in ("server_ms", "epoch", "rules_version")),
        sa.PrimaryKeyConstraint("space"),
    )
    op.create_table(
        "stream",
        *(_id(name) for name in ("space", "stream", "device")),
        _number("next_seq"),
        _digest("head"),
        sa.Column("open", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("space", "stream"),
    )
    op.create_index("stream_of_device", "stream", ["space", "device"])
    op.create_table(
        "segment",
        _id("space"),
        *(_number(name) for name in ("first_cursor", "last_cursor")),
        _id("stream"),
        _number("from_seq"),
        _digest("head"),
        _number("server_ms"),
        _digest("log"),
        sa.Column("bytes_total", sa.Integer(), nullable=False),
        _bytes("seg"),
        sa.Column("sig", sa.LargeBinary(64), nullable=False),
        _bytes("receipt"),
        sa.PrimaryKeyConstraint("space", "first_cursor"),
        sa.UniqueConstraint("space", "last_cursor"),
        sa.UniqueConstraint("space", "stream", "from_seq"),
    )
    op.create_table(
        "op",
        _id("space"),
        _number("cursor"),
        _digest("op_id"),
        *(_id(name) for name in ("entity", "fold_group")),
        sa.Column("op_class", sa.SmallInteger(), nullable=False),
        *(_bytes(name) for name in ("header", "sealed")),
        sa.PrimaryKeyConstraint("space", "cursor"),
        sa.UniqueConstraint("space", "op_id"),
    )
    op.create_index("op_of_entity", "op", ["space", "entity", "fold_group"])
    op.create_table(
        "member",
        *(_id(name) for name in ("space", "device")),
        _digest("ed_pk"),
        _digest("x_pk", null=True),
        sa.Column("roles", sa.SmallInteger(), nullable=False),
        _id("org"),
        _id("worker", null=True),
        _digest("proposed", null=True),
        _number("seen_cursor"),
        sa.PrimaryKeyConstraint("space", "device"),
    )
    op.create_index("member_of_device", "member", ["device"])
    op.create_table("epoch", _id("space"), _number("n"), _digest("commit"), sa.PrimaryKeyConstraint("space", "n"))
    op.create_table("challenge", _digest("nonce"), _number("expires_ms"), sa.PrimaryKeyConstraint("nonce"))
    op.create_table(
        "token", _digest("token_hash"), _id("device"), _number("expires_ms"), sa.PrimaryKeyConstraint("token_hash")
    )


def downgrade() -> None:
    op.drop_index("member_of_device", "member")
    op.drop_index("op_of_entity", "op")
    op.drop_index("stream_of_device", "stream")
    for name in ("token", "challenge", "epoch", "member", "op", "segment", "stream", "space"):
        op.drop_table(name)
