"""An op that has its place in the log."""

from dataclasses import dataclass

from sync.ids import OpId
from sync.op import Header


@dataclass(frozen=True, slots=True)
class LoggedOp:
    """What projections and rulings see of an op: its name, its place and time in the log, its plain header."""

    op_id: OpId
    cursor: int
    server_ms: int
    header: Header
