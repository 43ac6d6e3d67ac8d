"""Deliberate bugs, each behind a switch that only the simulator can reach: it puts a function in another's place.

A simulator that finds nothing may be blind. With one of these switched on it must find something, and says after how
many lives.
"""

import asyncio
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from pkgutil import resolve_name
from typing import Any, Final
from unittest.mock import patch

from sync import clock, envelope
from sync.ids import HeaderBytes
from sync.members import Fault
from sync.outbox import Outbox, OutState
from sync.store import receive
from tests.sim import sabotage_dead as dead
from tests.sim import sabotage_erasure as erasure
from tests.sim import sabotage_keys as keys
from tests.sim import sabotage_restore as restore
from tests.sim.device import Disk
from tests.sim.store import MemoryDatabase, MemoryStore

Patches = Callable[[], list[Any]]


@dataclass(frozen=True, slots=True)
class Sabotage:
    """One bug. `backend` is where it can show: most need the lives in memory, some the whole application.

    `restless` lives meet it more often: it needs a restore and a key that changes. In `erasing` ones somebody erases.
    """

    says: str
    patches: Patches
    backend: str = "memory"
    restless: bool = False
    erasing: bool = False


def _ack_before_commit() -> list[Any]:
    commit = MemoryDatabase.commit

    def later(database: MemoryDatabase, writes: Any) -> None:
        generation = database.generation

        def unless_dead() -> None:
            if database.generation == generation and not database.fails:
                commit(database, writes)

        asyncio.get_running_loop().call_soon(unless_dead)

    return [patch.object(MemoryDatabase, "commit", later)]


def _receipt_not_stored() -> list[Any]:
    async def forgotten(_store: MemoryStore, *_: Any) -> None:
        return None

    return [patch.object(MemoryStore, "receipt", forgotten)]


def _lock_after_checks() -> list[Any]:
    append, lock = receive._append, MemoryStore.lock_space

    async def late(store: Any, received: Any, after: Any, server_ms: int, project: Any) -> bytes:
        space = await lock(store, received.segment.space)
        assert space is not None
        return await append(store, replace(received, space=space), after, max(server_ms, space.server_ms + 1), project)

    return [
        patch.object(MemoryStore, "lock_space", MemoryStore.space),
        patch("sync.store.receive._append", late),
    ]


def _cursor_from_sequence() -> list[Any]:
    append = receive._append
    drawn: dict[int, int] = {}

    async def from_sequence(store: Any, received: Any, after: Any, server_ms: int, project: Any) -> bytes:
        key = id(store.database)
        drawn[key] = max(drawn.get(key, 0), received.space.cursor) + received.segment.n
        received.space.cursor = drawn[key] - received.segment.n
        return await append(store, received, after, server_ms, project)

    return [patch("sync.store.receive._append", from_sequence)]


def _server_time_goes_back() -> list[Any]:
    return [patch("sync.store.receive.next_server_ms", lambda clock_ms, _previous: clock_ms)]


def _wall_clock_winner() -> list[Any]:
    def by_wall(header: Any, op_id: Any, _server_ms: int | None) -> clock.Order:
        return clock.Order(header.hlc_ms, header.hlc_ms, header.hlc_ctr, op_id)

    return [patch("sync.fold.order", by_wall)]


def _clock_not_received() -> list[Any]:
    return [patch("sync.replica.receive", lambda own, _header, _server_ms: own)]


def _aad_dropped() -> list[Any]:
    seal, unseal, nothing = envelope.seal_payload, envelope.open_payload, HeaderBytes(b"")
    return [
        patch("sync.writer.seal_payload", lambda key, nonce, clear, _header: seal(key, nonce, clear, nothing)),
        patch("sync.keyring.open_payload", lambda key, sealed, _header: unseal(key, sealed, nothing)),
    ]


def _nonce_reused() -> list[Any]:
    seal = envelope.seal_payload
    return [
        patch("sync.writer.seal_payload", lambda key, _nonce, clear, header: seal(key, bytes(12), clear, header)),
    ]


def _members_judged_now() -> list[Any]:
    """The late reader knows who was cut off before it reads what they had written."""
    judge, gone = resolve_name("sync.voids:judge"), set[bytes]()

    def with_hindsight(members: Any, header: Any, body: Any, unseen: range) -> Any:
        gone.update(device for device, member in members.by_device.items() if member.revoked)
        return Fault.DEVICE_REVOKED if header.device in gone else judge(members, header, body, unseen)

    return [patch("sync.voids.judge", with_hindsight)]


def _hold_by_readers_clock() -> list[Any]:
    latest = [0]
    tick = resolve_name("sync.replica:tick")

    def watched(own: Any, phys_ms: int) -> Any:
        latest[0] = phys_ms
        return tick(own, phys_ms)

    def expired(hold: Any, _server_ms: int) -> bool:
        return hold.until is not None and hold.until <= latest[0]

    return [patch("sync.replica.tick", watched), patch("sync.rulings._is_expired", expired)]


def _page_without_cursor() -> list[Any]:
    save = resolve_name("tests.sim.device:encode_replica")

    def behind(replica: Any) -> Any:
        """The disk gets the outbox as it is now, and the log as it was a page ago."""
        segments = replica.reader.segments
        if len(segments) < 2:
            return save(replica)
        view = replica.reader.view
        last = segments.pop()
        ends = sorted(view.ends)
        cursor, log = view.cursor, view.log
        view.cursor, view.log = ends[-2], view.ends[ends[-2]]
        try:
            return save(replica)
        finally:
            segments.append(last)
            view.cursor, view.log = cursor, log

    return [patch("tests.sim.device.encode_replica", behind)]


def _outbox_lets_go_at_200() -> list[Any]:
    accept = Outbox.accept

    def and_forget(outbox: Outbox, n: int) -> bool:
        done = accept(outbox, n)
        for name in [name for name, op in outbox.ops.items() if op.state is OutState.ACKNOWLEDGED]:
            del outbox.ops[name]
        return done

    return [patch.object(Outbox, "accept", and_forget)]


def _moved_stream_drops_ops() -> list[Any]:
    move = Outbox._move

    def and_drop(outbox: Outbox, details: Any, sent: Any, fresh: Any) -> None:
        move(outbox, details, sent, fresh)
        outbox.ops.clear()

    return [patch.object(Outbox, "_move", and_drop)]


def _conflict_dropped() -> list[Any]:
    register = resolve_name("sync.fold:_register")

    def winner_only(name: str, settings: Any, stakes: Any) -> Any:
        found = register(name, settings, stakes)
        kept = tuple(candidate for candidate in found.candidates if candidate.op_id == found.winner)
        return replace(found, candidates=kept, conflict=False)

    return [patch("sync.fold._register", winner_only)]


def _save_without_sync() -> list[Any]:
    return [patch.object(Disk, "sync", lambda disk: setattr(disk, "synced", disk.synced or disk.written))]


def _row_projected_twice() -> list[Any]:
    import server.journal.row as row_module  # noqa: PLC0415 - only the lives of the whole application have tables

    row_id, told = row_module.row_id, list[bytes]()

    def sometimes_another(op: Any) -> bytes:
        told.append(row_id(op))
        return told[-1] if len(told) % 3 else bytes(reversed(told[-1]))

    return [patch.object(row_module, "row_id", sometimes_another)]


SABOTAGES: Final[Mapping[str, Sabotage]] = {
    "ack_before_commit": Sabotage("The answer leaves before the commit.", _ack_before_commit),
    "receipt_not_stored": Sabotage("A retry is looked at as if it were new.", _receipt_not_stored),
    "lock_after_checks": Sabotage("The space is locked after the checks that read it.", _lock_after_checks),
    "cursor_from_sequence": Sabotage(
        "Cursors come from a sequence, which a rollback does not turn back.", _cursor_from_sequence
    ),
    "server_time_goes_back": Sabotage("The server's time is its wall clock.", _server_time_goes_back),
    "wall_clock_winner": Sabotage("An op's time is not capped by the server's.", _wall_clock_winner),
    "clock_not_received": Sabotage("A device does not learn from the times it reads.", _clock_not_received),
    "aad_dropped": Sabotage("A payload is not bound to its header.", _aad_dropped),
    "nonce_reused": Sabotage("Every payload is sealed with one nonce.", _nonce_reused),
    "members_judged_now": Sabotage("An op is judged by who is a member now.", _members_judged_now),
    "hold_by_readers_clock": Sabotage("A hold expires by the reader's clock.", _hold_by_readers_clock),
    "page_without_cursor": Sabotage("A page and its cursor are saved one after the other.", _page_without_cursor),
    "outbox_lets_go_at_200": Sabotage("An op leaves the outbox when the server answers.", _outbox_lets_go_at_200),
    "moved_stream_drops_ops": Sabotage("A moved stream empties the outbox.", _moved_stream_drops_ops),
    "conflict_dropped": Sabotage("Only the winner of a conflict is kept.", _conflict_dropped),
    "base_of_siblings": Sabotage("A base holds the current siblings only.", dead.base_of_siblings),
    "kill_of_row_honoured": Sabotage("A kill of a row counts.", dead.kill_of_row_honoured),
    "kill_before_its_target_remembered": Sabotage(
        "A kill counts against an op that comes after it.", dead.kill_before_its_target_remembered
    ),
    "kill_of_what_shows": Sabotage("An edit kills what it does not supersede.", dead.kill_of_what_shows),
    "last_kill_counts": Sabotage("An op is dead from its last kill on, not from its first.", dead.last_kill_counts),
    "live_op_hidden": Sabotage("A hostile server hides a live op behind a stub.", dead.live_op_hidden),
    "stub_believed": Sabotage("It does so, and no reader asks for proof.", dead.stub_believed),
    "bootstrap_thinned": Sabotage("A hostile server thins a bootstrap.", dead.bootstrap_thinned),
    "checkpoint_ignored": Sabotage("It does so, and no reader compares.", dead.checkpoint_ignored),
    "own_rotation_taken_at_once": Sabotage(
        "A device writes under its own rotation before the log has it.", keys.own_rotation_taken_at_once
    ),
    "newcomer_given_the_newest_key_held": Sabotage(
        "A new member gets the key of today, whatever rotation comes before it.",
        keys.newcomer_given_the_newest_key_held,
    ),
    "lost_control_ops_forgotten": Sabotage(
        "Control ops that lost to another's are not built again.", keys.lost_control_ops_forgotten
    ),
    "lost_ops_dropped": Sabotage(
        "What a restored server has lost is not sent again.", restore.lost_ops_dropped, restless=True
    ),
    "acknowledged_ops_not_sent_again": Sabotage(
        "What it had acknowledged is not sent again.", restore.acknowledged_ops_not_sent_again, restless=True
    ),
    "flight_kept": Sabotage(
        "A segment that names a log which is no more is sent again.", restore.flight_kept, restless=True
    ),
    "own_bytes_not_kept": Sabotage(
        "An own op that comes back dead is kept without its bytes.", restore.own_bytes_not_kept, restless=True
    ),
    "written_on_under_the_epoch_of_the_log": Sabotage(
        "After a restore a device writes under the log's older epoch.",
        restore.written_on_under_the_epoch_of_the_log,
        restless=True,
    ),
    "cut_off_forgotten": Sabotage(
        "Whom a lost log had revoked may open what is written next.", restore.cut_off_forgotten, restless=True
    ),
    "not_sealed_again": Sabotage(
        "What only a lost epoch opens is sent as it is.", restore.not_sealed_again, restless=True
    ),
    "stepped_back_to_stubs": Sabotage(
        "A device steps back to where it has only stubs of what is live again.",
        restore.stepped_back_to_stubs,
        restless=True,
    ),
    "unseen_revocation_undone": Sabotage(
        "An addition undoes a revocation that its author had not seen.",
        restore.unseen_revocation_undone,
        restless=True,
        erasing=True,
    ),
    "late_op_resurrects": Sabotage(
        "A late op about somebody who is erased is stored and shown.", erasure.late_op_resurrects, erasing=True
    ),
    "erased_row_comes_back": Sabotage(
        "It is, on the whole application.", erasure.late_op_resurrects, "application", erasing=True
    ),
    "erased_rows_kept": Sabotage(
        "An erasure leaves the rows of the tables.", erasure.tables_kept, "application", erasing=True
    ),
    "beginning_spared": Sabotage("An erasure leaves the genesis.", erasure.beginning_spared, erasing=True),
    "erasure_torn": Sabotage("An erasure takes the bytes before its commit.", erasure.torn, erasing=True),
    "erased_op_live": Sabotage(
        "An erased op counts as live for who begins later.", erasure.still_live_where_it_was_erased, erasing=True
    ),
    "erased_left_in_outbox": Sabotage(
        "What was not sent about the erased stays on its device.", erasure.left_in_the_outbox, erasing=True
    ),
    "erased_left_in_pages": Sabotage(
        "A device keeps the pages in which the erased were.", erasure.left_in_the_pages, erasing=True
    ),
    "erased_secret_kept": Sabotage("A device keeps the secret of the erased.", erasure.secret_kept, erasing=True),
    "erased_without_role": Sabotage("Every member may erase.", erasure.role_not_asked, erasing=True),
    "lost_erasure_shown": Sabotage(
        "Who was erased in a lost log is shown again.", erasure.lost_erasure_shown, erasing=True
    ),
    "lost_erasure_not_said_again": Sabotage(
        "A lost erasure is not said again but by its author.",
        erasure.lost_erasure_not_said_again,
        restless=True,
        erasing=True,
    ),
    "erasure_not_confirmed": Sabotage(
        "A silent device does not say that it has erased.", erasure.not_confirmed, erasing=True
    ),
    "given_back_with_its_content": Sabotage(
        "What comes back erased after a restore leaves its content in memory.",
        erasure.given_back_with_its_content,
        restless=True,
        erasing=True,
    ),
    "save_without_sync": Sabotage("A save stays in the disk's cache.", _save_without_sync),
    "row_projected_twice": Sabotage(
        "A row gets another id when it is written again.", _row_projected_twice, "application"
    ),
}


@contextmanager
def sabotaged(name: str | None) -> Iterator[None]:
    """Switch one bug on; None leaves every function as it is."""
    with ExitStack() as stack:
        for patched in SABOTAGES[name].patches() if name is not None else ():
            stack.enter_context(patched)
        yield
