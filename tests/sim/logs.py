"""The logs of a life, read from their bytes: the last one, and those of which restored servers have lost the end."""

from collections.abc import Mapping, Sequence
from hashlib import sha256
from typing import Any, Final, NamedTuple

from msgspec import msgpack

from sync.ids import DeviceId, EntityId, OpId
from tests.sim.evidence import ErasedOp, Evidence, LoggedSegment, Op, Written
from tests.sim.server import SPACE

LEAD_MS: Final = 300_000
EDIT: Final = 1
CONTROL: Final = 3


class Logged(NamedTuple):
    """An op of a log, read from its bytes; from those that its device wrote, if the log has them no more."""

    op_id: OpId
    cursor: int
    server_ms: int
    header: list[Any]
    sealed: bytes

    @property
    def order(self) -> tuple[int, int, int, bytes]:
        """Its place among concurrent ones."""
        hlc_ms, hlc_ctr = self.header[6], self.header[7]
        return min(hlc_ms, self.server_ms + LEAD_MS), hlc_ms, hlc_ctr, self.op_id

    def is_outdone_by(self, seen: "Logged") -> bool:
        """Tell whether it stands lower than one that it had seen, because a restored server got it before that one.

        That counts where its author's clock was more than five minutes ahead of the server's.
        """
        is_capped = self.header[6] > self.server_ms + LEAD_MS
        return is_capped and self.cursor < seen.cursor and self.order < seen.order


class Logs:
    """What was written down, where, and under which name.

    Attributes:
        final: the ops of the log at the end by name, in cursor order, those that are erased included.
        past: those of each log that a restore has cut off.
        erased: where the log at the end erases which entity first.
        past_erased: the same of each log that a restore has cut off.
        standing: the ops of the log at the end that are not erased.
    """

    def __init__(self, evidence: Evidence) -> None:
        self.final = read_log(evidence.log, evidence.ops)
        self.past = [read_log(past.log, evidence.ops) for past in evidence.past]
        self.erased = erasures(self.final)
        self.past_erased = [erasures(log) for log in self.past]
        self.standing = {name: op for name, op in self.final.items() if op.header[3] not in self.erased}
        self._first_names = {new: old for old, names in evidence.renamed.items() for new in names}
        self._renamed = set(evidence.renamed)
        self._by_end: dict[bytes, Mapping[OpId, int]] = {}
        for log, ops in zip([past.log for past in evidence.past], self.past, strict=True):
            cursors = self._cursors(ops)
            self._by_end |= {end: cursors for _, end in ends_of(log)}
        self._final_cursors = self._cursors(self.final)

    @property
    def ever_erased(self) -> set[EntityId]:
        """What any log erases: nothing that was saved about it need be anywhere."""
        return {*self.erased, *(entity for erased in self.past_erased for entity in erased)}

    def first_name(self, name: OpId) -> OpId:
        """Return the name that an op had before it was ever sealed again."""
        while name in self._first_names:
            name = self._first_names[name]
        return name

    def has_risen(self, first_name: OpId) -> bool:
        """Tell whether an op stood lower in a lost log: a server that gets it again gives it a later time.

        That counts where its author's clock was far ahead.
        """
        orders = [self._orders_of(log, first_name) for log in (*self.past, self.final)]
        return len({order[0] for found in orders for order in found}) > 1

    def _orders_of(self, log: Mapping[OpId, Logged], first_name: OpId) -> list[tuple[int, int, int, bytes]]:
        return [op.order for name, op in log.items() if self.first_name(name) == first_name]

    def saw(self, later: Written, first_name: OpId) -> bool:
        """Tell whether an op had seen another: in the log that its device had read, as a lost one, or as its own."""
        if first_name in later.own or any(self.first_name(name) == first_name for name in later.lost):
            return True
        cursors = self._by_end.get(later.log, self._final_cursors)
        return cursors.get(first_name, later.cursor + 1) <= later.cursor

    def saw_under_another_name(self, later: Written, first_name: OpId) -> bool:
        """Tell whether an op names another device's by a name that it has no more: each seals its own again."""
        is_renamed = first_name in self._renamed and first_name not in later.own
        return is_renamed and self.saw(later, first_name)

    def _cursors(self, ops: Mapping[OpId, Logged]) -> Mapping[OpId, int]:
        return {self.first_name(name): op.cursor for name, op in ops.items()}


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


def erasures(logged: Mapping[OpId, Logged]) -> dict[EntityId, int]:
    """Return the cursor of the first erasure of each entity that a log erases."""
    erased: dict[EntityId, int] = {}
    for name, entities in erase_ops(logged).items():
        for entity in entities:
            erased.setdefault(entity, logged[name].cursor)
    return erased


def erasers(logged: Mapping[OpId, Logged]) -> set[DeviceId]:
    """Return the authors of a log's erasures."""
    return {DeviceId(logged[name].header[2]) for name in erase_ops(logged)}


def erase_ops(logged: Mapping[OpId, Logged]) -> dict[OpId, list[EntityId]]:
    """Return the control ops that erase, each with what it erases."""
    ops = {name: op for name, op in logged.items() if op.header[4] == CONTROL and op.header[5] == "erase"}
    return {name: [EntityId(entity) for entity in msgpack.decode(op.sealed)[1]] for name, op in ops.items()}


def read_log(segments: Sequence[LoggedSegment], written: Mapping[OpId, Op]) -> dict[OpId, Logged]:
    """Return the ops of a log by their names, in cursor order."""
    ops: dict[OpId, Logged] = {}
    for segment in segments:
        for cursor, stored in enumerate(segment.ops, segment.first_cursor):
            if isinstance(stored, ErasedOp):
                name = op_name(*stored)
                _, header, sealed = written[name]
                members = msgpack.decode(header)
            else:
                header, sealed = stored
                members = msgpack.decode(header)
                name = name_of(members[3], header, sealed)
            ops.setdefault(name, Logged(name, cursor, segment.server_ms, members, sealed))
    return ops


def name_of(entity: bytes, header: bytes, sealed: bytes) -> OpId:
    """Return the name of an op by its bytes."""
    return op_name(entity, sha256(header).digest(), sha256(sealed).digest())


def op_name(entity: bytes, header_hash: bytes, sealed_hash: bytes) -> OpId:
    """Return the name of an op by what an erasure leaves of it."""
    return OpId(hashed(b"esc1/op\0", entity, header_hash, sealed_hash))


def ends_of(segments: Sequence[LoggedSegment]) -> list[tuple[int, bytes]]:
    """Return the cursor and the log hash at each segment's end."""
    log, ends = hashed(b"esc1/log0\0", SPACE), []
    for segment in segments:
        end = segment.first_cursor + len(segment.ops) - 1
        log = hashed(b"esc1/log\0", log, u64(end), u64(segment.server_ms), sha256(segment.seg).digest())
        ends.append((end, log))
    return ends


def u64(number: int) -> bytes:
    """Return a number in eight bytes."""
    return number.to_bytes(8)


def hashed(*parts: bytes) -> bytes:
    """Return the SHA-256 of the parts together."""
    return sha256(b"".join(parts)).digest()
