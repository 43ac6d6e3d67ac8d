"""Rows that say again what another row stands for already: they are kept, and not counted.

What a retired device could not send is written again by an administrator's device. Two administrators may do so from
the same copy without knowing of each other. The fact `salvages` of a row names the one that it stands for; of all that
name the same, and of the named one itself, one counts.
"""

from collections import defaultdict
from collections.abc import Iterable
from math import inf

from sync.ids import OpId
from sync.liveness import FoldOp
from sync.op import OpClass, row_name
from sync.registry import SALVAGES


def repeats(ops: Iterable[FoldOp]) -> set[OpId]:
    """Return those rows among the ops of one entity for which another one of their kind stands.

    That is the row that they salvage, if it is there; else the one that the log had first: by the server time of its
    segment, then by its name. Unsent rows come last.
    """
    rows = [op for op in ops if op.header.op_class == OpClass.ROW]
    by_original: dict[tuple[str, bytes], list[FoldOp]] = defaultdict(list)
    for op in rows:
        for name, value in op.header.facts:
            if name == SALVAGES and isinstance(value, bytes):
                by_original[op.header.kind, value].append(op)
    if not by_original:
        return set()
    originals = {(op.header.kind, row_name(op.op_id)) for op in rows}
    repeated: set[OpId] = set()
    for original, found in by_original.items():
        found.sort(key=lambda op: (inf if op.server_ms is None else op.server_ms, op.op_id))
        repeated.update(op.op_id for op in found[0 if original in originals else 1 :])
    return repeated
