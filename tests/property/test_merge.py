"""Law: the fold is commutative, associative and idempotent; the order in which ops arrive does not matter."""

import random

from hypothesis import given
from hypothesis import strategies as st

from sync.fold import fold, fold_bytes
from sync.liveness import FoldOp, live_ops
from tests.engine_kit import REGISTRY, entity
from tests.property.histories import History, histories, wild_histories


def shown(ops: list[FoldOp]) -> bytes:
    """Return what a replica with these live ops shows."""
    return fold_bytes(fold(entity(0), ops, REGISTRY))


@given(histories | wild_histories, st.integers())
def test_any_order_of_the_live_ops_shows_the_same(history: History, seed: int) -> None:
    """A set of ops has one state."""
    live = live_ops(history.log)
    shuffled = random.Random(seed).sample(live, len(live))
    assert shown(shuffled) == shown(live)


@given(histories | wild_histories)
def test_every_device_shows_the_same_when_all_is_delivered(history: History) -> None:
    """Whatever each saw on the way."""
    expected = shown(live_ops(history.log))
    for device in history.devices:
        assert shown(live_ops(history.view(device))) == expected


@given(histories | wild_histories)
def test_the_fold_of_the_live_ops_is_the_fold_of_all(history: History) -> None:
    """A kill removes only what nothing shows any more, so a bootstrap from live ops misses nothing."""
    assert shown(live_ops(history.log)) == shown(history.log)


@given(histories, st.integers(0, 40))
def test_a_bootstrap_at_any_cursor_shows_the_same(history: History, at: int) -> None:
    """The live ops up to a cursor and the log after it give what the whole log gives."""
    assert shown(live_ops(live_ops(history.log[:at]) + history.log[at:])) == shown(live_ops(history.log))


def test_a_control_history_does_show_something() -> None:
    """The laws above are not about nothing: edits, kills and conflicts occur."""
    runs = [History(seed).run() for seed in range(60)]
    folds = [fold(entity(0), live_ops(run.log), REGISTRY) for run in runs]
    registers = [register for state in folds for group in state.groups for register in group.registers.values()]
    assert sum(register.conflict for register in registers) > 10
    assert sum(len(run.log) - len(live_ops(run.log)) for run in runs) > 50
