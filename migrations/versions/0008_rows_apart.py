"""Keep the associations' rows apart in PostgreSQL itself, and the log as it was written in both databases.

A session sees the rows of the scope it has entered (`sync/store/scope.py`), the owner's sessions too. Of the log
nothing is deleted; an op may die once, and an erasure may leave its two hashes in the place of its bytes.
"""

from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

OF_SPACE = ("stream", "segment", "op", "erased", "epoch")
OF_ORG = (
    *("zone", "site", "structure", "worker", "person", "patrol", "encounter", "contact", "distribution", "request"),
    *("referral", "referral_move", "health_space"),
)

INSTALLATION = "current_setting('escale.installation', true) = 'on'"

KEPT = "OLD.space = NEW.space AND OLD.cursor = NEW.cursor AND OLD.op_id = NEW.op_id AND OLD.entity = NEW.entity"
SAME_GROUP = "OLD.fold_group = NEW.fold_group AND OLD.op_class = NEW.op_class"
ERASES = "(NEW.header IS NULL AND NEW.sealed IS NULL AND NEW.header_hash IS NOT NULL AND NEW.sealed_hash IS NOT NULL)"
DIES = "NEW.dead_cursor IS NOT NULL AND (OLD.dead_cursor IS NULL OR NEW.dead_cursor <= OLD.dead_cursor)"


def _now(name: str) -> str:
    return f"decode(current_setting('escale.{name}', true), 'hex')"


def _protect(table: str, rows: str) -> None:
    op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
    op.execute(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY")
    op.execute(f"CREATE POLICY {table}_in_scope ON {table} USING ({rows} OR {INSTALLATION})")


def _keep_rows_apart() -> None:
    for table in OF_SPACE:
        _protect(table, f"space = {_now('space')}")
    _protect("member", f"space = {_now('space')} OR device = {_now('device')}")
    of_device = f"space IN (SELECT member.space FROM member WHERE member.device = {_now('device')})"  # noqa: S608 - ours
    _protect("space", f"space = {_now('space')} OR org = {_now('org')} OR {of_device}")
    for table in OF_ORG:
        _protect(table, f"org_id = {_now('org')}")


def _same(of_op: str, equal: str) -> str:
    return f"OLD.{of_op} {equal} NEW.{of_op}"


def _untouched(equal: str) -> str:
    """Return the condition that an update leaves an op's bytes, or takes them away and leaves their hashes."""
    parts = ("header", "sealed", "header_hash", "sealed_hash")
    return f"({' AND '.join(_same(part, equal) for part in parts)} OR {ERASES})"


def _keep_the_log_in_sqlite() -> None:
    refuse = "BEGIN SELECT RAISE(ABORT, 'the log is written once'); END"
    for table in ("op", "segment", "epoch", "erased"):
        op.execute(f"CREATE TRIGGER {table}_kept BEFORE DELETE ON {table} {refuse}")
    for table in ("segment", "epoch", "erased"):
        op.execute(f"CREATE TRIGGER {table}_as_written BEFORE UPDATE ON {table} {refuse}")
    allowed = f"{KEPT} AND {SAME_GROUP} AND {_untouched('IS')} AND {DIES}"
    op.execute(f"CREATE TRIGGER op_as_written BEFORE UPDATE ON op WHEN NOT ({allowed}) {refuse}")


def _keep_the_log_in_postgresql() -> None:
    op.execute(
        "CREATE FUNCTION log_is_written_once() RETURNS trigger LANGUAGE plpgsql AS "
        "$$ BEGIN RAISE EXCEPTION 'the log is written once'; END $$"
    )
    refuse = "EXECUTE FUNCTION log_is_written_once()"
    for table in ("op", "segment", "epoch", "erased"):
        op.execute(f"CREATE TRIGGER {table}_kept BEFORE DELETE OR TRUNCATE ON {table} {refuse}")
    for table in ("segment", "epoch", "erased"):
        op.execute(f"CREATE TRIGGER {table}_as_written BEFORE UPDATE ON {table} {refuse}")
    allowed = f"{KEPT} AND {SAME_GROUP} AND {_untouched('IS NOT DISTINCT FROM')} AND {DIES}"
    op.execute(f"CREATE TRIGGER op_as_written BEFORE UPDATE ON op FOR EACH ROW WHEN (NOT ({allowed})) {refuse}")


def _is_postgresql() -> bool:
    return op.get_bind().dialect.name == "postgresql"


def upgrade() -> None:
    if _is_postgresql():
        _keep_rows_apart()
        _keep_the_log_in_postgresql()
    else:
        _keep_the_log_in_sqlite()


def downgrade() -> None:
    for table in ("op", "segment", "epoch", "erased"):
        for name in (f"{table}_kept", f"{table}_as_written"):
            op.execute(f"DROP TRIGGER {name} ON {table}" if _is_postgresql() else f"DROP TRIGGER {name}")
    if _is_postgresql():
        op.execute("DROP FUNCTION log_is_written_once()")
        for table in (*OF_SPACE, "member", "space", *OF_ORG):
            op.execute(f"DROP POLICY {table}_in_scope ON {table}")
            op.execute(f"ALTER TABLE {table} NO FORCE ROW LEVEL SECURITY")
            op.execute(f"ALTER TABLE {table} DISABLE ROW LEVEL SECURITY")
