"""Writing: bases, keys, clocks, and gestures that are saved whole or not at all."""

import pytest

from sync.clock import Hlc
from sync.control import EraseBody
from sync.fold import EntityState, fold, fold_bytes
from sync.ids import EntityId, OpId, StreamId
from sync.keyring import Identity
from sync.keys import SigningKey
from sync.liveness import FACT, FIELD, live_ops
from sync.outbox import Outbox
from sync.payload import Payload
from sync.replica import Replica
from sync.rulings import Outcome
from sync.secret import Secret
from sync.stored import decode_replica, encode_replica
from sync.writer import Amend, CannotWrite, Edit, Genesis, Intent, Row, write, write_control
from tests.engine_kit import (
    AWA,
    RECOVERY,
    REGISTRY,
    SPACE,
    START_MS,
    ModelServer,
    chance,
    deliver,
    entity,
    founded,
    founder,
    moment,
    pull,
    replica,
)


def state(who: Replica, of: EntityId) -> EntityState:
    """Return what a replica shows of an entity."""
    shown = who.state(of)
    assert shown is not None
    return shown


def payload(who: Replica, op_id: OpId) -> Payload:
    """Return what an op says."""
    return who.payloads[op_id]


def test_an_edit_s_base_is_every_live_op_that_sets_the_name_in_its_group() -> None:
    """All of them, not only the current siblings; another group or namespace is another thing."""
    _, awa = founded()
    first = write(awa, [Genesis(entity(1), "thing", {"count": 1}, {"note": "a"})], moment(2))
    second = write(awa, [Edit(entity(1), "thing", {"count": 2}, {"count": "field"})], moment(3))
    row = write(awa, [Row(entity(1), "mark", {"done": False}, {"note": "b"})], moment(4))
    third = write(awa, [Edit(entity(1), "thing", {"count": 3}, {"note": "c"})], moment(5))
    amended = write(awa, [Amend(entity(1), "mark", row[0], {"done": True}, {"note": "d"})], moment(6))
    assert payload(awa, first[0]).fact_bases == ((),)
    assert payload(awa, second[0]).fact_bases == ((first[0],),)
    assert payload(awa, second[0]).fields[0].base == ()
    assert payload(awa, third[0]).fact_bases == (tuple(sorted([first[0], second[0]])),)
    assert payload(awa, third[0]).fields[0].base == (first[0],)
    assert payload(awa, amended[0]).fact_bases == ((row[0],),)
    assert payload(awa, amended[0]).fields[0].base == (row[0],)


def test_one_worker_never_conflicts_with_themself() -> None:
    """Before and after the push, on this device and on another."""
    server, awa = founded()
    write(awa, [Genesis(entity(1), "thing", {"count": 1})], moment(2))
    for n in range(2, 6):
        write(awa, [Edit(entity(1), "thing", {"count": n})], moment(n))
    offline = state(awa, entity(1)).groups[0].registers[(FACT, "count")]
    assert (offline.value, offline.conflict, len(offline.candidates)) == (5, False, 1)
    deliver(awa, server)
    other = replica(RECOVERY, awa.reader.root)
    pull(other, server)
    assert fold_bytes(state(other, entity(1))) == fold_bytes(state(awa, entity(1)))


def test_two_devices_that_wrote_side_by_side_both_show_the_conflict() -> None:
    """Neither value is lost; an edit that saw both settles it."""
    server, awa = founded()
    write(awa, [Genesis(entity(1), "thing", {}, {"note": "a"})], moment(2))
    deliver(awa, server)
    other = replica(RECOVERY, awa.reader.root, 1)
    pull(other, server)
    write(awa, [Edit(entity(1), "thing", {}, {"note": "b"})], moment(3))
    write(other, [Edit(entity(1), "thing", {}, {"note": "c"})], moment(4))
    for who in (awa, other, awa):
        deliver(who, server)
    for who in (awa, other):
        register = state(who, entity(1)).groups[0].registers[(FIELD, "note")]
        assert (register.conflict, sorted(str(value) for _, value in register.candidates)) == (True, ["b", "c"])
    write(other, [Edit(entity(1), "thing", {}, {"note": "d"})], moment(5))
    deliver(other, server)
    pull(awa, server)
    settled = state(awa, entity(1)).groups[0].registers[(FIELD, "note")]
    assert (settled.value, settled.conflict) == ("d", False)


@pytest.mark.parametrize(
    "refused",
    [
        Genesis(entity(1), "thing"),
        Genesis(entity(2), "mark"),
        Genesis(entity(2), "Thing"),
        Edit(entity(2), "thing", {"count": 1}),
        Edit(entity(1), "thing", {"alias": "momo"}),
        Edit(entity(1), "thing", {"size": "huge"}),
        Edit(entity(1), "thing", {}, {"Note": "x"}),
        Edit(entity(1), "thing", {}, {"note": 1.5}),  # type: ignore[dict-item]
        Edit(entity(1), "thing", {}, {"note": [[[[[1]]]]]}),
        Edit(entity(1), "thing", {}, {"note": "x" * 70_000}),
        Amend(entity(1), "mark", OpId(bytes(32)), {"done": True}),
        Row(entity(9), "mark"),
    ],
)
def test_a_gesture_with_one_op_that_cannot_be_is_not_saved_at_all(refused: Intent) -> None:
    """What the server or a reader would refuse is refused here, before the screen says saved."""
    _, awa = founded()
    write(awa, [Genesis(entity(1), "thing")], moment(2))
    before = dict(awa.outbox.ops)
    with pytest.raises(CannotWrite):
        write(awa, [Edit(entity(1), "thing", {"count": 1}), refused], moment(3))
    assert awa.outbox.ops == before
    assert write(awa, [Edit(entity(1), "thing", {"count": 1})], moment(3))


def test_nothing_is_written_about_an_erased_entity() -> None:
    """Nor is anything of it shown."""
    server, awa = founded()
    write(awa, [Genesis(entity(1), "thing")], moment(2))
    write_control(awa, EraseBody((entity(1),)), moment(3))
    deliver(awa, server)
    assert awa.state(entity(1)) is None
    with pytest.raises(CannotWrite):
        write(awa, [Edit(entity(1), "thing", {"count": 1})], moment(4))


def test_a_device_without_the_epoch_key_writes_nothing() -> None:
    """Another box key than the founding wrapped for opens nothing, and says so."""
    server, awa = founded()
    impostor = Identity(RECOVERY.signing, AWA.box)
    other = replica(impostor, awa.reader.root)
    assert other.apply_page(server.page(), 0).failed_epochs == {1}
    with pytest.raises(CannotWrite):
        write(other, [Genesis(entity(1), "thing")], moment(2))
    keyless = replica(Identity(SigningKey(Secret(b"\x05" * 32)), None), awa.reader.root)
    assert keyless.apply_page(server.page(), 0).failed_epochs == frozenset()
    assert keyless.keyring.newest == 0


def test_header_times_are_quarter_hours_and_only_grow() -> None:
    """A clock set back a year does not set the ops back."""
    _, awa = founded()
    write(awa, [Genesis(entity(1), "thing")], moment(2, START_MS + 1_000_000))
    write(awa, [Edit(entity(1), "thing", {"count": 1})], moment(3, 0))
    write(awa, [Edit(entity(1), "thing", {"count": 2})], moment(4, START_MS + 1_000_000))
    times = [Hlc(op.header.hlc_ms, op.header.hlc_ctr) for op in awa.outbox.ops.values()]
    assert times == [(START_MS + 900_000, n) for n in range(3)]
    assert START_MS % 900_000 == 0


def test_ops_that_come_before_their_genesis_open_when_it_arrives() -> None:
    """They wait, are counted, and are not lost."""
    server, awa = founded()
    write(awa, [Genesis(entity(1), "thing", {"count": 1})], moment(2))
    write(awa, [Edit(entity(1), "thing", {"count": 2})], moment(3))
    ops = list(awa.outbox.ops.values())
    awa.outbox.ops = {op.op_id: op for op in reversed(ops)}
    data = awa.push()
    assert data is not None
    awa.accept(server.push(data), START_MS)
    other = replica(RECOVERY, awa.reader.root)
    other.apply_page(server.page(), 0)
    assert other.waiting == {}
    assert state(other, entity(1)).groups[0].registers[(FACT, "count")].value == 2


def test_an_op_that_never_opens_is_kept_and_changes_nothing() -> None:
    """Its facts are in clear and still do not count on a device."""
    server, awa = founded()
    write(awa, [Genesis(entity(1), "thing", {"count": 1})], moment(2))
    deliver(awa, server)
    other = replica(RECOVERY, awa.reader.root)
    pull(other, server)
    other.keyring.secrets[entity(1)] = type(other.keyring.secrets[entity(1)])(bytes(32))
    write(other, [Edit(entity(1), "thing", {"count": 9})], moment(3))
    deliver(other, server)
    pull(awa, server)
    assert len(awa.waiting) == 1
    assert state(awa, entity(1)).groups[0].registers[(FACT, "count")].value == 1


def test_a_command_is_a_request_until_it_has_a_cursor() -> None:
    """Then it is ruled, the same on every device."""
    server, awa = founded()
    facts = {"move": "send", "expect": "draft"}
    names = write(awa, [Genesis(entity(4), "lane"), Row(entity(4), "lane_move", facts)], moment(2))
    assert awa.rulings.outcomes == {}
    deliver(awa, server)
    assert awa.rulings.outcomes == {names[1]: Outcome.APPLIED}
    write(awa, [Row(entity(4), "lane_move", {"move": "accept", "expect": "offered"})], moment(3))
    deliver(awa, server)
    assert list(awa.rulings.outcomes.values()) == [Outcome.APPLIED, Outcome.PENDING]
    write_control(awa, EraseBody((entity(4),)), moment(4))
    deliver(awa, server)
    assert awa.rulings.outcomes == {}


def test_a_replica_survives_a_restart_with_unsent_ops_and_without_keys_at_rest() -> None:
    """Keys and payloads are learnt again; the bytes hold neither key nor text."""
    server, awa = founded()
    write(awa, [Genesis(entity(1), "thing", {"count": 1}, {"note": "canary"})], moment(2))
    deliver(awa, server)
    write(awa, [Genesis(entity(2), "thing", {}, {"note": "canary"}), Edit(entity(1), "thing", {"count": 2})], moment(3))
    kept = encode_replica(awa)
    again = decode_replica(kept, AWA, REGISTRY)
    for n in (1, 2):
        assert fold_bytes(state(again, entity(n))) == fold_bytes(state(awa, entity(n)))
    assert (again.hlc, again.offsets, again.keyring.newest) == (awa.hlc, awa.offsets, 1)
    for secret in (b"canary", awa.keyring.epoch_keys[1].reveal(), awa.keyring.secrets[entity(2)].reveal()):
        assert secret not in kept
    assert awa.outbox.ops.keys() == again.outbox.ops.keys()


def test_a_founder_survives_a_restart_before_its_first_push() -> None:
    """The first epoch's key is in its own outbox, wrapped for itself."""
    server, awa = ModelServer(), decode_replica(encode_replica(founder()), AWA, REGISTRY)
    assert awa.keyring.newest == 1
    write(awa, [Genesis(entity(1), "thing")], moment(2))
    deliver(awa, server)
    assert (server.cursor, awa.outbox.ops) == (4, {})


def test_an_edit_kills_what_it_wholly_supersedes_and_nothing_else_does() -> None:
    """What is killed is shown by nothing any more; a genesis, a row and its amendments never die."""
    server, awa = founded()
    write(awa, [Genesis(entity(1), "thing", {"size": "small", "count": 0})], moment(2))
    (first,) = write(awa, [Edit(entity(1), "thing", {"count": 1}, {"note": "a"})], moment(3))
    (half,) = write(awa, [Edit(entity(1), "thing", {"count": 2})], moment(4))
    assert awa.outbox.ops[half].header.kills == ()
    (rest,) = write(awa, [Edit(entity(1), "thing", {"size": "large"}, {"note": "b"})], moment(5))
    assert awa.outbox.ops[rest].header.kills == (first,)
    (row,) = write(awa, [Row(entity(1), "mark", {"done": False})], moment(6))
    amendments = [write(awa, [Amend(entity(1), "mark", row, {"done": True})], moment(7 + n))[0] for n in range(2)]
    assert [awa.outbox.ops[each].header.kills for each in (row, *amendments)] == [(), (), ()]
    (last,) = write(awa, [Edit(entity(1), "thing", {"count": 3, "size": "large"}, {"note": "c"})], moment(9))
    assert awa.outbox.ops[last].header.kills == tuple(sorted((half, rest)))
    deliver(awa, server)
    assert set(awa.reader.view.killed) == {first, half, rest}
    live = live_ops(awa.ops(entity(1)))
    assert fold_bytes(fold(entity(1), live, awa.registry)) == fold_bytes(
        fold(entity(1), awa.ops(entity(1)), awa.registry)
    )


def test_more_than_sixty_four_wait_for_the_next_edit() -> None:
    """Seventy devices that edit side by side leave seventy values; the one who settles them kills as many as fit."""
    server, awa = founded()
    write(awa, [Genesis(entity(1), "thing")], moment(2))
    deliver(awa, server)
    for n in range(70):
        fork = decode_replica(encode_replica(awa), awa.identity, awa.registry)
        fork.outbox = Outbox(SPACE, AWA.device, StreamId(chance(n)(16)))
        write(fork, [Edit(entity(1), "thing", fields={"note": f"{n}"})], moment(100 + n))
        pushed = fork.push()
        assert pushed is not None
        server.push(pushed)
    pull(awa, server)
    (first,) = write(awa, [Edit(entity(1), "thing", fields={"note": "settled"})], moment(300))
    (second,) = write(awa, [Edit(entity(1), "thing", fields={"note": "and again"})], moment(301))
    assert [len(awa.outbox.ops[each].header.kills) for each in (first, second)] == [64, 7]
    assert [op.op_id for op in live_ops(awa.ops(entity(1)))][1:] == [second]
