"""Law: a value has exactly one encoding, and nothing else decodes to it."""

from contextlib import suppress

from hypothesis import given
from hypothesis import strategies as st

from sync.codec import NotCanonical, decode, encode
from sync.ids import INT_MAX, HeaderBytes
from sync.op import HeaderFault, decode_header, encode_header, entity_of

leaves = st.none() | st.booleans() | st.integers(-INT_MAX, INT_MAX) | st.binary(max_size=40) | st.text(max_size=40)
values = st.recursive(leaves, lambda inner: st.lists(inner, max_size=5), max_leaves=12)


@given(values)
def test_a_value_decodes_to_itself(value: object) -> None:
    """Encoding loses nothing and adds nothing."""
    data = encode(value)
    try:
        assert decode(data) == value
    except NotCanonical:
        assert depth(value) > 8


def depth(value: object) -> int:
    """Return how many arrays stand inside each other."""
    return 1 + max(map(depth, value), default=0) if isinstance(value, list) else 0


@given(st.binary(max_size=60))
def test_whatever_decodes_encodes_to_the_same_bytes(data: bytes) -> None:
    """Any other form of a value is refused, and so are bytes that are none."""
    try:
        value = decode(data)
    except NotCanonical:
        return
    assert encode(value) == data


@given(values, st.integers(0, 200), st.integers(1, 255))
def test_a_changed_byte_is_another_value_or_none(value: object, at: int, change: int) -> None:
    """No two byte strings say the same."""
    data = bytearray(encode(value))
    data[at % len(data)] ^= change
    with suppress(NotCanonical):
        assert repr(decode(bytes(data))) != repr(value)


@given(st.binary(max_size=200) | values.map(encode))
def test_no_bytes_crash_the_header_s_decoder(data: bytes) -> None:
    """They are a header, or a fault; reading the entity answers too."""
    header = HeaderBytes(data)
    entity_of(header)
    with suppress(HeaderFault):
        assert encode_header(decode_header(header)) == header
