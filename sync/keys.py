"""Keys: a device's two pairs, the epoch key it is handed, and the key of each entity derived from it.

```
device = first 16 bytes of H("esc1/device\\0" || ed25519_pk)
K      = HKDF(EK_epoch, S_entity (zero32 in a genesis op), "esc1/key\\0" || space || entity || u32(epoch))
commit = H("esc1/commit\\0" || space || u32(n) || EK_n)
wrap   = HPKE base (X25519, HKDF-SHA256, AES-256-GCM), one shot: enc(32) || ct(48); plaintext EK_n, aad empty,
         info = "esc1/wrap\\0" || space || u32(n) || device it is for || commit
prev   = nonce(12) || AES-256-GCM(HKDF(EK_n, zero32, label), nonce, EK_{n-1}, aad = label)
         label = "esc1/prev\\0" || space || u32(n)
auth   = Ed25519("esc1/auth\\0" || H(origin) || nonce || u64(exp_ms))
```
"""

from hashlib import sha256
from typing import Final, NamedTuple

from cryptography.exceptions import InvalidSignature, InvalidTag
from cryptography.hazmat.primitives import hashes, hpke
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from sync.ids import ID_BYTES, NONCE_BYTES, ZERO32, DeviceId, Digest, EntityId, SpaceId
from sync.secret import SECRET_BYTES, EntitySecret, EpochKey, OpKey, Secret

WRAP_BYTES: Final = 80
PREV_BYTES: Final = 60

_P: Final = 2**255 - 19
_SMALL_ED_Y: Final = frozenset(
    {
        0,
        1,
        _P - 1,
        0x7A03AC9277FDC74EC6CC392CFA53202A0F67100D760B3CBA4FD84D3D706A17C7,
        0x05FC536D880238B13933C6D305ACDFD5F098EFF289F4C345B027B2C28F95E826,
    }
)
"""The y coordinates of the eight Ed25519 points whose order divides 8."""
_SMALL_X_U: Final = frozenset(
    {
        0,
        1,
        _P - 1,
        0x00B8495F16056286FDB1329CEB8D09DA6AC49FF1FAE35616AEB8413B7C7AEBE0,
        0x57119FD0DD4E22D8868E1C58C45C44045BEF839C55B1D0B1248C50A3BC959C5F,
    }
)
"""The u coordinates of the X25519 points of small order, on the curve and on its twist."""

_SUITE: Final = hpke.Suite(hpke.KEM.X25519, hpke.KDF.HKDF_SHA256, hpke.AEAD.AES_256_GCM)


class KeyFails(ValueError):
    """A wrap or a previous-key box does not open, or opens to a key that is not the committed one."""


class SigningKey:
    """A device's Ed25519 pair, made from 32 secret bytes. Printing it shows nothing."""

    __slots__ = ("_key", "public")

    def __init__(self, seed: Secret) -> None:
        self._key = Ed25519PrivateKey.from_private_bytes(seed.reveal())
        self.public: Final = self._key.public_key().public_bytes_raw()

    def sign(self, message: bytes) -> bytes:
        """Return the 64-byte signature; the caller has put its label in front of the message."""
        return self._key.sign(message)

    def __repr__(self) -> str:
        return "SigningKey(…)"


class BoxKey:
    """A device's X25519 pair, made from 32 secret bytes. Printing it shows nothing."""

    __slots__ = ("_key", "public")

    def __init__(self, seed: Secret) -> None:
        self._key = X25519PrivateKey.from_private_bytes(seed.reveal())
        self.public: Final = self._key.public_key().public_bytes_raw()

    def open(self, sealed: bytes, info: bytes) -> bytes:
        """Return what was sealed to this key. Raises KeyFails."""
        try:
            return _SUITE.decrypt(sealed, self._key, info)
        except (InvalidTag, ValueError) as error:
            raise KeyFails("The wrap does not open.") from error

    def __repr__(self) -> str:
        return "BoxKey(…)"


def device_id(ed_pk: bytes) -> DeviceId:
    """Return the id of the device that signs with this key."""
    return DeviceId(sha256(b"esc1/device\0" + ed_pk).digest()[:ID_BYTES])


def verifies(ed_pk: bytes, message: bytes, signature: bytes) -> bool:
    """Tell whether the Ed25519 signature is this key's; a key or signature of another length is not."""
    try:
        Ed25519PublicKey.from_public_bytes(ed_pk).verify(signature, message)
    except (InvalidSignature, ValueError):
        return False
    return True


def is_sound_ed_pk(ed_pk: bytes) -> bool:
    """Tell whether an Ed25519 public key has 32 bytes and is not of small order."""
    return len(ed_pk) == 32 and _coordinate(ed_pk) not in _SMALL_ED_Y


def is_sound_x_pk(x_pk: bytes) -> bool:
    """Tell whether an X25519 public key has 32 bytes and is not of small order."""
    return len(x_pk) == 32 and _coordinate(x_pk) not in _SMALL_X_U


def _coordinate(public: bytes) -> int:
    return (int.from_bytes(public, "little") & (2**255 - 1)) % _P


def op_key(epoch_key: EpochKey, secret: EntitySecret | None, space: SpaceId, entity: EntityId, epoch: int) -> OpKey:
    """Return the key of an entity's ops in one epoch; `secret` is None for its genesis op only."""
    salt = ZERO32 if secret is None else secret.reveal()
    return OpKey(hkdf(epoch_key, salt, b"esc1/key\0" + space + entity + _u32(epoch)))


def commit(space: SpaceId, n: int, epoch_key: EpochKey) -> Digest:
    """Return the public commitment to an epoch's key, against which every copy is checked."""
    return Digest(sha256(b"esc1/commit\0" + space + _u32(n) + epoch_key.reveal()).digest())


class Epoch(NamedTuple):
    """One generation of a space's key, as the log names it: its number and the commitment to its key."""

    space: SpaceId
    n: int
    commitment: Digest


def wrap_info(epoch: Epoch, device: DeviceId) -> bytes:
    """Return the HPKE info that binds a wrap to its space, epoch, device and committed key."""
    return b"esc1/wrap\0" + epoch.space + _u32(epoch.n) + device + epoch.commitment


def wrap(epoch_key: EpochKey, x_pk: bytes, epoch: Epoch, device: DeviceId) -> bytes:
    """Return the epoch key wrapped for a device (80 bytes). HPKE draws its own ephemeral key: no two are alike."""
    return _SUITE.encrypt(epoch_key.reveal(), X25519PublicKey.from_public_bytes(x_pk), wrap_info(epoch, device))


def unwrap(wrapped: bytes, box: BoxKey, epoch: Epoch, device: DeviceId) -> EpochKey:
    """Return the epoch key of a wrap. Raises KeyFails if it does not open or is not the committed key."""
    return _committed(box.open(wrapped, wrap_info(epoch, device)), epoch)


def seal_prev(epoch_key: EpochKey, previous: EpochKey, nonce: bytes, space: SpaceId, n: int) -> bytes:
    """Return EK_{n-1} sealed under EK_n (60 bytes), so that a newer key opens the older ones; nonce is random."""
    label = b"esc1/prev\0" + space + _u32(n)
    return nonce + AESGCM(hkdf(epoch_key, ZERO32, label)).encrypt(nonce, previous.reveal(), label)


def open_prev(box: bytes, epoch_key: EpochKey, previous: Epoch) -> EpochKey:
    """Return the key of epoch `previous` from the box of the one after it. Raises KeyFails."""
    label = b"esc1/prev\0" + previous.space + _u32(previous.n + 1)
    try:
        key = AESGCM(hkdf(epoch_key, ZERO32, label)).decrypt(box[:NONCE_BYTES], box[NONCE_BYTES:], label)
    except (InvalidTag, ValueError) as error:
        raise KeyFails("The box of the previous key does not open.") from error
    return _committed(key, previous)


def auth_message(origin: str, nonce: bytes, exp_ms: int) -> bytes:
    """Return what a device signs to get a token: origin is `https://host[:port]` as dialled."""
    return b"esc1/auth\0" + sha256(origin.encode()).digest() + nonce + exp_ms.to_bytes(8)


def _committed(key: bytes, epoch: Epoch) -> EpochKey:
    if len(key) != SECRET_BYTES or commit(epoch.space, epoch.n, EpochKey(key)) != epoch.commitment:
        raise KeyFails("The key is not the one its epoch committed to.")
    return EpochKey(key)


def hkdf(key: Secret, salt: bytes, info: bytes) -> bytes:
    """Return 32 bytes of HKDF-SHA256; info begins with a label of the protocol."""
    return HKDF(hashes.SHA256(), SECRET_BYTES, salt, info).derive(key.reveal())


def _u32(number: int) -> bytes:
    return number.to_bytes(4)
