"""Keep of an erased op its two hashes and nothing else, and which entities are erased.

And which space an association founded first. No version before this one has let anybody found a second one.
"""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

DIGEST = sa.LargeBinary(32)


def upgrade() -> None:
    with op.batch_alter_table("op") as ops:
        ops.alter_column("header", existing_type=sa.LargeBinary(), nullable=True)
        ops.alter_column("sealed", existing_type=sa.LargeBinary(), nullable=True)
        ops.add_column(sa.Column("header_hash", DIGEST))
        ops.add_column(sa.Column("sealed_hash", DIGEST))
    op.add_column("space", sa.Column("is_first", sa.Boolean(), nullable=False, server_default=sa.true()))
    with op.batch_alter_table("space") as spaces:
        spaces.alter_column("is_first", existing_type=sa.Boolean(), server_default=None)
    op.create_table(
        "erased",
        sa.Column("space", sa.LargeBinary(16), primary_key=True),
        sa.Column("entity", sa.LargeBinary(16), primary_key=True),
        sa.Column("cursor", sa.BigInteger(), nullable=False),
    )


def downgrade() -> None:
    op.drop_table("erased")
    op.drop_column("space", "is_first")
    with op.batch_alter_table("op") as ops:
        ops.drop_column("sealed_hash")
        ops.drop_column("header_hash")
        ops.alter_column("sealed", existing_type=sa.LargeBinary(), nullable=False)
        ops.alter_column("header", existing_type=sa.LargeBinary(), nullable=False)
