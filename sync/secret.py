"""Key material as a type that cannot be printed, pickled or compared in variable time."""

import hmac
from typing import Never

SECRET_BYTES = 32


class Secret:
    """32 secret bytes. Printing, formatting and pickling show or carry nothing; `reveal` is the one way out."""

    __slots__ = ("_bytes",)

    def __init__(self, data: bytes) -> None:
        if len(data) != SECRET_BYTES:
            raise ValueError("A secret has 32 bytes.")
        self._bytes = data

    def reveal(self) -> bytes:
        """Return the bytes, for a cryptographic call and nothing else."""
        return self._bytes

    def __eq__(self, other: object) -> bool:
        return type(other) is type(self) and hmac.compare_digest(self._bytes, other._bytes)

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        return f"{type(self).__name__}(…)"

    def __reduce__(self) -> Never:
        raise TypeError("A secret is never pickled or copied.")


class RecoverySeed(Secret):
    """What the recovery member is made from; only shares of it exist, on paper."""


class EpochKey(Secret):
    """EK_n: the key of one epoch of a space, wrapped for each keyed member."""


class EntitySecret(Secret):
    """S_entity: an entity's own secret, carried by its genesis op; erasing it erases the entity."""


class OpKey(Secret):
    """K: the AES-256-GCM key of an entity's ops in one epoch."""
