"""A repetition as the criteria see it, and the measures of a phase as a whole.

A measure of a posture exists at every moment; sway, lag or duration exist once per phase. Accelerations are taken
over steps of 0.06 s, so that a file with coordinates in whole millimetres moves them by less than 0.6 m/s².
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np

from flexqa.graph.model import Graph
from flexqa.media import Pose
from flexqa.recordings.measures import POSTURE_MEASURES, Array, Body, measure
from flexqa.recordings.model import PhaseSpan
from flexqa.vocabulary import Phase

_MID_FOOT_PATTERNS = ("squat", "hip hinge")
"""actions whose bar belongs over mid-foot"""
_EARLY_SHARE = 0.4
_REVERSAL_S = 0.15
_STEP_S = 0.06
_END_STOP_DEG = 10.0
_STALL_M_S = 0.03
_LONGEST_LAG_S = 0.8


@dataclass(frozen=True, eq=False)
class Repetition:
    """A pose with its action and phases: all that a criterion looks at."""

    graph: Graph
    action: str
    pose: Pose
    phases: Sequence[PhaseSpan]
    _values: dict[str, Array] = field(default_factory=dict, repr=False)
    """posture measures that were asked for"""
    _statistics: dict[tuple[str, ...], tuple[float, ...] | None] = field(default_factory=dict, repr=False)

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
        if name not in self._values:
            self._values[name] = self._bar_path() if name == "bar_path" else measure(name, self.body)
        return self._values[name]

    def remembered(
        self, key: tuple[str, ...], compute: Callable[[], tuple[float, ...] | None]
    ) -> tuple[float, ...] | None:
        """What `compute` gives, computed once for a key: many criteria look at the same number."""
        if key not in self._statistics:
            self._statistics[key] = compute()
        return self._statistics[key]

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
    """m/s² of the hands around the turning point at the end of a phase."""
    span, fps = repetition.span(phase), repetition.pose.fps
    hands = repetition.body.middle("hand")
    if span is None or len(hands) < 5 or span.end_s >= len(hands) / fps - 0.1:
        return None
    step = max(1, round(_STEP_S * fps))
    second = hands[2 * step :] - 2 * hands[step:-step] + hands[: -2 * step]
    size = np.sqrt(np.sum(np.square(second), axis=1)) * (fps / step) ** 2
    at = round(span.end_s * fps) - step
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
