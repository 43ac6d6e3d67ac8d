"""What a retired device could not send: an administrator's device writes it again, once, and overrides nothing."""

from collections.abc import Callable
from copy import deepcopy

import pytest

from sync.codec import Value, decode, encode
from sync.errors import BadHeader
from sync.fold import Group
from sync.ids import OpId, StreamId, WorkerId
from sync.liveness import FACT, FIELD
from sync.op import OpClass
from sync.outbox import OutState
from sync.replica import Replica
from sync.reseal import reseal
from sync.rotation import write_revocation, write_rotation
from sync.salvage import BadCopy, CopyFault, copy_outbox, open_copy, write_salvage
from sync.writer import Amend, Edit, Genesis, Row, write
from tests.engine_kit import MALLORY, SAMIR, ModelServer, chance, deliver, entity, moment, pull, replica
from tests.restored_kit import DINA, THING, again, back, note_of, noted, office

OTHER = entity(2)
STREAM = StreamId(chance(41)(16))
SAMIRS = WorkerId(b"\x0e" * 16)


def retired() -> tuple[ModelServer, Replica, Replica, Replica, bytes]:
    """Return a server, two administrators, and a retired device with the copy of six ops that it never sent."""
    server, awa, dina, samir = office()
    noted(awa, "calm", 2)
    deliver(awa, server)
    pull(samir, server)
    noted(samir, "tired", 3)
    write(samir, [Genesis(OTHER, "thing", fields={"note": "new"})], moment(4))
    (row,) = write(samir, [Row(OTHER, "mark", facts={"done": False})], moment(5))
    write(samir, [Amend(OTHER, "mark", row, facts={"done": True})], moment(6))
    write(samir, [Row(THING, "mark", facts={"about": row[:16]})], moment(7))
    write(samir, [Edit(OTHER, "thing", fields={"note": "newer"})], moment(8))
    pull(awa, server)
    write_revocation(awa, [SAMIR.device], moment(9))
    deliver(awa, server)
    pull(dina, server)
    return server, awa, dina, samir, copy_outbox(samir, STREAM)


def marks(who: Replica, of: bytes) -> list[Group]:
    """Return the rows of an entity that count."""
    state = who.state(entity(of[-1]))
    assert state is not None
    return [group for group in state.groups if group.row is not None and group.counts]


def salvage(who: Replica, copied: bytes) -> list[OpId]:
    """Open a copy and write it again."""
    return write_salvage(who, open_copy(who, copied))


def test_an_administrator_writes_it_again_and_everybody_reads_it() -> None:
    server, awa, dina, samir, copied = retired()
    found = open_copy(awa, copied)
    assert (found.device, found.worker, len(found.ops), found.known, found.closed) == (SAMIR.device, SAMIRS, 6, 0, 0)
    assert len(write_salvage(awa, found)) == 6
    awa = again(awa)
    deliver(awa, server)
    pull(dina, server)
    for who in (awa, dina):
        state = who.state(OTHER)
        assert state is not None
        assert state.own is not None
        assert state.own.registers[FIELD, "note"].value == "newer"
        assert not state.own.registers[FIELD, "note"].conflict
        (mark,) = marks(who, OTHER)
        assert mark.registers[FACT, "done"].value is True
        (about,) = marks(who, THING)
        assert mark.row is not None
        assert about.registers[FACT, "about"].value == mark.row[:16]
    ops = [op for op in dina.ops(OTHER) if op.payload is not None]
    assert {op.payload.by for op in ops if op.payload} == {SAMIRS}
    assert {op.header.device for op in ops} == {awa.identity.device}
    assert {op.payload.at_ms for op in ops if op.payload} == {moment().at_ms}
    assert len(samir.outbox.ops) == 6


def test_an_old_edit_stands_beside_what_was_written_since_and_not_over_it() -> None:
    server, awa, dina, _, copied = retired()
    write(dina, [Edit(THING, "thing", fields={"note": "asleep"})], moment(10, local_ms=moment().local_ms + 3_600_000))
    deliver(dina, server)
    pull(awa, server)
    salvage(awa, copied)
    deliver(awa, server)
    state = awa.state(THING)
    assert state is not None
    assert state.own is not None
    register = state.own.registers[FIELD, "note"]
    assert (register.value, register.conflict) == ("asleep", True)
    assert {candidate.value for candidate in register.candidates} == {"asleep", "tired"}


def test_what_two_administrators_write_again_from_one_copy_counts_once() -> None:
    server, awa, dina, _, copied = retired()
    salvage(awa, copied)
    salvage(dina, copied)
    deliver(awa, server)
    while True:
        pushed = dina.push()
        if pushed is None:
            break
        try:
            dina.accept(server.push(pushed), 0)
        except BadHeader as refused:
            dina.refuse(refused.code, refused.details, StreamId(chance(len(dina.outbox.ops))(16)))
    assert next(op.header.op_class for op in dina.outbox.in_state(OutState.ASIDE)) == OpClass.GENESIS
    pull(dina, server)
    assert reseal(dina)
    assert not dina.outbox.in_state(OutState.ASIDE)
    dina = again(dina)
    deliver(dina, server)
    pull(awa, server)
    for who in (awa, dina):
        assert (len(marks(who, OTHER)), len(marks(who, THING)), note_of(who)) == (1, 1, "tired")
        state = who.state(OTHER)
        assert state is not None
        assert len([group for group in state.groups if group.row is not None]) == 2
        assert state.own is not None
        assert state.own.registers[FIELD, "note"].value == "newer"
    assert awa.state(OTHER) == dina.state(OTHER)


def test_the_same_copy_opened_again_brings_nothing() -> None:
    server, awa, _, _, copied = retired()
    salvage(awa, copied)
    assert salvage(awa, copied) == []
    deliver(awa, server)
    assert salvage(awa, copied) == []
    write_rotation(awa, moment(11))
    deliver(awa, server)
    found = open_copy(awa, copied)
    assert (found.ops, found.known) == ((), 6)


def test_what_an_administrator_took_over_and_could_not_send_is_still_counted_once() -> None:
    """A copy of a copy names the first row and the first worker, so it is the same as the one of the first copy."""
    server, awa, dina, _, copied = retired()
    assert len(salvage(dina, copied)) == 6
    write_revocation(awa, [DINA.device], moment(11))
    deliver(awa, server)
    second = open_copy(awa, copy_outbox(dina, StreamId(chance(42)(16))))
    assert (second.worker, len(second.ops)) == (WorkerId(b"\x0d" * 16), 6)
    assert len(write_salvage(awa, second)) == 6
    assert salvage(awa, copied) == []
    deliver(awa, server)
    assert (len(marks(awa, OTHER)), len(marks(awa, THING)), note_of(awa)) == (1, 1, "tired")
    assert {op.payload.by for op in awa.ops(OTHER) if op.payload} == {SAMIRS}


def test_what_the_log_has_already_is_not_written_again() -> None:
    """A push that was answered after the device had lost its line for good."""
    server, awa, _, samir = office()
    noted(samir, "calm", 2)
    pushed = samir.push()
    assert pushed is not None
    server.push(pushed)
    noted(samir, "tired", 3)
    pull(awa, server)
    write_revocation(awa, [SAMIR.device], moment(9))
    deliver(awa, server)
    found = open_copy(awa, copy_outbox(samir, STREAM))
    assert (len(found.ops), found.known) == (1, 1)
    write_salvage(awa, found)
    assert note_of(awa) == "tired"


def test_a_genesis_whose_entity_another_began_becomes_an_edit() -> None:
    server, awa, _, _, copied = retired()
    write(awa, [Genesis(OTHER, "thing", fields={"note": "mine"})], moment(12))
    salvage(awa, copied)
    deliver(awa, server)
    state = awa.state(OTHER)
    assert state is not None
    assert state.own is not None
    assert {one.value for one in state.own.registers[FIELD, "note"].candidates} == {"mine", "newer"}


def test_a_copy_opens_for_nobody_without_the_keys() -> None:
    """The control stands above: the administrator opens all of it."""
    server, awa, _, _, copied = retired()
    assert b"newer" not in copied
    stranger = replica(MALLORY, awa.reader.root)
    pull(stranger, server)
    found = open_copy(stranger, copied)
    assert (found.ops, found.closed) == ((), 6)


def parts(copied: bytes) -> tuple[Value, list[Value]]:
    """Return the space and the pushes of a copy."""
    match decode(copied):
        case [1, space, list() as pushes]:
            return space, pushes
        case _:
            raise AssertionError("a copy has another form")


@pytest.mark.parametrize(
    ("spoil", "fault"),
    [
        (lambda data: data[:-1], CopyFault.UNREADABLE),
        (lambda data: data[:-1] + bytes([data[-1] ^ 1]), CopyFault.UNREADABLE),
        (lambda data: encode([1, b"\x11" * 16, parts(data)[1]]), CopyFault.OTHER_SPACE),
        (lambda data: encode([1, parts(data)[0], []]), CopyFault.UNREADABLE),
        (lambda data: encode([1, parts(data)[0], [b"x"]]), CopyFault.UNREADABLE),
        (lambda data: encode([1, parts(data)[0], parts(data)[1] * 2]), CopyFault.UNREADABLE),
    ],
)
def test_a_spoilt_copy_is_refused_and_nothing_is_written(spoil: Callable[[bytes], bytes], fault: CopyFault) -> None:
    _, awa, _, _, copied = retired()
    before = list(awa.outbox.ops)
    with pytest.raises(BadCopy) as refused:
        open_copy(awa, spoil(copied))
    assert (refused.value.fault, list(awa.outbox.ops)) == (fault, before)


def test_a_copy_without_its_first_part_is_refused() -> None:
    """Whoever carries it may leave nothing out but the end, and the device says how many there are."""
    _, awa, _, samir = office()
    for n in range(3):
        noted(samir, "x" * 60_000, 20 + n)
        write(samir, [Edit(THING, "thing", fields={"note": "y" * 60_000})], moment(30 + n))
    space, pushes = parts(copy_outbox(samir, STREAM))
    assert len(pushes) > 1
    with pytest.raises(BadCopy):
        open_copy(awa, encode([1, space, pushes[1:]]))


def test_a_device_that_is_a_member_sends_its_ops_itself() -> None:
    server, awa, _, samir = office()
    backup = deepcopy(server)
    noted(samir, "calm", 2)
    with pytest.raises(BadCopy) as refused:
        open_copy(awa, copy_outbox(samir, STREAM))
    assert refused.value.fault is CopyFault.NOT_RETIRED
    assert back(awa, backup) == backup.cursor


def test_the_copy_of_a_device_that_was_never_here_is_refused() -> None:
    server, awa, _, samir = office()
    stranger = replica(MALLORY, awa.reader.root)
    pull(stranger, server)
    stranger.keyring.epoch_keys = dict(samir.keyring.epoch_keys)
    write(stranger, [Genesis(OTHER, "thing")], moment(2))
    with pytest.raises(BadCopy) as refused:
        open_copy(awa, copy_outbox(stranger, STREAM))
    assert refused.value.fault is CopyFault.UNKNOWN_DEVICE
