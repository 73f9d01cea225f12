"""What a board says, in sentences: the best, who may be as good, what is cheap, where the best is weak, who fails."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from flexqa.leaderboard.above import above, accuracy, indistinguishable, worth
from flexqa.leaderboard.entry import Board, Entry
from flexqa.pages.html import short, words
from flexqa.pages.numbers import amount, count, finite, interval, p_value, percent, points, points_interval
from flexqa.scoring.statistics import Estimate

_CLOSE = 0.02
"""accuracy that is given away for a lower cost, in the sentence on what is cheap"""

_FEWEST = 5
"""questions that a slice needs for a sentence of its own"""

_PRICES = (
    ("usd_per_1k_questions", "US dollars per 1,000 questions"),
    ("gpu_energy_j_per_question", "joules per question"),
    ("gpu_seconds_per_question", "GPU-seconds per question"),
)


@dataclass(frozen=True, slots=True)
class Finding:
    """A sentence with its heading."""

    heading: str
    text: str


def findings(board: Board) -> list[Finding]:
    """The sentences of a board, on its models and not on baselines. What was not measured has none."""
    models = [e for e in board.entries if not e.baseline]
    if not models:
        return []
    found = (
        _best(models, board),
        _second(models),
        _above(models[0], board),
        _gain(models[0]),
        _weakest(models[0]),
        _cheap(models),
        _unanswered(models),
    )
    return [f for f in found if f]


def cost_of(value: Any) -> float | None:
    """A cost that can be compared: a finite number that is not negative."""
    known = (
        isinstance(value, (int, float)) and not isinstance(value, bool) and finite(value) is not None and value >= 0
    )
    return float(value) if known else None


def label_of(entry: Entry, others: Sequence[Entry]) -> str:
    """The name of a model, with its engine where another has the same."""
    engine, _, name = entry.model.name.partition(":")
    twins = sum(e.model.name.partition(":")[2] == name for e in others) > 1
    return short(name or engine, 48) + (f" ({short(engine, 24)})" if name and twins else "")


def _best(models: Sequence[Entry], board: Board) -> Finding:
    best = models[0].metrics.accuracy.accuracy
    said = f"{label_of(models[0], models)} is right on {percent(best.value)} % of the questions"
    between = interval(best.ci_low, best.ci_high)
    uncertain = f"95 % interval {between}" if best.ci_low is not None else f"no interval: {best.reason}"
    return Finding("Best model", f"{said} ({uncertain}); a guess scores {percent(board.benchmark.chance)} %.")


def _second(models: Sequence[Entry]) -> Finding | None:
    """Whether the second is worse than the best; nothing where the file does not tell."""
    if len(models) < 2 or models[1].vs_best is None:
        return None
    second, comparison = models[1], models[1].vs_best
    d, p, name = comparison.difference, finite(comparison.p_holm), label_of(second, models)
    if d.value == 0 and d.ci_low == d.ci_high:
        return Finding("Second", f"{name} is right on as many questions of each subject: a difference of 0.0 points.")
    if d.ci_low is None or p is None:
        return Finding("Second", f"{name} cannot be told apart: {points(d.value)} points, no interval: {d.reason}.")
    verdict = "is not shown to be worse" if indistinguishable(second) else "is worse"
    return Finding(
        "Second", f"{name} {verdict}: {_difference(d)} for this pair alone; p {_equal(p)} after Holm over all pairs."
    )


def _above(best: Entry, board: Board) -> Finding | None:
    found = above(best, board)
    blind = found.blind.value if found.blind else None
    leads = (
        ("a guess", found.chance),
        ("the most frequent answers", found.prior),
        ("itself without evidence", blind),
    )
    told = ", ".join(f"over {what} {points(lead)} points" for what, lead in leads if lead is not None)
    between = f" (95 % interval {_between(found.blind)})" if found.blind and found.blind.ci_low is not None else ""
    return Finding("Lead of the best", f"{told}{between}.") if told else None


def _gain(best: Entry) -> Finding | None:
    """By which kind of evidence the best model gains most."""
    blind = best.controls.get("blind")
    gains = [(w, name) for name, c in sorted((blind.by_modality if blind else {}).items()) if (w := worth(c))]
    gains = [(w, name) for w, name in gains if w.n >= _FEWEST and finite(w.value) is not None]
    if not gains:
        return None
    most, name = max(gains, key=lambda found: found[0].value or 0.0)
    text = f"{words(short(name, 40))}: {_difference(most, 'over blind')}."
    return Finding("Best model gains most from", text)


def _unanswered(models: Sequence[Entry]) -> Finding:
    """Who leaves most questions without an answer."""
    cells = [(e.metrics.accuracy.n_failed, e.metrics.accuracy.n_unparsable, e) for e in models]
    failed, unread, most = max(cells, key=lambda c: c[0] + c[1])
    if not failed + unread:
        return Finding("Unanswered", "no model left a question without a reply that can be read.")
    others = sum(a + b == failed + unread for a, b, _ in cells) - 1
    of = f"{count(failed + unread)} of {count(most.metrics.accuracy.accuracy.n)} questions"
    said = f"{label_of(most, models)} leaves most, {of}: {count(failed)} failed, {count(unread)} replies unreadable"
    return Finding("Unanswered", said + (f"; {others} other{'s' * (others > 1)} as many." if others else "."))


def _difference(d: Estimate, to: str = "on the same questions") -> str:
    between = "" if d.ci_low is None else f", 95 % interval {_between(d)}"
    return f"{points(d.value)} points {to}{between}"


def _between(d: Estimate) -> str:
    return points_interval(d.ci_low, d.ci_high)


def _equal(p: float) -> str:
    return p_value(p) if p < 0.001 else f"= {p_value(p)}"


def _cheap(models: Sequence[Entry]) -> Finding | None:
    """By the first kind of cost that is known of one that is near the best."""
    top = accuracy(models[0])
    if top is None:
        return None
    near = [e for e in models if (accuracy(e) or 0.0) >= top - _CLOSE]
    for field, unit in _PRICES:
        known = [(c, e) for e in near if (c := cost_of(getattr(e.cost, field, None))) is not None]
        if known:
            cost, entry = min(known, key=lambda found: found[0])
            unknown = f"; not known of {len(near) - len(known)} of them" if len(near) > len(known) else ""
            said = f"{label_of(entry, models)} costs least of those within 2 points of the best"
            text = f"{said}: {amount(cost)} {unit}{unknown}."
            return Finding("Cheapest near the top", text)
    text = "not known: dollars, energy and GPU time were measured for no model within 2 points of the best."
    return Finding("Cheapest near the top", text)


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
