"""Create the plain directory: zones, sites, structures."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def _line(name: str, *columns: sa.Column) -> None:
    op.create_table(
        name,
        sa.Column("org_id", sa.LargeBinary(16), nullable=False),
        sa.Column("id", sa.LargeBinary(16), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(80)),
        *columns,
        sa.PrimaryKeyConstraint("org_id", "id"),
    )


def upgrade() -> None:
    _line("zone", sa.Column("since", sa.Integer()), sa.Column("until", sa.Integer()))
    _line(
        "site",
        sa.Column("zone", sa.LargeBinary(16)),
        sa.Column("hours", sa.String(200)),
        sa.Column("capacity", sa.Integer()),
    )
    _line(
        "structure",
        sa.Column("type", sa.String(32)),
        sa.Column("zone", sa.LargeBinary(16)),
        sa.Column("hours", sa.String(200)),
        sa.Column("eligibility", sa.String(500)),
        sa.Column("capacity", sa.Integer()),
        sa.Column("acknowledge_h", sa.Integer()),
        sa.Column("decide_h", sa.Integer()),
        sa.Column("start_h", sa.Integer()),
        sa.Column("feedback_h", sa.Integer()),
    )


def downgrade() -> None:
    for name in ("structure", "site", "zone"):
        op.drop_table(name)
