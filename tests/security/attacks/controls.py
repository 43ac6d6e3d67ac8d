"""Each control by its name, and how a test takes it away: by a function in the place of the one that checks.

Production code has no switch. The names are the same in both languages.
"""

from base64 import urlsafe_b64encode
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from typing import Any, Final
from unittest.mock import patch

from cryptography.hazmat.primitives import hpke
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from msgspec.msgpack import Decoder

from sync import clock, enrolment, entries, envelope, integrity, payload, voids
from sync.codec import decode, encode
from sync.enrolment import Code2, NotThisDevice
from sync.errors import IntegrityFailure, Reason
from sync.ids import NONCE_BYTES, EntityId, HeaderBytes, OpId, PayloadBytes, Sealed
from sync.keyring import Keyring
from sync.keys import BoxKey, Epoch, op_key, wrap_info
from sync.liveness import FACT, FoldOp
from sync.logview import LogView, Void
from sync.members import Members
from sync.op import Header
from sync.outbox import Outbox, OutState
from sync.payload import Field, Payload
from sync.replica import Replica
from sync.secret import EntitySecret, EpochKey, OpKey
from sync.segment import Segment

Patch = Any
_headers: Final = Decoder(Header)
_READERS: Final = ("entries", "seen", "reader", "start", "history")


def any_header(data: HeaderBytes) -> Header:
    """Return a header that may break every rule but its shape, its version among them."""
    return _headers.decode(data[:1] + b"\x01" + data[2:])


@contextmanager
def without(names: Collection[str]) -> Iterator[None]:
    """Take some controls away."""
    with ExitStack() as stack:
        for patched in [
            *_reasons(names),
            *_voids(names),
            *(each for name in names for each in _OTHERS.get(name, list)()),
        ]:
            stack.enter_context(patched)
        yield


def _reasons(names: Collection[str]) -> list[Patch]:
    """The checks of the log that stop the pull."""

    def unless(holds: bool, reason: Reason, view: LogView) -> None:
        integrity.require(holds or reason in names, reason, view)

    return [patch(f"sync.{module}.require", unless) for module in _READERS]


def _voids(names: Collection[str]) -> list[Patch]:
    """The rules by which an op has no effect."""

    def unless(view: LogView, segment: Segment, *op: Any) -> Void | None:
        verdict = voids.void_of(view, segment, *op)
        return None if verdict in names else verdict

    return [patch("sync.entries.void_of", unless)]


def _founding() -> list[Patch]:
    """Whatever stands behind the root founds the space."""

    def whatever(view: LogView, segment: Segment, seen: Sequence[Any], root: OpId | None) -> Members:
        try:
            return entries.founded_by(view, segment, seen, root)
        except IntegrityFailure as failure:
            if failure.reason is not Reason.FOUNDING:
                raise
            members = Members(segment.space)
            for row in seen:
                body = entries.body_of(row, segment.space)
                members = members if body is None else members.after(segment.device, body)
            return members

    return [patch(f"sync.{module}.founded_by", whatever) for module in ("reader", "start")]


def _header() -> list[Patch]:
    """A header may break every rule but its shape."""
    return [patch("sync.seen.decode_header", any_header)]


def _aad() -> list[Patch]:
    """A payload opens under any header: its tag is not looked at."""

    def unbound(key: OpKey, sealed: Sealed, _header: HeaderBytes) -> PayloadBytes:
        return PayloadBytes(envelope.unpad(_untagged(key, sealed)))

    return [patch("sync.keyring.open_payload", unbound)]


def _entity_key() -> list[Patch]:
    """The key of any entity opens an op: it takes the tag away too."""

    def open_with_any(keyring: Keyring, header: Header, _data: HeaderBytes, sealed: Sealed) -> Payload | None:
        for entity, secret in keyring.secrets.items():
            key = op_key(keyring.epoch_keys[header.epoch], secret, keyring.space, entity, header.epoch)
            with suppress(envelope.DoesNotOpen):
                return payload.decode_payload(PayloadBytes(envelope.unpad(_untagged(key, sealed))), header)
        return None

    return [patch.object(Keyring, "open", open_with_any)]


def _untagged(key: OpKey, sealed: Sealed) -> bytes:
    counter = sealed[:NONCE_BYTES] + (2).to_bytes(4)
    return Cipher(algorithms.AES(key.reveal()), modes.CTR(counter)).decryptor().update(sealed[NONCE_BYTES:-16])


def _commit() -> list[Patch]:
    """The key in a wrap, or in the box of a previous key, is believed."""

    def unwrap(wrapped: bytes, box: BoxKey, epoch: Epoch, device: Any) -> EpochKey:
        return EpochKey(box.open(wrapped, wrap_info(epoch, device)))

    return [patch("sync.keyring.unwrap", unwrap)]


def _suite() -> list[Patch]:
    """A wrap under a weaker cipher opens too."""
    weaker = hpke.Suite(hpke.KEM.X25519, hpke.KDF.HKDF_SHA256, hpke.AEAD.AES_128_GCM)

    def unwrap(wrapped: bytes, box: BoxKey, epoch: Epoch, device: Any) -> EpochKey:
        return EpochKey(weaker.decrypt(wrapped, box._key, wrap_info(epoch, device)))

    return [patch("sync.keyring.unwrap", unwrap)]


def _key_fails() -> list[Patch]:
    """A wrap that does not open stops whoever reads it."""

    class Unexpected(Exception):
        pass

    return [patch("sync.keyring.KeyFails", Unexpected)]


def _payload() -> list[Patch]:
    """A payload may break every rule but its shape."""

    def lenient(data: PayloadBytes, _header: Header) -> Payload:
        members: Any = decode(data)
        _, secret, at_ms, by, fact_bases, fields = members
        return Payload(
            None if secret is None else EntitySecret(secret),
            at_ms,
            by,
            tuple(map(tuple, fact_bases)),
            tuple(Field(name, value, tuple(base)) for name, value, base in fields),
        )

    return [patch("sync.keyring.decode_payload", lenient)]


def _quarantine() -> list[Patch]:
    """What does not open stops whoever reads it."""

    class Unexpected(Exception):
        pass

    return [patch("sync.keyring.DoesNotOpen", Unexpected)]


def _padding() -> list[Patch]:
    """A payload may be padded to any size."""
    return [patch("sync.envelope.unpad", lambda padded: padded.rstrip(b"\0")[:-1])]


def _kill() -> list[Patch]:
    """A kill counts against any op of the log."""

    def killed_by_anything(ops: Iterable[FoldOp]) -> list[FoldOp]:
        every = list(ops)
        listed = {killed for op in every for killed in op.header.kills}
        return [op for op in every if op.op_id not in listed]

    return [patch("sync.replica.live_ops", killed_by_anything)]


def _told() -> list[Patch]:
    """A kill that nothing justifies is told to nobody."""
    return [patch("tests.security.attacks.victim.unjustified", lambda _ops: [])]


def _clock() -> list[Patch]:
    """An op's time is what its author says."""

    def by_wall(header: Header, op_id: OpId, _server_ms: int | None) -> clock.Order:
        return clock.order(header, op_id, None)

    return [patch("sync.fold.order", by_wall)]


def _received() -> list[Patch]:
    """A device goes by the time that an op says."""

    def by_wall(own: clock.Hlc, header: Header, _server_ms: int) -> clock.Hlc:
        return max(own, clock.Hlc(header.hlc_ms, header.hlc_ctr))

    return [patch("sync.replica.receive", by_wall)]


def _repeats() -> list[Patch]:
    """A row counts beside the one that it stands for."""
    return [patch("sync.fold.repeats", lambda _ops: set())]


def _links() -> list[Patch]:
    """A link counts on whichever side it stands."""

    def on_any_side(state: Any) -> Iterable[tuple[EntityId, EntityId]]:
        registers = {} if state.own is None else state.own.registers
        for namespace, name in registers:
            if namespace == FACT and name.startswith("same/"):
                yield state.entity, EntityId(bytes.fromhex(name.removeprefix("same/")))

    return [patch("sync.duplicates.links_of", on_any_side)]


def _sound_key() -> list[Patch]:
    """A key of small order is as good as any."""
    checks = ("is_sound_ed_pk", "is_sound_x_pk")
    return [patch(f"sync.{module}.{name}", lambda _key: True) for module in ("control", "enrolment") for name in checks]


def _outbox() -> list[Patch]:
    """An op leaves the outbox when the server answers."""
    accept = Outbox.accept

    def and_forget(outbox: Outbox, n: int) -> bool:
        is_due = accept(outbox, n)
        for op in outbox.in_state(OutState.ACKNOWLEDGED):
            del outbox.ops[op.op_id]
        return is_due

    return [patch.object(Outbox, "accept", and_forget)]


def _lost() -> list[Patch]:
    """What a server says to have lost is let go of."""
    return [patch.object(Replica, "hold_lost", lambda _replica, _entries: None)]


def _erased() -> list[Patch]:
    """The erased are shown while the log has an op of them."""
    return [patch.object(Replica, "is_erased", lambda _replica, _entity: False)]


def _letters() -> list[Patch]:
    """Nobody compares the letters."""
    return [patch("sync.enrolment.letters", lambda _code1, _code2: "")]


def _nonce() -> list[Patch]:
    """An answer is believed, whoever asked for it."""
    decode_code2 = enrolment.decode_code2

    def to_anybody(text: str, nonce: bytes) -> Code2:
        try:
            return decode_code2(text, nonce)
        except NotThisDevice:
            return enrolment._decode(enrolment._code2, text)

    return [patch("sync.enrolment.decode_code2", to_anybody)]


def _version() -> list[Patch]:
    """A code of another version is read like one of this."""
    decode_code2 = enrolment.decode_code2

    def of_any(text: str, nonce: bytes) -> Code2:
        members: Any = decode(enrolment._bytes(text))
        return decode_code2(urlsafe_b64encode(encode([1, *members[1:]])).rstrip(b"=").decode(), nonce)

    return [patch("sync.enrolment.decode_code2", of_any)]


_OTHERS: Final[dict[str, Callable[[], list[Patch]]]] = {
    "founding": _founding,
    "header": _header,
    "aad": _aad,
    "entity_key": _entity_key,
    "commit": _commit,
    "suite": _suite,
    "key_fails": _key_fails,
    "payload": _payload,
    "quarantine": _quarantine,
    "padding": _padding,
    "kill": _kill,
    "told": _told,
    "clock": _clock,
    "received": _received,
    "links": _links,
    "repeats": _repeats,
    "sound_key": _sound_key,
    "outbox": _outbox,
    "lost": _lost,
    "shown_erased": _erased,
    "letters": _letters,
    "nonce": _nonce,
    "version": _version,
}

CONTROLS: Final = frozenset({*map(str, Reason), *map(str, Void), *_OTHERS})
"""Every control that an attack may name."""
