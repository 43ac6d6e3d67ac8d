"""Create the table of the pointer to the health space: who opened one, and no more."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    ids = [sa.Column(name, sa.LargeBinary(16), nullable=False) for name in ("org_id", "id")]
    place = [sa.Column(name, sa.BigInteger(), nullable=False) for name in ("cursor", "hlc_ms")]
    op.create_table("health_space", *ids, *place, sa.PrimaryKeyConstraint("org_id", "id"))


def downgrade() -> None:
    op.drop_table("health_space")
