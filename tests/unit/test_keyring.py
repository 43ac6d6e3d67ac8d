"""Epoch keys: learnt from wraps and from newer keys, each checked against what its epoch committed to."""

from sync.control import EpochBody
from sync.keyring import Identity, Keyring
from sync.keys import Epoch, commit, seal_prev, wrap
from sync.secret import EpochKey
from tests.engine_kit import AWA, SAMIR, SPACE, member

KEYS = {n: EpochKey(bytes([n]) * 32) for n in (1, 2, 3)}
COMMITS = {n: commit(SPACE, n, key) for n, key in KEYS.items()}


def wrapped(n: int, key: EpochKey | None = None, who: Identity = AWA) -> bytes:
    """Return the wrap of an epoch's key for a device, or of another key."""
    assert who.box is not None
    return wrap(key or KEYS[n], who.box.public, Epoch(SPACE, n, COMMITS[n]), who.device)


def epoch(n: int, wrap_for_awa: bytes, previous: EpochKey | None = None) -> EpochBody:
    """Return the body of an epoch op with a wrap for Awa."""
    prev = seal_prev(KEYS[n], previous or KEYS[n - 1], bytes(12), SPACE, n) if n > 1 else None
    return EpochBody(n, COMMITS[n], prev, ((AWA.device, wrap_for_awa),))


def test_a_wrap_brings_the_key_of_its_epoch() -> None:
    """And the device writes under the newest it holds."""
    keyring = Keyring(SPACE, AWA)
    assert keyring.newest == 0
    assert keyring.learn(epoch(1, wrapped(1)), 1, COMMITS)
    assert not keyring.learn(epoch(1, wrapped(1)), 1, COMMITS)
    assert (keyring.newest, keyring.epoch_keys, keyring.failed) == (1, {1: KEYS[1]}, set())


def test_a_new_member_learns_every_older_key_from_the_newest() -> None:
    """It was wrapped for at epoch 3 and opens what was written under 1 and 2."""
    keyring = Keyring(SPACE, AWA)
    others = {n: EpochBody(n, COMMITS[n], epoch(n, b"").prev, ((SAMIR.device, b""),)) for n in (1, 2, 3)}
    for n, body in others.items():
        assert not keyring.learn(body, n, COMMITS)
    assert keyring.learn(member(AWA, 1, wrapped(3)), 3, COMMITS)
    assert keyring.epoch_keys == KEYS


def test_a_wrap_of_another_key_is_an_alarm_and_a_missing_key() -> None:
    """The administrator who wrapped it may be lying to this device alone."""
    keyring = Keyring(SPACE, AWA)
    assert not keyring.learn(epoch(1, wrapped(1, KEYS[2])), 1, COMMITS)
    assert not keyring.learn(epoch(2, bytes(80)), 2, COMMITS)
    assert (keyring.epoch_keys, keyring.failed) == ({}, {1, 2})


def test_a_key_that_failed_is_still_learnt_from_a_newer_one() -> None:
    """One bad wrap costs no data once a good one arrives."""
    keyring = Keyring(SPACE, AWA)
    keyring.learn(epoch(1, bytes(80)), 1, COMMITS)
    assert keyring.failed == {1}
    assert keyring.learn(epoch(2, wrapped(2)), 2, COMMITS)
    assert (keyring.epoch_keys, keyring.failed) == ({1: KEYS[1], 2: KEYS[2]}, set())


def test_a_box_with_another_previous_key_is_an_alarm() -> None:
    """The newer key is held all the same."""
    keyring = Keyring(SPACE, AWA)
    assert keyring.learn(epoch(2, wrapped(2), KEYS[3]), 2, COMMITS)
    assert (keyring.epoch_keys, keyring.failed) == ({2: KEYS[2]}, {1})


def test_a_wrap_for_another_device_or_a_device_without_box_key_brings_nothing() -> None:
    """And is no alarm."""
    keyless = Keyring(SPACE, Identity(AWA.signing, None))
    assert not keyless.learn(epoch(1, wrapped(1)), 1, COMMITS)
    other = Keyring(SPACE, SAMIR)
    assert not other.learn(epoch(1, wrapped(1)), 1, COMMITS)
    assert (keyless.failed, other.failed) == (set(), set())
