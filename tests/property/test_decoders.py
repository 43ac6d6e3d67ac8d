"""Law: bytes of others are what a decoder reads, or its own error; the twin says the same of what is spoilt here."""

import json
import tracemalloc

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from sync.codec import NotCanonical, encode
from tests.decoders import JUDGES, Judge, by, judge_of
from tests.vectors.make_mutations import FILE, Base, Edit, bases, make, spoilt

EVERY = bases()
ONCE = list({base.decoder: base for base in reversed(EVERY)}.values())
BOMBS = (b"\xdd\xff\xff\xff\xff", b"\xc6\xff\xff\xff\xff", b"\xdb\xff\xff\xff\xff", b"\xdf\xff\xff\xff\xff")

of_each = pytest.mark.parametrize("base", ONCE, ids=lambda base: base.decoder)


def bytes_like(base: bytes) -> SearchStrategy[bytes]:
    """Any bytes, and sound ones with a few bytes replaced, left out or put in."""
    edits: SearchStrategy[list[Edit]] = st.lists(
        st.tuples(st.integers(0, len(base)), st.integers(0, 6), st.binary(max_size=40)), min_size=1, max_size=3
    )
    return st.binary(max_size=80) | edits.map(lambda some: spoilt(base, some))


@of_each
def test_no_bytes_bring_a_decoder_to_anything_but_its_verdict(base: Base) -> None:
    judge = judge_of(base.decoder, base.header)

    @given(bytes_like(base.data))
    def law(data: bytes) -> None:
        assert judge(data).isalpha()

    law()
    assert judge(base.data) in {"a", "c", "m"}


def lenient(data: bytes) -> list[object]:
    """A decoder that does not compare what it has read with what it would write."""
    try:
        return msgspec.msgpack.decode(data, type=list)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise NotCanonical from error


def hasty(data: bytes) -> bytes:
    """A decoder that looks where there may be nothing."""
    if data[3] == 0xC1:
        raise NotCanonical
    return data


@pytest.mark.parametrize(
    ("planted", "bug"),
    [(by(lenient, encode, NotCanonical), AssertionError), (by(hasty, bytes, NotCanonical), IndexError)],
)
def test_a_decoder_with_a_bug_is_found(planted: Judge, bug: type[Exception]) -> None:
    @given(bytes_like(EVERY[0].data))
    def law(data: bytes) -> None:
        assert planted(data).isalpha()

    with pytest.raises(bug):
        law()


@of_each
def test_a_few_bytes_that_announce_thousands_of_millions_of_items_cost_nothing(base: Base) -> None:
    """Wherever they stand: a length is believed only as far as the bytes go."""
    judge = judge_of(base.decoder, base.header)
    judge(base.data)
    tracemalloc.start()
    for bomb in BOMBS:
        assert judge(bomb) != "a"
        assert judge(base.data[:-1] + bomb) != "a"
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 1_000_000


def test_what_is_spoilt_for_both_languages_is_as_it_would_be_made_today() -> None:
    """Run `python -m tests.vectors.make_mutations` after a change that is meant; the twin judges the same file."""
    assert json.loads(FILE.read_text()) == make()


def test_what_is_spoilt_is_of_every_decoder_and_some_of_it_is_still_read() -> None:
    """A twin that refused everything, or took everything, would not say the same."""
    kept = json.loads(FILE.read_text())
    assert {one["decoder"] for one in kept} == {*JUDGES, "payload"}
    assert all(set(one["verdicts"]) - {"a"} for one in kept)
    assert sum("a" in one["verdicts"][1:] for one in kept) > len(kept) / 2
