"""What the checker allows where a restored server explains it, and what it does not allow beside that."""

from typing import Final

from sync.clock import LEAD_MS_MAX
from sync.fold import EntityState, fold
from sync.ids import Digest, OpId, Sealed
from sync.keyring import Identity
from sync.liveness import FIELD, FoldOp
from sync.op import Header, OpClass, encode_header, op_id
from sync.payload import Field, Payload
from tests.engine_kit import AWA, MALLORY, REGISTRY, SAMIR, SPACE, START_MS, entity, name, replica
from tests.sim.evidence import Evidence, LoggedSegment, Written
from tests.sim.logs import Logs
from tests.sim.truth import truth

THING: Final = entity(1)
HOUR_MS: Final = 3_600_000
FAR: Final = LEAD_MS_MAX + HOUR_MS + 1


def op(who: Identity, op_class: OpClass, hlc_ms: int, server_ms: int, note: str, *base: OpId) -> FoldOp:
    """Return an op that sets the note."""
    header = Header(SPACE, who.device, THING, op_class, "thing", hlc_ms, 0, 1)
    payload = Payload(None, START_MS, None, (), (Field("note", note, base),))
    return FoldOp(op_id(THING, encode_header(header), Sealed(note.encode())), header, server_ms, payload)


OLD: Final = op(SAMIR, OpClass.GENESIS, START_MS, START_MS + 2 * HOUR_MS, "old")


def new(ahead_ms: int) -> FoldOp:
    """Return what superseded it, by a device whose clock was so far ahead of the server's."""
    return op(AWA, OpClass.EDIT, START_MS + HOUR_MS, START_MS + HOUR_MS - ahead_ms, "new", OLD.op_id)


def found(log: list[FoldOp], shown: EntityState) -> list[str]:
    """Return what the checker says of what shows of a log in which the new note had seen the old one."""
    evidence = Evidence(replicas=[replica(AWA)])
    for cursor, logged in enumerate(log, 1):
        assert logged.payload is not None
        assert logged.server_ms is not None
        note = logged.payload.fields[0]
        values, lost = {(FIELD, note.name): note.value}, frozenset(note.base)
        nothing = frozenset[OpId]()
        evidence.written.append(
            Written(logged.op_id, THING, None, values, 0, nothing, Digest(bytes(32)), lost, frozenset())
        )
        stored = (encode_header(logged.header), str(note.value).encode())
        evidence.log.append(LoggedSegment(cursor, logged.server_ms, b"", b"", (stored,)))
    return truth(evidence, {THING: shown}, Logs(evidence))


def test_an_older_value_shows_again_where_the_newer_one_came_back_first_from_a_clock_far_ahead() -> None:
    """And nothing else is right then: both stand, and the older one is the greater."""
    log = [new(FAR), OLD]
    shown = fold(THING, log, REGISTRY)
    assert shown.groups[0].registers[FIELD, "note"].value == "old"
    assert found(log, shown) == []
    assert "I10: a conflict is hidden, or one shows that is none" in found(log, fold(THING, [new(0), OLD], REGISTRY))


def test_an_older_value_may_not_show_where_the_clock_was_no_more_than_five_minutes_ahead() -> None:
    log = [new(LEAD_MS_MAX), OLD]
    assert found(log, fold(THING, log, REGISTRY)) == []
    assert "I10: another value shows than should" in found(log, fold(THING, [new(FAR), OLD], REGISTRY))


def test_an_older_value_may_not_show_where_it_came_before_the_newer_one() -> None:
    log = [OLD, new(FAR)]
    assert "I10: another value shows than should" in found(log, fold(THING, log, REGISTRY))


def test_what_was_sealed_again_by_the_log_must_not_open_for_whom_its_author_knew_and_the_log_revoked() -> None:
    """Whom the log alone revoked may open what was written before its author knew; whom it let in again, too."""
    evidence = Evidence(by_the_log={name(1): frozenset({SAMIR.device, AWA.device})})
    known = frozenset({SAMIR.device, MALLORY.device})
    assert evidence.kept_from(name(1), known) == {SAMIR.device}
    assert evidence.kept_from(name(2), known) == known
