"""What is live, and what a checkpoint of it is, counted again from the log's bytes; and what each replica says."""

from collections.abc import Mapping, Sequence
from hashlib import sha256

from msgspec import msgpack

from sync.ids import EntityId, OpId
from sync.replica import Replica
from tests.sim.evidence import Evidence
from tests.sim.folds import Shown
from tests.sim.server import SPACE
from tests.sim.truth import CONTROL, Logged

EDIT = 1
UNJUSTIFIED = "I10: a kill took a value away that nothing supersedes"


def kill_faults(
    evidence: Evidence, logged: Mapping[OpId, Logged], screens: Sequence[Mapping[EntityId, Shown]]
) -> list[str]:
    """Return what is wrong with life and death: in a replica, in a checkpoint, in a kill."""
    first = first_kills(logged)
    found = []
    live = {op.op_id for op in logged.values() if op.header[4] != CONTROL} - first.keys()
    for replica, screen in zip(evidence.replicas, screens, strict=True):
        if {op.op_id for shown in screen.values() for op in shown.live} != live:
            found.append("I4: a replica takes others for live than the log says")
        if not _knows(replica, first):
            found.append("I4: a replica knows other kills than the log says")
        if not all(shown.is_justified for shown in screen.values()):
            found.append(UNJUSTIFIED)
    for entity, told in evidence.histories.items():
        if told != [(op.cursor, op.op_id) for op in logged.values() if op.header[3] == entity]:
            found.append("I10: a history is not the whole one")
    expected = _checkpoints(evidence, logged, first)
    if any(told != {expected.get(cursor)} for cursor, told in evidence.checkpoints.items()):
        found.append("I4: a checkpoint is not that of the log")
    return found


def first_kills(logged: Mapping[OpId, Logged]) -> dict[OpId, int]:
    """Return the cursor of the first kill of each dead op: an edit of the killer's entity that comes before it."""
    first: dict[OpId, int] = {}
    for op in logged.values():
        for killed in op.header[10]:
            target = logged.get(killed)
            if target is not None and target.cursor < op.cursor and _may_die(target, op):
                first.setdefault(killed, op.cursor)
    return first


def _may_die(target: Logged, killer: Logged) -> bool:
    _, _, _, entity, op_class, *_, amended, _, _ = target.header
    return op_class == EDIT and amended is None and entity == killer.header[3]


def _knows(replica: Replica, first: Mapping[OpId, int]) -> bool:
    """Tell whether a replica knows the first kill of every op that was live where it began, and waits for no proof."""
    view = replica.reader.view
    return not view.stubs and dict(view.killed) == {name: at for name, at in first.items() if at > view.base}


def _checkpoints(evidence: Evidence, logged: Mapping[OpId, Logged], first: Mapping[OpId, int]) -> dict[int, bytes]:
    """Return the checkpoint of every segment end at which somebody stood."""
    log = _hash(b"esc1/log0\0", SPACE)
    streams: dict[bytes, bytes] = {}
    found = {}
    for segment in evidence.log:
        _, _, stream, device, from_seq, n, _, head, _, _ = msgpack.decode(segment.seg)
        end = segment.first_cursor + n - 1
        log = _hash(b"esc1/log\0", log, _u64(end), _u64(segment.server_ms), sha256(segment.seg).digest())
        streams[stream] = stream + device + _u64(from_seq + n) + head
        if end in evidence.checkpoints:
            held = [op for op in logged.values() if op.cursor <= end < first.get(op.op_id, end + 1)]
            live = _hash(b"esc1/live\0", *(_u64(op.cursor) + _u64(op.server_ms) + op.op_id for op in held))
            ends = _hash(b"esc1/streams\0", *(streams[name] for name in sorted(streams)))
            found[end] = _hash(b"esc1/cp\0", SPACE, _u64(end), log, live, ends)
    return found


def _u64(number: int) -> bytes:
    return number.to_bytes(8)


def _hash(*parts: bytes) -> bytes:
    return sha256(b"".join(parts)).digest()
