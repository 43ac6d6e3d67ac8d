"""The hybrid clock of a device, and the order that decides between concurrent edits.

Nothing is rejected or re-stamped for its time: a wrong or hostile clock gains at most five minutes over concurrent
edits, once, because the order caps an op's time by the server time of its segment.
"""

from collections.abc import Sequence
from typing import Final, NamedTuple

from sync.ids import OpId
from sync.op import Header

PHYS_STEP_MS: Final = 900_000
PHYS_MS_MAX: Final = 2**47
LEAD_MS_MAX: Final = 300_000
CTR_END: Final = 65_536
OFFSET_SAMPLES: Final = 15


class Hlc(NamedTuple):
    """A hybrid time: milliseconds and a counter; the greater tuple is later."""

    ms: int
    ctr: int


HLC_FIRST: Final = Hlc(0, 0)


class Order(NamedTuple):
    """The place of an op among concurrent ones: the greatest wins."""

    t: int
    hlc_ms: int
    hlc_ctr: int
    op_id: OpId


def phys(local_ms: int, offset_ms: int) -> int:
    """Return the quarter hour of the corrected local clock, at least 0: header times are plain, event times are not."""
    return max(0, min((local_ms + offset_ms) // PHYS_STEP_MS * PHYS_STEP_MS, PHYS_MS_MAX))


def tick(own: Hlc, phys_ms: int) -> Hlc:
    """Return the time of a new op, later than `own`, which is the greatest the store has seen or written."""
    if phys_ms > own.ms:
        return Hlc(phys_ms, 0)
    return Hlc(own.ms, own.ctr + 1) if own.ctr + 1 < CTR_END else Hlc(own.ms + 1, 0)


def capped_ms(hlc_ms: int, server_ms: int | None) -> int:
    """Return t: the op's time, at most five minutes after the server time of its segment (None: not yet pushed)."""
    return hlc_ms if server_ms is None else min(hlc_ms, server_ms + LEAD_MS_MAX)


def receive(own: Hlc, header: Header, server_ms: int) -> Hlc:
    """Return the device's time after it applied an op of the log."""
    t = capped_ms(header.hlc_ms, server_ms)
    return max(own, Hlc(t + 1, 0) if t < header.hlc_ms else Hlc(header.hlc_ms, header.hlc_ctr))


def order(header: Header, op_id: OpId, server_ms: int | None) -> Order:
    """Return the place of an op; `server_ms` is None while it is not in the log."""
    return Order(capped_ms(header.hlc_ms, server_ms), header.hlc_ms, header.hlc_ctr, op_id)


def offset_ms(samples: Sequence[int]) -> int:
    """Return the median of the last 15 samples of server_ms - local (the lower of two middles; 0 without samples)."""
    last = sorted(samples[-OFFSET_SAMPLES:])
    return last[(len(last) - 1) // 2] if last else 0
