"""Create the tables of procedures, tasks and notes; a contact says if its person was counted without a name first."""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

OF_PERSON: dict[str, dict[str, type[sa.types.TypeEngine]]] = {
    "procedure": {"opened": sa.Integer, "closed": sa.Integer, "status": sa.String},
    "task": {"due": sa.Integer, "done": sa.Integer},
    "note": {},
}


def upgrade() -> None:
    for table, own in OF_PERSON.items():
        op.create_table(
            table,
            *(sa.Column(name, sa.LargeBinary(16), nullable=False) for name in ("org_id", "id", "entity")),
            sa.Column("cursor", sa.BigInteger(), nullable=False),
            sa.Column("device", sa.LargeBinary(16), nullable=False),
            sa.Column("hlc_ms", sa.BigInteger(), nullable=False),
            sa.Column("void", sa.Boolean(), nullable=False),
            *(sa.Column(name, sa.String(32) if form is sa.String else form()) for name, form in own.items()),
            sa.PrimaryKeyConstraint("org_id", "id"),
        )
        op.create_index(f"{table}_of_entity", table, ["org_id", "entity"])
        if op.get_bind().dialect.name == "postgresql":
            _keep_apart(table)
    op.add_column("contact", sa.Column("anonymous", sa.Boolean()))


def _keep_apart(table: str) -> None:
    """A session sees the rows of the association whose scope it has entered, as in every other kind's table."""
    org = "decode(current_setting('escale.org', true), 'hex')"
    installation = "current_setting('escale.installation', true) = 'on'"
    op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
    op.execute(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY")
    op.execute(f"CREATE POLICY {table}_in_scope ON {table} USING (org_id = {org} OR {installation})")


def downgrade() -> None:
    op.drop_column("contact", "anonymous")
    for table in OF_PERSON:
        op.drop_table(table)
