"""What a device does with the answers to attacks, as if they were to its own push: it keeps every op, and says so."""

from typing import Final

import pytest

from sync.ids import StreamId
from sync.outbox import OutState, Reaction
from sync.replica import Replica
from sync.segment import decode_push
from sync.writer import Edit, write
from tests.engine_kit import moment
from tests.security.attacks.all import attacks
from tests.security.attacks.answers import answer
from tests.security.attacks.association import MOMO, stored_victims
from tests.security.attacks.attack import Attack
from tests.security.attacks.victim import awake

PUSHED: Final = [attack for attack in attacks() if attack.push is not None]
STANDING: Final = stored_victims()["standing"]
FRESH: Final = StreamId(b"\x55" * 16)

AFTER: Final = {
    "bad_header": (Reaction.SEND, 2, 1),
    "bad_fact": (Reaction.SEND, 2, 1),
    "bad_control": (Reaction.SEND, 2, 1),
    "bad_sig": (Reaction.SEND, 0, 3),
    "stream_moved": (Reaction.SEND, 0, 3),
    "already_logged": (Reaction.SEND, 0, 3),
    "epoch_conflict": (Reaction.REBUILD_CONTROL, 0, 3),
    "log_mismatch": (Reaction.RESTORE, 0, 3),
    "role_missing": (Reaction.SALVAGE, 0, 3),
    "device_revoked": (Reaction.SALVAGE, 0, 3),
    "not_member": (Reaction.SALVAGE, 0, 3),
}
"""What the device does, how many of its three ops it sets aside, and how many it sends next.

The first op begins a person: what is said about them is set aside with it.
"""


def unsent() -> Replica:
    """Return the victim with three ops to send: two about a person of its own, one about Momo."""
    replica = awake(STANDING).replica
    write(replica, [Edit(MOMO, "thing", {}, {"note": "smiles"})], moment(95))
    return replica


@pytest.mark.parametrize("attack", PUSHED, ids=[attack.name for attack in PUSHED])
def test_every_op_is_kept_and_the_rest_is_sent(attack: Attack) -> None:
    replica, told = unsent(), answer(attack)
    assert told is not None
    names = list(replica.outbox.ops)
    assert replica.push() is not None
    reaction = replica.refuse(str(told["code"]), told, FRESH)  # type: ignore[arg-type]
    aside = replica.outbox.in_state(OutState.ASIDE)
    assert list(replica.outbox.ops) == names
    assert {op.code for op in aside} <= {attack.code}
    following = replica.push()
    assert following is not None
    assert (reaction, len(aside), len(decode_push(following).ops)) == AFTER[str(attack.code)]


def test_every_answer_is_among_them() -> None:
    assert {attack.code for attack in PUSHED} == AFTER.keys()
