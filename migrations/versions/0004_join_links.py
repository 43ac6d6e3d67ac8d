"""Create the mailboxes of join links."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "join_link",
        sa.Column("join_hash", sa.LargeBinary(32), nullable=False),
        sa.Column("org_id", sa.LargeBinary(16), nullable=False),
        sa.Column("code1", sa.String(4096)),
        sa.Column("code2", sa.String(4096)),
        sa.Column("expires_ms", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("join_hash"),
    )


def downgrade() -> None:
    op.drop_table("join_link")
