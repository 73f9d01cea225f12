"""Whether an error is in a pose: the graph's criteria with their guard bands.

A criterion reduces a measure to one number per side, or for the whole body, within a phase, and compares it. The
answer is True only beyond the guard, False only on its safe side, and None in between or where nothing can be
measured. An error of one side is an error; it is absent only when both sides are safe.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from flexqa.errors import GraphError
from flexqa.graph.model import Criterion, Graph, Limit
from flexqa.graph.walk import limit
from flexqa.media import Pose
from flexqa.recordings.measures import POSTURE_MEASURES, Array, Body, measure
from flexqa.recordings.model import PhaseSpan
from flexqa.vocabulary import Phase

_MID_FOOT_PATTERNS = ("squat", "hip hinge")
"""actions whose bar belongs over mid-foot"""
_EARLY_SHARE = 0.4
_REVERSAL_S = 0.15
_END_STOP_DEG = 10.0
_STALL_M_S = 0.03
_LONGEST_LAG_S = 0.8


@dataclass(frozen=True)
class Repetition:
    """A pose with its action and phases: all that a criterion looks at."""

    graph: Graph
    action: str
    pose: Pose
    phases: Sequence[PhaseSpan]

    @cached_property
    def body(self) -> Body:
        """The measured body; the movement starts where the preparation ends."""
        preparation = self.span("preparation")
        return Body(self.pose, preparation.end_s if preparation else None)

    def span(self, phase: Phase) -> PhaseSpan | None:
        """The span of a phase, if the repetition has it."""
        return next((s for s in self.phases if s.phase == phase), None)

    def inside(self, phase: Phase, margin_s: float = 0.0) -> slice:
        """Samples of a phase; empty if the repetition lacks it."""
        span, fps = self.span(phase), self.pose.fps
        if span is None:
            return slice(0, 0)
        first, last = round((span.start_s - margin_s) * fps), round((span.end_s + margin_s) * fps)
        return slice(max(first, 0), min(last, len(self.pose.points)))

    def values(self, name: str) -> Array:
        """A posture measure over the whole repetition, or the bar's distance from its reference."""
        return self._bar_path() if name == "bar_path" else measure(name, self.body)

    def target(self, phase: Phase) -> tuple[float, float] | None:
        """Where the primary measure starts and should end in a moving phase, by the graph's range of motion."""
        node = self.graph.actions[self.action]
        rom = node.rom.get(node.primary_measure or "")
        if rom is None or phase not in node.phases[1:]:
            return None
        return rom if phase == node.phases[1] else (rom[1], rom[0])

    def _bar_path(self) -> Array:
        z = self.body.middle("hand")[:, 2]
        if self.graph.actions[self.action].pattern in _MID_FOOT_PATTERNS:
            toes, heels = self.body.toes_and_heels
            return np.asarray(np.abs(z - np.median((toes + heels)[..., 2].mean(axis=1) / 2)))
        return np.asarray(np.abs(z - np.median(z[self.body.rest])))


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
    criteria = repetition.graph.errors[error].detect_all
    if not criteria:
        return None
    found = [_criterion(repetition, keystep, error, c) for c in criteria]
    if False in found:
        return False
    return None if None in found else True


def _criterion(repetition: Repetition, keystep: str, error: str, c: Criterion) -> bool | None:
    values = statistic(repetition, keystep, c)
    if values is None:
        return None
    found = [compare(c.op, v, limits_of(repetition, keystep, error, c), c.guard) for v in values]
    if True in found:
        return True
    return None if None in found else False


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
    if bounds is None or not np.isfinite(value):
        return None
    low, high = bounds
    value = abs(value) if op.startswith("abs") else value
    if op in ("outside", "in"):
        outside = _any_beyond(value, low, high, guard)
        return outside if op == "outside" or outside is None else not outside
    if low is None:
        return None
    above = True if value > low + guard else False if value < low - guard else None
    if op in (">", ">=", "abs>"):
        return above if above is not None or guard else value >= low
    below = None if above is None else not above
    return below if below is not None or guard else value <= low


def _any_beyond(value: float, low: float | None, high: float | None, guard: float) -> bool | None:
    under = low is not None and value < low - guard
    over = high is not None and value > high + guard
    if under or over:
        return True
    safe = (low is None or value >= low + guard) and (high is None or value <= high - guard)
    return False if safe else None


def statistic(repetition: Repetition, keystep: str, c: Criterion) -> tuple[float, ...] | None:
    """What a criterion compares: one number, or one per side; None when the pose does not tell."""
    if c.phase == "set":
        return None
    phase = repetition.graph.keysteps[keystep].phase if c.phase == "phase" else c.phase
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
    reached = float(np.nanmean(np.median(values[-_few(repetition) :], axis=0)))
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
    # Columns without a single number say nothing.
    columns = [v[np.isfinite(v)] for v in values.T]
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


def _course(name: str, repetition: Repetition, phase: Phase) -> Array | None:
    values = repetition.values(name)[repetition.inside(phase)]
    return values if len(values) > 2 else None


def _range_of(name: str) -> Callable[[Repetition, Phase], float | None]:
    def course(repetition: Repetition, phase: Phase) -> float | None:
        values = _course(name, repetition, phase)
        return None if values is None else float(np.ptp(values, axis=0).max())

    return course


def _hips_first(repetition: Repetition, phase: Phase) -> float | None:
    values = _course("trunk_incl", repetition, phase)
    if values is None:
        return None
    early = values[: max(2, round(_EARLY_SHARE * len(values)))]
    return float(early.max() - early[0])


def _primary(repetition: Repetition) -> Array | None:
    """The primary measure of both sides, shape (samples, 2), if it is sided."""
    name = repetition.graph.actions[repetition.action].primary_measure
    if name not in POSTURE_MEASURES:
        return None
    values = repetition.values(name)
    return values if values.ndim == 2 else None


def _lr_lag(repetition: Repetition, phase: Phase) -> float | None:
    """Seconds by which the right side comes later than the left."""
    values, fps = _primary(repetition), repetition.pose.fps
    if values is None:
        return None
    speed = np.gradient(np.nan_to_num(values), axis=0)[repetition.inside(phase, 0.2)]
    longest = min(round(_LONGEST_LAG_S * fps), len(speed) - 3)
    if longest < 1:
        return None
    lags = np.arange(-longest, longest + 1)
    left, right = speed[:, 0], speed[:, 1]
    match = np.correlate(right, left, "full")[len(left) - 1 + lags]
    return float(lags[int(np.argmax(match))] / fps)


def _lr_rom_diff(repetition: Repetition, phase: Phase) -> float | None:
    values, target = _primary(repetition), repetition.target(phase)
    if values is None or target is None or not len(values[repetition.inside(phase)]):
        return None
    direction = np.sign(target[1] - target[0])
    peaks = np.nanmax(values[repetition.inside(phase)] * direction, axis=0)
    return float(abs(peaks[0] - peaks[1]))


def _phase_dur(repetition: Repetition, phase: Phase) -> float | None:
    span = repetition.span(phase)
    return None if span is None else span.end_s - span.start_s


def _reversal_acc(repetition: Repetition, phase: Phase) -> float | None:
    """m/s² of the hands, second difference, around the turning point at the end of a phase."""
    span, fps = repetition.span(phase), repetition.pose.fps
    hands = repetition.body.middle("hand")
    if span is None or len(hands) < 5 or span.end_s >= len(hands) / fps - 0.1:
        return None
    size = np.sqrt(np.sum(np.square(np.diff(hands, 2, axis=0)), axis=1)) * fps**2
    at = round(span.end_s * fps) - 1
    around = size[max(0, at - round(_REVERSAL_S * fps)) : at + round(_REVERSAL_S * fps) + 1]
    return float(around.max()) if len(around) else None


def _end_speed(repetition: Repetition, phase: Phase) -> float | None:
    """deg/s of the faster side where it passes 10 degrees before its end stop."""
    name = repetition.graph.actions[repetition.action].primary_measure
    target = repetition.target(phase)
    if name not in POSTURE_MEASURES or target is None:
        return None
    values = repetition.values(name)[repetition.inside(phase)]
    values = values.reshape(len(values), -1) * np.sign(target[1] - target[0])
    if len(values) < 3 or np.isnan(values).any():
        return None
    speeds = []
    for side in values.T:
        stop = int(np.argmax(side))
        passed = np.flatnonzero(side[: stop + 1] < side[stop] - _END_STOP_DEG)
        if len(passed):
            speeds.append(float(np.gradient(side)[passed[-1]] * repetition.pose.fps))
    return max(speeds) if speeds else 0.0


def _stall(repetition: Repetition, phase: Phase) -> float | None:
    """Longest rest of the hands between the first and the last tenth of the phase, seconds."""
    inside, fps = repetition.inside(phase), repetition.pose.fps
    hands = repetition.body.middle("hand")
    if inside.stop - inside.start < 10:
        return None
    speed = np.sqrt(np.sum(np.square(np.gradient(hands, axis=0)), axis=1))[inside] * fps
    edge = len(speed) // 10
    slow = np.concatenate([[False], speed[edge:-edge] < _STALL_M_S, [False]])
    changes = np.flatnonzero(np.diff(slow.astype(int)))
    return float((changes[1::2] - changes[::2]).max() / fps) if len(changes) else 0.0


COURSES: dict[str, Callable[[Repetition, Phase], float | None]] = {
    "sway": _range_of("trunk_incl"),
    "knee_drive": _range_of("knee_flex"),
    "hips_first": _hips_first,
    "lr_lag": _lr_lag,
    "lr_rom_diff": _lr_rom_diff,
    "phase_dur": _phase_dur,
    "reversal_acc": _reversal_acc,
    "end_speed": _end_speed,
    "stall": _stall,
}
"""measures of a phase as a whole: (repetition, phase) -> number, None when it cannot be told"""
