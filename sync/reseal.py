"""Sealing again what waits in the outbox under a key that is no more: nobody else could open it, or nobody takes it.

- A restored server had lost an epoch, this device went on writing under it, and the log then got another epoch of the
  same number.
- Two devices began one entity without knowing of each other. The log has the other's genesis, with its secret, and has
  refused this one with all that was written on it.

None of this was ever in the log. It is sealed again under the keys in force, with the same content and time; its name
is another one, so whatever waits and names it is sealed again too. A genesis that came second becomes an edit. Two
stores with the same outbox, one cloned from the other, write the same ops.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence

from msgspec.structs import replace as with_values

from sync.again import Renamed, names_of, write_again
from sync.codec import Value
from sync.errors import BadHeader
from sync.ids import EntityId, OpId
from sync.log import OpRow
from sync.logview import Entry
from sync.op import Header, OpClass
from sync.outbox import OutOp, OutState
from sync.payload import Payload, names_in
from sync.replica import Replica


def reseal(replica: Replica) -> Renamed:
    """Seal again in the outbox what needs it; call it after a pull. Return the new names by the old.

    Others do the same: what of theirs is in the log again under a new name is let go of, and what names it is sealed
    again too. So is what another store of this device has sent.
    """
    replica.bar()
    flight = replica.outbox.flight
    in_flight = () if flight is None else flight.op_ids
    refused = _refused_entities(replica)
    renamed = _returned(replica, refused, in_flight)
    for op in list(replica.outbox.ops.values()):
        payload = replica.payloads.get(op.op_id)
        if op.header.op_class == OpClass.CONTROL or payload is None or op.op_id in in_flight:
            continue
        if not _needs_it(replica, op, refused) and not _follows(op, payload, renamed):
            continue
        new = _resealed(replica, op, payload, renamed, is_second=op.header.entity in refused)
        if new is not None:
            renamed |= names_of(op.op_id, new.op_id)
            replica.outbox.put_in_place(op.op_id, new)
            del replica.payloads[op.op_id]
            replica.open_unsent(new)
    return renamed


def _needs_it(replica: Replica, op: OutOp, refused: set[EntityId]) -> bool:
    if op.state is OutState.ASIDE:
        return op.code == BadHeader.code and op.header.entity in refused
    return op.state is OutState.QUEUED and replica.is_stale(op)


def _follows(op: OutOp, payload: Payload, renamed: Renamed) -> bool:
    return op.state is OutState.QUEUED and not renamed.keys().isdisjoint(names_in(op.header, payload))


def _refused_entities(replica: Replica) -> set[EntityId]:
    """Return the entities whose genesis was refused here, because the log has another one."""
    return {
        op.header.entity
        for op in replica.outbox.in_state(OutState.ASIDE)
        if op.header.op_class == OpClass.GENESIS and op.header.entity in replica.reader.view.geneses
    }


def _resealed(replica: Replica, op: OutOp, payload: Payload, renamed: Renamed, *, is_second: bool) -> OutOp | None:
    """Return the op under the first epoch from its own on that may be used.

    Two stores of one device seal it alike by that. An epoch so high may never come, once all have come back. While
    there is none, an op that names another by its old name is sealed with the lost key again; any other is left: None.
    """
    epoch = replica.keyring.safe_epoch(op.header.epoch)
    if epoch is None and replica.restored_ms is None:
        epoch = replica.keyring.safe_epoch(replica.reader.view.members.epoch)
    if epoch is None and not _follows(op, payload, renamed):
        return None
    header = with_values(op.header, epoch=epoch or op.header.epoch)
    if is_second and header.op_class == OpClass.GENESIS:
        header, payload = as_edit(header, payload)
    return write_again(replica, header, payload, renamed)


def as_edit(header: Header, payload: Payload) -> tuple[Header, Payload]:
    """Return a genesis as an edit that had seen nothing of the entity."""
    edit = Payload(None, payload.at_ms, payload.by, payload.fact_bases, payload.fields)
    return with_values(header, op_class=OpClass.EDIT), edit


def _returned(replica: Replica, refused: set[EntityId], in_flight: Collection[OpId]) -> dict[bytes, bytes]:
    """Let go of what is in the log under another name, and return that one by the one that was lost.

    What was refused here may be there by another store of this device. Its content goes too: an erasure that comes
    later finds what it is of by the ops that are here.
    """
    renamed: dict[bytes, bytes] = {}
    for entity, entries in list(replica.lost.items()):
        logged = _by_gesture(replica, entity)
        found = {one.op_id: _again(replica, one, logged) for one in entries if one.header is not None}
        for old, new in found.items():
            renamed |= {} if new is None else names_of(old, new)
        replica.lost[entity] = [one for one in entries if one.op_id not in renamed]
        for old in found.keys() & renamed.keys():
            replica.payloads.pop(old, None)
    replica.lost = {entity: entries for entity, entries in replica.lost.items() if entries}
    for op in [one for one in replica.outbox.ops.values() if _needs_it(replica, one, refused)]:
        new = _again(replica, op, _by_gesture(replica, op.header.entity))
        if new is not None and op.op_id not in in_flight:
            del replica.outbox.ops[op.op_id]
            replica.payloads.pop(op.op_id, None)
            renamed |= names_of(op.op_id, new)
    return renamed


def _by_gesture(replica: Replica, entity: EntityId) -> dict[tuple[object, ...], list[Entry]]:
    logged: dict[tuple[object, ...], list[Entry]] = defaultdict(list)
    for entry in replica.entries.get(entity, ()):
        if entry.header is not None:
            logged[_gesture(entry.header)].append(entry)
    return logged


def _gesture(header: Header) -> tuple[object, ...]:
    """Return what stays of a header when its op is sealed again: one store writes no two ops of one hybrid time."""
    return header.device, header.op_class, header.kind, header.hlc_ms, header.hlc_ctr


def _again(replica: Replica, op: Entry | OutOp, logged: Mapping[tuple[object, ...], Sequence[Entry]]) -> OpId | None:
    """Return the name under which the log has an op again, or None.

    Two stores of one device may write at one hybrid time, so what is said is compared, except for names, which others
    may have by now. Under an epoch that is no more, the header has to do of what is dead in the log, or lost and not to
    be read; what waits here is not let go of for what is live and cannot be read.
    """
    assert op.header is not None
    payload = replica.payloads.get(op.op_id)
    for entry in logged.get(_gesture(op.header), ()):
        again = replica.payloads.get(entry.op_id)
        assert entry.header is not None
        if payload is not None and again is not None:
            is_same = _said(op.header, payload) == _said(entry.header, again)
        elif not _is_no_more(replica, op.header, op):
            is_same = False
        elif isinstance(entry.row, OpRow):
            is_same = op.op_id not in replica.outbox.ops
        else:
            is_same = _values(op.header.facts) == _values(entry.header.facts)
        if is_same:
            return entry.op_id
    return None


def _is_no_more(replica: Replica, header: Header, op: Entry | OutOp) -> bool:
    """Tell whether the log has another epoch in the place of the last lost one of an op's number, or of its own."""
    if replica.keyring.lost.is_replaced(header.epoch, replica.reader.view.members.commits):
        return True
    if isinstance(op, OutOp):
        return replica.is_stale(op)
    if op.op_id not in replica.payloads or not isinstance(op.row, OpRow):
        return False
    return replica.keyring.is_stale(header, op.row.header, op.row.sealed)


def _said(header: Header, payload: Payload) -> tuple[object, ...]:
    fields = _values((field.name, field.value) for field in payload.fields)
    return payload.at_ms, payload.by, _values(header.facts), fields


def _values(named: Iterable[tuple[str, Value]]) -> list[tuple[str, Value]]:
    return [(name, None if isinstance(value, bytes) else value) for name, value in named]
