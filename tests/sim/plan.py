"""The plan of a life: how many devices, and a list of steps. A step draws what it needs from a seed of its own.

So any step may be left out, and the others still mean the same: that is what makes a failing life short.
"""

from random import Random
from typing import NamedTuple

from sync.limits import KILLS_MAX

DEVICES = 4
"""The administrator, two who write, and one who joins later."""

STEPS_MIN, STEPS_MAX = 55, 70


class Step(NamedTuple):
    """One step. `fault` is what goes wrong in it, or nothing."""

    kind: str
    device: int
    seed: int
    fault: str = ""


class Plan(NamedTuple):
    """One life.

    `fast`: with the fakes of `crypto`; `backend`: what stands behind the server's checks; `kills_max`: how many an op
    kills at most, the others later.
    """

    seed: int
    steps: tuple[Step, ...]
    fast: bool = True
    backend: str = "memory"
    kills_max: int = KILLS_MAX


LINE_FAULTS = (
    "request_lost",
    "answer_lost",
    "request_twice",
    "request_cut",
    "request_flipped",
    "answer_cut",
    "answer_flipped",
    "old_push_again",
    "line_drops",
    "small_pages",
)
SERVER_FAULTS = ("server_killed", "commit_fails")
STORE_FAULTS = ("killed_before_save", "killed_after_save")
START_FAULTS = ("bootstrap_drops", "killed_in_bootstrap")
KILL_FAULTS = ("kill_of_row", "kill_too_early")
STUB_FAULTS = ("stub_read", "stub_waits")
KEY_FAULTS = ("rotated", "rotated_at_once")
STEP_FAULTS = ("killed_in_sync", "clock_jumps", "server_clock_jumps", "cloned", "revoked", "token_lost", "together")
RESTORE_FAULTS = ("server_restored",)
ERASE_FAULTS = ("erased",)

ERASURES = (
    "erased_several",
    "erased_with_unsent",
    "erased_in_conflict",
    "erased_with_commands",
    "erased_in_a_pull",
    "erased_before_a_start",
    "erased_after_a_start",
    "erased_by_one_cut_off",
    "erased_for_a_clone",
    "erased_twice",
    "late_op",
    "erasure_overtaken",
    "erasure_lost",
    "erasure_usurped",
)
"""How an erasure may meet what else happens: those are met in fewer lives, for in most nothing is erased."""

FAULTS = (
    *LINE_FAULTS,
    *SERVER_FAULTS,
    *STORE_FAULTS,
    *START_FAULTS,
    *KILL_FAULTS,
    *STUB_FAULTS,
    *KEY_FAULTS,
    *STEP_FAULTS,
    *RESTORE_FAULTS,
    *ERASE_FAULTS,
)

_WEIGHTS = {
    "write": 46,
    "sync": 34,
    "together": 5,
    "kill": 3,
    "clock": 3,
    "server_clock": 1,
    "join": 2,
    "unruly": 2,
    "clone": 1,
    "revoke": 1,
    "rotate": 2,
    "token": 1,
    "backup": 1,
    "restore": 0.5,
    "hear": 0.5,
}


_RESTLESS = {"restore": 2.0, "backup": 2.0, "hear": 1.0, "revoke": 2.0, "rotate": 3.0, "join": 3.0}
"""What happens more often in lives that are about restored servers, keys and who is cut off."""


ERASING_SHARE = 0.16
"""In how many lives somebody erases; the others are as if there were no erasure."""

_ERASING = (
    *("", "", "pulled", "late", "overtaken", "lost", "cut_off", "usurped"),
    *("server_killed", "commit_fails", "killed_in_sync", "answer_lost"),
)


def plan(
    seed: int, *, fast: bool = True, backend: str = "memory", restless: bool = False, erasing: bool = False
) -> Plan:
    """Return the life of a seed.

    Args:
        restless: it is one of those about restored servers.
        erasing: somebody erases in it, whatever the seed says.
    """
    weights = {**_WEIGHTS, **(_RESTLESS if restless else {})}
    chance = Random(seed)
    count = chance.randint(STEPS_MIN, STEPS_MAX)
    kinds = chance.choices(list(weights), list(weights.values()), k=count)
    steps = tuple(_step(chance, kind) for kind in kinds)
    kills_max = chance.choice([KILLS_MAX, KILLS_MAX, KILLS_MAX, 2, 1])
    return Plan(seed, _with_erasures(Random(f"erased {seed}"), steps, erasing), fast, backend, kills_max)


def _with_erasures(chance: Random, steps: tuple[Step, ...], erasing: bool) -> tuple[Step, ...]:
    if chance.random() > ERASING_SHARE and not erasing:
        return steps
    taken = list(steps)
    for _ in range(chance.choice([1, 1, 2, 3])):
        erase = Step("erase", chance.randrange(DEVICES), chance.getrandbits(48), chance.choice(_ERASING))
        taken.insert(chance.randrange(len(steps) // 4, len(taken) + 1), erase)
    return tuple(taken)


def _step(chance: Random, kind: str) -> Step:
    device, seed = chance.randrange(DEVICES), chance.getrandbits(48)
    match kind:
        case "write":
            fault = chance.choice(STORE_FAULTS) if chance.random() < 0.05 else ""
        case "sync" | "together":
            faults = (*LINE_FAULTS, *SERVER_FAULTS, "killed_in_sync")
            fault = chance.choice(faults) if chance.random() < 0.4 else ""
        case _:
            fault = ""
    return Step(kind, device, seed, fault)
