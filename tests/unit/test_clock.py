"""The hybrid clock: quarter hours, ticks that never go back, and the cap on a wrong clock."""

import pytest
from msgspec.structs import replace

from sync.clock import LEAD_MS_MAX, Hlc, offset_ms, order, phys, receive, tick
from tests.engine_kit import fold_op, name

QUARTER_MS = 900_000
HEADER = fold_op(1, {}).header


@pytest.mark.parametrize(
    ("local_ms", "offset", "expected"),
    [
        (0, 0, 0),
        (QUARTER_MS - 1, 0, 0),
        (QUARTER_MS, 0, QUARTER_MS),
        (QUARTER_MS - 1, 1, QUARTER_MS),
        (QUARTER_MS, -1, 0),
        (5, -QUARTER_MS, 0),
        (2**60, 0, 2**47),
    ],
)
def test_physical_time_is_the_quarter_hour_of_the_corrected_clock(local_ms: int, offset: int, expected: int) -> None:
    """Headers are plain, so they say no more than a quarter hour; never below 0, never beyond 2^47."""
    assert phys(local_ms, offset) == expected


def test_a_tick_takes_the_clock_or_counts() -> None:
    """A later clock starts a new count; otherwise the counter carries at 65,536."""
    assert tick(Hlc(10, 5), 11) == (11, 0)
    assert tick(Hlc(10, 5), 10) == (10, 6)
    assert tick(Hlc(10, 5), 0) == (10, 6)
    assert tick(Hlc(10, 65_534), 0) == (10, 65_535)
    assert tick(Hlc(10, 65_535), 0) == (11, 0)


def test_receiving_takes_a_later_time_and_caps_a_wild_one() -> None:
    """A clock ten years ahead moves others by five minutes and a millisecond, not by ten years."""
    assert receive(Hlc(0, 0), replace(HEADER, hlc_ms=50, hlc_ctr=3), 100) == (50, 3)
    assert receive(Hlc(60, 0), replace(HEADER, hlc_ms=50, hlc_ctr=3), 100) == (60, 0)
    assert receive(Hlc(0, 0), replace(HEADER, hlc_ms=2**47), 100) == (100 + LEAD_MS_MAX + 1, 0)


def test_the_order_caps_a_time_by_the_server_s_and_leaves_an_unsent_one() -> None:
    """Between two capped ops the greater claim wins, then the counter, then the name."""
    wild = replace(HEADER, hlc_ms=2**47, hlc_ctr=1)
    assert order(wild, name(1), 100) == (100 + LEAD_MS_MAX, 2**47, 1, name(1))
    assert order(wild, name(1), None) == (2**47, 2**47, 1, name(1))
    assert order(wild, name(1), 100) < order(HEADER, name(1), HEADER.hlc_ms)
    assert order(HEADER, name(1), 0) < order(HEADER, name(2), 0)


def test_the_offset_is_the_median_of_the_last_fifteen_samples() -> None:
    """One wild answer does not move the clock."""
    assert offset_ms([]) == 0
    assert offset_ms([7]) == 7
    assert offset_ms([1, 9]) == 1
    assert offset_ms([5, 10**9, 5]) == 5
    assert offset_ms([0] * 8 + [50] * 15) == 50
