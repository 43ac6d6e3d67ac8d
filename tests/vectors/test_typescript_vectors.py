"""What the TypeScript engine made: read, opened, folded and ruled here alike, and refused with a byte changed."""

import json
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any, Final, cast

import pytest
from msgspec.structs import replace

from sync.control import EpochBody
from sync.enrolment import BadCode, decode_code1, decode_code2, decode_link, encode_code, letters
from sync.envelope import DoesNotOpen, open_payload, seal_payload
from sync.errors import IntegrityFailure, Refusal
from sync.fold import fold, fold_bytes
from sync.ids import DeviceId, Digest, EntityId, HeaderBytes, OpId, PayloadBytes, Sealed, SpaceId, StreamId
from sync.keyring import Identity
from sync.keys import BoxKey, Epoch, KeyFails, SigningKey, auth_message, commit, open_prev, unwrap, verifies
from sync.liveness import FoldOp, live_ops
from sync.log import decode_page, decode_receipt, encode_page, encode_receipt, log_0, next_log
from sync.op import OpClass, decode_header, encode_header, op_id
from sync.payload import decode_payload, encode_payload
from sync.push import read, verify
from sync.replica import Replica, new_replica
from sync.rulings import command_of, rulings, rulings_bytes
from sync.salvage import BadCopy, open_copy, write_salvage
from sync.secret import EpochKey, OpKey, Secret
from sync.segment import chain, decode_segment, encode_segment, is_signed
from sync.stored import decode_replica, encode_replica
from tests.engine_kit import REGISTRY
from tests.vectors.test_worked_example import flipped

VECTORS: Final[dict[str, Any]] = json.loads(Path(__file__).with_name("typescript.json").read_text())
SPACE_CASE: Final[dict[str, Any]] = VECTORS["space"]
SPACE: Final = SpaceId(bytes.fromhex(SPACE_CASE["space"]))
ROOT: Final = OpId(bytes.fromhex(SPACE_CASE["root"]))
EPOCH_KEY: Final = EpochKey(bytes.fromhex(SPACE_CASE["epoch_key"]))
PAGE: Final = bytes.fromhex(VECTORS["page"])
SEALED_OPS: Final = [case for case in VECTORS["ops"] if case["key"] is not None]


def identity(case: dict[str, str]) -> Identity:
    """Return a device from its seeds."""
    signing = SigningKey(Secret(bytes.fromhex(case["signing_seed"])))
    return Identity(signing, BoxKey(Secret(bytes.fromhex(case["box_seed"]))))


DEVICES: Final = {case["device"]: identity(case) for case in SPACE_CASE["devices"]}


def reader_of(device: Identity) -> Replica:
    """Return an empty replica of the space."""
    return new_replica(device, REGISTRY, SPACE, ROOT, StreamId(b"\x77" * 16))


@pytest.mark.parametrize("case", SPACE_CASE["devices"])
def test_a_device_has_the_same_keys_id_and_signature(case: dict[str, str]) -> None:
    """Two seeds make the same pairs in both languages, and one signs what the other verifies."""
    made, sig = identity(case), bytes.fromhex(case["sig"])
    assert made.box is not None
    assert [made.device.hex(), made.signing.public.hex(), made.box.public.hex()] == [
        case["device"],
        case["ed_pk"],
        case["x_pk"],
    ]
    assert made.signing.sign(b"\x01\x02\x03") == sig
    assert not verifies(made.signing.public, b"\x01\x02\x04", sig)


@pytest.mark.parametrize("case", SEALED_OPS, ids=lambda case: case["op_id"][:8])
def test_a_sealed_op_opens_and_seals_to_the_same_bytes(case: dict[str, str]) -> None:
    """With the key, the nonce and the payload named beside it; one changed byte of header or payload does not open."""
    header_bytes, sealed = HeaderBytes(bytes.fromhex(case["header"])), Sealed(bytes.fromhex(case["sealed"]))
    key, clear = OpKey(bytes.fromhex(case["key"])), PayloadBytes(bytes.fromhex(case["payload"]))
    header = decode_header(header_bytes)
    assert encode_header(header) == header_bytes
    assert op_id(header.entity, header_bytes, sealed).hex() == case["op_id"]
    assert open_payload(key, sealed, header_bytes) == clear
    assert seal_payload(key, sealed[:12], clear, header_bytes) == sealed
    assert encode_payload(decode_payload(clear, header)) == clear
    with pytest.raises(DoesNotOpen):
        open_payload(key, Sealed(flipped(sealed)), header_bytes)
    with pytest.raises(DoesNotOpen):
        open_payload(key, sealed, HeaderBytes(flipped(header_bytes)))
    with pytest.raises(DoesNotOpen):
        decode_payload(PayloadBytes(flipped(clear, 1)), header)


def test_the_segments_chain_sign_and_hash_to_the_log() -> None:
    """Each segment encodes back, is signed by its device, and the log is the one that the other engine holds."""
    log, cursor = log_0(SPACE), 0
    op_ids = iter([OpId(bytes.fromhex(case["op_id"])) for case in VECTORS["ops"]])
    for case, paged in zip(VECTORS["segments"], decode_page(PAGE).segments, strict=True):
        seg, sig = bytes.fromhex(case["seg"]), bytes.fromhex(case["sig"])
        segment = decode_segment(seg)
        ed_pk = DEVICES[segment.device.hex()].signing.public
        assert (encode_segment(segment), paged.seg) == (seg, seg)
        assert chain(segment.prev_head, [next(op_ids) for _ in range(segment.n)])[-1] == segment.head
        assert is_signed(ed_pk, seg, sig)
        assert not is_signed(ed_pk, flipped(seg), sig)
        assert not is_signed(ed_pk, seg, flipped(sig))
        cursor += segment.n
        log = next_log(log, cursor, paged.server_ms, seg)
    assert log.hex() == SPACE_CASE["log"]


@pytest.mark.parametrize("device", DEVICES.values(), ids=DEVICES)
def test_a_python_device_reads_the_page_and_shows_the_same(device: Identity) -> None:
    """Every op opens, nothing is void, and states, rulings and clock are those of the other engine."""
    replica = reader_of(device)
    applied = replica.apply_page(PAGE, 0)
    assert not applied.void
    assert not applied.failed_epochs
    assert not replica.waiting
    opened = {case["op_id"]: case["payload"] for case in SEALED_OPS}
    assert {name.hex(): encode_payload(payload).hex() for name, payload in replica.payloads.items()} == opened
    shown = [replica.state(entity) for entity in sorted(replica.entries)]
    states = [fold_bytes(state).hex() for state in shown if state is not None]
    assert [*states, rulings_bytes(replica.rulings).hex()] == VECTORS["states"]
    assert replica.reader.view.members.rules_version == 2
    assert encode_page(decode_page(PAGE)) == PAGE


@pytest.mark.parametrize("at", range(1, len(PAGE), len(PAGE) // 60))
def test_the_page_with_a_byte_changed_is_refused_whole(at: int) -> None:
    """Wherever the byte stands."""
    replica = reader_of(next(iter(DEVICES.values())))
    with pytest.raises(IntegrityFailure):
        replica.apply_page(flipped(PAGE, at), 0)
    assert replica.reader.view.cursor == 0


def test_the_founding_pushes_pass_the_server_s_checks() -> None:
    """As first sent, and cut again in another stream; with a byte of the signature changed they do not."""
    first, moved = [bytes.fromhex(push) for push in VECTORS["pushes"]]
    founder = next(iter(DEVICES.values())).signing.public
    streams = set()
    for data in (first, moved):
        push = verify(read(data, SPACE), founder, REGISTRY)
        streams.add(push.segment.stream)
        assert [type(body) for body in push.bodies.values()][-1] is EpochBody
        with pytest.raises(Refusal):
            verify(replace_sig(data), founder, REGISTRY)
    assert len(streams) == 2


def replace_sig(data: bytes) -> Any:
    """Return a push whose signature has one byte changed."""
    push = read(data, SPACE)
    return type(push)(push.segment, push.seg, flipped(push.sig), push.ops, push.heads)


def test_a_stored_replica_is_read_and_stored_to_the_same_bytes() -> None:
    """What one engine keeps, the other reads; and refuses with a byte changed."""
    kept = bytes.fromhex(VECTORS["replica"])
    device = list(DEVICES.values())[1]
    replica = decode_replica(kept, device, REGISTRY)
    assert encode_replica(replica) == kept
    with pytest.raises(IntegrityFailure):
        decode_replica(flipped(kept, len(kept) // 2), device, REGISTRY)


def test_a_receipt_decodes_and_encodes_back() -> None:
    """With its list of ops stored as erased."""
    data = bytes.fromhex(SPACE_CASE["receipt"])
    receipt = decode_receipt(data)
    assert len(receipt.erased) == 2
    assert encode_receipt(receipt) == data
    assert encode_receipt(replace(receipt, erased=())) != data


@pytest.mark.parametrize("case", VECTORS["wraps"], ids=lambda case: case["device"][:8])
def test_a_wrap_opens_for_its_device_and_for_no_other(case: dict[str, Any]) -> None:
    """To the committed key; changed, for another epoch, or at another device it fails."""
    epoch = Epoch(SPACE, case["n"], Digest(bytes.fromhex(case["commit"])))
    key, wrapped = EpochKey(bytes.fromhex(case["epoch_key"])), bytes.fromhex(case["wrap"])
    assert commit(SPACE, case["n"], key) == epoch.commitment
    for name, device in DEVICES.items():
        assert device.box is not None
        own = DeviceId(bytes.fromhex(case["device"]))
        if name == case["device"]:
            assert unwrap(wrapped, device.box, epoch, own) == key
            broken = [(flipped(wrapped), epoch), (flipped(wrapped, 0), epoch), (wrapped, epoch._replace(n=9))]
        else:
            broken = [(wrapped, epoch)]
        for data, under in broken:
            with pytest.raises(KeyFails):
                unwrap(data, device.box, under, own)


def test_the_box_of_the_previous_key_opens_to_it() -> None:
    """And with a byte changed it does not."""
    newer, box = EpochKey(b"\x08" * 32), bytes.fromhex(VECTORS["prev"])
    previous = Epoch(SPACE, 1, commit(SPACE, 1, EPOCH_KEY))
    assert open_prev(box, newer, previous) == EPOCH_KEY
    with pytest.raises(KeyFails):
        open_prev(flipped(box), newer, previous)


def test_the_token_signature_verifies_for_its_origin_only() -> None:
    """Origin, nonce and expiry are all signed."""
    case = VECTORS["auth"]
    nonce, sig = bytes.fromhex(case["nonce"]), bytes.fromhex(case["sig"])
    founder = next(iter(DEVICES.values())).signing.public
    assert verifies(founder, auth_message(case["origin_text"], nonce, case["exp_ms"]), sig)
    assert not verifies(founder, auth_message("https://elsewhere.example", nonce, case["exp_ms"]), sig)
    assert not verifies(founder, auth_message(case["origin_text"], nonce, case["exp_ms"] + 1), sig)


def test_the_codes_of_an_enrolment_are_read_and_give_the_same_letters() -> None:
    """Each code encodes back; another code, or another device's answer, is refused."""
    case = VECTORS["enrolment"]
    code1, code2, link = case["code1_text"], case["code2_text"], case["link_text"]
    nonce = bytes.fromhex(case["nonce"])
    assert encode_code(decode_code1(code1)) == code1
    assert encode_code(decode_code2(code2, nonce)) == code2
    assert encode_code(decode_link(link)) == link
    assert letters(code1, code2) == case["letters_text"]
    assert letters(code1, link) != case["letters_text"]
    with pytest.raises(BadCode):
        decode_code2(code2, flipped(nonce))
    with pytest.raises(BadCode):
        decode_code1(code2)


def fold_op(case: dict[str, Any]) -> FoldOp:
    """Return an op for the fold; the vectors' geneses carry no secret, so every payload is read as an edit's."""
    header = decode_header(HeaderBytes(bytes.fromhex(case["header"])))
    as_edit = replace(header, op_class=OpClass.EDIT)
    payload = case["payload"] and decode_payload(PayloadBytes(bytes.fromhex(case["payload"])), as_edit)
    return FoldOp(OpId(bytes.fromhex(case["op_id"])), header, case["server_ms"], payload)


@pytest.mark.parametrize("at", range(len(VECTORS["folds"])))
def test_a_fold_shows_what_typescript_shows(at: int) -> None:
    """Byte for byte, in any order; and with one op less something else."""
    case = VECTORS["folds"][at]
    entity = EntityId(bytes.fromhex(case["entity"]))
    live = live_ops([fold_op(op) for op in case["ops"]])

    def shown(ops: Sequence[FoldOp]) -> str:
        return fold_bytes(fold(entity, ops, REGISTRY)).hex()

    assert [op.op_id.hex() for op in live] == case["live"]
    assert shown(live) == case["state"]
    assert shown(live[::-1]) == case["state"]
    assert any(shown(live[:n] + live[n + 1 :]) != case["state"] for n in range(len(live)))


@pytest.mark.parametrize("at", range(len(VECTORS["rulings"])))
def test_rulings_are_typescript_s(at: int) -> None:
    """Byte for byte; with the first command left out they are others."""
    case = VECTORS["rulings"][at]
    log = []
    for each in case["commands"]:
        header = decode_header(HeaderBytes(bytes.fromhex(each["header"])))
        command = command_of(OpId(bytes.fromhex(each["op_id"])), header, REGISTRY)
        assert command is not None
        log.append((command, cast("int", each["server_ms"])))
    assert all(before < after for (_, before), (_, after) in pairwise(log))
    assert rulings_bytes(rulings(log)).hex() == case["rulings"]
    assert rulings_bytes(rulings(log[1:])).hex() != case["rulings"]


def salvager() -> Replica:
    """Return Awa's replica of a log that has a device retired."""
    replica = reader_of(next(iter(DEVICES.values())))
    replica.apply_page(bytes.fromhex(VECTORS["salvage"]["page"]), 0)
    return replica


def test_a_copy_is_written_again_to_the_same_ops() -> None:
    """Their names hold every byte of them, and what shows of their entities is the same."""
    case, replica = VECTORS["salvage"], salvager()
    names = write_salvage(replica, open_copy(replica, bytes.fromhex(case["copy"])))
    assert [name.hex() for name in names] == case["names"]
    entities = sorted({replica.outbox.ops[name].header.entity for name in names})
    states = [state for entity in entities if (state := replica.state(entity)) is not None]
    assert [fold_bytes(state).hex() for state in states] == case["states"]


def test_a_copy_with_a_byte_changed_is_refused_wherever_it_is() -> None:
    """A few places are tried; the control stands above."""
    data, replica = bytes.fromhex(VECTORS["salvage"]["copy"]), salvager()
    for at in range(0, len(data), len(data) // 40):
        with pytest.raises(BadCopy):
            open_copy(replica, flipped(data, at))
    assert not replica.outbox.ops
