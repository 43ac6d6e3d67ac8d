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


@dataclass(frozen=True, slots=True)
class Entry:
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
        first_entries: the first entry of each op_id.
        geneses: the genesis op of each entity that has one.
        erased: the cursor of the erasure of each erased entity.
        killed: the cursor of the kill of each op that a later one of its entity kills.
        stubs: the ops of forms 2 and 3 that nothing justifies yet, with their entity.
    """

    cursor: int
    log: Digest
    server_ms: int
    members: Members
    ends: MutableMapping[int, Digest]
    streams: MutableMapping[StreamId, StreamEnd] = field(default_factory=dict)
    first_entries: MutableMapping[OpId, Entry] = field(default_factory=dict)
    geneses: MutableMapping[EntityId, OpId] = field(default_factory=dict)
    erased: MutableMapping[EntityId, int] = field(default_factory=dict)
    killed: MutableMapping[OpId, int] = field(default_factory=dict)
    stubs: dict[OpId, EntityId] = field(default_factory=dict)

    def stage(self) -> "LogView":
        """Return a view on top of this one: what is written to it leaves this one as it is."""
        layers: dict[str, Any] = {name: ChainMap({}, getattr(self, name)) for name in _TABLES}
        return replace(self, **layers, stubs=dict(self.stubs))

    def absorb(self, staged: "LogView") -> None:
        """Take over everything that was written to a view staged on this one."""
        for name in _TABLES:
            getattr(self, name).update(getattr(staged, name).maps[0])
        self.cursor, self.log, self.server_ms = staged.cursor, staged.log, staged.server_ms
        self.members, self.stubs = staged.members, staged.stubs


_TABLES: Final = ("ends", "streams", "first_entries", "geneses", "erased", "killed")
