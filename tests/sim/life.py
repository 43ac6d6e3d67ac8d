"""A life: the world of a plan, its steps, its end, and the judgement."""

import asyncio
import shutil
import tempfile
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager, nullcontext
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Final
from unittest.mock import patch

from server.kinds.registry import engine_registry
from sync.again import Renamed
from sync.ids import OpId
from sync.replica import Replica
from sync.reseal import reseal
from tests.engine_kit import REGISTRY
from tests.sim.application import application, one_thread
from tests.sim.checker import Verdict, judge
from tests.sim.crypto import fast_cryptography
from tests.sim.evidence import Evidence, Op
from tests.sim.plan import Plan
from tests.sim.sabotage import sabotaged
from tests.sim.server import MemoryServer
from tests.sim.world import World

OP_ID_BYTES: Final = 32


@dataclass(frozen=True, slots=True)
class Life:
    """A life that was lived, and which promises it broke."""

    plan: Plan
    evidence: Evidence
    verdict: Verdict

    @property
    def violations(self) -> list[str]:
        """A sentence for each promise it broke."""
        return self.verdict.violations


@asynccontextmanager
async def world_of(plan: Plan, template: Path | None) -> AsyncIterator[World]:
    """Make the world of a plan: in memory, or around the whole application."""
    async with AsyncExitStack() as stack:
        stack.enter_context(fast_cryptography() if plan.fast else nullcontext())
        stack.enter_context(patch("sync.liveness.KILLS_MAX", plan.kills_max))
        if plan.backend == "memory":
            world = World(plan, REGISTRY)
            world.server = MemoryServer(REGISTRY, world)
        else:
            assert template is not None
            world = World(plan, engine_registry())
            folder = Path(tempfile.mkdtemp(dir=template.parent))
            stack.callback(shutil.rmtree, folder)
            stack.enter_context(one_thread())
            world.server = await stack.enter_async_context(application(template, folder, world.server_ms))
        stack.enter_context(patch("sync.client.reseal", partial(_reseal, world.evidence)))
        yield world


def _reseal(evidence: Evidence, replica: Replica) -> Renamed:
    """Seal again what must be, and note the new names."""
    renamed = reseal(replica)
    for old, new in renamed.items():
        if len(old) == OP_ID_BYTES:
            evidence.renamed[OpId(old)].add(OpId(new))
            op = replica.outbox.ops.get(OpId(new))
            if op is not None:  # else another store has written it, and it is in the log
                evidence.note_given_up(OpId(old), op.op_id, replica)
                evidence.ops[op.op_id] = Op(op.header.entity, op.header_bytes, op.sealed)
    return renamed


async def live(plan: Plan, template: Path | None = None, sabotage: str | None = None) -> Life:
    """Live one life and judge it; a deliberate bug is switched on once the space is founded."""
    async with world_of(plan, template) as world:
        await world.found()
        with sabotaged(sabotage):
            for step in plan.steps:
                await world.take(step)
            await world.settle()
            return Life(plan, world.evidence, judge(world.evidence))


def lived(plan: Plan, template: Path | None = None, sabotage: str | None = None) -> Life:
    """Live one life on a loop of its own.

    `asyncio.run` also puts a signal handler in place and takes it away again, which formats the whole life into a
    message that nobody reads: a twentieth of the time of a campaign.
    """
    loop = asyncio.new_event_loop()
    try:
        return loop.run_until_complete(live(plan, template, sabotage))
    finally:
        loop.close()
