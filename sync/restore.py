"""A server that was restored from an older backup: back to the last common end, and nothing that was saved is lost.

The server has forgotten the end of its log, or has another one by now. A reader sees it by the log hash, which no
other log has. It asks which of its own segment ends the server has, steps back there, and then:

- this device's own ops from after it go back into the outbox as they are, and are sent again;
- other devices' ops from after it stay here, shown and marked, until their authors send them again;
- revocations stay in force here: writing goes on under the newest epoch, also if the log has lost it, and what it
  seals waits for that epoch. Administrators rotate only when a person says that all of their devices have come back;
- if the log then gets another epoch instead of a lost one, what waits under that one is sealed again.

A hostile server may say the same to roll a device back. Therefore it is told to people, until one of them has heard.
"""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import fields
from itertools import chain

from sync.ids import Digest, EntityId, StreamId
from sync.lastknown import last_known
from sync.log import OpRow, Page, encode_page
from sync.logview import Entry
from sync.members import Members
from sync.outbox import OutOp, OutState
from sync.reader import Reader
from sync.replica import Replica, new_replica
from sync.start import Start

Ask = Callable[[int], Awaitable[Digest | None]]
"""Returns the server's log hash at a cursor, or None if no segment of its log ends there."""


async def last_common_end(ends: Mapping[int, Digest], ask: Ask) -> int:
    """Return the last of a reader's segment ends that the server's log has too; nothing is common but 0 at worst.

    A log hash says all that comes before it: the ends up to the last common one are common, those after it are not.
    """
    cursors = sorted(ends)
    if await ask(cursors[-1]) == ends[cursors[-1]]:
        return cursors[-1]
    common, lost = 0, len(cursors) - 1
    while lost - common > 1:
        middle = (common + lost) // 2
        if await ask(cursors[middle]) == ends[cursors[middle]]:
            common = middle
        else:
            lost = middle
    return cursors[common]


def step_back(replica: Replica, common: int, fresh: StreamId, now_ms: int) -> None:
    """Take the replica back to the last common end, in place; save it before anything is sent.

    It goes further back where the log up to there was only read with what came after: an op that was dead or erased by
    then came without its payload, and the server's log may have it alive. Its own ops from in between wait to be pulled
    again as acknowledged ones: if the server is restored once more before that, they are sent again.

    Args:
        replica: not one that is still starting.
        common: what `last_common_end` says.
        fresh: a new random stream.
        now_ms: the device's own clock.
    """
    outbox = replica.outbox
    back = _replica_at(replica, common, fresh, now_ms)
    known = back.reader.view.first_entries
    before = _by_first_hearing(replica)
    gone = [entry for entry in before if entry.op_id not in known and entry.void is None and entry.header is not None]
    returned = [_as_unsent(entry, common) for entry in gone if _goes_again(replica, entry, common)]
    outbox.restart(returned, fresh)
    own = {op.op_id for op in returned}
    back.outbox, back.hlc, back.offsets = outbox, replica.hlc, replica.offsets
    back.restored_ms = now_ms if replica.restored_ms is None else replica.restored_ms
    came_back = [entry for entries in replica.lost.values() for entry in entries if entry.op_id in known]
    stays = [entry for entry in gone if entry.op_id not in own or entry.body is not None]
    older = {entry.op_id: n for n, entry in enumerate(replica.lost.get(EntityId(bytes(replica.space)), ()))}
    # A control op that was lost before is older than what the log, now lost too, had in its place.
    back.hold_lost(sorted([*came_back, *stays], key=lambda entry: older.get(entry.op_id, len(older))))
    for each in fields(Replica):
        setattr(replica, each.name, getattr(back, each.name))


def _by_first_hearing(replica: Replica) -> list[Entry]:
    """Return what the log says and then what it has lost, each once; what came back, with its first server time."""
    logged, lost = replica.reader.view.first_entries, list(chain.from_iterable(replica.lost.values()))
    heard_ms = {entry.op_id: entry.server_ms for entry in lost}
    dated = [entry._replace(server_ms=heard_ms.get(name, entry.server_ms)) for name, entry in logged.items()]
    return [*dated, *(entry for entry in lost if entry.op_id not in logged)]


def last_known_members(replica: Replica) -> Members:
    """Return the members with what a restored server has lost of them: whoever was revoked there stays so here."""
    lost = replica.lost.get(EntityId(bytes(replica.space)), ())
    return last_known(replica.reader.view.members, replica.controls, lost)


def _replica_at(replica: Replica, common: int, fresh: StreamId, now_ms: int) -> Replica:
    """Return a replica that has read the same log up to a cursor at or before `common`, and knows nothing else."""
    reader = replica.reader
    cursor, start = _ground(reader, common)
    back = new_replica(replica.identity, replica.registry, replica.space, reader.root, fresh, start)
    if start is not None and reader.start is not None and reader.start.proof is not None:
        back.apply_start(encode_page(Page(start.cursor, None, False, tuple(reader.start.segments))))
        back.finish_start(reader.start.proof, now_ms)
    kept = tuple(segment for segment in reader.segments if segment.first_cursor <= cursor)
    if kept:
        back.apply_page(encode_page(Page(cursor, reader.view.ends[cursor], True, kept)), now_ms)
    return back


def _ground(reader: Reader, common: int) -> tuple[int, Start | None]:
    """Return the cursor to go back to, and the checkpoint that it begins at, if that holds there."""
    view = reader.view
    bare = [entry.cursor for entry in view.first_entries.values() if _is_bare(reader, entry, common)]
    limit = min([common, *(cursor - 1 for cursor in bare)])
    if reader.start is not None and limit < reader.start.cursor:
        return 0, None
    start = None if reader.start is None else Start(view.members.space, reader.start.cursor, reader.start.checkpoint)
    return max(end for end in view.ends if end <= limit), start


def _is_bare(reader: Reader, entry: Entry, common: int) -> bool:
    """Tell whether an op up to the common end came without its payload for a reason that stands only after it."""
    if entry.cursor > common or isinstance(entry.row, OpRow):
        return False
    reason = reader.view.erased.get(entry.entity, reader.view.killed.get(entry.op_id, common + 1))
    return reason > common


def _goes_again(replica: Replica, entry: Entry, common: int) -> bool:
    """Tell whether an op is this device's to keep until it is pulled, and was not written again in other words."""
    is_own = entry.header is not None and entry.header.device == replica.identity.device
    is_logged = entry.op_id in replica.reader.view.first_entries
    is_let_go = not replica.keyring.lost.stand or entry.op_id not in replica.outbox.ops
    has_fallen = entry.body is not None and not is_logged and is_let_go
    is_gone = entry.cursor > common or is_logged
    return is_own and isinstance(entry.row, OpRow) and is_gone and not has_fallen


def _as_unsent(entry: Entry, common: int) -> OutOp:
    assert entry.header is not None
    assert isinstance(entry.row, OpRow)
    state = OutState.QUEUED if entry.cursor > common else OutState.ACKNOWLEDGED
    return OutOp(entry.op_id, entry.header, entry.row.header, entry.row.sealed, state)
