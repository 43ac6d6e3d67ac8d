"""The checker: reads what a life left and says which promise it breaks (`I1` to `I14` of docs/reliability.md)."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from itertools import pairwise
from random import Random
from typing import Final

from msgspec import msgpack

from sync.duplicates import Link, classes, links
from sync.fold import fold, fold_bytes
from sync.ids import EntityId, HeaderBytes, OpId, Sealed
from sync.keys import verifies
from sync.liveness import FoldOp
from sync.log import OpRow
from sync.op import decode_header
from sync.replica import Replica
from sync.rulings import rulings, rulings_bytes
from tests.sim.epochs import key_faults
from tests.sim.erased import erasure_faults
from tests.sim.evidence import ErasedOp, Evidence
from tests.sim.excuses import excused, unreadable
from tests.sim.folds import Folds, Shown
from tests.sim.kills import UNJUSTIFIED, kill_faults
from tests.sim.logs import CONTROL, Logged, Logs, first_kills, hashed, name_of, op_name
from tests.sim.saved import nothing_lost, receipt_faults
from tests.sim.server import SPACE
from tests.sim.truth import truth

NONCE_BYTES: Final = 12

Screen = dict[EntityId, Shown]
"""Everything that one replica shows."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the checker says of a life: a sentence for each promise that is broken, and how much there was to judge.

    Attributes:
        conflicts: how many registers show one.
        kills: how many ops are dead.
    """

    violations: list[str]
    conflicts: int
    kills: int


def judge(evidence: Evidence) -> Verdict:
    """Return which promises a life broke, the number first."""
    logs = Logs(evidence)
    logged = logs.final
    folds = Folds(evidence.replicas[-1].registry)
    but = unreadable(evidence, logs)
    screens = [_screen(replica, folds, but) for replica in evidence.replicas]
    states = {entity: shown.state for entity, shown in screens[-1].items()}
    found = [
        *evidence.alarms,
        *_log(evidence),
        *receipt_faults(evidence, logs),
        *nothing_lost(evidence, logs),
        *_convergence(evidence, screens, but),
        *_whole_log(evidence, logs, screens[-1], folds),
        *key_faults(evidence, logs),
        *kill_faults(evidence, logs, screens),
        *_honest_server(evidence, but),
        *_secrets(evidence, logged),
        *truth(evidence, states, logs),
        *_tables(evidence),
        *erasure_faults(evidence, logs),
    ]
    registers = [one for state in states.values() for group in state.groups for one in group.registers.values()]
    return Verdict(
        list(dict.fromkeys(found)), sum(register.conflict for register in registers), len(first_kills(logged))
    )


def _log(evidence: Evidence) -> list[str]:
    """I6: cursors without a gap, times that only grow, chains that continue, signatures that hold."""
    found = []
    heads: dict[bytes, tuple[int, bytes]] = {}
    cursor, server_ms, keys = 0, 0, {}
    for segment in evidence.log:
        _, _, stream, device, from_seq, n, prev_head, head, _, _ = msgpack.decode(segment.seg)
        if segment.first_cursor != cursor + 1 or len(segment.ops) != n:
            found.append("I6: cursors have a gap or a double")
        if segment.server_ms <= server_ms:
            found.append("I6: the server's time went back")
        expected = heads.get(stream, (1, hashed(b"esc1/stream\0", SPACE, stream, device)))
        at = prev_head
        for stored in segment.ops:
            if isinstance(stored, ErasedOp):
                at = hashed(b"esc1/chain\0", at, op_name(*stored))
                continue
            header, sealed = stored
            members = msgpack.decode(header)
            at = hashed(b"esc1/chain\0", at, name_of(members[3], header, sealed))
            if members[4] == 3 and members[5] == "member":
                _, who, ed_pk, *_ = msgpack.decode(sealed)
                keys[who] = ed_pk
        if (from_seq, prev_head) != expected or at != head:
            found.append("I6: a stream does not continue")
        if not verifies(keys.get(device, b""), b"esc1/seg\0" + segment.seg, segment.sig):
            found.append("I6: a segment is not signed by its device")
        heads[stream] = (from_seq + n, head)
        cursor, server_ms = cursor + len(segment.ops), segment.server_ms
    return found


def _convergence(evidence: Evidence, screens: Sequence[Screen], but: Collection[EntityId]) -> list[str]:
    """I4, I5, I7: everybody holds the same log and shows the same bytes, in whatever order ops are folded."""
    found = []
    first = evidence.replicas[0]
    end = evidence.log[-1].first_cursor + len(evidence.log[-1].ops) - 1
    if any(replica.reader.view.cursor != end for replica in evidence.replicas):
        found.append("I7: a reader has not read the whole log")
        return found
    bytes_shown = [{entity: shown.bytes for entity, shown in screen.items()} for screen in screens]
    if any(one != bytes_shown[0] for one in bytes_shown):
        found.append("I4: two replicas show different things")
    if len({_ruled(replica, but) for replica in evidence.replicas}) > 1:
        found.append("I4: two replicas rule differently")
    if len({_ground(replica) for replica in evidence.replicas}) > 1:
        found.append("I4: two replicas stand on different ground")
    chance = Random(end)
    for entity, shown in screens[0].items():
        shuffled = chance.sample(shown.live, len(shown.live))
        if fold_bytes(fold(entity, shuffled, first.registry)) != shown.bytes:
            found.append("I5: the order of folding matters")
    present = links(shown.state for shown in screens[0].values())
    if classes(present, ()) != _linked(present):
        found.append("I4: a class of duplicates is not what its links make it")
    return found


def _ruled(replica: Replica, but: Collection[EntityId]) -> bytes:
    """Return how a replica rules, but for entities that not everybody shows."""
    if not but:
        return rulings_bytes(replica.rulings)
    return rulings_bytes(rulings(ruled for ruled in replica.commands if ruled[0].header.entity not in but))


def _linked(present: Collection[Link]) -> dict[EntityId, EntityId]:
    """Return the smallest id that each linked entity reaches, by walking the links until nothing changes."""
    smallest = {entity: entity for link in present for entity in link}
    for _ in smallest:
        for a, b in present:
            smallest[a] = smallest[b] = min(smallest[a], smallest[b])
    return smallest


def _ground(replica: Replica) -> bytes:
    """Return what the next segment is judged by: the log's end, members, epochs, streams, beginnings, erasures."""
    view = replica.reader.view
    members = sorted(repr(member) for member in view.members.by_device.values())
    tables = [sorted(table.items()) for table in (view.members.commits, view.streams, view.geneses, view.erased)]
    return msgpack.encode([view.cursor, view.log, view.members.epoch, view.members.rules_version, members, tables])


def _whole_log(evidence: Evidence, logs: Logs, screen: Screen, folds: Folds) -> list[str]:
    """I4: what shows is what the whole log shows, with the payloads of the dead, which no replica is sent."""
    late, but, unjudged = evidence.replicas[-1], unreadable(evidence, logs), excused(evidence, logs)
    whole: dict[EntityId, list[FoldOp]] = defaultdict(list)
    for op in logs.standing.values():
        if op.header[4] != CONTROL and op.header[3] not in but:
            header_bytes = HeaderBytes(msgpack.encode(op.header))
            header = decode_header(header_bytes)
            payload = late.keyring.open(header, header_bytes, Sealed(op.sealed))
            whole[header.entity].append(FoldOp(op.op_id, header, op.server_ms, payload))
    seen = {entity: folds.of(entity, ops) for entity, ops in whole.items()}
    found = []
    if {entity: shown.bytes for entity, shown in seen.items()} != {entity: one.bytes for entity, one in screen.items()}:
        found.append("I4: a replica shows another thing than the whole log")
    if not all(entity in unjudged or folds.is_lawful(entity, shown) for entity, shown in seen.items()):
        found.append("I10: a kill changed what shows")
    if not all(entity in unjudged or shown.is_justified for entity, shown in seen.items()):
        found.append(UNJUSTIFIED)
    return found


def _screen(replica: Replica, folds: Folds, but: Collection[EntityId]) -> Screen:
    """Return what a replica shows of the log; what it has set aside, or holds of a lost log, is its own affair."""
    logged = replica.reader.view.first_entries
    screen = {}
    for entity in replica.entries.keys() - but:
        screen[entity] = folds.of(entity, [op for op in replica.ops(entity) if op.op_id in logged])
    return screen


def _honest_server(evidence: Evidence, but: Collection[EntityId]) -> list[str]:
    """An honest server stores nothing that a reader must call void, and nothing that a member cannot open."""
    late = evidence.replicas[-1]
    found = []
    if any(entry.void is not None for entry in late.reader.view.first_entries.values()):
        found.append("I12: the log holds an op that has no effect")
    if any(entry.entity not in but for entry in late.waiting.values()):
        found.append("I9: a member cannot open an op")
    members = late.reader.view.members.by_device
    for entries in late.entries.values():
        for entry in entries:
            assert entry.header is not None
            author = members.get(entry.header.device)
            if author is None or author.worker is None:
                found.append("I14: a value has no author")
    return found


def _secrets(evidence: Evidence, logged: dict[OpId, Logged]) -> list[str]:
    """I8, I9: no nonce serves twice, and no sealed payload opens under another op's header."""
    sealed = [op for op in logged.values() if op.header[4] != 3]
    found = []
    nonces = [(op.header[3], op.sealed[:NONCE_BYTES]) for op in sealed]
    if len(set(nonces)) != len(nonces):
        found.append("I8: a nonce was used twice")
    late = evidence.replicas[-1]
    for entries in late.entries.values():
        whole = [(entry.header, entry.row) for entry in entries if entry.header and isinstance(entry.row, OpRow)]
        for (header, row), (_, other) in pairwise(whole[1:4]):  # the first is the genesis, under a key of its own
            # Two stores with one device's keys may write two ops under one and the same header.
            is_other = row.header != other.header
            if is_other and late.keyring.open(header, row.header, other.sealed) is not None:
                found.append("I8: a payload opens under another op's header")
    return found


def _tables(evidence: Evidence) -> list[str]:
    """I3: the tables that were written push by push are those that the log alone gives."""
    return [f"I3: the table {name} is not what the log says" for name, a, b in evidence.tables if a != b]
