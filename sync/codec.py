"""Strict MessagePack: fixed-length arrays, 53-bit integers, text, bytes, booleans and nil, in one form only.

A value has exactly one encoding. A reader decodes, encodes again and compares, so that two readers never disagree
about what a byte string says. Maps, floats, extensions, longer forms, broken UTF-8, trailing bytes and deep nesting
do not decode.
"""

from typing import Any, Generic, TypeVar, cast

import msgspec

from sync.ids import INT_MAX

DEPTH_MAX = 8
"""An array of depth 1 holds no array; the deepest array has depth 8."""

Value = None | bool | int | str | bytes | list["Value"] | tuple["Value", ...]
"""What may stand in a wire array."""

T = TypeVar("T")

_encoder = msgspec.msgpack.Encoder()
_any = msgspec.msgpack.Decoder()
_refused = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)


class NotCanonical(ValueError):
    """The bytes are not the one encoding of a value of the expected shape."""


def encode(value: Any) -> bytes:
    """Return the one encoding of a value (or of a wire struct); lone surrogates raise UnicodeEncodeError."""
    return _encoder.encode(value)


def decode(data: bytes) -> Value:
    """Return the value of which `data` is the one encoding, arrays as lists. Raises NotCanonical."""
    try:
        value = _any.decode(data)
    except _refused as error:
        raise NotCanonical(str(error)) from error
    if not is_value(value, DEPTH_MAX) or _encoder.encode(value) != data:
        raise NotCanonical("The bytes are not in the one allowed form.")
    return cast("Value", value)


def is_value(value: object, depth_max: int) -> bool:
    """Tell whether a decoded value holds only the allowed types, with at most `depth_max` arrays inside each other."""
    if value is None or type(value) in {bool, str, bytes}:
        return True
    if type(value) is int:
        return -INT_MAX <= value <= INT_MAX
    if isinstance(value, list | tuple):
        return depth_max > 0 and all(is_value(item, depth_max - 1) for item in value)
    return False


class Codec(Generic[T]):
    """Decodes one wire struct; its fields carry the lengths and ranges, so that no check runs in Python."""

    def __init__(self, shape: type[T]) -> None:
        self._decoder = msgspec.msgpack.Decoder(shape)

    def decode(self, data: bytes) -> T:
        """Return the struct of which `data` is the one encoding. Raises NotCanonical."""
        try:
            struct = self._decoder.decode(data)
        except _refused as error:
            raise NotCanonical(str(error)) from error
        if _encoder.encode(struct) != data:
            raise NotCanonical("The bytes are not in the one allowed form.")
        return struct
