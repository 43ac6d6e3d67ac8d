"""The sealed envelope of a payload: padded to PADME sizes, AES-256-GCM, bound to its header.

```
sealed   = nonce(12) || AES-256-GCM(K, nonce, pad(payload), aad = "esc1/aad\\0" || header)
pad      : append 0x80, then zeros to 256 if len + 1 <= 256, else to PADME(len + 1)
PADME(L) : e = floor(log2 L), s = floor(log2 e) + 1, m = 2^max(e - s, 0) - 1; (L + m) & ~m
```
"""

from hashlib import sha256
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from sync.ids import NONCE_BYTES, HeaderBytes, PayloadBytes, Sealed
from sync.keys import hkdf
from sync.limits import PAYLOAD_BYTES_MAX, SEALED_BYTES_MAX
from sync.secret import OpKey

PADDED_BYTES_MIN: Final = 256
TAG_BYTES: Final = 16
_AAD: Final = b"esc1/aad\0"
_END: Final = 0x80


class DoesNotOpen(ValueError):
    """The sealed bytes do not open under this key and header, or open to something that is no payload."""


def padme(length: int) -> int:
    """Return the PADME size for a length >= 2: at most 12 % more, leaking O(log log length) bits."""
    exponent = length.bit_length() - 1
    mask = (1 << max(exponent - exponent.bit_length(), 0)) - 1
    return (length + mask) & ~mask


def padded_size(length: int) -> int:
    """Return the size in bytes to which a payload of `length` bytes is padded."""
    return PADDED_BYTES_MIN if length < PADDED_BYTES_MIN else padme(length + 1)


def pad(payload: bytes) -> bytes:
    """Return the payload with its end mark and zeros up to its padded size."""
    return (payload + b"\x80").ljust(padded_size(len(payload)), b"\0")


def unpad(padded: bytes) -> bytes:
    """Return the payload. Raises DoesNotOpen for any length or ending that `pad` does not write."""
    payload = padded.rstrip(b"\0")
    if not payload or payload[-1] != _END or padded_size(len(payload) - 1) != len(padded):
        raise DoesNotOpen("The padding is not the one this length asks for.")
    return payload[:-1]


def nonce_again(key: OpKey, payload: PayloadBytes, header: HeaderBytes) -> bytes:
    """Return the nonce of an op that is sealed again: the same for the same content, another one for any other.

    It is a keyed hash, so that nobody without the key can try out what the content may be.
    """
    content = sha256(sha256(header).digest() + sha256(payload).digest()).digest()
    return hkdf(key, content, b"esc1/again\0")[:NONCE_BYTES]


def seal_payload(key: OpKey, nonce: bytes, payload: PayloadBytes, header: HeaderBytes) -> Sealed:
    """Seal a payload under its header. The nonce is 12 random bytes, never used twice with a key, or `nonce_again`."""
    if len(nonce) != NONCE_BYTES or len(payload) > PAYLOAD_BYTES_MAX:
        raise ValueError("A nonce has 12 bytes and a payload at most 63,487.")
    return Sealed(nonce + AESGCM(key.reveal()).encrypt(nonce, pad(payload), _AAD + header))


def open_payload(key: OpKey, sealed: Sealed, header: HeaderBytes) -> PayloadBytes:
    """Return the payload's bytes. Raises DoesNotOpen for another key, another header or any changed byte."""
    if not NONCE_BYTES + PADDED_BYTES_MIN + TAG_BYTES <= len(sealed) <= SEALED_BYTES_MAX:
        raise DoesNotOpen("No payload is sealed to this size.")
    try:
        padded = AESGCM(key.reveal()).decrypt(sealed[:NONCE_BYTES], sealed[NONCE_BYTES:], _AAD + header)
    except InvalidTag as error:
        raise DoesNotOpen("The key or the header is another one, or a byte was changed.") from error
    return PayloadBytes(unpad(padded))
