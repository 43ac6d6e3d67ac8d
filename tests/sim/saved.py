"""What was saved and what was acknowledged: where it must be in the end, also when servers were restored."""

from collections.abc import Iterator, Mapping

from msgspec import msgpack

from sync.ids import OpId
from sync.log import decode_receipt
from sync.outbox import OutState
from sync.replica import Replica
from tests.sim.evidence import Evidence
from tests.sim.logs import CONTROL, Logged, Logs, name_of


def receipt_faults(evidence: Evidence, logs: Logs) -> list[str]:
    """I1, I3: an answered push stands where it was told, in the log it was told of; every retry was told the same."""
    found = []
    if sum(len(segment.ops) for segment in evidence.log) != len(logs.final):
        found.append("I3: an op stands in the log twice")
    if len({logs.first_name(name) for name in logs.final}) != len(logs.final):
        found.append("I3: an op that was sealed again stands in the log twice")
    found += _receipts(evidence.receipts, logs.final)
    for past, logged in zip(evidence.past, logs.past, strict=True):
        found += _receipts(past.receipts, logged)
    return found


def _receipts(receipts: Mapping[bytes, list[bytes]], logged: Mapping[OpId, Logged]) -> list[str]:
    found = []
    names = {op.cursor: name for name, op in logged.items()}
    for body, answers in receipts.items():
        if len(set(answers)) != 1:
            found.append("I3: two answers to one push differ")
        first = decode_receipt(answers[0]).first_cursor
        if any(names.get(cursor) != name for cursor, (name, _) in enumerate(ops_of(body), first)):
            found.append("I1: an acknowledged op is not where its receipt says")
    return found


def ops_of(body: bytes) -> Iterator[tuple[OpId, bool]]:
    """Yield the names of a push's ops, and whether each is a control op."""
    _, _, ops = msgpack.decode(body)
    for header, sealed in ops:
        members = msgpack.decode(header)
        yield name_of(members[3], header, sealed), members[4] == CONTROL


def nothing_lost(evidence: Evidence, logs: Logs) -> list[str]:
    """I1, I2: what was called saved, or acknowledged, is in the log or has a reason not to be there.

    It is set aside with its reason, or is in a store of a device that was cut off, which gives nothing back; or what it
    was about is erased. Control
    ops that a restore has lost are judged by what came of them: some are written again in other words.
    """
    kept = {name for replica in evidence.replicas for name in (*_aside(replica), *orphans(replica, evidence))}
    waiting = {name for stores in evidence.cut_off.values() for store in stores for name in _held(store)}
    there = {logs.first_name(name) for name in {*logs.final, *kept, *waiting}}
    found = []
    erased = {logs.first_name(name) for name, op in evidence.ops.items() if op.entity in logs.ever_erased}
    there |= erased
    lost = {name for name in evidence.said if logs.first_name(name) not in there}
    if lost:
        found.append(f"I2: {len(lost)} saved ops are nowhere")
    pushed = [op for past in evidence.past for body in past.receipts for op in ops_of(body)]
    if any(logs.first_name(name) not in there for name, is_control in pushed if not is_control):
        found.append("I1: what a server acknowledged before it was restored is nowhere")
    return found + _unsettled(evidence, logs) + _waiting(evidence)


def _aside(replica: Replica) -> Iterator[OpId]:
    return (name for name, op in replica.outbox.ops.items() if op.state is OutState.ASIDE and op.code is not None)


def orphans(replica: Replica, evidence: Evidence) -> set[OpId]:
    """Return what waits for a row that was lost and will not be given back: its author was cut off.

    And what an unruly app lists such an amendment in the kills of, which count for nothing.
    """
    entries = (entry for entries in replica.lost.values() for entry in entries)
    gone = {entry.op_id for entry in entries if entry.header and entry.header.device in evidence.cut_off}
    held = {name: replica.outbox.ops[name].header for name in replica.held()}
    amending = {name for name, header in held.items() if header.re in gone}
    return amending | {name for name, header in held.items() if not amending.isdisjoint(header.kills)}


def _held(store: Replica) -> Iterator[OpId]:
    """Yield what the store of a device that was cut off holds: a log that it had read may be lost."""
    yield from store.outbox.ops
    yield from store.reader.view.first_entries
    yield from (entry.op_id for entries in store.lost.values() for entry in entries)


def _waiting(evidence: Evidence) -> list[str]:
    """I12: nothing waits in the end but what is set aside for a person, or cannot ever be accepted."""
    for replica in evidence.replicas:
        waiting = {name for name, op in replica.outbox.ops.items() if op.state is not OutState.ASIDE}
        if waiting - orphans(replica, evidence):
            return ["I12: a store keeps ops that the server would take"]
    return []


def _unsettled(evidence: Evidence, logs: Logs) -> list[str]:
    """I4: nobody waits for ops that a restored server has lost, but for those of a device that was cut off.

    And for what waits for one of those on its own author's device, whatever its name is there by now; or is about what
    a lost log has erased for good, which its author has read, and not everybody.
    """
    forgotten = logs.ever_erased - logs.erased.keys()
    waiting = {logs.first_name(name) for replica in evidence.replicas for name in orphans(replica, evidence)}
    for replica in evidence.replicas:
        for entry in (entry for entries in replica.lost.values() for entry in entries):
            assert entry.header is not None
            is_due = entry.header.device not in evidence.cut_off and logs.first_name(entry.op_id) not in waiting
            if is_due and entry.body is None and entry.entity not in forgotten:
                return ["I4: a replica shows what its author has given back under another name, or not at all"]
    return []
