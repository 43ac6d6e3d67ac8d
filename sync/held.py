"""The ops of an outbox that are not for a segment yet: a server would refuse them, having lost what they stand on."""

from collections.abc import Collection, Mapping

from sync.control import EpochBody, decode_body
from sync.ids import OpId
from sync.keyring import Keyring
from sync.logview import LogView
from sync.op import OpClass, row_name
from sync.outbox import Outbox, OutOp, OutState
from sync.payload import Payload, names_in


def held(view: LogView, outbox: Outbox, keyring: Keyring, payloads: Mapping[OpId, Payload]) -> set[OpId]:
    """Return the ops of the outbox that wait.

    Their epoch is not in the log, or the row that they amend is not; or they must be sealed again first. So does
    whatever names one of them.

    Args:
        payloads: what each op of the outbox opened to.
    """
    epoch = view.members.epoch
    opened = epoch  # a new epoch of this device's own seals nothing yet
    found: set[OpId] = set()
    for name, op in outbox.ops.items():
        is_control = op.header.op_class == OpClass.CONTROL
        if op.header.epoch > (epoch if is_control else opened):
            found.add(name)
        elif is_control:
            is_next = op.header.kind == "epoch" and op.header.epoch == epoch and op.state is not OutState.ASIDE
            if is_next and name not in view.first_entries:
                epoch += 1
                opened += _is_written_under(op, keyring)
        elif (
            _is_orphan(op.header.re, found, view, outbox)
            or keyring.is_behind(op.header, op.header_bytes, op.sealed)
            or _rests_on(op, found, payloads)
        ):
            found.add(name)
    return found


def _rests_on(op: OutOp, found: set[OpId], payloads: Mapping[OpId, Payload]) -> bool:
    """Tell whether an op names one that waits: which may get another name, and must not come after it."""
    payload = payloads.get(op.op_id) if found else None
    names = {*found, *map(row_name, found)}
    return payload is not None and not names.isdisjoint(names_in(op.header, payload))


def _is_written_under(op: OutOp, keyring: Keyring) -> bool:
    """Tell whether an epoch op that waits is a founder's, or one that the log had: ops were sealed under it."""
    body = decode_body(op.header.kind, op.sealed, keyring.space)
    return isinstance(body, EpochBody) and (body.n == 1 or keyring.lost.has(body))


def _is_orphan(row: OpId | None, found: Collection[OpId], view: LogView, outbox: Outbox) -> bool:
    is_here = row in view.first_entries or (row in outbox.ops and row not in found)
    return row is not None and not is_here
