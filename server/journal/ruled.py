"""The commands of one entity with their rulings, and the state they leave it in."""

from collections.abc import Sequence
from dataclasses import dataclass

from server.journal.row import Values, plain_values
from server.kinds.kind import Kind, kind_name
from server.kinds.registry import engine_registry
from sync.op import row_name
from sync.rulings import Command, ObjectId, Rulings, command_of
from sync.store.logged import LoggedOp

REGISTRY = engine_registry()


@dataclass(frozen=True, slots=True)
class Ruled:
    """What the commands of one entity come to.

    Attributes:
        rows: the row of each command, in cursor order.
        entity: the entity's row as far as commands tell it: its id, state, and since which server time.
    """

    rows: tuple[Values, ...]
    entity: Values


def ruled(org_id: bytes, kind: type[Kind], ops: Sequence[LoggedOp]) -> Ruled:
    """Rule all commands of one kind on one entity; `ops` holds them in cursor order, at least one."""
    folded = Rulings()
    rows = []
    for op in ops:
        command = _command(op)
        ruling = folded.apply(command, op.server_ms)
        rows.append(_row(org_id, kind, op) | {"ruling": ruling.outcome.value})
    return Ruled(tuple(rows), _entity(org_id, kind, ops, folded))


def _command(op: LoggedOp) -> Command:
    command = command_of(op.op_id, op.header, REGISTRY)
    assert command is not None, "only commands are ruled"
    return command


def _row(org_id: bytes, kind: type[Kind], op: LoggedOp) -> Values:
    header = op.header
    return {
        "org_id": org_id,
        "id": row_name(op.op_id),
        "entity": bytes(header.entity),
        "cursor": op.cursor,
        "device": bytes(header.device),
        "hlc_ms": header.hlc_ms,
        "server_ms": op.server_ms,
        **plain_values(kind, dict(header.facts)),
    }


def _entity(org_id: bytes, kind: type[Kind], ops: Sequence[LoggedOp], folded: Rulings) -> Values:
    """A command may be logged before the genesis of its entity: then the row stands where the first command stands."""
    first, entity = ops[0], bytes(ops[0].header.entity)
    reached = folded.states.get(ObjectId(kind_name(kind), entity, entity))
    since = {op.op_id: op.server_ms for op in ops}
    return {
        "org_id": org_id,
        "id": entity,
        "cursor": first.cursor,
        "hlc_ms": first.header.hlc_ms,
        "state": kind.first_state if reached is None else reached.state,
        "state_ms": None if reached is None else since[reached.by],
    }
