"""A campaign: thousands of lives on every core, what they covered, and the first that breaks a promise."""

import gc
import os
import tempfile
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from multiprocessing import get_context
from pathlib import Path
from statistics import median
from typing import Final

from tests.sim.application import migrated
from tests.sim.life import lived
from tests.sim.plan import ERASURES, FAULTS, Plan, plan
from tests.sim.sabotage import SABOTAGES

APPLICATION_EVERY: Final = 100
REAL_EVERY: Final = 20
"""One life in so many runs on the whole application, one with the real cryptography; the others are the fast ones.

In every other one on the whole application somebody erases.
"""

BATCH: Final = 20


@dataclass(frozen=True, slots=True)
class Judged:
    """One life in short: what a campaign adds up."""

    seed: int
    steps: int
    devices: int
    ops: int
    conflicts: int
    kills: int
    began: int
    faults: frozenset[str]
    violations: tuple[str, ...]


@dataclass
class Campaign:
    """What the lives came to."""

    seed: int
    lives: list[Judged] = field(default_factory=list)

    @property
    def failing(self) -> list[Judged]:
        """The lives that broke a promise."""
        return [life for life in self.lives if life.violations]

    @property
    def coverage(self) -> dict[str, float]:
        """The share of lives in which each fault took place."""
        counted = Counter(fault for life in self.lives for fault in life.faults)
        return {fault: round(counted[fault] / len(self.lives), 3) for fault in FAULTS}

    @property
    def erasures(self) -> dict[str, int]:
        """The lives in which an erasure met each of the things that it may meet."""
        counted = Counter(fault for life in self.lives for fault in life.faults)
        return {fault: counted[fault] for fault in ERASURES}

    def summary(self) -> dict[str, object]:
        """Return the figures of the campaign, ready for JSON."""
        return {
            "histories": len(self.lives),
            "steps": sum(life.steps for life in self.lives),
            "violations": len(self.failing),
            "seed": self.seed,
            "coverage": self.coverage,
            "erasures": self.erasures,
            "median_steps": median(life.steps for life in self.lives),
            "least_devices": min(life.devices for life in self.lives),
            "ops": sum(life.ops for life in self.lives),
            "conflicts": sum(life.conflicts for life in self.lives),
            "kills": sum(life.kills for life in self.lives),
            "began_at_a_checkpoint": sum(life.began for life in self.lives),
        }


def plan_of(seed: int, number: int, sabotage: str | None = None, *, real: bool = False) -> Plan:
    """Return the plan of the `number`th life of a campaign; `real`: every life has the real cryptography."""
    backend = "application" if number % APPLICATION_EVERY == 0 else "memory"
    fast, restless, erasing = not real and number % REAL_EVERY != 0, False, number % (2 * APPLICATION_EVERY) == 0
    if sabotage is not None:
        bug = SABOTAGES[sabotage]
        backend, restless, erasing = bug.backend, bug.restless, bug.erasing
    return plan(seed, fast=fast, backend=backend, restless=restless, erasing=erasing)


def judged(seed: int, number: int, template: Path, sabotage: str | None = None, *, real: bool = False) -> Judged:
    """Live one life of a campaign; one that crashes breaks a promise by that."""
    planned = plan_of(seed, number, sabotage, real=real)
    try:
        life = lived(planned, template, sabotage)
    except Exception as error:  # noqa: BLE001 - a crash is a finding
        return Judged(
            seed, len(planned.steps), 0, 0, 0, 0, 0, frozenset(), (f"crash: {type(error).__name__}: {error}",)
        )
    return Judged(
        seed,
        life.evidence.steps,
        len(life.evidence.replicas) + len(life.evidence.cut_off),
        sum(len(segment.ops) for segment in life.evidence.log),
        life.verdict.conflicts,
        life.verdict.kills,
        life.evidence.began,
        frozenset(life.evidence.faults),
        tuple(life.violations),
    )


@contextmanager
def templates() -> Iterator[Path]:
    """Yield a migrated database file in a folder whose files live in memory if the machine has one."""
    memory = Path("/dev/shm")
    with tempfile.TemporaryDirectory(dir=memory if memory.is_dir() else None) as folder:
        yield migrated(Path(folder))


def run(seed: int, histories: int, progress: Callable[[int, int], None], *, real: bool = False) -> Campaign:
    """Live so many lives from a seed on, on every core."""
    campaign = Campaign(seed)
    numbers = [range(first, min(first + BATCH, histories)) for first in range(0, histories, BATCH)]
    with templates() as template, ProcessPoolExecutor(os.cpu_count(), mp_context=get_context("spawn")) as pool:
        for lives in pool.map(partial(_batch, seed, template, real), numbers):
            campaign.lives += lives
            progress(len(campaign.lives), histories)
    return campaign


def _batch(seed: int, template: Path, real: bool, numbers: Iterable[int]) -> list[Judged]:
    gc.set_threshold(100_000)  # a life is short, and what it leaves dies with it
    return [judged(seed + number, number, template, real=real) for number in numbers]


def caught(sabotage: str, seed: int, histories: int, first: int = 1) -> Campaign:
    """Live with a deliberate bug until a life breaks a promise, or so many lives are over.

    `first` is the number of the life to begin with; those before it come last, so the same lives are looked at.
    """
    campaign = Campaign(seed)
    with templates() as template:
        for number in (*range(first, histories + 1), *range(1, first)):
            campaign.lives.append(judged(seed + number, number, template, sabotage))
            if campaign.failing:
                break
    return campaign
