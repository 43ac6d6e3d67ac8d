"""What is proved of the engine over thousands of lives, and that the proof can fail."""

import pytest

from server.kinds.catalogue import TABLED_BY_NAME
from sync import keys
from sync.registry import Folds
from sync.secret import Secret
from tests.engine_kit import REGISTRY
from tests.sim import campaign, replay
from tests.sim.crypto import fast_cryptography
from tests.sim.evidence import ErasedOp
from tests.sim.kills import UNJUSTIFIED
from tests.sim.life import lived
from tests.sim.plan import plan
from tests.sim.sabotage import SABOTAGES, sabotaged
from tests.sim.shrink import shrunk

HISTORIES = 2_000
SEED = 1
RARE = {
    "stepped_back_to_stubs": 60,
    "hold_by_readers_clock": 347,
    "own_bytes_not_kept": 60,
    "last_kill_counts": 73,
    "lost_erasure_not_said_again": 40,
    "given_back_with_its_content": 150,
    "unseen_revocation_undone": 1_016,
}
"""Lives in which a bug that shows in few of them does: the search begins there, and goes on if they have changed."""


def quietly(_done: int, _of: int) -> None:
    """Show nothing."""


@pytest.mark.every_core
@pytest.mark.timeout(600)
def test_two_thousand_lives_break_no_promise_and_meet_every_fault() -> None:
    done = campaign.run(SEED, HISTORIES, quietly)
    summary = done.summary()
    assert [(life.seed, life.violations) for life in done.failing] == []
    assert len(done.lives) == HISTORIES
    assert min(done.coverage.values()) >= 0.05, done.coverage
    assert min(done.erasures.values()) >= HISTORIES / 1_000, done.erasures
    assert summary["median_steps"] >= 60  # type: ignore[operator]
    assert summary["least_devices"] >= 3  # type: ignore[operator]
    assert summary["conflicts"] >= HISTORIES / 2  # type: ignore[operator]
    assert summary["kills"] >= 2 * HISTORIES  # type: ignore[operator]
    assert summary["began_at_a_checkpoint"] >= HISTORIES  # type: ignore[operator]


@pytest.mark.timeout(300)
@pytest.mark.parametrize("name", SABOTAGES)
def test_every_sabotage_is_noticed(name: str) -> None:
    """The control: with a bug switched on, the same checker speaks."""
    done = campaign.caught(name, SEED, HISTORIES, RARE.get(name, 1))
    assert done.failing, f"{name} was missed in {HISTORIES} lives"


@pytest.mark.parametrize(
    ("hostile", "careless", "check"),
    [("live_op_hidden", "stub_believed", "stub"), ("bootstrap_thinned", "checkpoint_ignored", "checkpoint")],
)
def test_a_hostile_server_raises_an_alarm_and_divides_only_readers_that_do_not_check(
    hostile: str, careless: str, check: str
) -> None:
    def alarms(name: str) -> list[str]:
        (life,) = campaign.caught(name, SEED, HISTORIES).failing
        return [sentence for sentence in life.violations if f"fails its {check} check" in sentence]

    assert alarms(hostile)
    assert not alarms(careless)


def test_a_kill_of_what_shows_is_called_unjustified() -> None:
    """Where no later op sets the name, which would settle it."""
    with campaign.templates() as template:
        lives = [campaign.judged(SEED + n, n, template, "kill_of_what_shows") for n in range(1, 10)]
    assert any(UNJUSTIFIED in life.violations for life in lives)


@pytest.mark.parametrize("name", SABOTAGES)
def test_a_sabotage_switched_off_leaves_every_function_as_it_was(name: str) -> None:
    targets = [(patched.getter(), patched.attribute) for patched in SABOTAGES[name].patches()]

    def functions() -> list[object]:
        return [getattr(owner, attribute) for owner, attribute in targets]

    before = functions()
    with sabotaged(None):
        assert functions() == before
    with sabotaged(name):
        assert all(now is not then for now, then in zip(functions(), before, strict=True))
    assert functions() == before


def test_a_life_is_the_same_every_time_it_is_lived() -> None:
    first, again = (lived(plan(7)).evidence for _ in range(2))
    assert [segment.seg for segment in first.log] == [segment.seg for segment in again.log]
    assert first.faults == again.faults
    assert len(first.log) > 3


@pytest.mark.parametrize("erasing", [False, True])
def test_memory_and_the_whole_application_judge_alike(erasing: bool) -> None:
    """A life on the real routes, database and journal breaks nothing either, and its tables are those of its log."""
    with campaign.templates() as template:
        life = lived(plan(11, backend="application", erasing=erasing), template)
    assert life.violations == []
    assert ("erased" in life.evidence.faults) == erasing
    rows = {name: len(written) for name, written, _ in life.evidence.tables if isinstance(written, list)}
    assert sum(rows[name] for name, kind in TABLED_BY_NAME.items() if kind.folds is Folds.ROW) > 0


def test_a_failing_life_becomes_short_and_still_fails() -> None:
    with campaign.templates() as template:
        plans = (campaign.plan_of(SEED + n, n) for n in range(1, 20))
        long = next(one for one in plans if lived(one, template, "outbox_lets_go_at_200").violations)
        short = shrunk(long, template, "outbox_lets_go_at_200")
        assert len(short.steps) <= 4 < len(long.steps)
        assert lived(short, template, "outbox_lets_go_at_200").violations
        assert lived(short, template).violations == []


def test_the_twin_shows_the_same_bytes_of_the_same_lives() -> None:
    lives = [lived(plan(seed, fast=False, erasing=seed % 4 == 0)) for seed in range(40, 60)]
    cases = [replay.case(life, REGISTRY) for life in lives]
    assert sum(len(case["states"]) for case in cases) > 40
    assert sum(life.verdict.kills for life in lives) > 40
    stored = [op for life in lives for segment in life.evidence.log for op in segment.ops]
    assert sum(isinstance(op, ErasedOp) for op in stored) > 20
    assert replay.differing(cases) == [[] for _ in cases]
    forged = {**cases[0], "states": [*cases[0]["states"][1:], cases[0]["states"][0]], "rulings": "00"}
    told = replay.differing([forged])[0]
    assert {f"{name}: the rulings" for name in ("page 0", "page 1", "start")} < set(told)


def test_the_fast_fakes_refuse_what_the_real_primitives_refuse() -> None:
    with fast_cryptography():
        life = lived(plan(3))
        assert life.violations == []
        key = keys.SigningKey(Secret(b"\x01" * 32))
        assert keys.verifies(key.public, b"a", key.sign(b"a"))
        assert not keys.verifies(key.public, b"b", key.sign(b"a"))
