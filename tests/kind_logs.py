"""Random logs over the catalogue: ops in cursor order, cut into pushes, as a server would have accepted them."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any

from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from server.kinds.catalogue import TABLED_BY_NAME
from server.kinds.description import QUARTER_MS
from server.kinds.kind import Kind, kind_name
from server.kinds.referral import ReferralMove
from sync.ids import EntityId, OpId
from sync.op import Header, OpClass, row_name
from sync.registry import SALVAGES, Folds
from sync.store.logged import LoggedOp
from tests.strategies import TABLED_OP_KINDS, Facts, facts_of, header_of

Push = tuple[LoggedOp, ...]
ENTITIES = tuple(EntityId(bytes([n]) * 16) for n in range(1, 5))
START_MS = 1_000 * QUARTER_MS


@dataclass
class Log:
    """A log under construction: what may be written next depends on what is there."""

    ops: list[LoggedOp] = field(default_factory=list)
    server_ms: int = START_MS

    def add(self, header: Header) -> LoggedOp:
        """Log an op in the current segment; its name is any 32 bytes that no other op has."""
        cursor = len(self.ops) + 1
        op = LoggedOp(OpId(sha256(f"op {cursor}".encode()).digest()), cursor, self.server_ms, header)
        self.ops.append(op)
        return op

    def of(self, kind: type[Kind], op_class: OpClass) -> list[LoggedOp]:
        """Return the ops of a kind and class that are there."""
        name = kind_name(kind)
        return [op for op in self.ops if op.header.kind == name and op.header.op_class == op_class]

    def begun(self) -> set[EntityId]:
        """Return the entities that have a genesis."""
        return {op.header.entity for op in self.ops if op.header.op_class == OpClass.GENESIS}


@st.composite
def histories(draw: st.DrawFn) -> tuple[Push, ...]:
    """Draw up to eight pushes of up to six ops: wild clocks, kills, edits before a genesis, amendments, commands."""
    log, pushes = Log(), []
    for _ in range(draw(st.integers(1, 8))):
        log.server_ms += draw(st.integers(1, 3 * QUARTER_MS))
        start = len(log.ops)
        for _ in range(draw(st.integers(1, 6))):
            log.add(draw(_header(log)))
        pushes.append(tuple(log.ops[start:]))
    return tuple(pushes)


@st.composite
def _header(draw: st.DrawFn, log: Log) -> Header:
    kind = draw(st.sampled_from(TABLED_OP_KINDS))
    facts = draw(moves() if kind is ReferralMove else facts_of(kind))
    members: dict[str, Any] = {
        "entity": draw(st.sampled_from(ENTITIES)),
        "hlc_ms": START_MS + draw(st.integers(-8, 8)) * QUARTER_MS,
        "hlc_ctr": draw(st.integers(0, 2)),
    }
    if kind.folds is Folds.ENTITY:
        return draw(_entity_header(log, kind, facts, members))
    rows = log.of(kind, OpClass.ROW) if kind.folds is Folds.ROW else []
    amends = draw(st.booleans())
    if rows and amends:
        row = draw(st.sampled_from(rows))
        void: Facts = draw(st.sampled_from(({}, {"void": True}, {"void": False}, {"void": None})))
        amended = {"op_class": int(OpClass.EDIT), "entity": row.header.entity, "re": row.op_id}
        return header_of(kind, dict(list(facts.items())[:15]) | void, **(members | amended))
    if kind.folds is Folds.ROW:
        # An author says a thing once: of two that do so, one comes in a later segment.
        said = {value for op in log.ops if op.server_ms == log.server_ms for _, value in op.header.facts}
        originals = [name for name in (b"x" * 16, *(row_name(row.op_id) for row in rows)) if name not in said]
        again = draw(st.sampled_from([None, *originals]))
        facts = facts if again is None else dict(list(facts.items())[:15]) | {SALVAGES: again}
    return header_of(kind, facts, **members)


@st.composite
def _entity_header(draw: st.DrawFn, log: Log, kind: type[Kind], facts: Facts, members: dict[str, Any]) -> Header:
    entity = members["entity"]
    if entity not in log.begun() and draw(st.booleans()):
        return header_of(kind, facts, **members)
    edits = [op.op_id for op in log.ops if op.header.entity == entity and op.header.op_class == OpClass.EDIT]
    kills = draw(st.sets(st.sampled_from(edits), max_size=3)) if edits else set()
    return header_of(kind, facts, **members, op_class=int(OpClass.EDIT), kills=tuple(sorted(kills)))


def moves() -> SearchStrategy[Facts]:
    """Draw the facts of a command that mostly expects a state from which its move starts."""
    likely = [
        {"move": move, "expect": state}
        for move, (states, _) in ReferralMove.moves.items()
        for state in (*states, "draft")
    ]
    early = [facts for facts in likely if facts["expect"] in {"draft", "sent", "triage"}]
    return st.sampled_from([*likely, *early, *early]).map(dict)


class FakeGroups:
    """The store's group reader, over a list; it counts how often it was asked."""

    def __init__(self, ops: Sequence[LoggedOp]) -> None:
        self.ops = ops
        self.asked: list[tuple[EntityId, OpId | None, str]] = []

    async def __call__(self, entity: EntityId, row: OpId | None, kind: str) -> list[LoggedOp]:
        self.asked.append((entity, row, kind))
        own = [op for op in self.ops if op.header.entity == entity]
        if row is not None:
            return [op for op in own if row in {op.op_id, op.header.re}]
        if TABLED_BY_NAME[kind].folds is not Folds.ENTITY:
            return [op for op in own if op.header.kind == kind and op.header.op_class == OpClass.ROW]
        entity_classes = {OpClass.GENESIS, OpClass.EDIT}
        return [op for op in own if op.header.op_class in entity_classes and op.header.re is None]


def entities_of(ops: Sequence[LoggedOp]) -> list[list[LoggedOp]]:
    """Return the ops of each entity of a log in turn, in the order of the log's index."""
    entities: dict[EntityId, list[LoggedOp]] = {}
    for op in ops:
        entities.setdefault(op.header.entity, []).append(op)
    return [entities[entity] for entity in sorted(entities)]
