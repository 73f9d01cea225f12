"""What a board says, in sentences: the best, who may be as good, what is cheap, where everybody is weak."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import isfinite
from typing import Any

from flexqa.leaderboard.entry import Board, Entry
from flexqa.pages.html import short, words
from flexqa.pages.numbers import amount, finite, interval, p_value, percent, points
from flexqa.scoring.compare import ALPHA

_CLOSE = 0.02
"""accuracy that is given away for a lower cost, in the sentence on what is cheap"""

_FEWEST = 5
"""questions that a type needs for a sentence of its own"""


@dataclass(frozen=True, slots=True)
class Finding:
    """A sentence with its heading."""

    heading: str
    text: str


def findings(board: Board) -> list[Finding]:
    """The sentences of a board; what was not measured has none."""
    if not board.entries:
        return []
    found = (_best(board), _second(board.entries), _cheap(board.entries), _weakest(board.entries))
    return [f for f in found if f]


def indistinguishable(entry: Entry) -> bool:
    """Whether the comparison with the best was made and shows no difference after Holm's correction."""
    if entry.vs_best is None:
        return False
    p = finite(entry.vs_best.p_holm)
    return p >= ALPHA if p is not None else entry.vs_best.difference.value == 0


def cost_of(value: Any) -> float | None:
    """A cost that can be compared: a finite number that is not negative."""
    known = isinstance(value, (int, float)) and not isinstance(value, bool) and isfinite(value) and value >= 0
    return float(value) if known else None


def _best(board: Board) -> Finding:
    first = board.entries[0]
    accuracy = first.metrics.accuracy.accuracy
    said = f"{_name(first)} is right on {percent(accuracy.value)} % of the questions"
    between = interval(accuracy.ci_low, accuracy.ci_high)
    uncertain = f"95 % interval {between}" if accuracy.ci_low is not None else f"no interval: {accuracy.reason}"
    return Finding("Best", f"{said} ({uncertain}); a guess scores {percent(board.benchmark.chance)} %.")


def _second(entries: Sequence[Entry]) -> Finding | None:
    if len(entries) < 2 or entries[1].vs_best is None:
        return None
    second, d = entries[1], entries[1].vs_best.difference
    verdict = "is not shown to be worse" if indistinguishable(second) else "is worse"
    if finite(entries[1].vs_best.p_holm) is None and d.value != 0:
        verdict = "could not be told apart for want of subjects"
    p = finite(entries[1].vs_best.p_holm)
    inside = f"{points(d.ci_low)} to {points(d.ci_high)}" if d.ci_low is not None else f"no interval: {d.reason}"
    tail = "" if p is None else f", p {'' if p < 0.001 else '= '}{p_value(p)} after Holm"
    return Finding("Second", f"{_name(second)} {verdict}: {points(d.value)} points ({inside}{tail}).")


def _cheap(entries: Sequence[Entry]) -> Finding | None:
    """By the first kind of cost that is known of the best and of another."""
    best = entries[0]
    top = finite(best.metrics.accuracy.accuracy.value)
    if top is None:
        return None
    for field, unit in (
        ("usd_per_1k_questions", "US dollars per 1,000 questions"),
        ("gpu_energy_j_per_question", "joules per question"),
        ("gpu_seconds_per_question", "GPU-seconds per question"),
    ):
        known = [(c, e) for e in entries if (c := cost_of(getattr(e.cost, field, None))) is not None]
        near = [(c, e) for c, e in known if (e.metrics.accuracy.accuracy.value or 0.0) >= top - _CLOSE]
        if near:
            cost, entry = min(near, key=lambda found: found[0])
            text = f"{_name(entry)} costs least of those within 2 points of the best: {amount(cost)} {unit}."
            return Finding("Cheapest near the top", text)
    return None


def _weakest(entries: Sequence[Entry]) -> Finding | None:
    """The type on which the best is least above chance."""
    best = entries[0]
    cells = [
        (c.chance_corrected, name, c)
        for name, c in sorted(best.slices.by_type.items())
        if finite(c.chance_corrected) is not None and c.accuracy.n >= _FEWEST
    ]
    if not cells:
        return None
    _, name, cell = min(cells, key=lambda found: found[0] or 0.0)
    at = f"{percent(cell.accuracy.value)} % where a guess scores {percent(cell.chance)} %"
    return Finding("Weakest type of the best", f"{words(short(name, 40))}: {at}, {cell.accuracy.n} questions.")


def _name(entry: Entry) -> str:
    return short(entry.model.name, 48)
