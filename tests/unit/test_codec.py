"""Strict MessagePack: one form for each value, and nothing but the allowed types."""

import pytest

from sync.codec import NotCanonical, decode, encode


def nested(depth: int) -> bytes:
    """Return so many arrays inside each other."""
    return b"\x91" * (depth - 1) + b"\x90"


@pytest.mark.parametrize(
    "value", [None, True, False, 0, -1, 2**53 - 1, -(2**53 - 1), "", "Inès", b"", b"\x00" * 300, [], [1, ["a", [b"b"]]]]
)
def test_an_allowed_value_decodes_to_itself(value: object) -> None:
    """Nil, booleans, 53-bit integers, text, bytes and arrays pass."""
    assert decode(encode(value)) == value


@pytest.mark.parametrize(
    ("title", "data"),
    [
        ("a map", b"\x80"),
        ("a float", encode(1.5)),
        ("a 32-bit float", b"\xca\x00\x00\x00\x00"),
        ("an extension", b"\xd4\x05\x00"),
        ("a timestamp", b"\xd6\xff\x00\x00\x00\x00"),
        ("an integer above 53 bits", encode(2**53)),
        ("an integer below 53 bits", encode(-(2**53))),
        ("a 64-bit integer", encode(2**64 - 1)),
        ("a longer integer", b"\xcc\x01"),
        ("a longer negative", b"\xd1\xff\xff"),
        ("a longer text", b"\xd9\x01a"),
        ("a longer binary", b"\xc5\x00\x01a"),
        ("a longer array", b"\xdc\x00\x00"),
        ("broken text", b"\xa2\xc3\x28"),
        ("half a surrogate pair", b"\xa3\xed\xa0\x80"),
        ("a trailing byte", b"\xc0\xc0"),
        ("a cut end", b"\x92\xc0"),
        ("nothing", b""),
        ("a reserved byte", b"\xc1"),
        ("a map in an array", b"\x91\x80"),
        ("a bomb of arrays", nested(100_000)),
    ],
)
def test_anything_else_is_not_decodable(title: str, data: bytes) -> None:
    """Other types and other forms are refused, whatever they would mean."""
    with pytest.raises(NotCanonical):
        decode(data)


def test_eight_arrays_inside_each_other_pass_and_nine_do_not() -> None:
    """An array of depth 1 holds no array."""
    assert encode(decode(nested(8))) == nested(8)
    with pytest.raises(NotCanonical):
        decode(nested(9))


def test_text_that_is_no_text_is_never_written() -> None:
    """A lone surrogate has no encoding."""
    with pytest.raises(UnicodeEncodeError):
        encode("\ud800")
