"""The geometry of the charts: where things lie. `charts.jinja` draws them.

A chart has no text that must be measured: labels are put where there is room for an estimate of their width, and a
point without room keeps its number.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil, floor, log10

from flexqa.pages.numbers import amount, finite

_LETTER = 6.3
"""width of a letter of a label, in units of the drawing"""


@dataclass(frozen=True, slots=True)
class Tick:
    """A mark on an axis."""

    at: float
    """0-1 along the axis"""
    label: str


@dataclass(frozen=True, slots=True)
class Axis:
    """A scale from values to places, 0-1."""

    low: float
    high: float
    logarithmic: bool
    ticks: tuple[Tick, ...]

    def place(self, value: float) -> float:
        """Where a value lies, at most at the ends."""
        return _place(value, self.low, self.high, self.logarithmic)


@dataclass(frozen=True, slots=True)
class Point:
    """A run in a chart of accuracy against cost."""

    key: str
    number: str
    """what is written into it"""
    label: str
    cost: float
    accuracy: float
    low: float | None
    high: float | None


@dataclass(frozen=True, slots=True)
class Dot:
    """A point where it is drawn."""

    point: Point
    x: float
    y: float
    y_low: float | None
    y_high: float | None
    on_front: bool
    label_x: float | None
    """left end of its label; null where there is no room"""
    label_y: float


@dataclass(frozen=True, slots=True)
class Scatter:
    """A chart of accuracy against cost, in units of its drawing."""

    width: float
    height: float
    left: float
    top: float
    right: float
    bottom: float
    across: tuple[Tick, ...]
    """marks of cost; `at` is in units of the drawing"""
    up: tuple[Tick, ...]
    dots: tuple[Dot, ...]
    front: str
    """the steps of the Pareto front, as the data of an SVG path"""
    chance_y: float | None


def linear_axis(values: Sequence[float], count: int = 5) -> Axis:
    """A scale from 0 to beyond the largest value, with about so many marks at round values."""
    top = max(values, default=0.0) or 1.0
    step = _round_step(top / count)
    n = max(1, ceil(top / step - 1e-9))
    return _axis(0.0, n * step, [i * step for i in range(n + 1)], logarithmic=False)


def cost_axis(values: Sequence[float]) -> Axis:
    """A linear scale from 0, or a logarithmic one where costs differ more than thirtyfold."""
    low, high = min(values), max(values)
    if high <= 30 * low:
        return linear_axis([1.05 * high])
    powers = range(floor(log10(low)), ceil(log10(high)) + 1)
    round_values = [m * 10.0**e for e in powers for m in (1, 2, 5)]
    bottom = max(v for v in round_values if v <= low * (1 + 1e-9))
    top = min(v for v in round_values if v >= high * (1 - 1e-9))
    inside = [v for v in round_values if bottom <= v <= top]
    if len(inside) > 9:
        tens = [v for e in powers if bottom <= (v := 10.0**e) <= top]
        inside = tens[:: ceil(len(tens) / 7)]
    return _axis(bottom, top, inside, logarithmic=True)


def share_axis(values: Sequence[float], *, from_zero: bool = False) -> Axis:
    """A scale of shares around the values, or from 0 on, in steps of 10 or 20 points."""
    low = 0.0 if from_zero else floor(10 * min(values, default=0.0) - 0.2) / 10
    high = ceil(10 * max(values, default=1.0) + 0.2) / 10
    low, high = max(low, 0.0), min(high, 1.0)
    step = 0.1 if high - low < 0.65 else 0.2
    marks = [round(low + i * step, 6) for i in range(round((high - low) / step - 0.01) + 1)]
    ticks = tuple(Tick(_place(m, low, high, logarithmic=False), f"{100 * m:.0f}") for m in marks)
    return Axis(low, high, False, ticks)


def pareto_front(points: Sequence[Point]) -> set[str]:
    """The keys of the points than which none is both cheaper and more accurate; equal points stand together."""
    front: set[str] = set()
    best, best_cost = -1.0, -1.0
    for p in sorted(points, key=lambda p: (p.cost, -p.accuracy)):
        if p.accuracy > best or (p.accuracy == best and p.cost == best_cost):
            front.add(p.key)
            best, best_cost = p.accuracy, p.cost
    return front


def scatter(points: Sequence[Point], chance: float | None, width: float, height: float) -> Scatter:
    """Lay out a chart of accuracy against cost; there must be a point."""
    left, right, top, bottom = 38.0, width - 14, 14.0, height - 34
    bounds = [v for p in points for v in (p.accuracy, finite(p.low), finite(p.high)) if v is not None]
    x_axis, y_axis = cost_axis([p.cost for p in points]), share_axis(bounds)

    def x(value: float) -> float:
        return round(left + x_axis.place(value) * (right - left), 1)

    def y(value: float) -> float:
        return round(bottom - y_axis.place(value) * (bottom - top), 1)

    on_front = pareto_front(points)
    taken = [(x(p.cost) - 10, y(p.accuracy) - 10, x(p.cost) + 10, y(p.accuracy) + 10) for p in points]
    dots = []
    for p in sorted(points, key=lambda p: (p.key not in on_front, -p.accuracy)):
        px, py = x(p.cost), y(p.accuracy)
        size = _LETTER * len(p.label)
        label_x = next((at for at in (px + 13, px - 13 - size) if _free(taken, at, py, size, left, right)), None)
        if label_x is not None:
            taken.append((label_x, py - 8, label_x + size, py + 8))
        low, high = finite(p.low), finite(p.high)
        y_low, y_high = (None, None) if low is None or high is None else (y(low), y(high))
        dots.append(Dot(p, px, py, y_low, y_high, p.key in on_front, label_x, py + 4))
    steps = sorted((d.x, d.y) for d in dots if d.on_front)
    path = f"M{steps[0][0]} {bottom}V{steps[0][1]}" + "".join(f"H{px}V{py}" for px, py in steps[1:]) + f"H{right}"
    return Scatter(
        width=width,
        height=height,
        left=left,
        top=top,
        right=right,
        bottom=bottom,
        across=tuple(Tick(round(left + t.at * (right - left), 1), t.label) for t in x_axis.ticks),
        up=tuple(Tick(round(bottom - t.at * (bottom - top), 1), t.label) for t in y_axis.ticks),
        dots=tuple(dots),
        front=path,
        chance_y=y(chance) if chance is not None and y_axis.low <= chance <= y_axis.high else None,
    )


def line(values: Sequence[float], low: float, high: float, width: float, height: float) -> str:
    """A trace as the data of an SVG path; values lie in the middle of equal stretches."""
    span = (high - low) or 1.0
    step = width / max(len(values), 1)
    places = (f"{(i + 0.5) * step:.1f} {height - (v - low) / span * height:.1f}" for i, v in enumerate(values))
    return "M" + "L".join(places) if values else ""


def _free(
    taken: Sequence[tuple[float, float, float, float]], at: float, y: float, size: float, left: float, right: float
) -> bool:
    """Whether a label fits between the edges and touches nothing."""
    inside = at >= left and at + size <= right
    return inside and not any(x0 < at + size and at < x1 and y0 < y + 8 and y - 8 < y1 for x0, y0, x1, y1 in taken)


def _axis(low: float, high: float, marks: Sequence[float], *, logarithmic: bool) -> Axis:
    return Axis(
        low, high, logarithmic, tuple(Tick(_place(m, low, high, logarithmic), amount_label(m)) for m in marks)
    )


def amount_label(value: float) -> str:
    """A round value as short as can be."""
    text = amount(value)
    return text.rstrip("0").rstrip(".") if "." in text and "e" not in text else text


def _place(value: float, low: float, high: float, logarithmic: bool) -> float:
    if logarithmic:
        value, low, high = (log10(max(v, low)) for v in (value, low, high))
    return min(1.0, max(0.0, (value - low) / (high - low)))


def _round_step(rough: float) -> float:
    """The smallest of 1, 2, 5 times a power of ten that is not below."""
    power = 10.0 ** floor(log10(rough))
    return next(step * power for step in (1.0, 2.0, 5.0, 10.0) if step * power >= rough * (1 - 1e-9))
