"""Left, right, or about the same: what the EMG says, and what can be seen of it."""

from typing import Literal

import numpy as np

from flexqa.questions.context import Context
from flexqa.questions.corpus import Annotated
from flexqa.questions.distractors import Choice, choice_of
from flexqa.questions.draw import Draw
from flexqa.recordings.repetition import Repetition
from flexqa.recordings.signals import Sides, side_asymmetry

Side = Literal["left", "right", "same"]

SIDE_FROM = 0.12
"""asymmetry (L - R) / (L + R) from which on a side works harder"""
SAME_UP_TO = 0.04

ANSWERS: dict[Side, str] = {
    "left": "The lifter's left side",
    "right": "The lifter's right side",
    "same": "Both sides about the same",
}

_ROM_DEG = (9.0, 17.0)
_TILT_DEG = (4.0, 8.0)
_SHIFT_M = (0.04, 0.07)
"""up to the first nobody sees a difference between the sides, from the second on everybody does; those of the graph's
criteria for a range that differs, a load that tilts, and a weight that shifts"""


def side_of(asymmetry: float) -> Side | None:
    """The side of an asymmetry; null inside the guard band."""
    if abs(asymmetry) <= SAME_UP_TO:
        return "same"
    if abs(asymmetry) < SIDE_FROM:
        return None
    return "left" if asymmetry > 0 else "right"


def shown_side(sides: Sides) -> Side | None:
    """The side on which shown traces are higher; null in the guard band, or where there is no activity."""
    return None if sides.asymmetry is None else side_of(sides.asymmetry)


def emg_side(context: Context, a: Annotated) -> Side | None:
    """The side that works harder in the concentric phase by the EMG; null in the guard band, or without EMG."""
    prior, span, emg = context.graph.actions[a.truth.action].emg, a.truth.span("concentric"), context.emg(a)
    if prior is None or span is None or emg is None:
        return None
    asymmetry = context.measured("asymmetry", a, lambda: side_asymmetry(emg, prior, span))
    return None if asymmetry is None else side_of(asymmetry)


def side_choice(draw: Draw, side: Side) -> Choice:
    """The three answers in random order."""
    return choice_of(draw, ANSWERS, side, "side")


def range_difference(repetition: Repetition) -> float | None:
    """By how many degrees the left side goes further than the right in the concentric phase; null if not told.

    Measured on the primary joint angle of the exercise at the end of its range.
    """
    target = repetition.target("concentric")
    values = repetition.values(repetition.graph.actions[repetition.action].primary_measure or "trunk_incl")
    inside = values[repetition.inside("concentric")]
    if target is None or values.ndim != 2 or not len(inside):
        return None
    peaks = np.nanmax(inside * np.sign(target[1] - target[0]), axis=0)
    return float(peaks[0] - peaks[1])


def seen_side(repetition: Repetition) -> Side | None:
    """The side that visibly works harder: it goes further, its hand is higher, or the hips shift to it.

    Null where nothing is clear, or the signs disagree.
    """
    body, inside = repetition.body, repetition.inside("concentric")
    if inside.start >= inside.stop:
        return None
    hips = body.middle("hip")[:, 0] - np.median(body.middle("ankle")[body.set_up, 0])
    cues = (
        (range_difference(repetition) or 0.0, _ROM_DEG),
        (_most(repetition.values("bar_tilt")[inside]), _TILT_DEG),
        (_most(hips), _SHIFT_M),
    )
    signs = {np.sign(value) for value, (_, sure) in cues if abs(value) >= sure}
    if not signs:
        return "same" if all(abs(value) <= none for value, (none, _) in cues) else None
    return ("left" if 1 in signs else "right") if len(signs) == 1 else None


def _most(values: np.ndarray) -> float:
    return float(values[np.abs(values).argmax()])
