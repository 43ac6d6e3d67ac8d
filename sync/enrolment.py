"""Enrolment: the two codes that make a device a member, and the sixteen letters that people compare.

```
code 1 = base64url msgpack [1, ed_pk, x_pk, nonce16]                                     (the new device)
code 2 = base64url msgpack [1, origin, nonce16, [[space, root, K, cp, n, commit_n, wrap]…]]   (an administrator)
link   = base64url msgpack [1, origin, join16], in the fragment of an address
setup  = base64url msgpack [1, origin, secret], in the fragment of an address: the secret of an empty installation
letters = base32 of the first 10 bytes of H("esc1/enrol\\0" || code 1 bytes || code 2 bytes)
```
A code that was carried by anything but a camera is trusted only once both screens show the same letters: the nonce
ties code 2 to this device, the letters tie both to these two screens. In a code 2 that is made before the letters are
compared, 80 random bytes stand where the wrap would, and the key comes with the member op: through a server's mailbox
as by hand, since whoever carried code 1 may have swapped it.
"""

import binascii
from base64 import b32encode, urlsafe_b64decode, urlsafe_b64encode
from hashlib import sha256
from typing import Annotated, Final, TypeVar

from msgspec import Meta, Struct

from sync.codec import Codec, NotCanonical, encode
from sync.control import WireWrap
from sync.ids import Digest, OpId, WireCount, WireDigest, WireKey, WireOpId, WireSpaceId
from sync.keys import Epoch, is_sound_ed_pk, is_sound_x_pk

ORIGIN_CHARS_MAX: Final = 256
SETUP_CHARS_MAX: Final = 64
SPACES_MAX: Final = 8
_LETTERS_BYTES: Final = 10

T = TypeVar("T")

_Nonce = Annotated[bytes, Meta(min_length=16, max_length=16)]


class BadCode(ValueError):
    """What was scanned, pasted or opened is no code of this kind, or not the answer to this device's own."""


class NotThisDevice(BadCode):
    """The answer is one, but to the nonce of another device, or of an earlier code of this one."""


class Code1(Struct, array_like=True, tag=1, frozen=True, forbid_unknown_fields=True):
    """The new device's keys, and a nonce that the answer repeats."""

    ed_pk: WireKey
    x_pk: WireKey
    nonce: _Nonce


class Welcome(Struct, array_like=True, frozen=True, forbid_unknown_fields=True):
    """One space that the device may read: its root, where to begin, and the key of its epoch wrapped for the device."""

    space: WireSpaceId
    root: WireOpId
    begin: WireCount
    checkpoint: WireDigest
    epoch: Annotated[int, Meta(ge=1, lt=2**32)]
    commitment: WireDigest
    wrap: WireWrap


class Code2(Struct, array_like=True, tag=1, frozen=True, forbid_unknown_fields=True):
    """An administrator's answer: where the server is, the device's nonce, and its spaces."""

    origin: Annotated[str, Meta(min_length=1, max_length=ORIGIN_CHARS_MAX)]
    nonce: _Nonce
    spaces: Annotated[tuple[Welcome, ...], Meta(min_length=1, max_length=SPACES_MAX)]


class Link(Struct, array_like=True, tag=1, frozen=True, forbid_unknown_fields=True):
    """What stands in the fragment of a join link."""

    origin: Annotated[str, Meta(min_length=1, max_length=ORIGIN_CHARS_MAX)]
    join: _Nonce


class Setup(Struct, array_like=True, tag=1, frozen=True, forbid_unknown_fields=True):
    """What stands in the fragment of a set-up link: who holds it founds the first space of the installation."""

    origin: Annotated[str, Meta(min_length=1, max_length=ORIGIN_CHARS_MAX)]
    secret: Annotated[str, Meta(min_length=1, max_length=SETUP_CHARS_MAX)]


_code1: Final = Codec(Code1)
_code2: Final = Codec(Code2)
_link: Final = Codec(Link)
_setup: Final = Codec(Setup)


def encode_code(code: Code1 | Code2 | Link | Setup) -> str:
    """Return a code as text: base64url without padding."""
    return urlsafe_b64encode(encode(code)).rstrip(b"=").decode()


def decode_code1(text: str) -> Code1:
    """Return the new device's code. Raises BadCode, for keys of small order too."""
    code = _decode(_code1, text)
    if not is_sound_ed_pk(code.ed_pk) or not is_sound_x_pk(code.x_pk):
        raise BadCode("The keys are not sound.")
    return code


def decode_code2(text: str, nonce: bytes) -> Code2:
    """Return the answer to the device whose nonce this is. Raises BadCode; NotThisDevice for another's answer."""
    code = _decode(_code2, text)
    if code.nonce != nonce:
        raise NotThisDevice("The answer is another device's.")
    return code


def decode_link(text: str) -> Link:
    """Return what stands in a join link. Raises BadCode."""
    return _decode(_link, text)


def decode_setup(text: str) -> Setup:
    """Return what stands in a set-up link. Raises BadCode."""
    return _decode(_setup, text)


def letters(code1: str, code2: str) -> str:
    """Return the sixteen letters that both screens show, in groups of four."""
    digest = sha256(b"esc1/enrol\0" + _bytes(code1) + _bytes(code2)).digest()
    whole = b32encode(digest[:_LETTERS_BYTES]).decode()
    return " ".join(whole[at : at + 4] for at in range(0, len(whole), 4))


def welcome(epoch: Epoch, root: OpId, start: tuple[int, Digest], wrapped: bytes) -> Welcome:
    """Return a space's part of code 2, for a device that begins at a checkpoint: its cursor, and cp there."""
    return Welcome(epoch.space, root, *start, epoch.n, epoch.commitment, wrapped)


def _bytes(text: str) -> bytes:
    try:
        data = urlsafe_b64decode(text + "=" * (-len(text) % 4))
    except (binascii.Error, ValueError) as error:
        raise BadCode("The text is no base64url.") from error
    if urlsafe_b64encode(data).rstrip(b"=").decode() != text:
        raise BadCode("The text is not in its one form.")
    return data


def _decode(codec: Codec[T], text: str) -> T:
    try:
        return codec.decode(_bytes(text))
    except NotCanonical as error:
        raise BadCode("The text is no such code.") from error
