"""Makes `python.json` and `attacks.json`, which both languages check.

Run `python -m tests.vectors.make_python_vectors` from the top.

Everything is drawn from fixed seeds, but for the wraps: HPKE draws an ephemeral key of its own, so the wraps of the
file that stands are used again while they open.
"""

import json
import random
from collections.abc import Iterable
from pathlib import Path
from typing import Any, Final

from msgspec.structs import replace

from sync.clock import Hlc, offset_ms, phys, receive, tick
from sync.codec import encode
from sync.control import EpochBody, RulesBody, encode_body
from sync.enrolment import Setup, encode_code
from sync.envelope import padded_size
from sync.errors import IntegrityFailure, Refusal
from sync.fold import fold, fold_bytes
from sync.ids import Digest, HeaderBytes, OpId, OrgId, StreamId
from sync.liveness import FoldOp, bases_of, live_ops
from sync.log import Page, decode_page, encode_page, encode_receipt, log_0, next_log
from sync.op import Fact, HeaderFault, OpClass, decode_header, encode_header
from sync.payload import encode_payload
from sync.push import read, verify
from sync.reader import Reader
from sync.recovery import recovery_body, recovery_identity
from sync.registry import Code, CodeSet, FactRule, KindRule, StakeRule, Strictest, Whole
from sync.replica import Replica
from sync.ruleset import Machine
from sync.rulings import rulings, rulings_bytes
from sync.salvage import copy_outbox, open_copy, write_salvage
from sync.secret import EpochKey, RecoverySeed
from sync.segment import encode_push, sign_segment
from sync.writer import Amend, Edit, Genesis, Intent, Row, first_epoch, write, write_control, write_founding
from tests.engine_kit import (
    AWA,
    MALLORY,
    RECOVERY,
    REGISTRY,
    SPACE,
    START_MS,
    ModelServer,
    deliver,
    entity,
    fold_op,
    member,
    moment,
    pull,
    replica,
)
from tests.header_cases import BAD, GOOD, RAW_BAD
from tests.property.histories import History
from tests.property.test_rulings import BERTHS
from tests.security.attacks import vectors
from tests.unit.test_rulings import command

FILE: Final = Path(__file__).with_name("python.json")
EPOCH_KEY: Final = EpochKey(b"\x03" * 32)
SETUP: Final = Setup("https://escale.example", "c2V0LXVw")

Json = dict[str, Any]


def make() -> Json:
    """Return every vector; the values are hex unless their name says otherwise."""
    server, awa, recovery = space()
    return {
        "registry": {kind: kind_case(rule) for kind, rule in REGISTRY.kinds.items()},
        "headers": header_cases(),
        "pads": {str(size): padded_size(size) for size in (0, 254, 255, 256, 271, 272, 511, 512, 5000, 63487)},
        "space": space_case(server, awa),
        "pages": page_cases(server, awa),
        "pushes": push_cases(server),
        "states": [state.hex() for state in states(awa, recovery)],
        "folds": [fold_case(History(seed, skew_ms=10**9 if seed % 2 else 0).run().log) for seed in range(12)],
        "special_folds": [fold_case(ops) for ops in special_ops()],
        "rulings": [ruling_case(seed) for seed in range(8)],
        "clock": clock_case(),
        "recovery": [recovery_case(bytes([n]) * 32) for n in (0, 1, 255)],
        "salvage": salvage_case(),
        "setup": {"text": encode_code(SETUP), "origin": SETUP.origin, "secret": SETUP.secret},
    }


def salvage_case() -> Json:
    """Return a log that has a device retired, the copy of what it could not send, and what Awa writes of it again."""
    server, awa, recovery = space()
    write(recovery, [Edit(entity(1), "thing", {"size": "small"}, {"note": "Inès"})], moment(10))
    write(recovery, [Genesis(entity(3), "thing", {}, {"note": "new"})], moment(11))
    (row,) = write(recovery, [Row(entity(3), "mark", {"done": False}, {"text": "met"})], moment(12))
    write(
        recovery,
        [Amend(entity(3), "mark", row, {"done": True}), Row(entity(1), "mark", {"about": row[:16]})],
        moment(13),
    )
    write_control(awa, member(RECOVERY, 0, keyed=False), moment(14))
    deliver(awa, server)
    copied = copy_outbox(recovery, StreamId(b"\x29" * 16))
    names = write_salvage(awa, open_copy(awa, copied))
    shown = [awa.state(entity(n)) for n in (1, 3)]
    return {
        "page": server.page().hex(),
        "copy": copied.hex(),
        "names": [name.hex() for name in names],
        "states": [fold_bytes(state).hex() for state in shown if state is not None],
    }


def recovery_case(seed: bytes) -> Json:
    """Return the seed of a recovery member and what it is in the log."""
    body = recovery_body(recovery_identity(RecoverySeed(seed)), OrgId(b"\x0f" * 16))
    return {"seed": seed.hex(), "body": encode_body(body).hex()}


def kind_case(rule: KindRule) -> Json:
    """Return a kind as the twin's registry takes it: one word for the rule, then its codes or bounds."""
    return {
        "folds": str(rule.folds),
        "of": list(rule.of),
        "facts": {name: fact_case(fact) for name, fact in rule.facts.items()},
        "high_stakes": {name: stake_case(stake) for name, stake in rule.high_stakes.items()},
        "machine": None if rule.machine is None else machine_case(rule.machine),
    }


def fact_case(fact: FactRule) -> list[Any]:
    """Return a fact's rule."""
    match fact:
        case Code(codes) | CodeSet(codes):
            return [type(fact).__name__, *sorted(codes)]
        case Whole(least, most):
            return ["Whole", least, most]
        case _:
            return [type(fact).__name__]


def stake_case(stake: StakeRule) -> list[Any]:
    """Return a high-stakes rule."""
    return ["Strictest", *stake.values] if isinstance(stake, Strictest) else ["Union"]


def machine_case(machine: Machine) -> Json:
    """Return a state machine."""
    hold = machine.hold
    return {
        "start": machine.start,
        "moves": {name: [sorted(move.before), move.after] for name, move in machine.moves.items()},
        "beats": {state: sorted(others) for state, others in machine.beats.items()},
        "subject": machine.subject,
        "hold": None if hold is None else [sorted(hold.states), hold.thing, hold.until],
    }


def clock_case() -> Json:
    """Return inputs and outputs of the clock's functions."""
    own, header = [Hlc(10, 5), Hlc(10, 65_535), Hlc(0, 0)], fold_op(1, {}).header
    samples = [[], [7], [1, 9], [5, 10**9, 5], [*range(40)]]
    theirs = [(50, 3, 100), (2**47, 0, 100), (5, 5, 0)]
    return {
        "phys": [[ms, off, phys(ms, off)] for ms in (0, 899_999, 2**50, START_MS) for off in (0, 1, -900_000)],
        "tick": [[*hlc, ms, *tick(hlc, ms)] for hlc in own for ms in (0, 10, 11)],
        "receive": [
            [*hlc, ms, ctr, server_ms, *receive(hlc, replace(header, hlc_ms=ms, hlc_ctr=ctr), server_ms)]
            for hlc in own
            for ms, ctr, server_ms in theirs
        ],
        "offset": [[each, offset_ms(each)] for each in samples],
    }


def header_cases() -> list[Json]:
    """Return headers with the name of the member at fault, or nil."""
    sound = [(case.title, encode(case.members)) for case in (*GOOD, *BAD)]
    return [
        {"title": title, "header": data.hex(), "fault": header_fault_of(data)}
        for title, data in (*sound, *((title, data) for title, data, _ in RAW_BAD))
    ]


def header_fault_of(data: bytes) -> str | None:
    """Return the name of the member at fault, or None."""
    try:
        decode_header(HeaderBytes(data))
    except HeaderFault as fault:
        return fault.name
    return None


def epoch_1() -> EpochBody:
    """Return epoch 1, with the wraps of the file that stands if they are for the same key."""
    bodies = [member(AWA), member(RECOVERY)]
    fresh = first_epoch(SPACE, bodies, EPOCH_KEY)
    if not FILE.exists():
        return fresh
    kept = json.loads(FILE.read_text())["space"]["wraps"]
    wraps = tuple((device, bytes.fromhex(kept[device.hex()])) for device, _ in fresh.wraps)
    return replace(fresh, wraps=wraps)


def space() -> tuple[ModelServer, Replica, Replica]:
    """Return a space with a conflict, rows, an amendment, a void row, commands and a rules op, all delivered."""
    server, awa = ModelServer(), replica(AWA)
    root = write_founding(awa, [member(AWA), member(RECOVERY)], epoch_1(), moment(1))
    deliver(awa, server)
    first: dict[str, Fact] = {"size": "small", "tags/red": True, "risk": "grave"}
    write(awa, [Genesis(entity(1), "thing", first, {"note": "Inès", "alias/9f2c": "Momo"})], moment(2))
    rows = write(awa, [Row(entity(1), "mark", {"done": False}, {"text": ["a", 1, None]})], moment(3))
    rows += write(awa, [Row(entity(1), "mark", {}, {"text": b"\x00\xff"})], moment(4))
    deliver(awa, server)
    recovery = replica(RECOVERY, root)
    pull(recovery, server)
    write(awa, [Edit(entity(1), "thing", {"size": "large", "risk": "some"}, {"note": "calm"})], moment(5))
    write(recovery, [Edit(entity(1), "thing", {"risk": "none", "tags/red": None}, {"note": "tired"})], moment(6))
    write(recovery, [Amend(entity(1), "mark", rows[1], {"void": True}, {"text": "no"})], moment(7))
    deliver(awa, server)
    deliver(recovery, server)
    lane: list[Intent] = [Genesis(entity(2), "lane"), Row(entity(2), "lane_move", {"move": "send", "expect": "draft"})]
    write(recovery, lane, moment(8))
    write_control(recovery, RulesBody(2), moment(9))
    deliver(recovery, server)
    pull(awa, server)
    return server, awa, recovery


def states(awa: Replica, recovery: Replica) -> list[bytes]:
    """Return what both devices show of the two entities, which must be the same."""
    shown = []
    for who in (awa, recovery):
        assert not who.outbox.ops
        assert not who.waiting
        found = [who.state(entity(n)) for n in (1, 2)]
        shown.append([fold_bytes(state) for state in found if state is not None])
    assert shown[0] == shown[1]
    return [*shown[0], rulings_bytes(awa.rulings)]


def space_case(server: ModelServer, awa: Replica) -> Json:
    """Return what a device needs to read the space: its seeds, the root, and every op's meaning."""
    epoch = awa.reader.view.first_entries[[*awa.reader.view.first_entries][2]].body
    assert isinstance(epoch, EpochBody)
    assert awa.reader.root is not None
    return {
        "space": SPACE.hex(),
        "root": awa.reader.root.hex(),
        "signing_seed": (b"\x01" * 32).hex(),
        "box_seed": (b"\x65" * 32).hex(),
        "device": AWA.device.hex(),
        "epoch_key": EPOCH_KEY.reveal().hex(),
        "wraps": {device.hex(): wrapped.hex() for device, wrapped in epoch.wraps},
        "receipts": [encode_receipt(receipt).hex() for receipt in server.receipts.values()],
        "ops": [op_case(awa, name) for name in awa.reader.view.first_entries],
        "hlc": [*awa.hlc],
    }


def op_case(awa: Replica, name: OpId) -> Json:
    """Return an op's name and, if it is sealed, its key and payload."""
    entry = awa.reader.view.first_entries[name]
    assert entry.header is not None
    if entry.header.op_class == OpClass.CONTROL:
        return {"op_id": name.hex(), "key": None, "payload": None}
    key = awa.keyring.key(entry.header)
    assert key is not None
    return {"op_id": name.hex(), "key": key.reveal().hex(), "payload": encode_payload(awa.payloads[name]).hex()}


def page_cases(server: ModelServer, awa: Replica) -> list[Json]:
    """Return pages for a new reader, with the log they lead to or the reason why it stops."""
    page = decode_page(server.page())
    cases: list[tuple[str, Page]] = [("the whole log", page), ("two segments, more to come", first_segments(page, 2))]
    second = page.segments[1]
    for title, changed in (
        ("a signature of zeros", replace(second, sig=bytes(64))),
        ("two rows swapped", replace(second, rows=second.rows[::-1])),
        ("a cursor skipped", replace(second, first_cursor=second.first_cursor + 1)),
        ("a time that stands still", replace(second, server_ms=page.segments[0].server_ms)),
        ("a row too few", replace(second, rows=second.rows[:1])),
    ):
        cases.append((title, replace(page, segments=(page.segments[0], changed, *page.segments[2:]))))
    cases.append(("another log", replace(page, log=Digest(bytes(32)))))
    cases.append(("another end", replace(page, to_cursor=page.to_cursor - 1)))
    cases.append(("a segment left out", replace(page, segments=(page.segments[0], *page.segments[2:]))))
    root = awa.reader.root
    assert root is not None
    data = [(title, encode_page(each), root) for title, each in cases]
    data.append(("another root", encode_page(page), OpId(bytes(32))))
    data.append(("a trailing byte", encode_page(page) + b"\xc0", root))
    return [
        {"title": title, "page": each.hex(), "root": under.hex(), **read_case(each, under)}
        for title, each, under in data
    ]


def first_segments(page: Page, count: int) -> Page:
    """Return the page's first segments as a page of their own."""
    reader_end = sum(len(segment.rows) for segment in page.segments[:count])
    log = space_log(page, count)
    return Page(reader_end, log, True, page.segments[:count])


def space_log(page: Page, count: int) -> Digest:
    """Return the log hash after so many segments."""
    log, cursor = log_0(SPACE), 0
    for segment in page.segments[:count]:
        cursor += len(segment.rows)
        log = next_log(log, cursor, segment.server_ms, segment.seg)
    return log


def read_case(data: bytes, root: OpId) -> Json:
    """Return what a new reader makes of a page."""
    reader = Reader(SPACE, root)
    try:
        reading = reader.read(data, 0)
    except IntegrityFailure as failure:
        return {"failure": str(failure.reason)}
    reader.commit(reading)
    return {"failure": None, "cursor": reader.view.cursor, "log": reader.view.log.hex()}


def push_cases(server: ModelServer) -> list[Json]:
    """Return pushes with the code of their refusal, or nil."""
    paged = server.segments[1]
    ops = [(row.header, row.sealed) for row in paged.rows]  # type: ignore[union-attr]
    cases = [
        ("as it was sent", encode_push(paged.seg, paged.sig, ops)),
        ("another's signature", encode_push(paged.seg, sign_segment(MALLORY.signing, paged.seg), ops)),
        ("an op too few", encode_push(paged.seg, paged.sig, ops[:-1])),
        ("two ops swapped", encode_push(paged.seg, paged.sig, ops[::-1])),
        ("a cut segment", encode_push(paged.seg[:-1], paged.sig, ops)),
        ("a broken header", encode_push(paged.seg, paged.sig, [(HeaderBytes(b"\x90"), ops[0][1]), *ops[1:]])),
        ("a trailing byte", encode_push(paged.seg, paged.sig, ops) + b"\xc0"),
    ]
    return [{"title": title, "push": data.hex(), "code": push_code(data)} for title, data in cases]


def push_code(data: bytes) -> str | None:
    """Return the code with which the stateless checks refuse a push by Awa, or None."""
    try:
        verify(read(data, SPACE), AWA.signing.public, REGISTRY)
    except Refusal as refusal:
        return refusal.code
    return None


def special_ops() -> Iterable[list[FoldOp]]:
    """Return ops for sets, high stakes, voids and dishonest bases."""
    yield [fold_op(1, {"tags/red": "a"}), fold_op(2, {"tags/red": None}), fold_op(3, {"tags/red": "b"}, server_ms=0)]
    yield [fold_op(1, {"warning": ["b", "a"]}), fold_op(2, {"warning": "c"}), fold_op(3, {"warning": None})]
    yield [fold_op(1, {"risk": "grave"}), fold_op(2, {"risk": "none"}), fold_op(3, {"risk": "new"})]
    yield [fold_op(1, {"x": "old"}), fold_op(2, {"x": "new"}, {"x": (1,)}, hlc_ms=0)]
    yield [fold_op(1, {"x": 1}), fold_op(2, {"x": True}), fold_op(3, {"x": b"1"}), fold_op(4, {"x": "1"})]
    row = fold_op(1, {"x": "row"}, op_class=OpClass.ROW, kind="mark")
    yield [row, fold_op(2, {"x": "amended"}, {"x": (1,)}, kind="mark", re=row.op_id), fold_op(3, {"x": "own"})]


def fold_case(log: list[FoldOp]) -> Json:
    """Return ops in log order, the names of the live ones and the state's bytes."""
    live = live_ops(log)
    ops = [
        {
            "op_id": op.op_id.hex(),
            "header": encode_header(op.header).hex(),
            "server_ms": op.server_ms,
            "payload": None if op.payload is None else encode_payload(op.payload).hex(),
        }
        for op in log
    ]
    assert all(bases_of(op) for op in log)
    state = fold_bytes(fold(entity(0), live, REGISTRY))
    return {"entity": entity(0).hex(), "ops": ops, "live": [op.op_id.hex() for op in live], "state": state.hex()}


def ruling_case(seed: int) -> Json:
    """Return commands of three lanes in log order, and the rulings' bytes."""
    source, log, server_ms = random.Random(seed), [], 0
    states, moves = ["draft", "sent", "offered", "accepted", "planned"], ["send", "offer", "accept", "refuse", "spoil"]
    for n in range(1, 30):
        server_ms += source.randrange(1, 30)
        held = {"berth": source.choice(BERTHS), "until": server_ms + source.randrange(60)}
        berth = held if source.random() < 0.5 else {}
        at = source.randrange(4)
        log.append((command(n, moves[at], states[at], source.randrange(1, 4), **berth), server_ms))
    commands = [
        {"op_id": each.op_id.hex(), "header": encode_header(each.header).hex(), "server_ms": at} for each, at in log
    ]
    return {"commands": commands, "rulings": rulings_bytes(rulings(log)).hex()}


if __name__ == "__main__":
    FILE.write_text(json.dumps(make(), indent=1) + "\n")
    vectors.FILE.write_text(json.dumps(vectors.make(), indent=1) + "\n")
