"""When things happen within one repetition: phases, the progress from start to turning point and back, windows.

Every course is built from minimum-jerk transitions, so that position, speed and acceleration are continuous. `haste`
delays a transition and makes its end fast; 1 is unhurried.
"""

from dataclasses import dataclass
from typing import Literal

import numpy as np

from flexqa.recordings.model import PhaseSpan
from flexqa.recordings.stroke import minimum_jerk
from flexqa.simulate.geometry import Array
from flexqa.vocabulary import Phase

Window = Literal[
    "always", "preparation", "settled", "first", "second", "mid_first", "mid_second", "turn", "end", "early"
]
"""When a change is in force: within one of the three phases (settled: the preparation, but not from its very start);
in the middle of a moving phase; growing up to the turning point and shrinking after it; growing up to the end; or
early in the concentric phase"""


@dataclass(frozen=True, slots=True)
class Timeline:
    """The clock of one repetition; first and second are its two moving phases in time order."""

    phases: tuple[Phase, ...]
    preparation_s: float
    first_s: float
    second_s: float
    haste: tuple[float, float] = (1.0, 1.0)
    """of the end of the first phase and of the second; a negative second value hurries its beginning"""
    lag_s: tuple[float, float] = (0.0, 0.0)
    """how much the right side comes later than the left, in the first phase and in the second"""
    reached: tuple[float, float] = (1.0, 1.0)
    """share of the range at the turning point, left and right"""
    left_over: tuple[float, float] = (0.0, 0.0)
    """share of the range that the way back lacks, left and right"""

    @property
    def turn_s(self) -> float:
        """Moment of the turning point."""
        return self.preparation_s + self.first_s

    @property
    def end_s(self) -> float:
        """Length of the repetition."""
        return self.turn_s + self.second_s

    def spans(self) -> tuple[PhaseSpan, ...]:
        """The phases in time order, without gaps."""
        edges = (0.0, self.preparation_s, self.turn_s, self.end_s)
        return tuple(
            PhaseSpan(phase=p, start_s=round(a, 3), end_s=round(b, 3))
            for p, a, b in zip(self.phases, edges, edges[1:], strict=False)
        )

    def times(self, fps: float) -> Array:
        """Moments of the samples, seconds."""
        return np.arange(round(self.end_s * fps)) / fps

    def progress(self, t: Array) -> Array:
        """0 at the start posture, 1 at the turning point; shape (samples, 2), left and right."""
        return np.stack([self._one_side(t, side) for side in (0, 1)], axis=1)

    def _one_side(self, t: Array, side: int) -> Array:
        late = [(-0.5, 0.5)[side] * lag for lag in self.lag_s]
        up = (t - late[0] - self.preparation_s) / (self.first_s * 0.98)
        down = (t - late[1] - self.turn_s - 0.02 * self.second_s) / (self.second_s * 0.94)
        top, rest = self.reached[side], self.left_over[side]
        first = minimum_jerk(_hurried(up, self.haste[0]))
        second = minimum_jerk(_hurried(down, self.haste[1]))
        return np.asarray(top * first - (top - rest) * second)

    def window(self, t: Array, kind: Window) -> Array:
        """Weight of a change over time, 0-1, shape (samples,)."""
        p, turn, end = self.preparation_s, self.turn_s, self.end_s
        if kind == "always":
            return np.ones_like(t)
        if kind == "preparation":
            return 1 - minimum_jerk((t - 0.6 * p) / (0.4 * p))
        if kind == "settled":
            return np.asarray(minimum_jerk((t - 0.1) / (0.2 * p)) - minimum_jerk((t - 0.78 * p) / (0.22 * p)))
        if kind == "turn":
            rise = minimum_jerk((t - p) / (0.9 * (turn - p)))
            return np.asarray(rise - minimum_jerk((t - turn - 0.1 * self.second_s) / (0.85 * (end - turn))))
        if kind == "end":
            return minimum_jerk((t - turn) / (0.85 * (end - turn)))
        if kind == "early":
            a, length = (p, turn - p) if self.phases[1] == "concentric" else (turn, end - turn)
            return np.asarray(
                minimum_jerk((t - a) / (0.34 * length)) - minimum_jerk((t - a - 0.42 * length) / (0.5 * length))
            )
        a, b = (p, turn) if kind in ("first", "mid_first") else (turn, end)
        ramp = 0.24 * (b - a)
        if kind.startswith("mid"):
            return np.asarray(minimum_jerk((t - a - ramp) / ramp) - minimum_jerk((t - b + 2 * ramp) / ramp))
        return np.asarray(minimum_jerk((t - a) / ramp) - minimum_jerk((t - b + ramp) / ramp))


def _hurried(share: Array, haste: float) -> Array:
    u = np.clip(share, 0.0, 1.0)
    return np.asarray(u**haste if haste >= 0 else 1 - (1 - u) ** -haste)
