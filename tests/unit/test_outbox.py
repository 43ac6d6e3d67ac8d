"""What each answer of the server does to the outbox: no answer makes a client drop an op."""

import pytest

from sync.control import RulesBody
from sync.errors import Detail
from sync.ids import ZERO32, Digest, OpId, StreamId
from sync.limits import PUSH_BYTES_MAX, PUSH_OPS_MAX
from sync.outbox import OutState, Reaction
from sync.replica import Replica
from sync.segment import Segment, decode_push, decode_segment, head_0
from sync.stored import decode_outbox, decode_replica, encode_outbox, encode_replica
from sync.writer import Edit, Genesis, Row, write, write_control
from tests.engine_kit import (
    AWA,
    REGISTRY,
    SPACE,
    START_MS,
    ModelServer,
    deliver,
    entity,
    founded,
    founder,
    moment,
    pull,
)

FRESH = StreamId(b"\x99" * 16)


def space(count: int = 3) -> tuple[ModelServer, Replica, list[OpId]]:
    """Return a founded space in which Awa's outbox holds a genesis and further ops of its entity."""
    server, awa = founded()
    names = write(awa, [Genesis(entity(1), "thing")], moment(2))
    for n in range(1, count):
        names += write(awa, [Row(entity(1), "mark", {}, {"text": f"note {n}"})], moment(2 + n))
    return server, awa, names


def in_flight(data: bytes | None) -> Segment:
    """Return the segment of a push."""
    assert data is not None
    return decode_segment(decode_push(data).seg)


def states(awa: Replica) -> list[OutState]:
    """Return the states of the outbox's ops, in write order."""
    return [op.state for op in awa.outbox.ops.values()]


def test_a_signed_segment_is_sent_as_it_is_until_it_is_answered() -> None:
    """Whatever is written meanwhile waits for the next one, and a restart changes nothing."""
    _, awa, _ = space()
    first = awa.push()
    write(awa, [Edit(entity(1), "thing", {"count": 1})], moment(9))
    assert awa.push() == first
    assert decode_replica(encode_replica(awa), AWA, REGISTRY).push() == first
    assert in_flight(first).n == 3


def test_an_op_leaves_the_outbox_when_it_is_pulled_back_and_not_at_200() -> None:
    """A server that loses what it acknowledged loses nothing of ours."""
    server, awa, names = space()
    data = awa.push()
    assert data is not None
    assert awa.accept(server.push(data), START_MS)
    assert list(awa.outbox.ops) == names
    assert states(awa) == [OutState.ACKNOWLEDGED] * 3
    assert awa.push() is None
    pull(awa, server)
    assert awa.outbox.ops == {}


def test_a_lost_answer_is_made_good_by_sending_again_or_by_pulling() -> None:
    """The server answers the same receipt; the log itself is an answer too."""
    server, awa, _ = space()
    data = awa.push()
    assert data is not None
    receipt = server.push(data)
    assert server.push(data) == receipt
    pull(awa, server)
    assert awa.outbox.ops == {}
    assert awa.outbox.flight is None
    write(awa, [Edit(entity(1), "thing", {"count": 1})], moment(9))
    deliver(awa, server)
    assert awa.outbox.ops == {}


def test_a_receipt_for_another_number_of_ops_is_no_answer() -> None:
    """The flight stays as it is."""
    server, awa, _ = space()
    first = awa.push()
    assert not awa.outbox.accept(2)
    assert awa.push() == first
    assert awa.outbox.accept(3)
    assert not awa.outbox.accept(3)
    assert server.cursor == 3


def test_a_segment_holds_at_most_500_ops_and_256_kib() -> None:
    """The rest follows in the next one."""
    server, awa = founded()
    write(awa, [Genesis(entity(n), "thing") for n in range(PUSH_OPS_MAX + 1)], moment(2))
    assert in_flight(awa.push()).n == PUSH_OPS_MAX
    deliver(awa, server)
    for n in range(8):
        write(awa, [Row(entity(1), "mark", {}, {"text": "x" * 60_000})], moment(600 + n))
    data = awa.push()
    assert data is not None
    assert len(data) <= PUSH_BYTES_MAX
    assert in_flight(data).n == 4
    deliver(awa, server)
    assert awa.outbox.ops == {}


def test_a_founding_goes_out_alone() -> None:
    """What its founder writes at once comes in the second segment."""
    server, awa, _ = space()
    deliver(awa, server)
    assert [len(paged.rows) for paged in server.segments] == [3, 3]


def test_ops_that_stand_in_the_log_are_forgotten_and_the_stream_goes_on() -> None:
    """Otherwise an outbox would grow with every op its device ever sent, and be saved with every gesture."""
    server, awa, _ = space()
    deliver(awa, server)
    assert (awa.outbox.sent, awa.outbox.settled) == ([], 6)
    write(awa, [Row(entity(1), "mark", {}, {"text": "more"})], moment(20))
    awa.outbox = decode_outbox(encode_outbox(awa.outbox), SPACE, AWA.device)
    assert in_flight(awa.push()).from_seq == 7
    deliver(awa, server)
    assert (awa.outbox.ops, awa.outbox.settled) == ({}, 7)


def test_a_moved_stream_whose_head_is_ours_is_continued_from_there() -> None:
    """Ops before it are acknowledged, ops from it on are sent again, in the same stream."""
    server, awa, names = space()
    deliver(awa, server)
    names = write(awa, [Row(entity(1), "mark", {}, {"text": str(n)}) for n in range(3)], moment(20))
    segment = in_flight(awa.push())
    heads = {seq: head for seq, (_, head) in enumerate(awa.outbox._chain(), awa.outbox.settled + 1)}
    reaction = awa.refuse(
        "stream_moved", {"next_seq": segment.from_seq + 1, "head": heads[segment.from_seq].hex()}, FRESH
    )
    assert reaction == Reaction.SEND
    again = in_flight(awa.push())
    assert (again.stream, again.from_seq, again.n) == (segment.stream, segment.from_seq + 1, 2)
    assert states(awa) == [OutState.ACKNOWLEDGED, OutState.QUEUED, OutState.QUEUED]
    assert list(awa.outbox.ops) == names


def test_a_server_that_lost_the_end_of_the_stream_gets_it_again() -> None:
    """What was acknowledged and not yet pulled is queued anew."""
    server, awa, _ = space()
    data = awa.push()
    assert data is not None
    awa.accept(server.push(data), START_MS)
    write(awa, [Row(entity(1), "mark", {}, {"text": "more"})], moment(20))
    segment = in_flight(awa.push())
    assert awa.outbox.base is not None
    awa.refuse("stream_moved", {"next_seq": segment.from_seq - 3, "head": awa.outbox.base.hex()}, FRESH)
    assert in_flight(awa.push()).n == 4


@pytest.mark.parametrize(
    "details",
    [
        {"next_seq": 0, "head": ZERO32.hex()},
        {"next_seq": 2, "head": "ab" * 32},
        {"next_seq": 99, "head": ZERO32.hex()},
        {"next_seq": "1", "head": None},
        {},
    ],
)
def test_a_closed_or_foreign_stream_is_left_for_a_fresh_one(details: dict[str, Detail]) -> None:
    """The same ops, byte for byte, in a new random stream."""
    server, awa, names = space()
    before = decode_push(awa.push() or b"").ops
    assert awa.refuse("stream_moved", details, FRESH) == Reaction.SEND
    again = in_flight(awa.push())
    assert (again.stream, again.from_seq, again.prev_head) == (FRESH, 1, head_0(SPACE, FRESH, AWA.device))
    assert decode_push(awa.push() or b"").ops == before
    deliver(awa, server)
    assert set(names) <= set(server.headers)


def test_an_unknown_stream_begins_again() -> None:
    """The same stream if none of its ops stands in the log, else a fresh one: no stream holds two runs of ops."""
    awa = founder()
    segment = in_flight(awa.push())
    head = head_0(SPACE, segment.stream, AWA.device).hex()
    awa.refuse("stream_moved", {"next_seq": 1, "head": head}, FRESH)
    again = in_flight(awa.push())
    assert (again.stream, again.from_seq, again.n) == (segment.stream, 1, 3)
    _, awa, _ = space()
    segment = in_flight(awa.push())
    awa.refuse("stream_moved", {"next_seq": 1, "head": head_0(SPACE, segment.stream, AWA.device).hex()}, FRESH)
    again = in_flight(awa.push())
    assert (again.stream, again.from_seq, again.n) == (FRESH, 1, 3)


def test_ops_that_are_logged_already_are_acknowledged_and_the_others_sent() -> None:
    """They stay until they are pulled."""
    _, awa, names = space()
    awa.push()
    assert awa.refuse("already_logged", {"op_ids": [names[0].hex()]}, FRESH) == Reaction.SEND
    assert states(awa) == [OutState.ACKNOWLEDGED, OutState.QUEUED, OutState.QUEUED]
    assert in_flight(awa.push()).n == 2


def test_a_push_too_large_is_halved_down_to_one_op_which_is_set_aside() -> None:
    """So one op that can never pass does not stop the others."""
    _, awa, names = space(4)
    sizes = []
    for _ in range(3):
        sizes.append(in_flight(awa.push()).n)
        assert awa.refuse("too_large", {}, FRESH) == Reaction.SEND
    assert sizes == [4, 2, 1]
    assert states(awa) == [OutState.ASIDE] + [OutState.QUEUED] * 3
    assert awa.outbox.ops[names[0]].code == "too_large"
    assert in_flight(awa.push()).n == 3


@pytest.mark.parametrize("code", ["bad_header", "bad_fact", "bad_control"])
def test_a_refused_op_is_set_aside_and_the_rest_sent(code: str) -> None:
    """It is kept with the reason, to be shown."""
    _, awa, names = space()
    awa.push()
    assert awa.refuse(code, {"index": 1, "op_id": names[1].hex(), "name": "x"}, FRESH) == Reaction.SEND
    assert states(awa) == [OutState.QUEUED, OutState.ASIDE, OutState.QUEUED]
    assert awa.outbox.ops[names[1]].code == code
    assert in_flight(awa.push()).n == 2
    assert names[1] in [op.op_id for op in awa.ops(entity(1))]


def test_a_refused_genesis_takes_its_entity_s_unsent_ops_along() -> None:
    """They are sealed under its secret; what another entity waits for is sent."""
    _, awa, names = space()
    write(awa, [Genesis(entity(2), "thing")], moment(20))
    awa.push()
    awa.refuse("bad_header", {"index": 0, "op_id": None, "name": "entity"}, FRESH)
    assert states(awa) == [OutState.ASIDE] * 3 + [OutState.QUEUED]
    assert len(names) == 3


@pytest.mark.parametrize("code", ["bad_seg", "bad_sig", "bad_chain"])
def test_an_unreadable_segment_is_built_again_once_and_then_set_aside(code: str) -> None:
    """Twice is no accident of the line."""
    _, awa, names = space()
    awa.push()
    assert awa.refuse(code, {}, FRESH) == Reaction.SEND
    assert states(awa) == [OutState.QUEUED] * 3
    awa.push()
    assert awa.refuse(code, {}, FRESH) == Reaction.SEND
    assert states(awa) == [OutState.ASIDE] * 3
    assert list(awa.outbox.ops) == names
    assert awa.push() is None


def test_a_refusal_that_names_no_op_of_the_flight_is_treated_as_unreadable() -> None:
    """A server cannot make the client loop for ever on the same bytes."""
    for code, details in (("bad_fact", {"index": 7, "op_id": "00"}), ("already_logged", {"op_ids": ["00"]})):
        _, awa, _ = space()
        for _ in range(2):
            awa.push()
            awa.refuse(code, details, FRESH)  # type: ignore[arg-type]
        assert states(awa) == [OutState.ASIDE] * 3


def test_an_epoch_conflict_sets_the_control_ops_aside_to_be_built_again() -> None:
    """The others are sent as they are."""
    server, awa, names = space()
    name = write_control(awa, RulesBody(2), moment(20))
    awa.push()
    assert awa.refuse("epoch_conflict", {"epoch": 2}, FRESH) == Reaction.REBUILD_CONTROL
    assert awa.outbox.ops[name].state == OutState.ASIDE
    deliver(awa, server)
    assert list(awa.outbox.ops) == [name]
    assert set(names) <= set(server.headers)


@pytest.mark.parametrize(
    ("code", "reaction"),
    [
        ("device_revoked", Reaction.SALVAGE),
        ("not_member", Reaction.SALVAGE),
        ("role_missing", Reaction.SALVAGE),
        ("log_mismatch", Reaction.RESTORE),
        ("unauthenticated", Reaction.AUTHENTICATE),
        ("too_many_requests", Reaction.WAIT),
        ("unavailable", Reaction.WAIT),
        ("a_code_of_the_future", Reaction.WAIT),
    ],
)
def test_any_other_answer_leaves_the_outbox_and_the_flight_as_they_are(code: str, reaction: Reaction) -> None:
    """The ops wait, signed, for another day."""
    _, awa, _ = space()
    first = awa.push()
    assert awa.refuse(code, {}, FRESH) == reaction
    assert awa.push() == first
    assert states(awa) == [OutState.QUEUED] * 3


def test_a_refusal_without_a_flight_changes_nothing() -> None:
    """A late answer to something else."""
    _, awa, _ = space()
    assert awa.refuse("stream_moved", {"next_seq": 0, "head": ZERO32.hex()}, FRESH) == Reaction.WAIT
    assert awa.outbox.stream != FRESH


def test_an_outbox_survives_a_restart_in_every_state() -> None:
    """Bytes, states, codes, chain and flight come back."""
    _, awa, names = space(4)
    awa.push()
    awa.refuse("bad_fact", {"index": 1, "op_id": names[1].hex()}, FRESH)
    awa.push()
    again = decode_outbox(encode_outbox(awa.outbox), SPACE, AWA.device)
    assert again == awa.outbox
    assert again.push(AWA.signing, (0, Digest(ZERO32))) == awa.push()
