"""The stateless half of a push: one refusal for each check, in the order of the protocol."""

import pytest
from msgspec.structs import replace

from sync.codec import encode
from sync.control import RulesBody, encode_body
from sync.errors import (
    BadChain,
    BadControl,
    BadFact,
    BadHeader,
    BadSegment,
    BadSignature,
    NotMember,
    Refusal,
    TooLarge,
)
from sync.ids import Digest, EntityId, HeaderBytes, OpId, Sealed, SpaceId, StreamId
from sync.limits import PUSH_BYTES_MAX
from sync.op import Fact, Header, OpClass, encode_header, op_id
from sync.push import CheckedPush, founding_key, read, verify
from sync.segment import decode_push, encode_push
from tests.engine_kit import (
    AWA,
    MALLORY,
    RECOVERY,
    REGISTRY,
    SPACE,
    START_MS,
    chance,
    entity,
    founded,
    member,
    push_of,
    replica,
)

SEALED = Sealed(b"s" * 284)


def header(n: int = 0, kind: str = "thing", facts: tuple[tuple[str, Fact], ...] = ()) -> Header:
    """Return the header of a genesis."""
    return Header(SPACE, AWA.device, entity(n), OpClass.GENESIS, kind, START_MS, n, 1, None, (), facts)


def names(*headers: Header) -> list[OpId]:
    """Return the names of ops with these headers."""
    return [op_id(each.entity, encode_header(each), SEALED) for each in headers]


def push(*headers: Header, **changed: object) -> bytes:
    """Return a push of ops with these headers."""
    return push_of(AWA, [(each, SEALED) for each in headers], names(*headers), **changed)  # type: ignore[arg-type]


def check(data: bytes) -> CheckedPush:
    """Check a push by Awa, who is known."""
    return verify(read(data, SPACE), AWA.signing.public, REGISTRY)


def control(sealed: bytes, kind: str = "rules") -> bytes:
    """Return a push of one control op with this body."""
    space = EntityId(bytes(SPACE))
    head = Header(SPACE, AWA.device, space, OpClass.CONTROL, kind, START_MS, 0, 0)
    return push_of(AWA, [(head, sealed)], [op_id(space, encode_header(head), Sealed(sealed))])


def test_a_sound_push_is_returned_decoded() -> None:
    """Headers, names, heads and hashes are there for the store, and need no second look."""
    headers = [header(1), header(2, facts=(("size", "small"),))]
    checked = check(push(*headers))
    assert [op.header for op in checked.ops] == headers
    assert [op.op_id for op in checked.ops] == names(*headers)
    assert checked.heads[-1] == checked.segment.head
    assert checked.bodies == {}
    assert (checked.ops[0].sealed, encode_header(headers[0])) == (SEALED, checked.ops[0].header_bytes)


def test_a_sound_control_op_is_returned_with_its_body() -> None:
    """The body stands beside the op, decoded."""
    assert check(control(encode_body(RulesBody(2)))).bodies == {0: RulesBody(2)}


def test_an_empty_segment_is_sound() -> None:
    """It acknowledges what the device has seen and carries nothing."""
    assert check(push()).ops == ()


def test_a_push_over_its_limit_is_too_large_before_it_is_decoded() -> None:
    """Size comes first: what is too long is not even read."""
    with pytest.raises(TooLarge):
        read(b"\xc0" * (PUSH_BYTES_MAX + 1), SPACE)
    with pytest.raises(BadSegment):
        read(b"\xc0" * PUSH_BYTES_MAX, SPACE)


def test_more_than_five_hundred_ops_are_too_large() -> None:
    """Five hundred pass, one more does not."""
    small = [(HeaderBytes(encode_header(header(n))), b"s") for n in range(501)]
    ids = [op_id(entity(n), head, Sealed(b"s")) for n, (head, _) in enumerate(small)]
    assert len(check(push_of(AWA, small[:500], ids[:500])).ops) == 500
    with pytest.raises(TooLarge):
        read(push_of(AWA, small, ids), SPACE)


@pytest.mark.parametrize(("head_size", "sealed_size"), [(4097, 10), (100, 65537)])
def test_an_op_over_its_limit_is_too_large(head_size: int, sealed_size: int) -> None:
    """A header of 4 KiB and a sealed payload of 64 KiB are the most."""
    with pytest.raises(TooLarge):
        read(push_of(AWA, [(HeaderBytes(b"h" * head_size), b"s" * sealed_size)], [OpId(bytes(32))]), SPACE)
    most = encode_header(header(1))
    longest = Sealed(b"s" * 65536)
    assert read(push_of(AWA, [(most, longest)], [op_id(entity(1), most, longest)]), SPACE).ops


def test_a_push_that_is_no_array_of_three_is_a_bad_segment() -> None:
    """Neither another array nor a segment of another shape decodes."""
    seg, sig, ops = (decoded := decode_push(push(header(1)))).seg, decoded.sig, decoded.ops
    assert check(encode_push(seg, sig, ops))
    for data in (encode([seg, sig]), encode_push(seg[:-1], sig, ops), push(header(1)) + b"\xc0"):
        with pytest.raises(BadSegment):
            read(data, SPACE)


def test_a_segment_that_counts_other_ops_is_bad() -> None:
    """n is the number of ops."""
    with pytest.raises(BadSegment):
        read(push(header(1), n=2), SPACE)


def test_a_segment_of_another_space_is_bad() -> None:
    """The address and the segment name the same space."""
    with pytest.raises(BadSegment):
        read(push(header(1)), SpaceId(b"\x11" * 16))


def test_a_header_that_breaks_a_rule_is_refused_by_index_and_name() -> None:
    """The client learns which op to set aside."""
    broken = replace(header(2), epoch=0)
    with pytest.raises(BadHeader) as refusal:
        read(push(header(1), broken), SPACE)
    assert refusal.value.details == {"index": 1, "op_id": names(broken)[0].hex(), "name": "epoch"}


def test_a_header_without_entity_is_refused_without_a_name() -> None:
    """What has no entity has no op_id, only its index."""
    with pytest.raises(BadHeader) as refusal:
        read(push_of(AWA, [(HeaderBytes(b"\x90"), b"s")], [OpId(bytes(32))]), SPACE)
    assert refusal.value.details == {"index": 0, "op_id": None, "name": "encoding"}


@pytest.mark.parametrize("name", ["space", "device"])
def test_a_header_of_another_space_or_device_than_its_segment_is_refused(name: str) -> None:
    """A segment carries the ops of its own device, for its own space."""
    other = replace(header(1), **{name: b"\x77" * 16})
    with pytest.raises(BadHeader) as refusal:
        read(push(other), SPACE)
    assert refusal.value.details["name"] == name


def test_an_op_that_stands_twice_breaks_the_chain() -> None:
    """Even if the head is the chain over both."""
    with pytest.raises(BadChain):
        read(push(header(1), header(1)), SPACE)


@pytest.mark.parametrize("count", [0, 1])
def test_a_head_that_is_not_the_chain_over_the_ops_is_refused(count: int) -> None:
    """The head of an empty segment is the head before it."""
    headers = [header(n) for n in range(count)]
    with pytest.raises(BadChain):
        read(push(*headers, head=Digest(b"\x01" * 32)), SPACE)


def test_an_unknown_device_is_no_member() -> None:
    """It is refused before its signature is looked at."""
    broken = decode_push(push(header(1)))
    with pytest.raises(NotMember):
        verify(read(encode_push(broken.seg, b"", broken.ops), SPACE), None, REGISTRY)


def test_a_signature_of_another_key_or_segment_is_refused() -> None:
    """The signature is the device's own, over these bytes."""
    parts = decode_push(push(header(1)))
    flipped = bytes([parts.sig[0] ^ 1]) + parts.sig[1:]
    forged = push_of(AWA, [(header(1), SEALED)], names(header(1)), signing=MALLORY.signing)
    for data in (forged, encode_push(parts.seg, flipped, parts.ops), encode_push(parts.seg, b"", parts.ops)):
        with pytest.raises(BadSignature):
            check(data)


def test_a_kind_that_is_not_registered_for_the_class_is_refused() -> None:
    """After the signature, so that a stranger learns nothing of the registry."""
    for kind in ("unknown", "mark"):
        with pytest.raises(BadHeader) as refusal:
            check(push(header(1), header(2, kind)))
        assert refusal.value.details == {"index": 1, "op_id": names(header(2, kind))[0].hex(), "name": "kind"}


def test_a_fact_that_is_not_registered_is_refused_by_its_name() -> None:
    """Every kind is looked at before the first fact, and every fact before the first control body."""
    bad = header(1, facts=(("alias", "momo"),))
    with pytest.raises(BadFact) as refusal:
        check(push(bad))
    assert refusal.value.details == {"index": 0, "op_id": names(bad)[0].hex(), "name": "alias"}
    with pytest.raises(BadHeader):
        check(push(bad, header(2, "unknown")))


@pytest.mark.parametrize(
    ("kind", "body", "name"),
    [
        ("rules", b"\x90", "encoding"),
        ("rules", encode([1, 0]), "encoding"),
        ("rules", encode([1, 2]) + b"\xc0", "encoding"),
        ("member", encode_body(RulesBody(1)), "encoding"),
        ("member", encode_body(replace(member(AWA), device=MALLORY.device)), "device"),
        ("member", encode_body(replace(member(AWA), ed_pk=b"\x01" + bytes(31))), "ed_pk"),
        ("member", encode_body(replace(member(AWA), x_pk=bytes(32))), "x_pk"),
        ("member", encode_body(replace(member(AWA), x_pk=None, wrap=bytes(80))), "wrap"),
        ("member", encode_body(replace(member(AWA), wrap=bytes(79))), "encoding"),
        ("member", encode_body(replace(member(AWA), roles=8)), "encoding"),
        ("xkey", encode([1, bytes(32)]), "x_pk"),
        ("epoch", encode([1, 1, bytes(32), bytes(60), []]), "prev"),
        ("epoch", encode([1, 2, bytes(32), None, []]), "prev"),
        ("epoch", encode([1, 2, bytes(32), bytes(59), []]), "encoding"),
        ("epoch", encode([1, 0, bytes(32), None, []]), "encoding"),
        ("epoch", encode([1, 1, bytes(32), None, [[b"b" * 16, bytes(80)], [b"a" * 16, bytes(80)]]]), "wraps"),
        ("epoch", encode([1, 1, bytes(32), None, [[b"b" * 16, bytes(81)]]]), "encoding"),
        ("erase", encode([1, []]), "encoding"),
        ("erase", encode([1, [entity(2), entity(1)]]), "entities"),
        ("erase", encode([1, [entity(1), entity(1)]]), "entities"),
        ("erase", encode([1, [SPACE]]), "entities"),
        ("erase", encode([1, [entity(n) for n in range(501)]]), "encoding"),
    ],
)
def test_a_control_body_that_breaks_a_rule_of_its_own_is_refused(kind: str, body: bytes, name: str) -> None:
    """What can be judged without the log is judged before the lock."""
    with pytest.raises(BadControl) as refusal:
        check(control(body, kind))
    assert refusal.value.details["name"] == name


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        ("member", encode_body(member(AWA))),
        ("member", encode_body(member(AWA, wrap=bytes(80)))),
        ("member", encode_body(member(AWA, 0, keyed=False))),
        ("xkey", encode([1, b"\x09" + bytes(31)])),
        ("epoch", encode([1, 1, bytes(32), None, [[b"a" * 16, bytes(80)], [b"b" * 16, bytes(80)]]])),
        ("epoch", encode([1, 2, bytes(32), bytes(60), []])),
        ("erase", encode([1, [entity(n) for n in range(500)]])),
    ],
)
def test_a_control_body_that_keeps_its_rules_passes(kind: str, body: bytes) -> None:
    """The accepted twins of the refused ones."""
    assert list(check(control(body, kind)).bodies) == [0]


def test_the_checks_run_in_the_order_of_the_protocol() -> None:
    """A push that breaks every rule is refused for the first; mended one by one, for the next."""
    bad = [header(1, facts=(("alias", "momo"),)), header(2, "unknown"), replace(header(3), epoch=0)]
    broken = push_of(AWA, [(each, SEALED) for each in bad], names(*bad), signing=MALLORY.signing, n=9)
    codes = []
    for data in (
        broken,
        push_of(AWA, [(each, SEALED) for each in bad], names(*bad), signing=MALLORY.signing, head=Digest(bytes(32))),
        push_of(AWA, [(each, SEALED) for each in bad[:2]], names(*bad[1::-1]), signing=MALLORY.signing),
        push_of(AWA, [(each, SEALED) for each in bad[:2]], names(*bad[:2]), signing=MALLORY.signing),
        push(*bad[:2]),
        push(*bad[:1]),
    ):
        with pytest.raises(Refusal) as refusal:
            check(data)
        codes.append(refusal.value.code)
    assert codes == ["bad_seg", "bad_header", "bad_chain", "bad_sig", "bad_header", "bad_fact"]


def test_the_founder_of_an_empty_space_is_known_by_its_own_first_op() -> None:
    """A member op of another device, or anything else, makes nobody known."""
    _, awa = founded()
    assert awa.reader.segments
    rows = awa.reader.segments[0]
    data = encode_push(rows.seg, rows.sig, [(row.header, row.sealed) for row in rows.rows])  # type: ignore[union-attr]
    assert founding_key(read(data, SPACE)) == AWA.signing.public
    assert founding_key(read(control(encode_body(member(RECOVERY)), "member"), SPACE)) is None
    assert founding_key(read(control(b"\x90", "member"), SPACE)) is None
    assert founding_key(read(push(header(1)), SPACE)) is None
    assert founding_key(read(push(), SPACE)) is None


def test_a_stream_is_part_of_its_heads() -> None:
    """The same ops in another stream have another head, so a segment cannot be moved."""
    assert replica(AWA).outbox.stream != StreamId(b"\x20" * 16)
    with pytest.raises(BadChain):
        read(push(header(1), prev_head=Digest(chance(1)(32))), SPACE)
