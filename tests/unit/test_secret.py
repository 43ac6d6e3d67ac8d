"""Secrets cannot be printed, and neither can what holds them."""

import copy
import pickle

import pytest

from sync.fold import fold
from sync.keyring import Keyring
from sync.payload import Field, Payload
from sync.secret import EntitySecret, EpochKey, Secret
from sync.writer import Genesis
from tests.engine_kit import AWA, REGISTRY, SPACE, entity, fold_op, replica

CANARY = b"canary-canary-canary-canary-3210"
TEXT = "canary of a person"


@pytest.mark.parametrize(
    "holder",
    [
        Secret(CANARY),
        EpochKey(CANARY),
        EntitySecret(CANARY),
        Payload(EntitySecret(CANARY), 0, None, (), (Field("note", TEXT),)),
        Field("note", TEXT),
        Genesis(entity(1), "thing", {}, {"note": TEXT}),
        Keyring(SPACE, AWA, {1: EpochKey(CANARY)}, {entity(1): EntitySecret(CANARY)}),
        AWA,
        AWA.signing,
        AWA.box,
        replica(AWA),
        fold_op(1, {"note": TEXT}),
        fold(entity(0), [fold_op(1, {"note": TEXT})], REGISTRY),
        fold(entity(0), [fold_op(1, {"note": TEXT})], REGISTRY).groups[0].registers[(1, "note")],
        fold(entity(0), [fold_op(1, {"note": TEXT})], REGISTRY).groups[0].registers[(1, "note")].candidates,
    ],
    ids=lambda holder: type(holder).__name__,
)
def test_nothing_that_holds_a_secret_or_a_clear_field_prints_it(holder: object) -> None:
    """A log line or a traceback that formats it shows neither key nor text."""
    for shown in (repr(holder), str(holder), f"{holder}", repr([holder])):
        assert "canary" not in shown
        assert CANARY.hex() not in shown


def test_a_control_that_is_no_secret_does_print() -> None:
    """The search above finds what is there."""
    assert "canary" in repr([CANARY])


def test_a_secret_has_32_bytes() -> None:
    """A shorter key is a bug, found where it is made."""
    assert Secret(CANARY).reveal() == CANARY
    with pytest.raises(ValueError, match="32 bytes"):
        Secret(CANARY[:31])


def test_a_secret_is_never_pickled_or_copied() -> None:
    """A queue or a cache cannot carry it away."""
    for carry in (pickle.dumps, copy.copy, copy.deepcopy):
        with pytest.raises(TypeError, match="never pickled"):
            carry(Secret(CANARY))


def test_secrets_are_equal_by_bytes_and_kind() -> None:
    """An epoch key is no entity secret, even of the same bytes."""
    assert EpochKey(CANARY) == EpochKey(CANARY)
    assert EpochKey(CANARY) != EpochKey(bytes(32))
    assert EpochKey(CANARY) != EntitySecret(CANARY)
