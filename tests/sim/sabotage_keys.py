"""Deliberate bugs about epoch keys: who writes under which, and who is given one."""

from pkgutil import resolve_name
from typing import Any
from unittest.mock import patch

from sync.control import EpochBody, decode_body
from sync.keys import Epoch, wrap
from sync.op import OpClass
from sync.writer import CannotWrite


def own_rotation_taken_at_once() -> list[Any]:
    """A device writes under its own rotation before the log has it: another's may win."""
    write_control = resolve_name("sync.writer:write_control")

    def and_learn(replica: Any, body: Any, moment: Any) -> Any:
        name = write_control(replica, body, moment)
        if isinstance(body, EpochBody):
            replica.keyring.learn(body, body.n, {**replica.reader.view.members.commits, body.n: body.commit})
        return name

    return [patch("sync.rotation.write_control", and_learn)]


def newcomer_given_the_newest_key_held() -> list[Any]:
    """An addition is wrapped with the key that records are sealed with, whatever waits in the outbox before it."""

    def newest(replica: Any, x_pk: bytes, device: Any) -> bytes:
        n = replica.keyring.newest
        if n not in replica.reader.view.members.commits:
            raise CannotWrite
        epoch = Epoch(replica.space, n, replica.reader.view.members.commits[n])
        return wrap(replica.keyring.epoch_keys[n], x_pk, epoch, device)

    return [patch("tests.sim.world.wrap_ahead", newest), patch("sync.rotation.wrap_ahead", newest)]


def lost_control_ops_forgotten() -> list[Any]:
    """Control ops that lost to another administrator's are not built again."""

    def only_rotate(replica: Any, _moment: Any) -> bool:
        for op in list(replica.outbox.ops.values()):
            lost = op.header.op_class == OpClass.CONTROL and op.code == "epoch_conflict"
            if lost and decode_body(op.header.kind, op.sealed, replica.space) is not None:
                del replica.outbox.ops[op.op_id]
        return False

    return [patch("sync.client.keep_controls", only_rotate)]
