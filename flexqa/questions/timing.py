"""Telling repetitions apart by when they move, for questions of which pieces of evidence belong together.

All pieces of such a question are cut to the same length, that of the shortest: how long a file is says nothing then.
What is left is when the movement begins and when it turns.
"""

from collections.abc import Callable, Sequence

import numpy as np

from flexqa.question import Window
from flexqa.questions.corpus import Annotated
from flexqa.questions.draw import Draw
from flexqa.questions.evidence import lifter_first
from flexqa.recordings.repetition import Repetition
from flexqa.recordings.signals import Sides

APART_S = 0.3
"""by which the beginning or the turning point of two repetitions must differ"""
_AFTER_TURN_S = 0.1
_MARGIN = 0.03
_FITS, _FITS_NOT = 0.86, 0.76


def moments(a: Annotated) -> tuple[float, float] | None:
    """When the movement begins and when it turns, seconds; null where a phase is not annotated."""
    if len(a.truth.phases) != 3:
        return None
    return a.truth.phases[1].start_s, a.truth.phases[1].end_s


def apart(one: Sequence[float], other: Sequence[float]) -> bool:
    """Whether two repetitions can be told apart by their moments."""
    return max(abs(x - y) for x, y in zip(one, other, strict=True)) > APART_S


def common_window(items: Sequence[Annotated]) -> Window | None:
    """From the start to the end of the shortest; null where that cuts off a turning point."""
    end = float(np.floor(100 * min(a.truth.phases[-1].end_s for a in items)) / 100)
    turns = [found[1] for a in items if (found := moments(a))]
    return (0.0, end) if len(turns) == len(items) and max(turns) + _AFTER_TURN_S <= end else None


def others_apart(
    draw: Draw, a: Annotated, group: Sequence[Annotated], usable: Callable[[Annotated], bool], n: int
) -> tuple[Annotated, ...] | None:
    """Other repetitions of the exercise, of the same lifter first, of which any two and the first can be told apart.

    Args:
        draw: the order in which they are tried.
        a: the first.
        group: recordings of the same action and split.
        usable: whether a recording has the evidence.
        n: how many are needed.

    Returns:
        Exactly `n`; null where there are not as many.
    """
    chosen = [a]
    for b in lifter_first(draw.child("others"), a, group):
        if len(chosen) > n:
            break
        if usable(b) and _fits_in(b, chosen):
            chosen.append(b)
    return tuple(chosen[1:]) if len(chosen) == n + 1 else None


def fit(repetition: Repetition, sides: Sides) -> float:
    """How much of a muscle's activity the phases of a movement explain: a level for each phase, by least squares.

    Returns:
        The coefficient of determination, 0 to 1.
    """
    activity = sides.mean
    times = np.arange(len(activity)) / sides.rate_hz
    moving = [(times >= s.start_s) & (times < s.end_s) for s in repetition.phases if s.phase != "preparation"]
    levels = np.column_stack([np.ones(len(times)), *moving])
    spread = float(np.square(activity - activity.mean()).sum())
    if spread == 0:
        return 0.0
    rest = activity - levels @ np.linalg.lstsq(levels, activity, rcond=None)[0]
    return 1 - float(np.square(rest).sum()) / spread


def best_fit(fits: Sequence[float]) -> int | None:
    """The place of the best of several fits; null where another is almost as good."""
    ranked = sorted(range(len(fits)), key=lambda i: -fits[i])
    return ranked[0] if fits[ranked[0]] - fits[ranked[1]] >= _MARGIN else None


def fits(value: float) -> bool | None:
    """Whether a fit is that of a movement and its own muscle; null for too close to tell."""
    return True if value >= _FITS else False if value <= _FITS_NOT else None


def same_moments(one: Repetition, other: Repetition) -> bool | None:
    """Whether two pieces of evidence show the same movement by their seen phases; null for too close to tell."""
    gap = max(
        abs(x - y)
        for s, t in zip(one.phases[1:], other.phases[1:], strict=False)
        for x, y in ((s.start_s, t.start_s), (s.end_s, t.end_s))
    )
    return True if gap <= APART_S / 4 else False if gap >= APART_S / 2 else None


def _fits_in(b: Annotated, chosen: Sequence[Annotated]) -> bool:
    found = moments(b)
    if found is None or common_window([*chosen, b]) is None:
        return False
    return all(apart(found, other) for c in chosen if (other := moments(c)))
