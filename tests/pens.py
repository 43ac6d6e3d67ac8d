"""A pen: a device of the tests' own that signs any segment, right or wrong, byte by byte.

What it seals is random bytes: the server never opens it. Whoever needs what a real device writes uses a real one.
"""

import random
from collections.abc import Sequence

from sync.control import EpochBody, MemberBody, encode_body
from sync.ids import Digest, EntityId, HeaderBytes, OpId, OrgId, Sealed, SpaceId, StreamId, WorkerId
from sync.keys import BoxKey, Epoch, SigningKey, commit, device_id, wrap
from sync.log import log_0
from sync.op import Header, OpClass, decode_header, encode_header, op_id
from sync.registry import Code, CodeSet, Folds, KindRule, Registry, Whole
from sync.secret import EpochKey, Secret
from sync.segment import Segment, chain, encode_push, encode_segment, head_0, sign_segment

REGISTRY = Registry(
    {
        "thing": KindRule(Folds.ENTITY, facts={"colour": Code(frozenset({"red", "blue"}))}),
        "event": KindRule(
            Folds.ROW, of=("thing",), facts={"count": Whole(0, 99), "tags": CodeSet(frozenset({"a", "b"}))}
        ),
    }
)
"""A small registry of no domain."""

Pair = tuple[HeaderBytes, Sealed]
EPOCH_KEY = EpochKey(b"\x03" * 32)


class Pen:
    """One device. `seq` and `head` are where its stream stands; `seen` is the last log end it names."""

    stream: StreamId
    seq: int
    head: Digest

    def __init__(self, space: SpaceId, seed: int) -> None:
        self.random = random.Random(seed)
        self.space = space
        self.org = OrgId(b"\x0f" * 16)
        self.signing = SigningKey(Secret(self.random.randbytes(32)))
        self.box = BoxKey(Secret(self.random.randbytes(32)))
        self.device = device_id(self.signing.public)
        self.seen: tuple[int, Digest] | None = None
        self.new_stream()

    def new_stream(self) -> None:
        self.stream = StreamId(self.random.randbytes(16))
        self.seq, self.head = 1, head_0(self.space, self.stream, self.device)

    def id(self) -> EntityId:
        return EntityId(self.random.randbytes(16))

    def header(self, op_class: OpClass, kind: str, entity: bytes, **more: object) -> Header:
        values = {"hlc_ms": 1_795_300_200_000, "hlc_ctr": 0, "epoch": 1} | more
        return Header(self.space, self.device, EntityId(entity), op_class, kind, **values)  # type: ignore[arg-type]

    def op(self, op_class: OpClass, kind: str, entity: bytes, **more: object) -> Pair:
        header = encode_header(self.header(op_class, kind, entity, **more))
        return header, Sealed(self.random.randbytes(300))

    def genesis(self, entity: bytes | None = None, **more: object) -> Pair:
        return self.op(OpClass.GENESIS, "thing", entity or self.id(), **more)

    def edit(self, entity: bytes, **more: object) -> Pair:
        return self.op(OpClass.EDIT, "thing", entity, **more)

    def row(self, entity: bytes, **more: object) -> Pair:
        return self.op(OpClass.ROW, "event", entity, **more)

    def amend(self, entity: bytes, row: OpId, **more: object) -> Pair:
        return self.op(OpClass.EDIT, "event", entity, re=row, **more)

    def control(self, kind: str, body: object, epoch: int) -> Pair:
        header = self.header(OpClass.CONTROL, kind, self.space, epoch=epoch)
        return encode_header(header), encode_body(body)  # type: ignore[arg-type]

    def member_body(self, roles: int, wrapped: bytes | None = None, worker: WorkerId | None = None) -> MemberBody:
        return MemberBody(self.device, self.signing.public, self.box.public, roles, self.org, worker, wrapped)

    def push(self, pairs: Sequence[Pair], **wrong: object) -> bytes:
        """Sign the ops as the stream's next segment and advance; `wrong` replaces members of the segment."""
        heads = chain(self.head, op_ids(pairs))
        cursor, log = self.seen or (0, log_0(self.space))
        end = heads[-1] if heads else self.head
        right = {
            "space": self.space,
            "stream": self.stream,
            "device": self.device,
            "from_seq": self.seq,
            "n": len(pairs),
            "prev_head": self.head,
            "head": end,
            "seen_cursor": cursor,
            "seen_log": log,
        }
        seg = encode_segment(Segment(**(right | wrong)))  # type: ignore[arg-type]
        self.seq, self.head = self.seq + len(pairs), end
        return encode_push(seg, sign_segment(self.signing, seg), pairs)


def op_ids(pairs: Sequence[Pair]) -> list[OpId]:
    """Return the names of ops whose headers are sound."""
    return [op_id(decode_header(header).entity, header, sealed) for header, sealed in pairs]


def founding(founder: Pen, others: Sequence[Pen], roles: int = 7) -> list[Pair]:
    """Return the ops that found a space: the founder, the others, epoch 1."""
    members = sorted([founder, *others], key=lambda pen: pen.device)
    epoch = Epoch(founder.space, 1, commit(founder.space, 1, EPOCH_KEY))
    wraps = tuple((pen.device, wrap(EPOCH_KEY, pen.box.public, epoch, pen.device)) for pen in members)
    first = [founder.control("member", founder.member_body(7), 0)]
    rest = [founder.control("member", pen.member_body(roles), 0) for pen in others]
    return [*first, *rest, founder.control("epoch", EpochBody(1, epoch.commitment, None, wraps), 0)]
