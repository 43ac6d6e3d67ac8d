"""Note of each op at which cursor it died. No version before this one has written a kill, so none has died yet."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("op", sa.Column("dead_cursor", sa.BigInteger()))


def downgrade() -> None:
    op.drop_column("op", "dead_cursor")
