"""Let a zone say where it is, so that a tablet tells by itself in which one it stands."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("zone", sa.Column("area", sa.JSON()))


def downgrade() -> None:
    op.drop_column("zone", "area")
