"""Whether an error is in a pose: the graph's criteria with their guard bands.

A criterion reduces a measure to one number per side, or for the whole body, within a phase, and compares it. The
answer is True only beyond the guard, False only on its safe side, and None in between or where nothing can be
measured. An error of one side is an error; it is absent only when both sides are safe.
"""

from collections.abc import Callable, Sequence

import numpy as np

from flexqa.errors import GraphError
from flexqa.graph.model import Criterion, Graph, Limit
from flexqa.graph.walk import limit
from flexqa.media import Pose
from flexqa.recordings.measures import POSTURE_MEASURES, Array
from flexqa.recordings.model import PhaseSpan
from flexqa.recordings.repetition import COURSES, Repetition
from flexqa.vocabulary import Phase


def detect(
    graph: Graph, action: str, keystep: str, error: str, pose: Pose, phases: Sequence[PhaseSpan]
) -> bool | None:
    """Whether a repetition shows an error in a keystep.

    Args:
        graph: holds the criteria.
        action: what is done.
        keystep: in which keystep; it gives the phase and the limits.
        error: the error.
        pose: metres, canonical frame.
        phases: spans in seconds from the start of the pose.

    Returns:
        True beyond the guard bands of all criteria; False when one is on its safe side; else None: too close to
        say, or not measurable from a pose.
    """
    repetition = Repetition(graph, action, pose, phases)
    return shows(repetition, keystep, error)


def shows(repetition: Repetition, keystep: str, error: str) -> bool | None:
    """`detect` for a repetition that is at hand; measures are computed once for many errors."""
    beyond = margin(repetition, keystep, error)
    return None if beyond is None else _verdict(beyond)


def margin(repetition: Repetition, keystep: str, error: str) -> float | None:
    """How far a repetition is beyond the bounds of an error, in guards: above 1 it is there, below -1 it is not.

    The least over the criteria of the most over the sides. None when nothing can be told.
    """
    criteria = repetition.graph.errors[error].detect_all
    found = [_criterion(repetition, keystep, error, c) for c in criteria]
    known = [m for m in found if m is not None]
    if len(known) == len(found):
        return min(known, default=None)
    least = min(known, default=0.0)
    return least if least < -1 else None


def _verdict(beyond: float) -> bool | None:
    return True if beyond > 1 else False if beyond < -1 else None


def _criterion(repetition: Repetition, keystep: str, error: str, c: Criterion) -> float | None:
    values = statistic(repetition, keystep, c)
    if values is None:
        return None
    bounds = limits_of(repetition, keystep, error, c)
    found = [beyond(c.op, v, bounds) for v in values]
    if any(d is None for d in found):
        return None
    most = max(d for d in found if d is not None)
    # Without a guard, on the bound counts as beyond it.
    return most / c.guard if c.guard else np.inf if most >= 0 else -np.inf


def limits_of(repetition: Repetition, keystep: str, error: str, c: Criterion) -> Limit | None:
    """(min, max) that a criterion compares with; None when it compares with no number."""
    match c.value:
        case float() | int():
            return (float(c.value), float(c.value))
        case (float() | int() as low, float() | int() as high):
            return (low, high)
        case "keystep.min" | "keystep.max" | "keystep.range":
            try:
                least, most = limit(repetition.graph, repetition.action, keystep, error, c.measure)
            except GraphError:
                return None
            if c.value == "keystep.range":
                return (least, most)
            one = least if c.value == "keystep.min" else most
            return (one, one)
        case _:
            return None


def compare(op: str, value: float, bounds: Limit | None, guard: float) -> bool | None:
    """Three-valued comparison: None within `guard` of the bound, or when value or bound is missing."""
    distance = beyond(op, value, bounds)
    if distance is None:
        return None
    if guard:
        return _verdict(distance / guard)
    return distance > 0 if op == "outside" else distance >= 0


def beyond(op: str, value: float, bounds: Limit | None) -> float | None:
    """By how much a comparison holds, in the unit of the value; negative when it does not."""
    if bounds is None or not np.isfinite(value):
        return None
    low, high = bounds
    value = abs(value) if op.startswith("abs") else value
    if op in ("outside", "in"):
        outside = max(-np.inf if low is None else low - value, -np.inf if high is None else value - high)
        return outside if op == "outside" else -outside
    if low is None:
        return None
    return value - low if op in (">", ">=", "abs>") else low - value


def statistic(repetition: Repetition, keystep: str, c: Criterion) -> tuple[float, ...] | None:
    """What a criterion compares: one number, or one per side; None when the pose does not tell."""
    if c.phase == "set":
        return None
    phase = repetition.graph.keysteps[keystep].phase if c.phase == "phase" else c.phase
    key = (c.measure, phase, c.stat, "abs" if c.op.startswith("abs") else "")
    return repetition.remembered(key, lambda: _statistic(repetition, phase, c))


def _statistic(repetition: Repetition, phase: Phase, c: Criterion) -> tuple[float, ...] | None:
    if c.measure in COURSES:
        value = COURSES[c.measure](repetition, phase)
        return None if value is None else (value,)
    name = c.measure
    if name == "primary":
        name = repetition.graph.actions[repetition.action].primary_measure or ""
    if name not in (*POSTURE_MEASURES, "bar_path"):
        return None
    inside = repetition.inside(phase)
    values = repetition.values(name)[inside]
    if not len(values):
        return None
    if c.stat == "end_shortfall":
        return _shortfall(repetition, phase, values)
    return _reduced(repetition, phase, c, values.reshape(len(values), -1))


def _shortfall(repetition: Repetition, phase: Phase, values: Array) -> tuple[float, ...] | None:
    """How far the primary measure ends before its target; both sides together, for it is the repetition's."""
    target = repetition.target(phase)
    if target is None:
        return None
    start, end = target
    last = np.median(values[-_few(repetition) :], axis=0)
    if np.isnan(last).all():
        return None
    reached = float(np.nanmean(last))
    return ((end - reached) * float(np.sign(end - start)),)


def _few(repetition: Repetition) -> int:
    """Samples of a tenth of a second."""
    return max(1, round(0.1 * repetition.pose.fps))


def _reduced(repetition: Repetition, phase: Phase, c: Criterion, values: Array) -> tuple[float, ...] | None:
    """One number per column of values, shape (samples, sides)."""
    if c.op.startswith("abs"):
        values = np.abs(values)
    few = _few(repetition)
    if c.stat == "at_bottom" and phase != "preparation":
        hands = repetition.body.middle("hand")[repetition.inside(phase), 1]
        at = int(np.argmin(hands))
        values = values[max(0, at - few // 2) : at + few // 2 + 1]
    elif c.stat == "end":
        values = values[-few:]
    elif c.stat == "max_above_knee":
        inside = repetition.inside(phase)
        above = repetition.body.middle("hand")[inside, 1] > repetition.body.middle("knee")[inside, 1]
        values = values[above]
    if not len(values):
        return None
    columns = list(values.T)
    if not np.isfinite(values).all():
        # Columns without a single number say nothing.
        columns = [v[np.isfinite(v)] for v in columns]
        if any(len(v) == 0 for v in columns):
            return None
    return tuple(_REDUCE.get(c.stat, _median)(v) for v in columns)


def _median(v: Array) -> float:
    return float(np.median(v))


_REDUCE: dict[str, Callable[[Array], float]] = {
    "max": lambda v: float(v.max()),
    "max_above_knee": lambda v: float(v.max()),
    "min": lambda v: float(v.min()),
    "range": lambda v: float(v.max() - v.min()),
}
