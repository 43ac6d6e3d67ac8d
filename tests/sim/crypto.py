"""Cryptography that costs nothing: every primitive in the shape of the real one, none of them secret.

A life spends most of its time on signatures. Here they are hashes that anybody could make, so a campaign with them
proves the engine's own logic; a share of each campaign runs with the real primitives.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import sha256, shake_128
from types import ModuleType, SimpleNamespace
from typing import Self

from cryptography.exceptions import InvalidSignature, InvalidTag

from sync import envelope, keys


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


@contextmanager
def fast_cryptography() -> Iterator[None]:
    """Put the fakes in the place of the primitives that the engine's two modules name."""
    real = {module: {name: vars(module)[name] for name in fakes} for module, fakes in _FAKES.items()}
    try:
        for module, fakes in _FAKES.items():
            vars(module).update(fakes)
        yield
    finally:
        for module, primitives in real.items():
            vars(module).update(primitives)
