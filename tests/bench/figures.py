"""A measured value beside its floor."""

import sys
from dataclasses import asdict, dataclass


@dataclass(frozen=True, slots=True)
class Figure:
    """One measured value beside its floor; of a rate more is better, of all else less."""

    name: str
    value: float
    unit: str
    floor: float

    def row(self) -> dict[str, object]:
        return {**asdict(self), "ratio": round(self.value / self.floor, 3) if self.floor else None}


def said(name: str, value: float, unit: str, floor: float, beside: str = "") -> Figure:
    """Say a figure to whoever waits, and return it."""
    figure = Figure(name, round(value, 2), unit, round(floor, 2))
    print(f"  {figure.name}: {figure.value:g} {unit}{beside} (floor {figure.floor:g})", file=sys.stderr, flush=True)
    return figure
