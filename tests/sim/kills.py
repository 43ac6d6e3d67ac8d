"""What is live, and what a checkpoint of it is, counted again from the log's bytes; and what each replica says."""

from collections.abc import Mapping, Sequence

from msgspec import msgpack

from sync.ids import EntityId, OpId
from sync.replica import Replica
from tests.sim.evidence import Evidence, LoggedSegment
from tests.sim.excuses import excused, unreadable
from tests.sim.folds import Shown
from tests.sim.logs import CONTROL, Logged, Logs, ends_of, first_kills, hashed, u64
from tests.sim.server import SPACE

UNJUSTIFIED = "I10: a kill took a value away that nothing supersedes"


def kill_faults(evidence: Evidence, logs: Logs, screens: Sequence[Mapping[EntityId, Shown]]) -> list[str]:
    """Return what is wrong with life and death: in a replica, in a checkpoint, in a kill."""
    logged = logs.standing
    first, but = first_kills(logged), unreadable(evidence, logs)
    found, unjudged = [], excused(evidence, logs)
    live = {op.op_id for op in logged.values() if op.header[4] != CONTROL and op.header[3] not in but} - first.keys()
    for replica, screen in zip(evidence.replicas, screens, strict=True):
        if {op.op_id for shown in screen.values() for op in shown.live} != live:
            found.append("I4: a replica takes others for live than the log says")
        if not _knows(replica, first):
            found.append("I4: a replica knows other kills than the log says")
        if not all(entity in unjudged or shown.is_justified for entity, shown in screen.items()):
            found.append(UNJUSTIFIED)
    for entity, told in evidence.histories.items():
        if told != [(op.cursor, op.op_id) for op in logged.values() if op.header[3] == entity]:
            found.append("I10: a history is not the whole one")
    expected = _checkpoints(evidence, evidence.log, logs.final, logs.erased)
    for past, ops, erased in zip(evidence.past, logs.past, logs.past_erased, strict=True):
        expected |= _checkpoints(evidence, past.log, ops, erased)
    if any(told != {expected.get(end)} for end, told in evidence.checkpoints.items()):
        found.append("I4: a checkpoint is not that of the log")
    return found


def _knows(replica: Replica, first: Mapping[OpId, int]) -> bool:
    """Tell whether a replica knows the first kill of every op that was live where it began, and waits for no proof."""
    view = replica.reader.view
    return not view.stubs and dict(view.killed) == {name: at for name, at in first.items() if at > view.base}


def _checkpoints(
    evidence: Evidence, segments: Sequence[LoggedSegment], logged: Mapping[OpId, Logged], erased: Mapping[EntityId, int]
) -> dict[tuple[int, bytes], bytes]:
    """Return the checkpoint of every segment end of a log at which somebody stood."""
    first = first_kills(logged)
    streams: dict[bytes, bytes] = {}
    found = {}
    for segment, (end, log) in zip(segments, ends_of(segments), strict=True):
        _, _, stream, device, from_seq, n, _, head, _, _ = msgpack.decode(segment.seg)
        streams[stream] = stream + device + u64(from_seq + n) + head
        if (end, log) in evidence.checkpoints:
            held = [
                op
                for op in logged.values()
                if op.cursor <= end < min(first.get(op.op_id, end + 1), erased.get(EntityId(op.header[3]), end + 1))
            ]
            live = hashed(b"esc1/live\0", *(u64(op.cursor) + u64(op.server_ms) + op.op_id for op in held))
            ends = hashed(b"esc1/streams\0", *(streams[name] for name in sorted(streams)))
            found[end, log] = hashed(b"esc1/cp\0", SPACE, u64(end), log, live, ends)
    return found
