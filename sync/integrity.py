"""The one way in which a check of the log fails: pulling stops, with the name of the check that stopped it."""

from sync.errors import IntegrityFailure, Reason
from sync.logview import LogView


def require(holds: bool, reason: Reason, view: LogView) -> None:
    """Raise IntegrityFailure unless a check of the log holds."""
    if not holds:
        raise IntegrityFailure(reason, view.cursor)
