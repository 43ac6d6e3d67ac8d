"""Create the tables of observations and notices; what is taken back may be of an observation."""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    _row("observation", sa.Column("zone", sa.LargeBinary(16)), sa.Column("seen", sa.Integer()))
    op.create_table(
        "notice",
        *_ids("org_id", "id"),
        sa.Column("cursor", sa.BigInteger(), nullable=False),
        sa.Column("hlc_ms", sa.BigInteger(), nullable=False),
        sa.Column("type", sa.String(32)),
        sa.Column("zone", sa.LargeBinary(16)),
        sa.Column("day", sa.Integer()),
        sa.Column("until", sa.Integer()),
        sa.Column("over", sa.Boolean()),
        sa.PrimaryKeyConstraint("org_id", "id"),
    )
    _keep_apart("notice")
    _row("notice_seen")
    op.add_column("distribution", sa.Column("observation", sa.LargeBinary(16)))


def _ids(*names: str) -> list[sa.Column]:
    return [sa.Column(name, sa.LargeBinary(16), nullable=False) for name in names]


def _row(table: str, *own: sa.Column) -> None:
    op.create_table(
        table,
        *_ids("org_id", "id", "entity"),
        sa.Column("cursor", sa.BigInteger(), nullable=False),
        sa.Column("device", sa.LargeBinary(16), nullable=False),
        sa.Column("hlc_ms", sa.BigInteger(), nullable=False),
        sa.Column("void", sa.Boolean(), nullable=False),
        *own,
        sa.PrimaryKeyConstraint("org_id", "id"),
    )
    op.create_index(f"{table}_of_entity", table, ["org_id", "entity"])
    _keep_apart(table)


def _keep_apart(table: str) -> None:
    """A session sees the rows of the association whose scope it has entered, as in every other kind's table."""
    if op.get_bind().dialect.name != "postgresql":
        return
    org = "decode(current_setting('escale.org', true), 'hex')"
    installation = "current_setting('escale.installation', true) = 'on'"
    op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
    op.execute(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY")
    op.execute(f"CREATE POLICY {table}_in_scope ON {table} USING (org_id = {org} OR {installation})")


def downgrade() -> None:
    op.drop_column("distribution", "observation")
    for table in ("notice_seen", "notice", "observation"):
        op.drop_table(table)
