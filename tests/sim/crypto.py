"""Cryptography that costs nothing: every primitive in the shape of the real one, none of them secret.

A life spends most of its time on signatures. Here they are hashes that anybody could make, so a campaign with them
proves the engine's own logic; a share of each campaign runs with the real primitives.

And six replicas read the same bytes: what a header, a segment, a signature or a sealed payload says follows from the
bytes and the key alone, so within one life it is worked out once.
"""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from functools import cache
from hashlib import sha256, shake_128
from types import ModuleType, SimpleNamespace
from typing import Self
from unittest.mock import patch

from cryptography.exceptions import InvalidSignature, InvalidTag

from sync import entries, envelope, keys, push
from sync import seen as rows
from sync.ids import HeaderBytes, Sealed
from sync.keyring import Keyring
from sync.op import Header
from sync.payload import Payload


class _Public:
    def __init__(self, raw: bytes) -> None:
        self.raw = raw

    @classmethod
    def from_public_bytes(cls, raw: bytes) -> Self:
        return cls(raw)

    def public_bytes_raw(self) -> bytes:
        return self.raw

    def verify(self, signature: bytes, message: bytes) -> None:
        if signature != sha256(self.raw + message).digest() * 2:
            raise InvalidSignature


class _Private:
    def __init__(self, seed: bytes) -> None:
        self.public = _Public(sha256(b"public" + seed).digest())

    @classmethod
    def from_private_bytes(cls, seed: bytes) -> Self:
        return cls(seed)

    def public_key(self) -> _Public:
        return self.public

    def sign(self, message: bytes) -> bytes:
        return sha256(self.public.raw + message).digest() * 2


class _Aead:
    def __init__(self, key: bytes) -> None:
        self.key = key

    def encrypt(self, nonce: bytes, clear: bytes, aad: bytes) -> bytes:
        return _mixed(self.key + nonce, clear) + sha256(self.key + nonce + aad + clear).digest()[:16]

    def decrypt(self, nonce: bytes, sealed: bytes, aad: bytes) -> bytes:
        clear = _mixed(self.key + nonce, sealed[:-16])
        if sha256(self.key + nonce + aad + clear).digest()[:16] != sealed[-16:]:
            raise InvalidTag
        return clear


class _Suite:
    def encrypt(self, clear: bytes, public: _Public, info: bytes) -> bytes:
        return bytes(32) + _Aead(public.raw).encrypt(bytes(12), clear, info)

    def decrypt(self, sealed: bytes, private: _Private, info: bytes) -> bytes:
        return _Aead(private.public.raw).decrypt(bytes(12), sealed[32:], info)


def _mixed(key: bytes, data: bytes) -> bytes:
    stream = shake_128(key).digest(len(data))
    return (int.from_bytes(data) ^ int.from_bytes(stream)).to_bytes(len(data))


def _hkdf(_hash: object, _length: int, salt: bytes, info: bytes) -> SimpleNamespace:
    return SimpleNamespace(derive=lambda key: sha256(key + salt + info).digest())


_FAKES: dict[ModuleType, dict[str, object]] = {
    keys: {
        "Ed25519PrivateKey": _Private,
        "Ed25519PublicKey": _Public,
        "X25519PrivateKey": _Private,
        "X25519PublicKey": _Public,
        "AESGCM": _Aead,
        "HKDF": _hkdf,
        "_SUITE": _Suite(),
    },
    envelope: {"AESGCM": _Aead},
}


def _opened_once() -> Callable[[Keyring, Header, HeaderBytes, Sealed], Payload | None]:
    opened, seen = Keyring.open, dict[tuple[bytes, bytes, bytes], Payload | None]()

    def open_once(keyring: Keyring, header: Header, header_bytes: HeaderBytes, sealed: Sealed) -> Payload | None:
        key = keyring.key(header)
        if key is None or keyring.lost.of(header.epoch):  # with several keys, what opens does not follow from one
            return opened(keyring, header, header_bytes, sealed)
        name = (key.reveal(), header_bytes, sealed)
        if name not in seen:
            seen[name] = opened(keyring, header, header_bytes, sealed)
        return seen[name]

    return open_once


@contextmanager
def fast_cryptography() -> Iterator[None]:
    """Put the fakes in the place of the primitives that the engine's two modules name, and remember what was read."""
    with ExitStack() as stack:
        for module, fakes in _FAKES.items():
            for name, fake in fakes.items():
                stack.enter_context(patch.object(module, name, fake))
        for name in ("decode_header", "decode_body", "decode_segment", "is_signed"):
            once = cache(getattr(push, name))
            for module in (rows if name == "decode_header" else entries, push):
                stack.enter_context(patch.object(module, name, once))
        stack.enter_context(patch("sync.keyring.device_id", cache(keys.device_id)))
        stack.enter_context(patch.object(Keyring, "open", _opened_once()))
        yield
