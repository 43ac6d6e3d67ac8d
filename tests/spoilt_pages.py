"""Pages as a hostile server would spoil them: one part changed, the rest as it was."""

from msgspec.structs import replace

from sync.keyring import Identity
from sync.log import Page
from sync.segment import decode_segment, encode_segment, sign_segment
from tests.engine_kit import AWA


def segment(page: Page, at: int, **changed: object) -> Page:
    """Return the page with one of its segments changed."""
    segments = list(page.segments)
    segments[at] = replace(segments[at], **changed)
    return replace(page, segments=tuple(segments))


def signed(page: Page, at: int, who: Identity = AWA, **changed: object) -> Page:
    """Return the page with a segment signed anew, some of it changed."""
    seg = encode_segment(replace(decode_segment(page.segments[at].seg), **changed))
    return segment(page, at, seg=seg, sig=sign_segment(who.signing, seg))


def row(page: Page, at: int, index: int, new: object) -> Page:
    """Return the page with one row changed and nothing else."""
    rows = list(page.segments[at].rows)
    rows[index] = new  # type: ignore[call-overload]
    return segment(page, at, rows=tuple(rows))
