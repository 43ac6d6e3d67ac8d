"""Deliberate bugs about what is dead: bases and kills, stubs, and the checkpoint that a device begins at.

Two of them are a hostile server and no bug of ours: with every check in its place, the life must end in an alarm.
"""

from hashlib import sha256
from pkgutil import resolve_name
from typing import Any
from unittest.mock import patch

from sync import liveness
from sync.checkpoint import checkpoint_digest, decode_checkpoint, live_digest
from sync.ids import Digest, HeaderBytes
from sync.log import DeadRow
from sync.op import OpClass
from sync.start import Start
from tests.sim.store import MemoryStore


def base_of_siblings() -> list[Any]:
    """The op that another live one supersedes is left out of the base."""

    def siblings_only(live: Any, group: Any, setter: Any) -> Any:
        own = [op for op in live if liveness.group_of(op) == group]
        superseded = {name for op in own for name in liveness.bases_of(op).get(setter, ())}
        return liveness.base_of([op for op in own if op.op_id not in superseded], group, setter)

    return [patch("sync.writer.base_of", siblings_only)]


def kill_of_row_honoured() -> list[Any]:
    def any_but_genesis(header: Any) -> bool:
        return header.op_class in {OpClass.EDIT, OpClass.ROW}

    return [patch("sync.liveness.is_killable", any_but_genesis)]


def kill_before_its_target_remembered() -> list[Any]:
    def in_any_order(ops: Any) -> Any:
        ops = list(ops)
        listed = {killed for op in ops for killed in op.header.kills}
        return [op for op in ops if op.op_id not in listed or not liveness.is_killable(op.header)]

    return [patch(f"sync.{module}.live_ops", in_any_order) for module in ("liveness", "replica", "writer")]


def kill_of_what_shows() -> list[Any]:
    superseded = liveness.superseded

    def and_one_more(live: Any) -> Any:
        shown = [op.op_id for op in live[:-1] if liveness.is_killable(op.header)]
        return tuple(sorted({*superseded(live), *shown[-1:]}))

    return [patch("sync.writer.superseded", and_one_more)]


def last_kill_counts() -> list[Any]:
    async def the_dead_too(store: MemoryStore, _space: Any, op_ids: Any) -> dict[bytes, bytes]:
        found = [store.tables.by_op_id[name] for name in op_ids if name in store.tables.by_op_id]
        edits = [op for op in found if op.op_class == OpClass.EDIT and op.fold_group == op.entity]
        return {op.op_id: op.entity for op in edits}

    return [patch.object(MemoryStore, "killable", the_dead_too)]


def live_op_hidden() -> list[Any]:
    """The server is hostile: it serves every third edit as if it were dead."""
    honest = resolve_name("sync.store.pages:_whole_or_dead")

    def hostile(op: Any, end: int) -> Any:
        if op.op_id[0] % 3 == 0 and op.op_class == OpClass.EDIT and op.fold_group == op.entity:
            return DeadRow(HeaderBytes(op.header), Digest(sha256(op.sealed).digest()))
        return honest(op, end)

    return [patch("sync.store.pages._whole_or_dead", hostile)]


def stub_believed() -> list[Any]:
    check_end = resolve_name("sync.reader:_check_end")

    def without_proof(view: Any, page: Any) -> None:
        view.stubs.clear()
        check_end(view, page)

    return [*live_op_hidden(), patch("sync.reader._check_end", without_proof)]


def bootstrap_thinned() -> list[Any]:
    """The server is hostile: it leaves out of a bootstrap a segment in which everything is live."""
    honest = MemoryStore.segments_live

    async def hostile(store: MemoryStore, *asked: Any) -> Any:
        found = await honest(store, *asked)
        return [s for s in found if s.first_cursor == 1 or s.head[0] % 3 or not _is_plain(store, s)]

    return [patch.object(MemoryStore, "segments_live", hostile)]


def _is_plain(store: MemoryStore, segment: Any) -> bool:
    ops = store.tables.ops[segment.first_cursor - 1 : segment.last_cursor]
    return all(op.op_class != OpClass.CONTROL for op in ops)


def checkpoint_ignored() -> list[Any]:
    prove = Start.prove

    def anything(start: Start, proof: bytes) -> Any:
        live = live_digest((entry.cursor, entry.server_ms, entry.op_id) for entry in start._entries)
        start.checkpoint = checkpoint_digest(start.space, decode_checkpoint(proof), live)
        return prove(start, proof)

    return [*bootstrap_thinned(), patch.object(Start, "prove", anything)]
