"""HPKE wraps that are the same in every run: the ephemeral key is drawn from what the wrap is for.

The engine leaves that key to its library, which draws it by chance. Vectors need it fixed, and an adversary may use
another cipher than the protocol's.
"""

import hmac
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from hashlib import sha256
from typing import Final
from unittest.mock import patch

from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from sync.ids import NONCE_BYTES, DeviceId
from sync.keys import Epoch, wrap_info
from sync.secret import EpochKey

AES_128: Final = (1, 16)
AES_256: Final = (2, 32)
"""The number of each cipher in RFC 9180, and its key's length."""


def wrap(epoch_key: EpochKey, x_pk: bytes, epoch: Epoch, device: DeviceId, cipher: tuple[int, int] = AES_256) -> bytes:
    """Return the epoch key wrapped for a device, as `sync.keys.wrap` does."""
    info = wrap_info(epoch, device)
    ephemeral = X25519PrivateKey.from_private_bytes(sha256(b"ephemeral" + info + epoch_key.reveal()).digest())
    enc = ephemeral.public_key().public_bytes_raw()
    shared = ephemeral.exchange(X25519PublicKey.from_public_bytes(x_pk))
    key, nonce = _schedule(_shared_secret(shared, enc + x_pk), info, cipher)
    return enc + AESGCM(key).encrypt(nonce, epoch_key.reveal(), b"")


@contextmanager
def fixed_wraps() -> Iterator[None]:
    """Let whatever is written meanwhile carry such wraps."""
    with ExitStack() as stack:
        for module in ("writer", "rotation"):
            stack.enter_context(patch(f"sync.{module}.wrap", wrap))
        yield


def _shared_secret(shared: bytes, context: bytes) -> bytes:
    suite = b"KEM\0\x20"
    return _expand(suite, _extract(suite, b"", b"eae_prk", shared), b"shared_secret", context, 32)


def _schedule(secret: bytes, info: bytes, cipher: tuple[int, int]) -> tuple[bytes, bytes]:
    number, length = cipher
    suite = b"HPKE\0\x20\0\x01" + number.to_bytes(2)
    context = b"\0" + _extract(suite, b"", b"psk_id_hash", b"") + _extract(suite, b"", b"info_hash", info)
    key = _extract(suite, secret, b"secret", b"")
    return _expand(suite, key, b"key", context, length), _expand(suite, key, b"base_nonce", context, NONCE_BYTES)


def _extract(suite: bytes, salt: bytes, label: bytes, data: bytes) -> bytes:
    return hmac.digest(salt or bytes(32), b"HPKE-v1" + suite + label + data, "sha256")


def _expand(suite: bytes, key: bytes, label: bytes, info: bytes, length: int) -> bytes:
    return hmac.digest(key, length.to_bytes(2) + b"HPKE-v1" + suite + label + info + b"\x01", "sha256")[:length]
