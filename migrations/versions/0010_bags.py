"""Create the tables of bags and of what moves in them; a patrol says which one it carries, and how it goes about."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

OF_ORG = ("bag", "stock_movement")


def upgrade() -> None:
    ids = [sa.Column(name, sa.LargeBinary(16), nullable=False) for name in ("org_id", "id")]
    place = [sa.Column(name, sa.BigInteger(), nullable=False) for name in ("cursor", "hlc_ms")]
    op.create_table("bag", *ids, *place, sa.PrimaryKeyConstraint("org_id", "id"))
    op.create_table(
        "stock_movement",
        *(sa.Column(name, sa.LargeBinary(16), nullable=False) for name in ("org_id", "id", "entity")),
        sa.Column("cursor", sa.BigInteger(), nullable=False),
        sa.Column("device", sa.LargeBinary(16), nullable=False),
        sa.Column("hlc_ms", sa.BigInteger(), nullable=False),
        sa.Column("void", sa.Boolean(), nullable=False),
        sa.Column("move", sa.String(32)),
        sa.Column("item", sa.String(32)),
        sa.Column("count", sa.Integer()),
        sa.Column("loss_reason", sa.String(32)),
        sa.Column("patrol", sa.LargeBinary(16)),
        sa.PrimaryKeyConstraint("org_id", "id"),
    )
    op.create_index("stock_movement_of_entity", "stock_movement", ["org_id", "entity"])
    op.add_column("patrol", sa.Column("mode", sa.String(32)))
    op.add_column("patrol", sa.Column("bag", sa.LargeBinary(16)))
    if op.get_bind().dialect.name == "postgresql":
        for table in OF_ORG:
            _keep_apart(table)


def _keep_apart(table: str) -> None:
    """A session sees the rows of the association whose scope it has entered, as in every other kind's table."""
    org = "decode(current_setting('escale.org', true), 'hex')"
    installation = "current_setting('escale.installation', true) = 'on'"
    op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
    op.execute(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY")
    op.execute(f"CREATE POLICY {table}_in_scope ON {table} USING (org_id = {org} OR {installation})")


def downgrade() -> None:
    op.drop_column("patrol", "bag")
    op.drop_column("patrol", "mode")
    op.drop_table("stock_movement")
    op.drop_table("bag")
