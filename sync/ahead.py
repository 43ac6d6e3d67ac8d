"""What is ahead of the log: the members as they will be once this device's own control ops stand in it.

A control op is judged by the members and the epoch just before it. So the next one that this device writes is made for
the state after those that still wait in its outbox. The key of an epoch of its own is known from its own wrap, and no
record is sealed with it before the log has it: another's rotation may win.
"""

from typing import NamedTuple

from sync.control import Body, EpochBody, decode_body
from sync.keys import Epoch, unwrap
from sync.members import Members
from sync.op import OpClass
from sync.outbox import OutState
from sync.replica import Replica
from sync.secret import EpochKey


class Ahead(NamedTuple):
    """The members then, and the epoch keys held then."""

    members: Members
    keys: dict[int, EpochKey]


def ahead(replica: Replica) -> Ahead:
    """Return the state in which the next control op of this device will be judged."""
    identity, members = replica.identity, replica.reader.view.members
    keys = dict(replica.keyring.epoch_keys)
    for epoch, body in unsent_controls(replica):
        if epoch != members.epoch:
            continue  # it has lost to another administrator's, and will be built again
        members = members.after(identity.device, body)
        if isinstance(body, EpochBody) and identity.box is not None and identity.device in dict(body.wraps):
            own = Epoch(replica.space, body.n, body.commit)
            keys[body.n] = unwrap(dict(body.wraps)[identity.device], identity.box, own, identity.device)
    return Ahead(members, keys)


def unsent_controls(replica: Replica) -> list[tuple[int, Body]]:
    """Return the control ops that wait for the log, each with the epoch it is for, in write order.

    Those set aside wait no more.
    """
    return [
        (op.header.epoch, decode_body(op.header.kind, op.sealed, replica.space))
        for op in replica.outbox.ops.values()
        if op.header.op_class == OpClass.CONTROL
        and op.state is not OutState.ASIDE
        and op.op_id not in replica.reader.view.first_entries
    ]
