"""I11, judged from bytes: what an erasure must leave nowhere and what it must leave alone, and who must have heard."""

from collections.abc import Iterable, Iterator, Mapping

from msgspec import msgpack

from sync.ids import DeviceId, EntityId
from sync.log import decode_receipt
from sync.replica import Replica
from sync.stored import encode_replica
from tests.sim.evidence import ErasedOp, Evidence
from tests.sim.logs import CONTROL, Logged, Logs, erase_ops
from tests.sim.saved import ops_of

ERASE = 4


def erasure_faults(evidence: Evidence, logs: Logs) -> list[str]:
    """I11: nothing stays of what is erased, nothing else is touched, and everybody has said that it is done."""
    found = [*_server(evidence, logs), *_receipts(evidence, logs), *_usurped(logs), *_forgotten(evidence, logs)]
    if logs.erased:
        found += [fault for replica in evidence.replicas for fault in _stays(replica, evidence, logs.erased)]
        found += _unconfirmed(evidence, max(logs.erased.values()))
    return found


def _server(evidence: Evidence, logs: Logs) -> Iterator[str]:
    """The log has the bytes of every op but of those whose entity is erased."""
    stored = [op for segment in evidence.log for op in segment.ops]
    for op, logged in zip(stored, logs.final.values(), strict=False):
        is_erased = logged.header[3] in logs.erased
        if is_erased and not isinstance(op, ErasedOp):
            yield "I11: the server holds bytes of what is erased"
        if isinstance(op, ErasedOp) and not is_erased:
            yield "I11: the server has forgotten bytes of what is not erased"


def _stays(replica: Replica, evidence: Evidence, erased: Mapping[EntityId, int]) -> Iterator[str]:
    """Nothing of an erased entity is in what a device keeps, nor in its memory."""
    kept = encode_replica(replica)
    if any(part in kept for part in evidence.erased_bytes):
        yield "I11: a store keeps bytes of what is erased"
    names = {name for name, op in evidence.ops.items() if op.entity in erased}
    ops = (entry for entries in replica.lost.values() for entry in entries)
    there = {
        "secret": not erased.keys().isdisjoint({*replica.keyring.secrets, *(n[0] for n in replica.keyring._op_keys)}),
        "payload": not names.isdisjoint({*replica.payloads, *replica.waiting}),
        "op": not names.isdisjoint({*replica.outbox.ops, *(entry.op_id for entry in ops)}),
        "entry": any(replica.entries.get(entity) for entity in erased),
        "command": any(command.header.entity in erased for command, _ in replica.commands),
        "beginning": not erased.keys().isdisjoint(replica.reader.view.geneses),
    }
    yield from (f"I11: a device has a {what} of what is erased" for what, is_so in there.items() if is_so)


def _receipts(evidence: Evidence, logs: Logs) -> Iterator[str]:
    """A receipt names those of its ops that were stored without their bytes, and no other."""
    yield from _receipts_of(evidence.receipts, evidence, logs.erased)
    for past, erased in zip(evidence.past, logs.past_erased, strict=True):
        yield from _receipts_of(past.receipts, evidence, erased)


def _receipts_of(
    receipts: Mapping[bytes, list[bytes]], evidence: Evidence, erased: Mapping[EntityId, int]
) -> Iterator[str]:
    for body, answers in receipts.items():
        receipt = decode_receipt(answers[0])
        if not erased and not receipt.erased:
            continue
        names = [name for name, is_control in ops_of(body) if not is_control]
        gone = [
            name
            for name in names
            if erased.get(evidence.ops[name].entity, receipt.last_cursor + 1) <= receipt.last_cursor
        ]
        if list(receipt.erased) != gone:
            yield "I11: a receipt does not say which ops were stored as erased"


def _usurped(logs: Logs) -> Iterator[str]:
    """Nobody erases without the role."""
    for log in (*logs.past, logs.final):
        roles: dict[bytes, int] = {}
        erasing = erase_ops(log)
        for op in log.values() if erasing else ():
            if op.op_id in erasing and not roles.get(op.header[2], 0) & ERASE:
                yield "I11: a device without the role has erased"
            if op.header[4] == CONTROL and op.header[5] == "member":
                _, device, _, _, granted, *_ = msgpack.decode(op.sealed)
                roles[device] = granted


def _forgotten(evidence: Evidence, logs: Logs) -> Iterator[str]:
    """What a restored server has forgotten to be erased is erased in the end, if a device that may erase knew of it."""
    for past, log, erased in zip(evidence.past, logs.past, logs.past_erased, strict=True):
        may = _erasers_of(log.values()) - evidence.cut_off.keys()
        known = {entity for device in may for entity in past.erased.get(device, ())}
        authors = {entity for name, gone in erase_ops(log).items() if log[name].header[2] in may for entity in gone}
        if not (known | authors) & erased.keys() <= logs.erased.keys():
            yield "I11: an erasure that a restored server has lost is not said again"


def _erasers_of(ops: Iterable[Logged]) -> set[DeviceId]:
    """Return the devices that have the role in a log."""
    bodies = [msgpack.decode(op.sealed) for op in ops if op.header[4] == CONTROL and op.header[5] == "member"]
    return {device for _, device, _, _, roles, *_ in bodies if roles & ERASE}


def _unconfirmed(evidence: Evidence, last: int) -> Iterator[str]:
    """Every member has said that it has read the last erasure.

    A device whose log a restored server still has does not say it twice, although that server has lost its word.
    """
    said = {replica.identity.device: replica.outbox.confirmed for replica in evidence.replicas[:-2]}
    for device, cursor in evidence.confirmed.items():
        was_lost = evidence.confirmed_before.get(device, 0) >= last and said.get(device, 0) >= last
        if cursor < last and not was_lost:
            yield "I11: a member has not said that it carried an erasure out"
