"""Law: a device's time only grows, and no clock moves another device's by more than five minutes."""

from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from sync.clock import CTR_END, LEAD_MS_MAX, Hlc, order, phys, receive, tick
from tests.engine_kit import fold_op, name

HEADER = fold_op(1, {}).header
hlcs = st.builds(Hlc, st.integers(0, 2**47), st.integers(0, CTR_END - 1))


@given(hlcs, st.integers(-(2**50), 2**50), st.integers(-(2**50), 2**50))
def test_a_tick_is_later_than_what_was_and_not_before_the_clock(own: Hlc, local_ms: int, offset: int) -> None:
    """Whatever the clock says, and always within the header's range."""
    now = phys(local_ms, offset)
    after = tick(own, now)
    assert after > own
    assert after >= (now, 0)
    assert 0 <= after.ms < 2**48
    assert 0 <= after.ctr < CTR_END


@given(hlcs, hlcs, st.integers(0, 2**47))
def test_receiving_never_goes_back_and_never_leads_by_more_than_five_minutes(
    own: Hlc, theirs: Hlc, server: int
) -> None:
    """The next tick is after every op received at its capped time."""
    header = replace(HEADER, hlc_ms=theirs.ms, hlc_ctr=theirs.ctr)
    after = receive(own, header, server)
    assert after >= own
    assert after.ms <= max(own.ms, server + LEAD_MS_MAX + 1)
    mine = replace(HEADER, hlc_ms=tick(after, 0).ms, hlc_ctr=tick(after, 0).ctr)
    assert order(mine, name(2), None) > order(header, name(1), server)
