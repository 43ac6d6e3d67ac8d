"""The worked example of the specification, byte for byte; each with a twin in which one byte is another."""

import json
from pathlib import Path
from typing import Final

import pytest
from msgspec.structs import replace

from sync.checkpoint import (
    Checkpoint,
    StreamAt,
    checkpoint_digest,
    decode_checkpoint,
    encode_checkpoint,
    live_digest,
    streams_digest,
)
from sync.codec import NotCanonical
from sync.envelope import DoesNotOpen, open_payload, pad, seal_payload, unpad
from sync.ids import Digest, EntityId, HeaderBytes, OpId, PayloadBytes, Sealed, SpaceId, StreamId
from sync.keys import (
    BoxKey,
    Epoch,
    KeyFails,
    SigningKey,
    auth_message,
    commit,
    device_id,
    op_key,
    open_prev,
    seal_prev,
    unwrap,
    verifies,
    wrap,
    wrap_info,
)
from sync.log import log_0, next_log
from sync.op import Header, HeaderFault, OpClass, decode_header, encode_header, op_id
from sync.payload import Field, Payload, decode_payload, encode_payload
from sync.secret import EntitySecret, EpochKey, OpKey, Secret
from sync.segment import Segment, chain, decode_segment, encode_segment, head_0, is_signed, sign_segment

VECTORS: Final = json.loads(Path(__file__).with_name("worked_example.json").read_text())
SPACE: Final = SpaceId(b"\x10" * 16)
STREAM: Final = StreamId(b"\x20" * 16)
PERSON: Final = EntityId(b"\x30" * 16)
EK: Final = EpochKey(b"\x03" * 32)
SECRET: Final = EntitySecret(b"\x04" * 32)
SIGNING: Final = SigningKey(Secret(b"\x01" * 32))
BOX: Final = BoxKey(Secret(b"\x02" * 32))
HLC_MS: Final = 1795300200000
SERVER_MS: Final = 1795300800123


def vector(name: str) -> bytes:
    """Return the bytes of one vector."""
    return bytes.fromhex(VECTORS[name])


def flipped(data: bytes, at: int = -1) -> bytes:
    """Return the bytes with one bit changed."""
    changed = bytearray(data)
    changed[at] ^= 1
    return bytes(changed)


OP_IDS: Final = tuple(OpId(vector(f"o{n}_id")) for n in (1, 2, 3))
DEVICE: Final = device_id(SIGNING.public)
EPOCH: Final = Epoch(SPACE, 1, Digest(vector("commit")))


def header(n: int) -> Header:
    """Return the header of op n, built from its meaning."""
    facts = {1: (("age_band", "25_34"),), 2: (), 3: (("age_band", "35_44"),)}[n]
    kills = (OP_IDS[1],) if n == 3 else ()
    op_class = OpClass.GENESIS if n == 1 else OpClass.EDIT
    return Header(SPACE, DEVICE, PERSON, op_class, "person", HLC_MS, n - 1, 1, None, kills, facts)


def payload(n: int) -> Payload:
    """Return the payload of op n, built from its meaning."""
    if n == 1:
        return Payload(SECRET, 1795300512345, None, ((),), (Field("alias/9f2c", "Momo"),))
    if n == 2:
        return Payload(None, 1795300560000, None, (), (Field("mood_note", "calm"),))
    return Payload(None, 1795300620000, None, ((OP_IDS[0],),), (Field("mood_note", "tired", (OP_IDS[1],)),))


def key(n: int) -> OpKey:
    """Return the key of op n."""
    return op_key(EK, None if n == 1 else SECRET, SPACE, PERSON, 1)


def test_the_public_keys_and_the_device_id_are_the_example_s() -> None:
    """Two seeds give the two public keys, and the signing key gives the device id."""
    assert SIGNING.public == vector("ed_pk")
    assert BOX.public == vector("x_pk")
    assert vector("device") == DEVICE
    assert device_id(flipped(SIGNING.public)) != DEVICE


@pytest.mark.parametrize("n", [1, 2, 3])
def test_a_header_has_the_example_s_bytes(n: int) -> None:
    """A header encodes to the example and decodes from it; with its version changed it is refused."""
    data = HeaderBytes(vector(f"o{n}_header"))
    assert encode_header(header(n)) == data
    assert decode_header(data) == header(n)
    with pytest.raises(HeaderFault):
        decode_header(HeaderBytes(flipped(data, 1)))


@pytest.mark.parametrize("n", [1, 2, 3])
def test_a_payload_has_the_example_s_bytes(n: int) -> None:
    """A payload encodes to the example and decodes from it; with its version changed it is no payload."""
    data = PayloadBytes(vector(f"o{n}_payload"))
    assert encode_payload(payload(n)) == data
    assert decode_payload(data, header(n)) == payload(n)
    with pytest.raises(DoesNotOpen):
        decode_payload(PayloadBytes(flipped(data, 1)), header(n))


@pytest.mark.parametrize("n", [1, 2, 3])
def test_an_op_seals_to_the_example_s_bytes_and_opens(n: int) -> None:
    """Key, nonce, padding and header give the sealed bytes; one changed byte of either does not open."""
    data, sealed = HeaderBytes(vector(f"o{n}_header")), Sealed(vector(f"o{n}_sealed"))
    clear = PayloadBytes(vector(f"o{n}_payload"))
    assert key(n).reveal() == vector(f"o{n}_key")
    assert seal_payload(key(n), bytes([n + 4]) * 12, clear, data) == sealed
    assert open_payload(key(n), sealed, data) == clear
    with pytest.raises(DoesNotOpen):
        open_payload(key(n), Sealed(flipped(sealed)), data)
    with pytest.raises(DoesNotOpen):
        open_payload(key(n), sealed, HeaderBytes(flipped(data)))


@pytest.mark.parametrize("n", [1, 2, 3])
def test_an_op_has_the_example_s_name(n: int) -> None:
    """Entity, header and sealed bytes give the op_id; one changed byte gives another."""
    data, sealed = HeaderBytes(vector(f"o{n}_header")), Sealed(vector(f"o{n}_sealed"))
    assert op_id(PERSON, data, sealed) == OP_IDS[n - 1]
    assert op_id(EntityId(flipped(PERSON)), data, sealed) != OP_IDS[n - 1]
    assert op_id(PERSON, HeaderBytes(flipped(data)), sealed) != OP_IDS[n - 1]
    assert op_id(PERSON, data, Sealed(flipped(sealed))) != OP_IDS[n - 1]


@pytest.mark.parametrize("size", [0, 1, 255, 256, 300, 1000, 4000, 20000, 63487])
def test_a_payload_is_padded_to_the_example_s_size(size: int) -> None:
    """Padding reaches the size of the example and comes off; a byte after its end does not."""
    padded = pad(b"x" * size)
    assert len(padded) == VECTORS["pads"][str(size)]
    assert unpad(padded) == b"x" * size
    with pytest.raises(DoesNotOpen):
        unpad(flipped(padded))


def test_the_chain_has_the_example_s_heads() -> None:
    """The stream's first head and the head after each op are the example's; another order gives another head."""
    first = head_0(SPACE, STREAM, DEVICE)
    assert first == vector("head0")
    assert chain(first, OP_IDS) == [vector("o1_head"), vector("o2_head"), vector("o3_head")]
    assert vector("head3") == vector("o3_head")
    assert chain(first, OP_IDS[::-1])[-1] != vector("head3")


def test_the_segment_and_its_signature_are_the_example_s() -> None:
    """The segment encodes, decodes, signs and verifies as in the example; one changed byte of either does not."""
    segment = Segment(
        SPACE, STREAM, DEVICE, 1, 3, Digest(vector("head0")), Digest(vector("head3")), 0, Digest(vector("log0"))
    )
    seg, sig = vector("seg"), vector("sig")
    assert encode_segment(segment) == seg
    assert decode_segment(seg) == segment
    assert sign_segment(SIGNING, seg) == sig
    assert is_signed(SIGNING.public, seg, sig)
    assert not is_signed(SIGNING.public, flipped(seg), sig)
    assert not is_signed(SIGNING.public, seg, flipped(sig))
    with pytest.raises(NotCanonical):
        decode_segment(flipped(seg, 1))


def test_the_log_hashes_are_the_example_s() -> None:
    """An empty log and the log after the segment hash as in the example; another time gives another hash."""
    assert log_0(SPACE) == vector("log0")
    assert next_log(log_0(SPACE), 3, SERVER_MS, vector("seg")) == vector("log1")
    assert next_log(log_0(SPACE), 3, SERVER_MS + 1, vector("seg")) != vector("log1")


def test_the_example_s_wrap_opens_to_the_committed_key() -> None:
    """The commitment and the wrap's info are the example's, and the wrap opens; changed, or for another, it fails."""
    assert commit(SPACE, 1, EK) == vector("commit")
    assert wrap_info(EPOCH, DEVICE) == vector("info")
    assert unwrap(vector("wrap"), BOX, EPOCH, DEVICE) == EK
    assert unwrap(wrap(EK, BOX.public, EPOCH, DEVICE), BOX, EPOCH, DEVICE) == EK
    for wrapped, epoch in (
        (flipped(vector("wrap")), EPOCH),
        (vector("wrap"), EPOCH._replace(n=2)),
        (wrap(EpochKey(b"\x08" * 32), BOX.public, EPOCH, DEVICE), EPOCH),
    ):
        with pytest.raises(KeyFails):
            unwrap(wrapped, BOX, epoch, DEVICE)


def test_the_box_of_the_previous_key_is_the_example_s() -> None:
    """The newer key's box has the example's bytes and opens to the committed older key; changed, it fails."""
    newer = EpochKey(b"\x08" * 32)
    assert seal_prev(newer, EK, b"\x09" * 12, SPACE, 2) == vector("prev2")
    assert open_prev(vector("prev2"), newer, EPOCH) == EK
    for box, epoch in ((flipped(vector("prev2")), EPOCH), (vector("prev2"), EPOCH._replace(commitment=Digest(b"")))):
        with pytest.raises(KeyFails):
            open_prev(box, newer, epoch)


def test_the_token_signature_is_the_example_s() -> None:
    """A device signs origin, nonce and expiry as in the example; another origin does not verify."""
    message = auth_message("https://escale.example", b"\x0a" * 32, 1795300900000)
    assert SIGNING.sign(message) == vector("auth_sig")
    assert verifies(SIGNING.public, message, vector("auth_sig"))
    other = auth_message("https://escale.example:8443", b"\x0a" * 32, 1795300900000)
    assert not verifies(SIGNING.public, other, vector("auth_sig"))


def test_the_checkpoint_is_the_example_s() -> None:
    """Ops 1 and 3 are live after the segment; another time, another end or another log gives another checkpoint."""
    live = [(1, SERVER_MS, OP_IDS[0]), (3, SERVER_MS, OP_IDS[2])]
    stream = StreamAt(STREAM, DEVICE, 4, Digest(vector("head3")))
    stated = Checkpoint(3, Digest(vector("log1")), (stream,))
    assert live_digest(live) == vector("live_digest")
    assert streams_digest(stated.streams) == vector("streams_digest")
    assert checkpoint_digest(SPACE, stated, live_digest(live)) == vector("cp")
    assert live_digest(live[::-1]) != vector("live_digest")
    assert live_digest([(1, SERVER_MS + 1, OP_IDS[0]), live[1]]) != vector("live_digest")
    assert streams_digest([replace(stream, next_seq=5)]) != vector("streams_digest")
    for other in (replace(stated, cursor=4), replace(stated, log=log_0(SPACE)), replace(stated, streams=())):
        assert checkpoint_digest(SPACE, other, live_digest(live)) != vector("cp")
    assert decode_checkpoint(encode_checkpoint(stated)) == stated
    with pytest.raises(NotCanonical):
        decode_checkpoint(encode_checkpoint(stated)[:-1])
