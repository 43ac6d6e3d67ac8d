"""What a reader holds of a space's log, and how a page is tried on it before it is taken."""

from collections import ChainMap
from collections.abc import MutableMapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Any, Final, NamedTuple

from sync.control import Body
from sync.ids import DeviceId, Digest, EntityId, OpId, StreamId
from sync.log import Row
from sync.members import Members
from sync.op import Header
from sync.segment import Segment

DAY_MS: Final = 86_400_000


class Void(StrEnum):
    """Why an op of the log has no effect."""

    HEADER = "header"
    SEGMENT = "segment"
    LOGGED = "logged"
    REVOKED = "revoked"
    ROLE = "role"
    EPOCH = "epoch"
    CONTROL = "control"
    GENESIS = "genesis"
    AMENDS = "amends"
    ERASED = "erased"


class Entry(NamedTuple):
    """One op of the log as this reader holds it.

    Attributes:
        row: what the page held of it: its bytes, or the hashes that are left.
        header: None if it is erased or breaks the header rules.
        body: a control op's body, if it decodes.
        void: why it has no effect, or None.
    """

    cursor: int
    server_ms: int
    op_id: OpId
    entity: EntityId
    row: Row
    header: Header | None
    body: Body | None
    void: Void | None


class VoidOp(NamedTuple):
    """An op that has no effect, as people are told of it; its header may say another device than signed it."""

    device: DeviceId
    entity: EntityId
    server_ms: int
    void: Void


class StreamEnd(NamedTuple):
    """Where a device's stream stands."""

    device: DeviceId
    next_seq: int
    head: Digest


@dataclass(slots=True)
class LogView:
    """The log up to a cursor: all that the next segment is judged by.

    Attributes:
        ends: the log hash at every segment end, 0 included.
        begun: when the log took the first segment of each stream, if that was read here.
        first_entries: the first entry of each op_id.
        geneses: the genesis op of each entity that has one.
        erased: the cursor of the erasure of each erased entity.
        killed: the cursor of the first kill of each op that a later one of its entity kills.
        voids: the void ops by cursor, without those of erased entities.
        stubs: the ops of forms 2 and 3 that nothing justifies yet, with their entity.
        base: the cursor of the checkpoint that it begins at, or 0; log ends before it are not known.
        unproven_since_ms: since when, by the reader's own clock, there are stubs; None if there are none.
    """

    cursor: int
    log: Digest
    server_ms: int
    members: Members
    ends: MutableMapping[int, Digest]
    streams: MutableMapping[StreamId, StreamEnd] = field(default_factory=dict)
    begun: MutableMapping[StreamId, int] = field(default_factory=dict)
    first_entries: MutableMapping[OpId, Entry] = field(default_factory=dict)
    geneses: MutableMapping[EntityId, OpId] = field(default_factory=dict)
    erased: MutableMapping[EntityId, int] = field(default_factory=dict)
    killed: MutableMapping[OpId, int] = field(default_factory=dict)
    voids: MutableMapping[int, VoidOp] = field(default_factory=dict)
    stubs: dict[OpId, EntityId] = field(default_factory=dict)
    base: int = 0
    unproven_since_ms: int | None = None

    def note_unproven(self, now_ms: int) -> None:
        """Note whether stubs wait for their proof now, and since when."""
        if not self.stubs:
            self.unproven_since_ms = None
        elif self.unproven_since_ms is None:
            self.unproven_since_ms = now_ms

    def overdue(self, now_ms: int) -> bool:
        """Tell whether a server has owed the proof of a stub for more than a day: it may never come."""
        return self.unproven_since_ms is not None and now_ms - self.unproven_since_ms > DAY_MS

    def note_stream(self, segment: Segment, server_ms: int) -> None:
        """Note where a segment leaves its stream, and when the stream began if it does with it."""
        self.streams[segment.stream] = StreamEnd(segment.device, segment.next_seq, segment.head)
        if segment.from_seq == 1:
            self.begun[segment.stream] = server_ms

    def stage(self) -> "LogView":
        """Return a view on top of this one: what is written to it leaves this one as it is."""
        layers: dict[str, Any] = {name: _Layer({}, getattr(self, name)) for name in _TABLES}
        return replace(self, **layers, stubs=dict(self.stubs))

    def absorb(self, staged: "LogView") -> None:
        """Take over everything that was written to a view staged on this one."""
        for name in _TABLES:
            getattr(self, name).update(getattr(staged, name).maps[0])
        self.cursor, self.log, self.server_ms = staged.cursor, staged.log, staged.server_ms
        self.members, self.stubs, self.unproven_since_ms = staged.members, staged.stubs, staged.unproven_since_ms


_TABLES: Final = ("ends", "streams", "begun", "first_entries", "geneses", "erased", "killed", "voids")


class _Layer(ChainMap[Any, Any]):
    """What a page adds, on top of what was there. A reader asks several times for every op, so this asks two dicts."""

    def __contains__(self, key: object) -> bool:
        added, before = self.maps
        return key in added or key in before

    def __getitem__(self, key: Any) -> Any:
        added, before = self.maps
        return added[key] if key in added else before[key]

    def get(self, key: Any, default: Any = None) -> Any:
        added, before = self.maps
        return added[key] if key in added else before.get(key, default)

    def setdefault(self, key: Any, default: Any = None) -> Any:
        if key not in self:
            self.maps[0][key] = default
        return self[key]
