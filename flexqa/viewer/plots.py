"""Sensor traces as small plots, drawn from the text that the model read, so that they show neither more nor less."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from flexqa.pages.charts import line

_NUMBERS = re.compile(r"-?\d+(?:\.\d+)?(?: -?\d+(?:\.\d+)?)+")
_SIDE = re.compile(r"(left|right)\b ?(.*)")

WIDTH, HEIGHT = 300, 60
"""of a drawing, in its own units"""


@dataclass(frozen=True, slots=True)
class Plot:
    """One quantity over time, of both sides where it has sides."""

    name: str
    lines: Sequence[tuple[str, str]]
    """`left`, `right` or empty, and the trace as the data of an SVG path"""
    low: float
    high: float
    """the values at the lower and the upper edge of the data"""


def plots(text: str) -> list[Plot]:
    """The traces that a sensor text holds: every name that a row of numbers follows.

    Both sides of a quantity share a plot and a scale. A quantity that hardly moves beside the others is drawn flat.
    """
    found: dict[str, list[tuple[str, list[float]]]] = {}
    for part in text.split(";"):
        name, _, row = part.rpartition(":")
        if _NUMBERS.fullmatch(row.strip()):
            side = _SIDE.fullmatch(name.strip())
            quantity = side[2] if side else name.strip()
            found.setdefault(quantity, []).append((side[1] if side else "", [float(v) for v in row.split()]))
    ranges = {q: _range([v for _, values in rows for v in values]) for q, rows in found.items()}
    widest = max((high - low for low, high in ranges.values()), default=0.0)
    return [_plot(q, rows, *ranges[q], widest / 4) for q, rows in found.items()]


def _plot(name: str, rows: Sequence[tuple[str, list[float]]], low: float, high: float, least: float) -> Plot:
    spare = max(0.0, (least - (high - low)) / 2)
    paths = [(side, line(values, low - spare, high + spare, WIDTH, HEIGHT)) for side, values in rows]
    return Plot(name, paths, low, high)


def _range(values: Sequence[float]) -> tuple[float, float]:
    return min(values), max(values)
