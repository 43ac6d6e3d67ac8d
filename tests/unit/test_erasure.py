"""What an erasure does on a device: nothing of the entity stays, not in memory, not in what is kept, not for whoever
comes later; and nothing of anything else changes."""

import asyncio
from copy import deepcopy
from dataclasses import replace as with_fields

import httpx
import pytest

from sync.checkpoint import checkpoint_of, start_of
from sync.client import MSGPACK, Client
from sync.codec import encode
from sync.errors import IntegrityFailure
from sync.ids import EntityId, OpId, StreamId
from sync.liveness import FIELD
from sync.log import ErasedRow, OpRow, decode_receipt, encode_receipt
from sync.outbox import OutState
from sync.reader import Reader
from sync.replica import Replica, new_replica
from sync.rotation import keep_controls
from sync.start import Start
from sync.stored import encode_replica
from sync.writer import Amend, CannotWrite, Edit, Genesis, Row, write, write_erasure
from tests.engine_kit import (
    REGISTRY,
    SPACE,
    START_MS,
    ModelServer,
    chance,
    deliver,
    entity,
    moment,
    pull,
    replica,
)
from tests.model_pages import bootstrap_page, checkpoint_at
from tests.restored_kit import DINA, Office, again, back, office

MOMO, OTHER = entity(1), entity(2)
CANARY = b"Momo of the canal"


@pytest.fixture
def lived() -> Office:
    """Momo has a genesis, an edit, a row and an amendment of it, of several hands; the other has a genesis."""
    made = office()
    awa, samir = made.awa, made.samir
    write(awa, [Genesis(MOMO, "thing", {"size": "small"}, {"note": CANARY})], moment(11))
    deliver(awa, made.server)
    pull(samir, made.server)
    (row,) = write(samir, [Row(MOMO, "mark", {"done": True}, {"note": CANARY})], moment(12))
    write(samir, [Edit(MOMO, "thing", {}, {"note": b"calm"})], moment(13))
    write(
        samir, [Amend(MOMO, "mark", row, {"done": None}), Genesis(OTHER, "thing", {}, {"note": b"other"})], moment(14)
    )
    deliver(samir, made.server)
    for who in (awa, made.dina):
        pull(who, made.server)
    return made


def erase(who: Replica, *entities: EntityId, seed: int = 20) -> None:
    write_erasure(who, entities, moment(seed))


def names_of(who: Replica, of: EntityId) -> list[OpId]:
    return [name for name, entry in who.reader.view.first_entries.items() if entry.entity == of]


def holds(who: Replica, server: ModelServer) -> list[str]:
    """Return where a replica still holds something of Momo."""
    view, names = who.reader.view, set(names_of(who, MOMO))
    unsent = {op.op_id for op in who.outbox.ops.values() if op.header.entity == MOMO}
    headers = [row.header for paged in server.segments for row in paged.rows if isinstance(row, OpRow)]
    found = {
        "entries": bool(who.entries.get(MOMO)) or bool(who.lost.get(MOMO)),
        "payloads": any(name in who.payloads for name in names | unsent),
        "secret": MOMO in who.keyring.secrets or any(key[0] == MOMO for key in who.keyring._op_keys),
        "waiting": any(entry.entity == MOMO for entry in who.waiting.values()),
        "outbox": bool(unsent),
        "log": any(not isinstance(view.first_entries[name].row, ErasedRow) for name in names),
        "commands": any(command.header.entity == MOMO for command, _ in who.commands),
        "kept": any(header in encode_replica(who) for header in OFFERED if header not in headers),
    }
    return [where for where, is_there in found.items() if is_there]


OFFERED: list[bytes] = []


@pytest.fixture(autouse=True)
def offered(lived: Office) -> None:
    """Remember the bytes of Momo's headers, by which what a device keeps is searched."""
    OFFERED[:] = [
        row.header
        for paged in lived.server.segments
        for row in paged.rows
        if isinstance(row, OpRow) and bytes(MOMO) in bytes(row.header)
    ]


def test_before_the_erasure_each_of_these_places_holds_something(lived: Office) -> None:
    """The control: the same look finds what is there."""
    write(lived.samir, [Edit(MOMO, "thing", {}, {"note": b"new"})], moment(15))
    assert len(OFFERED) == 4
    found = holds(lived.samir, with_fields(lived.server, segments=[]))
    assert found == ["entries", "payloads", "secret", "outbox", "log", "kept"]


def test_whoever_pulls_the_erasure_lets_go_of_everything(lived: Office) -> None:
    erase(lived.awa, MOMO)
    deliver(lived.awa, lived.server)
    for who in (lived.dina, lived.samir):
        pull(who, lived.server)
    for who in (lived.awa, lived.dina, lived.samir):
        assert holds(who, lived.server) == []
        assert who.state(MOMO) is None
        other = who.state(OTHER)
        assert other is not None
        assert other.own is not None
        assert other.own.registers[FIELD, "note"].value == b"other"


def test_nothing_changes_before_the_erasure_is_in_the_log(lived: Office) -> None:
    erase(lived.awa, MOMO)
    assert lived.awa.state(MOMO) is not None


def test_whoever_read_it_before_and_whoever_reads_it_after_stand_at_the_same_log(lived: Office) -> None:
    erase(lived.awa, MOMO)
    deliver(lived.awa, lived.server)
    pull(lived.samir, lived.server)
    late = replica(DINA, lived.awa.reader.root, seed=7)
    pull(late, lived.server, segments=1)
    for who in (lived.awa, lived.samir):
        mine, theirs = who.reader.view, late.reader.view
        assert (mine.geneses, mine.killed, mine.erased) == (theirs.geneses, theirs.killed, theirs.erased)
        assert checkpoint_of(mine) == checkpoint_of(theirs)
        assert who.reader.segments == late.reader.segments


def test_what_is_kept_after_an_erasure_is_read_again_as_it_stands(lived: Office) -> None:
    erase(lived.awa, MOMO)
    deliver(lived.awa, lived.server)
    woken = again(lived.awa)
    assert holds(woken, lived.server) == []
    assert checkpoint_of(woken.reader.view) == checkpoint_of(lived.awa.reader.view)
    assert woken.reader.view.erased == lived.awa.reader.view.erased


def test_a_device_that_begins_at_a_checkpoint_lets_go_of_what_is_erased_after_it(lived: Office) -> None:
    at, scanned = lived.awa.reader.view.cursor, checkpoint_of(lived.awa.reader.view)
    start = Start(SPACE, at, scanned)
    new = new_replica(DINA, REGISTRY, SPACE, lived.awa.reader.root, StreamId(chance(99)(16)), start)
    new.apply_start(bootstrap_page(lived.server, at))
    new.finish_start(checkpoint_at(lived.server, at), START_MS)
    erase(lived.awa, MOMO)
    deliver(lived.awa, lived.server)
    pull(new, lived.server)
    assert holds(new, lived.server) == []
    assert holds(again(new), lived.server) == []


def test_a_device_may_begin_at_a_checkpoint_from_before_what_was_erased_since(lived: Office) -> None:
    at, scanned = lived.awa.reader.view.cursor, checkpoint_of(lived.awa.reader.view)
    erase(lived.awa, MOMO)
    deliver(lived.awa, lived.server)
    start = Start(SPACE, at, scanned)
    new = new_replica(DINA, REGISTRY, SPACE, lived.awa.reader.root, StreamId(chance(99)(16)), start)
    new.apply_start(bootstrap_page(lived.server, at))
    new.finish_start(checkpoint_at(lived.server, at), START_MS)
    pull(new, lived.server)
    assert holds(new, lived.server) == []
    assert new.reader.view.stubs == {}


def test_no_checkpoint_is_given_while_ops_wait_for_the_proof_of_their_erasure(lived: Office) -> None:
    """In the middle of a pull nobody knows what they had killed; a new device reads from the first op then."""
    samir, server = lived.samir, lived.server
    write(samir, [Edit(MOMO, "thing", {}, {"note": b"tired"})], moment(15))
    deliver(samir, server)
    right = (samir.reader.view.cursor, checkpoint_of(samir.reader.view))
    assert start_of(samir.reader.view) == right
    erase(lived.awa, MOMO)
    deliver(lived.awa, server)
    late = replica(DINA, samir.reader.root, seed=7)
    view = late.reader.view
    while view.cursor < right[0]:
        late.apply_page(server.page(view.cursor, 1), START_MS)
    assert (view.cursor, checkpoint_of(view) != right[1]) == (right[0], True)
    assert start_of(view) == (0, checkpoint_of(Reader(SPACE, None).view))
    pull(late, server)
    assert start_of(view) == (server.cursor, checkpoint_of(lived.awa.reader.view))


# ── Late ops ──


def test_what_a_device_had_not_sent_goes_with_the_entity(lived: Office) -> None:
    """Offline for months: its edits of Momo are let go of, those of others are sent."""
    samir = lived.samir
    write(samir, [Edit(MOMO, "thing", {}, {"note": b"late"}), Edit(OTHER, "thing", {}, {"note": b"kept"})], moment(15))
    erase(lived.awa, MOMO)
    deliver(lived.awa, lived.server)
    pull(samir, lived.server)
    assert [op.header.entity for op in samir.outbox.ops.values()] == [OTHER]
    deliver(samir, lived.server)
    assert holds(samir, lived.server) == []


def test_a_late_op_that_arrives_after_the_erasure_resurrects_nothing(lived: Office) -> None:
    samir, server = lived.samir, lived.server
    write(samir, [Edit(MOMO, "thing", {}, {"note": b"late"}), Row(MOMO, "mark", {}, {"note": CANARY})], moment(15))
    erase(lived.awa, MOMO)
    deliver(lived.awa, server)
    data = samir.push()
    assert data is not None
    receipt = server.push(data)
    assert len(receipt.erased) == 2
    assert samir.accept(decode_receipt(encode_receipt(receipt)), START_MS)
    for who in (samir, lived.awa, lived.dina):
        pull(who, server)
        assert holds(who, server) == []
        assert not who.outbox.ops


def test_a_segment_in_flight_is_sent_as_it_is_until_it_is_answered(lived: Office) -> None:
    """It is signed: another one with the same ops would be a second one."""
    samir, server = lived.samir, lived.server
    write(samir, [Edit(MOMO, "thing", {}, {"note": b"late"})], moment(15))
    data = samir.push()
    erase(lived.awa, MOMO)
    deliver(lived.awa, server)
    pull(samir, server)
    assert samir.push() == data
    assert data is not None
    assert samir.accept(server.push(data), START_MS)
    pull(samir, server)
    assert holds(samir, server) == []


def test_an_op_that_a_hostile_server_serves_whole_after_the_erasure_is_void_and_not_kept(lived: Office) -> None:
    samir, server = lived.samir, lived.server
    write(samir, [Edit(MOMO, "thing", {}, {"note": b"late"})], moment(15))
    erase(lived.awa, MOMO)
    deliver(lived.awa, server)
    honest = server._without_erased
    server._without_erased = lambda paged: paged  # type: ignore[method-assign]
    data = samir.push()
    assert data is not None
    samir.accept(server.push(data), START_MS)
    pull(lived.awa, server)
    server._without_erased = honest  # type: ignore[method-assign]
    assert lived.awa.state(MOMO) is None
    assert holds(lived.awa, server) == []


def test_nothing_new_is_written_about_the_erased(lived: Office) -> None:
    erase(lived.awa, MOMO)
    deliver(lived.awa, lived.server)
    for intent in (Genesis(MOMO, "thing"), Edit(MOMO, "thing"), Row(MOMO, "mark")):
        with pytest.raises(CannotWrite):
            write(lived.awa, [intent], moment(30))


def test_only_who_has_the_role_writes_an_erasure_and_what_is_erased_is_not_said_again(lived: Office) -> None:
    with pytest.raises(CannotWrite):
        erase(lived.samir, MOMO)
    erase(lived.awa, MOMO)
    deliver(lived.awa, lived.server)
    erase(lived.awa, MOMO)
    assert not lived.awa.outbox.ops


def test_many_entities_go_in_ops_of_at_most_five_hundred(lived: Office) -> None:
    erase(lived.awa, *(entity(n) for n in range(100, 701)))
    assert len(lived.awa.outbox.ops) == 2
    deliver(lived.awa, lived.server)
    assert len(lived.awa.reader.view.erased) == 601


# ── The confirmation ──


def test_a_silent_device_confirms_an_erasure_once(lived: Office) -> None:
    samir, server = lived.samir, lived.server
    erase(lived.awa, MOMO)
    deliver(lived.awa, server)
    assert samir.push() is None
    pull(samir, server)
    assert samir.owes_confirmation
    data, offsets = samir.push(), list(samir.offsets)
    assert data is not None
    assert again(samir).push() == data
    assert samir.accept(server.push(data), START_MS)
    assert samir.offsets == offsets
    assert samir.push() is None
    assert again(samir).push() is None


def test_an_op_sent_after_the_erasure_confirms_it_too(lived: Office) -> None:
    samir, server = lived.samir, lived.server
    erase(lived.awa, MOMO)
    deliver(lived.awa, server)
    pull(samir, server)
    write(samir, [Edit(OTHER, "thing", {}, {"note": b"x"})], moment(15))
    deliver(samir, server)
    assert samir.push() is None


# ── A server that was restored ──


def test_a_restored_server_does_not_bring_the_erased_back(lived: Office) -> None:
    """Neither on a device that knew, nor, once an administrator's has come by, in the log."""
    backup = deepcopy(lived.server)
    erase(lived.awa, MOMO)
    deliver(lived.awa, lived.server)
    for who in (lived.dina, lived.samir):
        pull(who, lived.server)
    for who in (lived.samir, lived.dina):
        back(who, backup)
        pull(who, backup)
        assert who.state(MOMO) is None
        assert again(who).state(MOMO) is None
        assert [where for where in holds(who, backup) if where not in {"log", "kept"}] == []
        with pytest.raises(CannotWrite):
            write(who, [Edit(MOMO, "thing", {}, {"note": b"back"})], moment(31))
    assert not keep_controls(lived.samir, moment(40))
    assert keep_controls(lived.dina, moment(41))
    assert not keep_controls(lived.dina, moment(42))
    deliver(lived.dina, backup)
    pull(lived.samir, backup)
    for who in (lived.samir, lived.dina):
        assert holds(who, backup) == []
    back(lived.awa, backup)
    deliver(lived.awa, backup)
    assert holds(lived.awa, backup) == []
    assert MOMO in backup.erased


def test_a_device_steps_back_past_what_it_only_holds_as_erased(lived: Office) -> None:
    """The backup has the ops alive, and whoever had not heard of the erasure goes on with them."""
    backup = deepcopy(lived.server)
    erase(lived.awa, MOMO)
    deliver(lived.awa, lived.server)
    common = lived.server.cursor - 1
    assert back(lived.awa, backup) == common
    pull(lived.awa, backup)
    assert lived.awa.reader.view.log == backup.log
    assert lived.awa.reader.view.cursor == backup.cursor


def test_what_was_unsent_about_the_erased_does_not_return_after_a_restore(lived: Office) -> None:
    samir, backup = lived.samir, deepcopy(lived.server)
    write(samir, [Edit(MOMO, "thing", {}, {"note": b"sent"})], moment(15))
    deliver(samir, lived.server)
    erase(lived.awa, MOMO)
    deliver(lived.awa, lived.server)
    pull(samir, lived.server)
    back(samir, backup)
    assert not [op for op in samir.outbox.ops.values() if op.header.entity == MOMO]


def test_what_a_server_had_lost_and_gives_back_erased_stays_nowhere(lived: Office) -> None:
    """It comes back without its bytes a page before the erasure itself."""
    samir, dina, backup = lived.samir, lived.dina, deepcopy(lived.server)
    (edited,) = write(samir, [Edit(MOMO, "thing", {}, {"note": b"lost"})], moment(15))
    deliver(samir, lived.server)
    pull(dina, lived.server)
    for who in (samir, dina):
        back(who, backup)
    assert edited in dina.payloads
    deliver(samir, backup)
    erase(lived.awa, MOMO)
    deliver(lived.awa, backup)
    pull(dina, backup, segments=1)
    assert holds(dina, backup) == []


def test_a_device_that_steps_back_past_an_erasure_keeps_its_own_operations_from_in_between(lived: Office) -> None:
    """The server has them, but may be restored once more before they are pulled again: then they are sent again."""
    samir, older = lived.samir, deepcopy(lived.server)
    (written,) = write(samir, [Edit(OTHER, "thing", {}, {"note": b"in between"})], moment(15))
    deliver(samir, lived.server)
    newer = deepcopy(lived.server)
    erase(lived.awa, MOMO)
    deliver(lived.awa, lived.server)
    pull(samir, lived.server)
    assert back(samir, newer) == newer.cursor
    assert samir.reader.view.cursor < newer.cursor
    pull(samir, older)
    assert samir.outbox.ops[written].state is OutState.ACKNOWLEDGED
    back(samir, older)
    deliver(samir, older)
    assert written in samir.reader.view.first_entries
    assert not samir.outbox.ops


# ── A proof that a restored server has lost ──


def client_of(who: Replica, server: ModelServer) -> Client:
    """Return the client of a replica whose server gives one segment a page."""

    def answer(request: httpx.Request) -> httpx.Response:
        match request.url.path.rpartition("/")[2]:
            case "challenge":
                return httpx.Response(200, content=encode([bytes(32), START_MS]))
            case "token":
                return httpx.Response(200, content=encode(["token", START_MS]))
            case "log":
                at = int(request.url.params["at"])
                return httpx.Response(200, content=encode([at, server.ends[at]]))
            case _:
                return httpx.Response(200, content=server.page(int(request.url.params["after"]), 1), headers=MSGPACK)

    http = httpx.AsyncClient(transport=httpx.MockTransport(answer), base_url="http://escale.test")
    return Client(http, who, "http://escale.test", lambda: START_MS, chance(5), lambda _: None)


def halfway(lived: Office, backup: ModelServer) -> Replica:
    """Return a replica that has read what is erased, and not yet that it is."""
    erase(lived.awa, MOMO)
    deliver(lived.awa, lived.server)
    late = replica(DINA, lived.awa.reader.root, seed=7)
    while late.reader.view.cursor < backup.cursor:
        late.apply_page(lived.server.page(late.reader.view.cursor, 1), START_MS)
    assert len(late.reader.view.stubs) == 4
    return late


def test_a_device_reads_again_what_a_restored_server_has_not_erased_any_more(lived: Office) -> None:
    """It had been given the hashes only, and the server has lost the proof since."""
    backup = deepcopy(lived.server)
    late = halfway(lived, backup)
    write(lived.samir, [Edit(OTHER, "thing", {}, {"note": b"on"})], moment(16))
    deliver(lived.samir, backup)
    asyncio.run(client_of(late, backup).sync())
    assert late.reader.view.cursor == backup.cursor
    assert not late.reader.view.stubs
    assert late.state(MOMO) is not None
    assert late.restored_ms is not None


def test_a_server_that_goes_on_hiding_what_nobody_erased_raises_the_alarm(lived: Office) -> None:
    backup = deepcopy(lived.server)
    late = halfway(lived, backup)
    backup.segments = lived.server.segments[: len(backup.segments)]
    write(lived.samir, [Edit(OTHER, "thing", {}, {"note": b"on"})], moment(16))
    deliver(lived.samir, backup)
    with pytest.raises(IntegrityFailure, match="stub"):
        asyncio.run(client_of(late, backup).sync())
