"""A shorter life that breaks the same promise: steps are left out as long as it does."""

from collections.abc import Callable
from pathlib import Path
from typing import Final

from tests.sim.life import lived
from tests.sim.plan import Plan

LIVES_MAX: Final = 400
"""So many lives are tried at most; what is left then is short enough to read."""


def shrunk(plan: Plan, template: Path | None, sabotage: str | None = None) -> Plan:
    """Return the plan without the steps that a violation does not need; the plan itself if it breaks nothing."""
    promises = _broken(plan, template, sabotage)
    if not promises:
        return plan
    left = LIVES_MAX

    def breaks(shorter: Plan) -> bool:
        nonlocal left
        left -= 1
        return left > 0 and bool(promises & _broken(shorter, template, sabotage))

    return _without(plan, breaks)


def _without(plan: Plan, breaks: Callable[[Plan], bool]) -> Plan:
    size = len(plan.steps) // 2
    while size:
        start = 0
        while start < len(plan.steps):
            shorter = plan._replace(steps=plan.steps[:start] + plan.steps[start + size :])
            if breaks(shorter):
                plan = shorter
            else:
                start += size
        size //= 2
    return plan


def _broken(plan: Plan, template: Path | None, sabotage: str | None) -> set[str]:
    """Return the numbers of the promises a life breaks; a life that crashes breaks one of its own."""
    try:
        found = lived(plan, template, sabotage).violations
    except Exception as error:  # noqa: BLE001 - whatever it is, it is what is looked for
        found = [f"{type(error).__name__}: a crash"]
    return {sentence.partition(":")[0] for sentence in found}
