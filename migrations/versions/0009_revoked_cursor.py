"""Keep of each revoked device the cursor of the op that revoked it: whoever lets it in again must have seen that.

For those that are revoked already the log's end stands in: who has not seen that far pulls first, and is asked again.
"""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

ALL_ROWS = "SELECT set_config('escale.installation', 'on', true)"
ENDS = "(SELECT space.cursor FROM space WHERE space.space = member.space)"


def upgrade() -> None:
    op.add_column("member", sa.Column("revoked_cursor", sa.BigInteger()))
    if op.get_bind().dialect.name == "postgresql":
        op.execute(ALL_ROWS)
    op.execute(f"UPDATE member SET revoked_cursor = {ENDS} WHERE roles = 0 AND x_pk IS NULL")  # noqa: S608 - ours


def downgrade() -> None:
    op.drop_column("member", "revoked_cursor")
