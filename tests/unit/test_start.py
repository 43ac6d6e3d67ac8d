"""A reader that begins at a checkpoint stands where one stands that has read everything, or does not stand at all."""

from collections.abc import Callable

import pytest
from msgspec.structs import replace

from sync.checkpoint import checkpoint_of, decode_checkpoint, encode_checkpoint
from sync.codec import NotCanonical
from sync.errors import IntegrityFailure, Reason
from sync.fold import fold_bytes
from sync.ids import ZERO32, Digest, EntityId, OpId, StreamId
from sync.log import DeadRow, IdRow, OpRow, Page, PageSegment, decode_page, encode_page
from sync.logview import DAY_MS
from sync.replica import Replica, new_replica
from sync.start import Start
from sync.stored import decode_replica, encode_replica
from sync.writer import Amend, Edit, Genesis, Row, write
from tests.engine_kit import (
    MALLORY,
    RECOVERY,
    REGISTRY,
    SPACE,
    ModelServer,
    chance,
    deliver,
    entity,
    founded,
    moment,
    pull,
    replica,
)
from tests.model_pages import bootstrap_page, checkpoint_at, dead_row, name_of, stubbed_page
from tests.spoilt_pages import row as with_row
from tests.spoilt_pages import segment, signed

THING, OTHER = entity(1), entity(2)


def lived() -> tuple[ModelServer, Replica]:
    """Return a space with two entities of which many edits are dead, some of them in segments with nothing else."""
    server, awa = founded()
    write(awa, [Genesis(THING, "thing", {"size": "small"}), Genesis(OTHER, "thing")], moment(2))
    (row,) = write(awa, [Row(THING, "mark", {"done": False}, {"note": "seen"})], moment(3))
    write(awa, [Edit(THING, "thing", {"count": 9})], moment(3))
    deliver(awa, server)
    for n in range(4):
        write(awa, [Edit(THING, "thing", {"count": n}, {"note": f"n{n}"})], moment(4 + n))
        if n % 2:
            write(awa, [Edit(OTHER, "thing", {"count": n})], moment(40 + n))
        deliver(awa, server)
    write(awa, [Amend(THING, "mark", row, {"done": True})], moment(10))
    deliver(awa, server)
    return server, awa


SERVER, WRITER = lived()
K = 10
"""A segment end at which some edits are dead already and others die later."""
LAST = SERVER.cursor


def cp(at: int) -> Digest:
    """Return the checkpoint that an administrator scans at a cursor."""
    reader = replica(RECOVERY, WRITER.reader.root)
    while reader.reader.view.cursor < at:
        reader.apply_page(SERVER.page(reader.reader.view.cursor, 1), 0)
    assert reader.reader.view.cursor == at
    return checkpoint_of(reader.reader.view)


def newcomer(at: int = K, checkpoint: Digest | None = None) -> Replica:
    """Return the replica of a member that begins at a cursor."""
    start = Start(SPACE, at, checkpoint or cp(at))
    return new_replica(RECOVERY, REGISTRY, SPACE, WRITER.reader.root, StreamId(chance(7)(16)), start)


def begun(at: int = K, segments: int = 1000) -> Replica:
    """Return such a replica that stands at its cursor."""
    made = newcomer(at)
    start = made.reader.start
    assert start is not None
    while not start.complete:
        made.apply_start(bootstrap_page(SERVER, at, start.after, segments))
    made.finish_start(checkpoint_at(SERVER, at), 0)
    return made


def shown(who: Replica) -> list[bytes]:
    """Return what a replica shows of each entity."""
    states = [who.state(each) for each in (THING, OTHER)]
    return [b"" if state is None else fold_bytes(state) for state in states]


ENDS = sorted(end for end in SERVER.ends if end > 0)


@pytest.mark.parametrize("at", ENDS)
@pytest.mark.parametrize("segments", [1, 2, 1000])
def test_from_any_segment_end_a_start_and_the_log_after_it_show_what_the_whole_log_shows(
    at: int, segments: int
) -> None:
    whole = replica(RECOVERY, WRITER.reader.root)
    pull(whole, SERVER)
    made = begun(at, segments)
    assert made.reader.view.cursor == at
    while made.reader.view.cursor < LAST:
        made.apply_page(stubbed_page(SERVER, made.reader.view.cursor, segments), 0)
    assert shown(made) == shown(whole) == shown(WRITER)
    ours, theirs = made.reader.view, whole.reader.view
    assert (ours.log, ours.streams, ours.members, ours.stubs) == (theirs.log, theirs.streams, theirs.members, {})
    assert checkpoint_of(ours) == checkpoint_of(theirs)
    assert made.hlc == whole.hlc


def test_a_start_leaves_out_what_is_dead() -> None:
    """The control of the one above: it is not the whole log under another name."""
    page = decode_page(bootstrap_page(SERVER, LAST))
    rows = [row for paged in page.segments for row in paged.rows]
    assert len(page.segments) < len(SERVER.segments)
    assert any(isinstance(row, IdRow) for row in rows)
    assert any(
        isinstance(row, DeadRow) for p in [decode_page(bootstrap_page(SERVER, K))] for s in p.segments for row in s.rows
    )


def test_nothing_is_shown_before_the_proof() -> None:
    made = newcomer()
    made.apply_start(bootstrap_page(SERVER, K))
    assert (made.reader.starting, made.reader.view.cursor, made.entries) == (True, 0, {})
    made.finish_start(checkpoint_at(SERVER, K), 0)
    assert (made.reader.starting, made.reader.view.cursor) == (False, K)
    assert made.state(THING) is not None


@pytest.mark.parametrize("at", range(6))
def test_a_start_that_was_interrupted_goes_on_where_it_was(at: int) -> None:
    made = newcomer()
    for step in range(9):
        if step == at:
            made = decode_replica(encode_replica(made), RECOVERY, REGISTRY)
            assert decode_replica(encode_replica(made), RECOVERY, REGISTRY).reader.view.log == made.reader.view.log
        start = made.reader.start
        assert start is not None
        if not start.complete:
            made.apply_start(bootstrap_page(SERVER, K, start.after, 1))
        elif made.reader.starting:
            made.finish_start(checkpoint_at(SERVER, K), 0)
        else:
            made.apply_page(stubbed_page(SERVER, made.reader.view.cursor, 1), 0)
    again = decode_replica(encode_replica(made), RECOVERY, REGISTRY)
    pull(again, SERVER)
    assert shown(again) == shown(WRITER)


def test_a_device_that_began_at_a_checkpoint_hands_on_the_next_one() -> None:
    made = begun()
    pull(made, SERVER)
    assert checkpoint_of(made.reader.view) == cp(LAST)


# ── What a hostile server can do to it ──

Change = Callable[[Page], Page]
PAGE = decode_page(bootstrap_page(SERVER, K))


def row(page: Page, at: int, index: int, change: Callable[[OpRow], object]) -> Page:
    found = page.segments[at].rows[index]
    assert isinstance(found, OpRow)
    return with_row(page, at, index, change(found))


def swapped(segments: tuple[PageSegment, ...]) -> tuple[PageSegment, ...]:
    return (*segments[:-2], segments[-1], segments[-2])


def without(page: Page, at: int) -> Page:
    return replace(page, segments=page.segments[:at] + page.segments[at + 1 :])


def named(page: Page, at: int) -> Page:
    rows = page.segments[at].rows
    return segment(page, at, rows=tuple(IdRow(name_of(row)) if isinstance(row, OpRow) else row for row in rows))


AT_THE_PAGE: list[tuple[str, Change, Reason]] = [
    ("a log hash", lambda page: replace(page, log=SERVER.log), Reason.LOG),
    ("more, but nothing", lambda page: replace(page, segments=(), more=True), Reason.PAGE),
    ("another end", lambda page: replace(page, to_cursor=K - 1), Reason.PAGE),
    ("more, to another end", lambda page: replace(page, more=True, to_cursor=K + 1), Reason.PAGE),
    ("a segment after K", lambda page: segment(page, -1, first_cursor=K + 1), Reason.CURSOR),
    ("no founding", lambda page: without(page, 0), Reason.CURSOR),
    ("two segments swapped", lambda page: replace(page, segments=swapped(page.segments)), Reason.CURSOR),
    ("a time that stands still", lambda page: segment(page, 1, server_ms=page.segments[0].server_ms), Reason.SERVER_MS),
    ("a flipped signature", lambda page: segment(page, 1, sig=bytes(64)), Reason.SIGNATURE),
    ("an unknown device", lambda page: signed(page, 1, device=MALLORY.device), Reason.DEVICE),
    ("an op swapped", lambda page: row(page, 1, 0, lambda _: page.segments[1].rows[1]), Reason.CHAIN),
    ("another name", lambda page: row(page, 1, 0, lambda _: IdRow(OpId(ZERO32))), Reason.CHAIN),
    ("a stream from its middle that begins", lambda page: signed(page, 1, from_seq=1), Reason.STREAM),
    ("a stream that goes back", lambda page: signed(page, 2, from_seq=2), Reason.STREAM),
    ("a stream on another head", lambda page: signed(page, 1, prev_head=Digest(ZERO32)), Reason.STREAM),
    ("names and nothing else", lambda page: named(page, 1), Reason.PAGE),
    ("a genesis shown as dead", lambda page: row(page, 1, 0, dead_row), Reason.STUB),
]  # fmt: skip


@pytest.mark.parametrize(("title", "change", "reason"), AT_THE_PAGE, ids=[title for title, _, _ in AT_THE_PAGE])
def test_a_hostile_page_is_stopped_at_once_and_nothing_of_it_is_kept(
    title: str, change: Change, reason: Reason
) -> None:
    made = newcomer()
    with pytest.raises(IntegrityFailure) as stopped:
        made.apply_start(encode_page(change(PAGE)))
    start = made.reader.start
    assert start is not None
    assert (stopped.value.reason, start.segments, start.after) == (reason, [], 0)
    made.apply_start(encode_page(PAGE))
    made.finish_start(checkpoint_at(SERVER, K), 0)


def with_name(page: Page, at: int, index: int) -> Page:
    return row(page, at, index, lambda op: IdRow(name_of(op)))


def whole(_page: Page) -> Page:
    """Return the page with what is dead at K too."""
    segments = tuple(s for s in SERVER.segments if s.first_cursor <= K)
    return Page(K, None, False, segments)


AT_THE_PROOF: list[tuple[str, Change]] = [
    ("a live op named only", lambda page: with_name(page, 1, 0)),
    ("a live row named only", lambda page: with_name(page, 1, 2)),
    ("the dead shown as live", whole),
    ("another time", lambda page: segment(page, 1, server_ms=page.segments[1].server_ms + 1)),
    ("another place", lambda page: segment(page, -1, first_cursor=page.segments[-1].first_cursor - 1)),
]  # fmt: skip


@pytest.mark.parametrize(("title", "change"), AT_THE_PROOF, ids=[title for title, _ in AT_THE_PROOF])
def test_what_was_left_out_added_or_moved_shows_at_the_proof_and_the_start_begins_again(
    title: str, change: Change
) -> None:
    made = newcomer()
    made.apply_start(encode_page(change(PAGE)))
    refuses_proof(made, checkpoint_at(SERVER, K))
    made.apply_start(encode_page(PAGE))
    made.finish_start(checkpoint_at(SERVER, K), 0)
    assert made.reader.view.cursor == K


def refuses_proof(made: Replica, proof: bytes) -> None:
    with pytest.raises(IntegrityFailure) as stopped:
        made.finish_start(proof, 0)
    start = made.reader.start
    assert start is not None
    assert stopped.value.reason == Reason.CHECKPOINT
    assert (made.reader.starting, start.segments, start.after, start.complete) == (True, [], 0, False)
    assert (made.reader.view.cursor, made.entries) == (0, {})


def test_another_checkpoint_than_the_scanned_one_proves_nothing() -> None:
    honest = decode_checkpoint(checkpoint_at(SERVER, K))
    first = honest.streams[0]
    for stated in (
        replace(honest, cursor=K + 1),
        replace(honest, log=Digest(ZERO32)),
        replace(honest, streams=()),
        replace(honest, streams=(replace(first, next_seq=first.next_seq + 1), *honest.streams[1:])),
    ):
        made = newcomer()
        made.apply_start(encode_page(PAGE))
        refuses_proof(made, encode_checkpoint(stated))
    made = newcomer(checkpoint=Digest(ZERO32))
    made.apply_start(encode_page(PAGE))
    refuses_proof(made, checkpoint_at(SERVER, K))


def test_streams_out_of_order_are_no_checkpoint() -> None:
    one = decode_checkpoint(checkpoint_at(SERVER, K))
    twice = replace(one, streams=(one.streams[0], one.streams[0]))
    with pytest.raises(NotCanonical):
        decode_checkpoint(encode_checkpoint(twice))
    made = newcomer()
    made.apply_start(encode_page(PAGE))
    with pytest.raises(IntegrityFailure):
        made.finish_start(encode_checkpoint(twice), 0)


def test_an_op_that_died_after_the_checkpoint_must_be_proved_dead_by_the_log_after_it() -> None:
    """A live op that the bootstrap shows as dead is in the digest all the same: only the pull tells."""
    server, awa = founded()
    write(awa, [Genesis(THING, "thing"), Edit(THING, "thing", {"count": 1})], moment(2))
    deliver(awa, server)
    at = server.cursor
    page = decode_page(bootstrap_page(server, at))
    hidden = row(page, 1, 1, dead_row)
    start = Start(SPACE, at, checkpoint_of(awa.reader.view))
    made = new_replica(RECOVERY, REGISTRY, SPACE, awa.reader.root, StreamId(chance(7)(16)), start)
    made.apply_start(encode_page(hidden))
    made.finish_start(checkpoint_at(server, at), 5)
    assert made.reader.view.unproven_since_ms == 5
    with pytest.raises(IntegrityFailure) as stopped:
        made.apply_page(server.page(at), 6)
    assert stopped.value.reason == Reason.STUB
    assert not made.reader.view.overdue(5 + DAY_MS)
    assert made.reader.view.overdue(6 + DAY_MS)
    kept = decode_replica(encode_replica(made), RECOVERY, REGISTRY)
    assert kept.reader.view.unproven_since_ms == 5


def test_a_device_that_slept_in_the_middle_of_a_pull_goes_on_with_it() -> None:
    """The proof of a stub may be days away, and is no reason to refuse the page that brings it nearer."""
    slow = replica(RECOVERY, WRITER.reader.root)
    for day in range(len(SERVER.segments)):
        slow.apply_page(stubbed_page(SERVER, slow.reader.view.cursor, 1), day * 3 * DAY_MS)
    assert shown(slow) == shown(WRITER)
    assert slow.reader.view.unproven_since_ms is None


def test_an_entity_s_own_space_is_no_entity_of_a_stub() -> None:
    """The control of the forms: the newcomer's entries are the live ones and no other."""
    made = begun(LAST)
    live = {entry.op_id for each in (THING, OTHER, EntityId(bytes(SPACE))) for entry in made.entries.get(each, ())}
    assert live == {
        op.op_id for each in (THING, OTHER) for op in WRITER.ops(each) if op.op_id not in WRITER.reader.view.killed
    }
