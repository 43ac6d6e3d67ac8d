"""Create one table for each kind of entity, row and command: its plain fields only."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def _id(name: str, *, null: bool = True) -> sa.Column:
    return sa.Column(name, sa.LargeBinary(16), nullable=null)


def _code(name: str) -> sa.Column:
    return sa.Column(name, sa.String(32))


def _set(name: str) -> sa.Column:
    return sa.Column(name, sa.JSON(none_as_null=True))


def _ms(name: str, *, null: bool = True) -> sa.Column:
    return sa.Column(name, sa.BigInteger(), nullable=null)


def _entity(name: str, *columns: sa.Column) -> None:
    own = (_id("org_id", null=False), _id("id", null=False), _ms("cursor", null=False), _ms("hlc_ms", null=False))
    op.create_table(name, *own, *columns, sa.PrimaryKeyConstraint("org_id", "id"))


def _in_entity(name: str, *columns: sa.Column) -> None:
    _entity(name, _id("entity", null=False), _id("device", null=False), *columns)
    op.create_index(f"{name}_of_entity", name, ["org_id", "entity"])


def _row(name: str, *columns: sa.Column) -> None:
    _in_entity(name, sa.Column("void", sa.Boolean(), nullable=False), *columns)


def upgrade() -> None:
    _entity("worker", _code("role"), _code("profession"))
    _entity(
        "person",
        _code("age_band"),
        _code("gender"),
        _code("time_on_street"),
        _code("housing"),
        sa.Column("left", sa.Integer()),
        sa.Column("trash", sa.Boolean()),
        _set("same"),
    )
    _entity("patrol", _id("zone"), _code("type"), _code("slot"), _ms("start"), _ms("end"), _set("crew"))
    _row("encounter", _id("zone"), _set("anon"), _set("anon_age"))
    _row("contact", _id("encounter"), _set("services"))
    _row(
        "distribution",
        _id("encounter"),
        _code("source"),
        _code("item"),
        sa.Column("count", sa.Integer()),
        _code("unit"),
    )
    _row("request", sa.Column("opened", sa.Integer()), sa.Column("closed", sa.Integer()), _code("status"))
    _entity(
        "referral",
        _id("person"),
        _id("structure"),
        _id("parent"),
        _code("mode"),
        sa.Column("state", sa.String(32), nullable=False),
        _ms("state_ms"),
    )
    _in_entity(
        "referral_move",
        _ms("server_ms", null=False),
        sa.Column("ruling", sa.String(8), nullable=False),
        _code("move"),
        _code("expect"),
        _id("worker"),
        *(_ms(f"{name}until") for name in ("", "acknowledge_", "decide_", "start_", "feedback_")),
        _code("declined"),
    )


def downgrade() -> None:
    for name in ("encounter", "contact", "distribution", "request", "referral_move"):
        op.drop_index(f"{name}_of_entity", name)
    for name in (
        "referral_move",
        "referral",
        "request",
        "distribution",
        "contact",
        "encounter",
        "patrol",
        "person",
        "worker",
    ):
        op.drop_table(name)
