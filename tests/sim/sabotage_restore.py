"""Deliberate bugs about servers restored from an older backup: what is given back, and under which key."""

from typing import Any
from unittest.mock import patch

from sync.keyring import Keyring
from sync.lostkeys import LostKeys
from sync.outbox import Outbox, OutState


def lost_ops_dropped() -> list[Any]:
    """What was in the log and is lost is not sent again."""
    restart = Outbox.restart
    return [patch.object(Outbox, "restart", lambda outbox, _returned, fresh: restart(outbox, [], fresh))]


def acknowledged_ops_not_sent_again() -> list[Any]:
    """What the server acknowledged, and this device has not pulled, is taken to be in its log."""
    restart = Outbox.restart

    def but_not_those(outbox: Outbox, returned: Any, fresh: Any) -> None:
        acknowledged = outbox.in_state(OutState.ACKNOWLEDGED)
        restart(outbox, returned, fresh)
        for op in acknowledged:
            outbox.ops[op.op_id] = op

    return [patch.object(Outbox, "restart", but_not_those)]


def flight_kept() -> list[Any]:
    """The segment in flight is sent as it was signed, although it names a log that is no more."""
    restart = Outbox.restart

    def and_keep(outbox: Outbox, returned: Any, fresh: Any) -> None:
        flight = outbox.flight
        restart(outbox, returned, fresh)
        outbox.flight = flight

    return [patch.object(Outbox, "restart", and_keep)]


def own_bytes_not_kept() -> list[Any]:
    """An own op that comes back dead is kept as the server sends it: without its bytes."""
    return [patch("sync.reader._with_own", lambda segment, _own: segment)]


def written_on_under_the_epoch_of_the_log() -> list[Any]:
    """After a restore a device seals with the newest key of the log, which whoever was cut off may have."""
    return [patch.object(Keyring, "newest", property(lambda keyring: max(keyring.epoch_keys, default=0)))]


def cut_off_forgotten() -> list[Any]:
    """Whom a lost log had revoked counts as a member again where another epoch has come in place of the lost one."""
    return [patch.object(LostKeys, "bars", lambda _lost, _n: False)]


def not_sealed_again() -> list[Any]:
    """What was sealed under a lost epoch is sent as it is, although another epoch has its number."""
    return [patch.object(Keyring, "is_behind", lambda _keyring, _header, _header_bytes, _sealed: False)]


def stepped_back_to_stubs() -> list[Any]:
    """A device steps back to the common end also where the log up to there was read with what came after."""
    return [patch("sync.restore._is_bare", lambda _reader, _entry, _common: False)]


def unseen_revocation_undone() -> list[Any]:
    """An addition undoes a revocation that its author had never read, at the server and for every reader."""

    def nothing(_segment: Any, first_cursor: int) -> range:
        return range(first_cursor, first_cursor)

    return [patch("sync.store.receive.unseen", nothing), patch("sync.voids.unseen", nothing)]
