"""The same life in the twin: the final log is read by the TypeScript engine, which must show the same bytes."""

import json
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

from server.settings import ROOT
from sync.checkpoint import checkpoint_of
from sync.fold import fold_bytes
from sync.log import ErasedRow, OpRow, Page, PageSegment, Row, encode_page
from sync.registry import Registry
from sync.replica import Replica
from sync.rulings import rulings_bytes
from tests.sim.evidence import ErasedOp, Evidence
from tests.sim.life import Life
from tests.sim.server import SPACE
from tests.vectors.make_python_vectors import kind_case

SCRIPT: Final = ROOT / "client_pwa" / "test" / "sim" / "replay.ts"


def case(life: Life, registry: Registry) -> dict[str, Any]:
    """Return a life lived with the real cryptography as the twin reads it: everything hex."""
    assert not life.plan.fast, "the twin opens what was really sealed"
    late = life.evidence.replicas[-1]
    states = [late.state(entity) for entity in sorted(late.entries)]
    assert late.reader.root is not None
    return {
        "registry": {kind: kind_case(rule) for kind, rule in registry.kinds.items()},
        "space": SPACE.hex(),
        "root": late.reader.root.hex(),
        "signing_seed": (bytes([1]) * 32).hex(),
        "box_seed": (bytes([101]) * 32).hex(),
        "pages": [page(life.evidence).hex(), _served(late).hex()],
        "start": _start(life.evidence.replicas[-2]),
        "states": [fold_bytes(state).hex() for state in states if state is not None],
        "rulings": rulings_bytes(late.rulings).hex(),
        "checkpoint": checkpoint_of(late.reader.view).hex(),
    }


def page(evidence: Evidence) -> bytes:
    """Return the whole log as one page, the payloads of the dead included, but not of the erased."""
    segments = tuple(
        PageSegment(s.first_cursor, s.server_ms, s.seg, s.sig, tuple(map(_row, s.ops))) for s in evidence.log
    )
    view = evidence.replicas[-1].reader.view
    return encode_page(Page(view.cursor, view.log, False, segments))


def _row(op: tuple[bytes, bytes] | ErasedOp) -> Row:
    return ErasedRow(*op) if isinstance(op, ErasedOp) else OpRow(*op)  # type: ignore[arg-type]


def _served(replica: Replica) -> bytes:
    """Return what a replica pulled, as one page: the dead are without their payloads."""
    view = replica.reader.view
    return encode_page(Page(view.cursor, view.log, False, tuple(replica.reader.segments)))


def _start(replica: Replica) -> dict[str, Any]:
    """Return where a replica began: what was live there, the proof of it, and what it pulled from there on."""
    start = replica.reader.start
    assert start is not None
    assert start.proof is not None
    return {
        "cursor": start.cursor,
        "checkpoint": start.checkpoint.hex(),
        "page": encode_page(Page(start.cursor, None, False, tuple(start.segments))).hex(),
        "proof": start.proof.hex(),
        "rest": _served(replica).hex(),
    }


def differing(cases: Sequence[dict[str, Any]]) -> list[list[str]]:
    """Return for each life what the twin shows otherwise: nothing, if the two are twins."""
    node = shutil.which("node", path=str(Path(ROOT, ".venv", "bin"))) or "node"
    told = subprocess.run(
        [node, "--no-warnings", str(SCRIPT)], input=json.dumps(cases), capture_output=True, text=True, check=True
    )
    found: list[list[str]] = json.loads(told.stdout)
    return found
