"""Law: padding is undone exactly, and no other length or ending is padding."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sync.envelope import DoesNotOpen, pad, padded_size, unpad
from sync.limits import PAYLOAD_BYTES_MAX, SEALED_BYTES_MAX

lengths = st.integers(0, 700) | st.integers(0, PAYLOAD_BYTES_MAX)


@given(lengths, st.sampled_from([b"x", b"\x80", b"\0"]))
def test_padding_comes_off(length: int, filling: bytes) -> None:
    """Even if the payload itself ends like padding."""
    payload = filling * length
    assert unpad(pad(payload)) == payload


@given(lengths)
def test_a_padded_size_is_at_least_256_and_at_most_an_eighth_more(length: int) -> None:
    """Few sizes, little waste; and the longest payload still fits."""
    size = padded_size(length)
    assert size >= max(256, length + 1)
    assert size <= max(256, (length + 1) * 1.125)
    assert padded_size(length + 1) >= size
    assert size + 28 <= SEALED_BYTES_MAX


@given(lengths, st.integers(1, 300))
def test_another_number_of_zeros_is_refused(length: int, more: int) -> None:
    """Longer or shorter than the size that the length asks for."""
    padded = pad(b"x" * length)
    shorter = padded[:-more]
    for other in (padded + bytes(more), shorter):
        with pytest.raises(DoesNotOpen):
            unpad(other)


@given(st.binary(max_size=600))
def test_whatever_unpads_pads_to_the_same_bytes(data: bytes) -> None:
    """There is one padding of a payload."""
    for candidate in (data, (data + b"\x80").ljust(256, b"\0")):
        try:
            payload = unpad(candidate)
        except DoesNotOpen:
            continue
        assert pad(payload) == candidate
