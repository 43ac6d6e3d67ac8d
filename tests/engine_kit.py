"""What the engine's tests share: a small registry of no domain, devices with fixed keys, and a model server."""

import random
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Final

from sync.control import MemberBody
from sync.erasure import erased_by
from sync.errors import (
    AlreadyLogged,
    BadControl,
    BadHeader,
    DeviceRevoked,
    LogMismatch,
    NotMember,
    RoleMissing,
    StreamMoved,
)
from sync.ids import ZERO32, DeviceId, Digest, EntityId, HeaderBytes, OpId, OrgId, Sealed, SpaceId, StreamId
from sync.keyring import Identity
from sync.keys import BoxKey, SigningKey
from sync.liveness import FoldOp
from sync.log import ErasedRow, OpRow, Page, PageSegment, Receipt, Row, encode_page, log_0, next_log, next_server_ms
from sync.members import Members, admit, found
from sync.op import Header, OpClass, encode_header, entity_of
from sync.payload import Field, Payload
from sync.push import CheckedPush, founding_key, read, verify
from sync.registry import Code, CodeSet, Flag, Folds, Id, IdSet, KindRule, Registry, Strictest, Union, Whole
from sync.replica import Replica, new_replica
from sync.ruleset import HoldRule, Machine, moves_of
from sync.secret import EpochKey, Secret
from sync.segment import Segment as WireSegment
from sync.segment import chain, encode_push, encode_segment, head_0, sign_segment, unseen
from sync.writer import Moment, first_epoch, write_founding

SPACE: Final = SpaceId(b"\x10" * 16)
ORG: Final = OrgId(b"\x0a" * 16)
START_MS: Final = 1_795_300_200_000

LANES: Final = Machine(
    start="draft",
    moves=moves_of(
        {
            "send": ("draft", "sent"),
            "offer": (("sent", "offered"), "offered"),
            "accept": ("offered", "accepted"),
            "plan": ("accepted", "planned"),
            "refuse": (("sent", "offered", "accepted"), "refused"),
            "spoil": (("draft", "sent", "offered", "accepted", "planned", "refused"), "spoilt"),
        }
    ),
    beats={
        "spoilt": frozenset({"sent", "offered", "accepted", "planned", "refused"}),
        "refused": frozenset({"planned"}),
    },
    hold=HoldRule(frozenset({"offered", "accepted", "planned"}), thing="berth", until="until"),
)

REGISTRY: Final = Registry(
    {
        "thing": KindRule(
            Folds.ENTITY,
            facts={
                "size": Code(frozenset({"small", "large"})),
                "count": Whole(0, 100),
                "tags": CodeSet(frozenset({"red", "blue"})),
                "same": IdSet(),
                "risk": Code(frozenset({"none", "some", "grave"})),
            },
            high_stakes={"risk": Strictest(("none", "some", "grave")), "warning": Union()},
        ),
        "mark": KindRule(Folds.ROW, of=("thing",), facts={"done": Flag(), "about": Id()}),
        "lane": KindRule(Folds.ENTITY),
        "lane_move": KindRule(
            Folds.COMMAND,
            of=("lane",),
            facts={
                "move": Code(frozenset(LANES.moves)),
                "expect": Code(LANES.states),
                "berth": Id(),
                "until": Whole(0),
            },
            machine=LANES,
        ),
    }
)


def chance(seed: int) -> Callable[[int], bytes]:
    """Return a source of bytes that look random and are the same in every run."""
    source = random.Random(seed)
    return source.randbytes


def entity(n: int) -> EntityId:
    """Return the entity of a number."""
    return EntityId(bytes([0x30]) + n.to_bytes(15))


def identity(n: int) -> Identity:
    """Return the device of a number, always with the same keys."""
    return Identity(SigningKey(Secret(bytes([n]) * 32)), BoxKey(Secret(bytes([n + 100]) * 32)))


AWA: Final = identity(1)
RECOVERY: Final = identity(2)
SAMIR: Final = identity(3)
MALLORY: Final = identity(9)


def member(who: Identity, roles: int = 7, wrap: bytes | None = None, *, keyed: bool = True) -> MemberBody:
    """Return the member body of a device."""
    x_pk = who.box.public if keyed and who.box is not None else None
    return MemberBody(who.device, who.signing.public, x_pk, roles, ORG, None, wrap)


def moment(seed: int = 0, local_ms: int = START_MS) -> Moment:
    """Return a moment whose randomness is that of the seed."""
    return Moment(local_ms, local_ms, chance(seed))


def replica(who: Identity, root: OpId | None = None, seed: int = 0) -> Replica:
    """Return an empty replica of the space."""
    return new_replica(who, REGISTRY, SPACE, root, StreamId(chance(int.from_bytes(who.device) + seed)(16)))


@dataclass
class ModelServer:
    """The server of one space, held in memory: the whole of a push but for projections.

    Attributes:
        now_ms: its clock; each push moves it by a second.
    """

    now_ms: int = START_MS
    cursor: int = 0
    log: Digest = field(default_factory=lambda: log_0(SPACE))
    server_ms: int = 0
    members: Members = field(default_factory=lambda: Members(SPACE))
    segments: list[PageSegment] = field(default_factory=list)
    receipts: dict[tuple[StreamId, int, int, Digest], Receipt] = field(default_factory=dict)
    streams: dict[StreamId, tuple[DeviceId, int, Digest]] = field(default_factory=dict)
    ends: dict[int, Digest] = field(default_factory=lambda: {0: log_0(SPACE)})
    headers: dict[OpId, Header] = field(default_factory=dict)
    erased: dict[EntityId, int] = field(default_factory=dict)

    def push(self, data: bytes) -> Receipt:
        """Answer a push with its receipt. Raises Refusal."""
        self.now_ms += 1000
        received = read(data, SPACE)
        author = self.members.by_device.get(received.segment.device)
        ed_pk = founding_key(received) if self.cursor == 0 else author.ed_pk if author else None
        push = verify(received, ed_pk, REGISTRY)
        segment = push.segment
        name = (segment.stream, segment.from_seq, segment.n, segment.head)
        if segment.n > 0 and name in self.receipts:
            return self.receipts[name]
        self._check(push)
        members = self._members(push)
        if segment.n == 0:
            return Receipt(self.cursor + 1, self.cursor, self.server_ms, self.log)
        return self._store(push, members)

    def page(self, after: int = 0, segments: int = 1000) -> bytes:
        """Return a page of at most so many whole segments."""
        rest = [paged for paged in self.segments if paged.first_cursor > after]
        taken = tuple(rest[:segments])
        to_cursor = taken[-1].first_cursor + len(taken[-1].rows) - 1 if taken else after
        return encode_page(Page(to_cursor, self.ends[to_cursor], len(rest) > len(taken), taken))

    def _check(self, push: CheckedPush) -> None:
        segment = push.segment
        author = self.members.by_device.get(segment.device)
        if self.cursor and author is None:
            raise NotMember
        if author is not None and author.revoked:
            raise DeviceRevoked
        if author is not None and any(op.header.op_class != OpClass.CONTROL for op in push.ops) and not author.may(1):
            raise RoleMissing
        first = (segment.device, 1, head_0(SPACE, segment.stream, segment.device))
        device, next_seq, head = self.streams.get(segment.stream, first)
        if device != segment.device:
            raise StreamMoved(0, ZERO32)
        if (segment.from_seq, segment.prev_head) != (next_seq, head):
            raise StreamMoved(next_seq, head)
        if self.ends.get(segment.seen_cursor) != segment.seen_log:
            raise LogMismatch(self.cursor)
        logged: list[bytes] = [op.op_id for op in push.ops if op.op_id in self.headers]
        if logged:
            raise AlreadyLogged(logged)

    def _members(self, push: CheckedPush) -> Members:
        if self.cursor == 0:
            bodies = [push.bodies.get(index) for index in range(len(push.ops))]
            members = found(SPACE, [op.header for op in push.ops], bodies)
            if members is None:
                raise BadControl(0, push.ops[0].op_id if push.ops else None, "founding")
            return members
        known, erased = dict(self.headers), set(self.erased)
        for index, op in enumerate(push.ops):
            erased |= erased_by([push.bodies.get(index)])
            if op.header.entity in erased:
                continue
            if op.header.op_class == OpClass.GENESIS and self._has_genesis(known, op.header.entity):
                raise BadHeader(index, op.op_id, "entity")
            row = known.get(op.header.re) if op.header.re is not None else None
            told = (OpClass.ROW, op.header.entity, op.header.kind)
            if op.header.re is not None and (row is None or (row.op_class, row.entity, row.kind) != told):
                raise BadHeader(index, op.op_id, "re")
            known[op.op_id] = op.header
        return admit(self.members, push.ops, push.bodies, unseen(push.segment, self.cursor + 1))

    @staticmethod
    def _has_genesis(known: dict[OpId, Header], of: EntityId) -> bool:
        return any(header.op_class == OpClass.GENESIS and header.entity == of for header in known.values())

    def _store(self, push: CheckedPush, members: Members) -> Receipt:
        first, self.cursor = self.cursor + 1, self.cursor + push.segment.n
        self.server_ms = next_server_ms(self.now_ms, self.server_ms)
        self.log = self.ends[self.cursor] = next_log(self.log, self.cursor, self.server_ms, push.seg)
        self.members = members
        self.headers.update({op.op_id: op.header for op in push.ops})
        segment = push.segment
        self.streams[segment.stream] = (segment.device, segment.next_seq, segment.head)
        rows = tuple(OpRow(op.header_bytes, op.sealed) for op in push.ops)
        self.segments.append(PageSegment(first, self.server_ms, push.seg, push.sig, rows))
        for index, body in push.bodies.items():
            for each in erased_by([body]):
                self.erased.setdefault(each, first + index)
        self.segments = [self._without_erased(paged) for paged in self.segments]
        gone = tuple(op.op_id for op in push.ops if op.header.entity in self.erased)
        receipt = Receipt(first, self.cursor, self.server_ms, self.log, gone)
        self.receipts[(segment.stream, segment.from_seq, segment.n, segment.head)] = receipt
        return receipt

    def _without_erased(self, paged: PageSegment) -> PageSegment:
        def form(row: Row) -> Row:
            of = entity_of(row.header) if isinstance(row, OpRow) else None
            if not isinstance(row, OpRow) or of not in self.erased:
                return row
            hashes = (Digest(sha256(part).digest()) for part in (row.header, row.sealed))
            return ErasedRow(of, *hashes)

        rows = tuple(map(form, paged.rows))
        return PageSegment(paged.first_cursor, paged.server_ms, paged.seg, paged.sig, rows)


def deliver(who: Replica, server: ModelServer) -> None:
    """Push until the outbox waits for nothing, then pull all."""
    while (data := who.push()) is not None:
        assert who.accept(server.push(data), START_MS)
    pull(who, server)


def pull(who: Replica, server: ModelServer, segments: int = 1000) -> None:
    """Pull all, so many segments a page."""
    while who.reader.view.cursor < server.cursor:
        who.apply_page(server.page(who.reader.view.cursor, segments), server.now_ms)


def founder() -> Replica:
    """Return Awa's replica with a founding in its outbox: herself and a recovery member."""
    awa = replica(AWA)
    bodies = [member(AWA), member(RECOVERY)]
    write_founding(awa, bodies, first_epoch(SPACE, bodies, EpochKey(b"\x03" * 32)), moment(1))
    return awa


def founded() -> tuple[ModelServer, Replica]:
    """Return a server whose space Awa founded, and her replica of it."""
    server, awa = ModelServer(), founder()
    deliver(awa, server)
    return server, awa


def push_of(
    who: Identity,
    ops: Sequence[tuple[Header | HeaderBytes, bytes]],
    op_ids: Iterable[OpId],
    *,
    signing: SigningKey | None = None,
    **changed: object,
) -> bytes:
    """Return a push cut by hand, so that a test may break any part of it."""
    names = list(op_ids)
    first = head_0(SPACE, StreamId(b"\x20" * 16), who.device)
    heads = chain(first, names)
    values: dict[str, object] = {
        "space": SPACE,
        "stream": StreamId(b"\x20" * 16),
        "device": who.device,
        "from_seq": 1,
        "n": len(ops),
        "prev_head": first,
        "head": heads[-1] if heads else first,
        "seen_cursor": 0,
        "seen_log": log_0(SPACE),
    }
    seg = encode_segment(WireSegment(**(values | changed)))  # type: ignore[arg-type]
    pairs = [(encode_header(h) if isinstance(h, Header) else h, Sealed(sealed)) for h, sealed in ops]
    return encode_push(seg, sign_segment(signing or who.signing, seg), pairs)


def fold_op(
    op_id: int, values: dict[str, object], base: dict[str, tuple[int, ...]] | None = None, **header: object
) -> FoldOp:
    """Return an op for the fold, its name and bases given as numbers, every value a sealed field."""
    known: dict[str, object] = {"op_class": OpClass.EDIT, "kind": "thing", "hlc_ms": START_MS, "hlc_ctr": op_id}
    known |= {"space": SPACE, "device": AWA.device, "entity": entity(0), "epoch": 1}
    server_ms = header.pop("server_ms", START_MS)
    kills = tuple(name(n) for n in header.pop("kills", ()))  # type: ignore[attr-defined]
    built = Header(**(known | header), kills=kills)  # type: ignore[arg-type]
    bases = base or {}
    fields = tuple(
        Field(key, value, tuple(sorted(name(n) for n in bases.get(key, ()))))  # type: ignore[arg-type]
        for key, value in sorted(values.items())
    )
    return FoldOp(name(op_id), built, server_ms, Payload(None, START_MS, None, (), fields))  # type: ignore[arg-type]


def name(n: int) -> OpId:
    """Return the op_id of a number."""
    return OpId(n.to_bytes(16) * 2)
