"""What a board says, in sentences: the best, who may be as good, what is cheap, where everybody is weak."""

from collections.abc import Sequence
from dataclasses import dataclass
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
    """The sentences of a board, on its models and not on baselines. What was not measured has none."""
    models = [e for e in board.entries if not is_baseline(e)]
    if not models:
        return []
    found = (_best(models[0], board), _second(models, board.entries), _cheap(models), _weakest(models[0]))
    return [f for f in found if f]


def is_baseline(entry: Entry) -> bool:
    """Whether a run is one of flexqa's own baselines."""
    return entry.model.name.startswith("baseline:")


def indistinguishable(entry: Entry) -> bool:
    """Whether the comparison with the best was made and shows no difference after Holm's correction."""
    if entry.vs_best is None:
        return False
    p = finite(entry.vs_best.p_holm)
    return p >= ALPHA if p is not None else entry.vs_best.difference.value == 0


def cost_of(value: Any) -> float | None:
    """A cost that can be compared: a finite number that is not negative."""
    known = (
        isinstance(value, (int, float)) and not isinstance(value, bool) and finite(value) is not None and value >= 0
    )
    return float(value) if known else None


def _best(first: Entry, board: Board) -> Finding:
    accuracy = first.metrics.accuracy.accuracy
    said = f"{_name(first)} is right on {percent(accuracy.value)} % of the questions"
    between = interval(accuracy.ci_low, accuracy.ci_high)
    uncertain = f"95 % interval {between}" if accuracy.ci_low is not None else f"no interval: {accuracy.reason}"
    return Finding("Best model", f"{said} ({uncertain}); a guess scores {percent(board.benchmark.chance)} %.")


def _second(models: Sequence[Entry], entries: Sequence[Entry]) -> Finding | None:
    """Whether the second is worse than the best; nothing where the file does not tell."""
    if len(models) < 2 or models[1].vs_best is None:
        return None
    best, second, comparison = models[0], models[1], models[1].vs_best
    if best is not entries[0]:
        return _second_below_baseline(best, second, entries)
    d, p = comparison.difference, finite(comparison.p_holm)
    if d.ci_low is None or p is None:
        text = f"{_name(second)} cannot be told apart: {points(d.value)} points, no interval: {d.reason}."
        return Finding("Second", text)
    verdict = "is not shown to be worse" if indistinguishable(second) else "is worse"
    said = f"{points(d.value)} points on the same questions, 95 % interval {points(d.ci_low)} to {points(d.ci_high)}"
    return Finding("Second", f"{_name(second)} {verdict}: {said}; p {_equal(p)} after Holm over all pairs.")


def _second_below_baseline(best: Entry, second: Entry, entries: Sequence[Entry]) -> Finding | None:
    """The same where one baseline leads the board, and comparisons are with that one.

    The rank interval of the second counts the runs that are significantly better. Only the two above can be, and of
    the baseline its comparison tells, so what is left tells of the best model.
    """
    high, low = (finite(e.metrics.accuracy.accuracy.value) for e in (best, second))
    if list(entries[1:3]) != [best, second] or second.rank_interval is None or high is None or low is None:
        return None
    worse = second.rank_interval[0] - 1 > (not indistinguishable(second))
    verdict = "is worse" if worse else "is not shown to be worse"
    return Finding(
        "Second",
        f"{_name(second)} {verdict}: {points(low - high)} points on the same questions, after Holm over all pairs.",
    )


def _equal(p: float) -> str:
    return p_value(p) if p < 0.001 else f"= {p_value(p)}"


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


def _weakest(best: Entry) -> Finding | None:
    """The type on which the best is least above chance."""
    cells = [
        (c.chance_corrected.value, name, c)
        for name, c in sorted(best.slices.by_type.items())
        if finite(c.chance_corrected.value) is not None and c.accuracy.n >= _FEWEST
    ]
    if not cells:
        return None
    _, name, cell = min(cells, key=lambda found: found[0] or 0.0)
    at = f"{percent(cell.accuracy.value)} % where a guess scores {percent(cell.chance)} %"
    return Finding("Weakest type of the best", f"{words(short(name, 40))}: {at}, {cell.accuracy.n} questions.")


def _name(entry: Entry) -> str:
    return short(entry.model.name.partition(":")[2] or entry.model.name, 48)
