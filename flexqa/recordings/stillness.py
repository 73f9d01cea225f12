"""When a body rests: whoever lifts comes to rest before the lift, at its turning point, and after it."""

from dataclasses import dataclass

import numpy as np

from flexqa.recordings.measures import Array, Body, measure
from flexqa.vocabulary import JOINTS

_BOUND_M, _BOUND_S = 0.018, 0.4
"""change of the distance of the hands that a bar allows, slipping grips and errors of measurement included; and over
how long it is averaged, so that the jitter of a joint does not count"""
_STILL_M_S = 0.02
"""mean speed of the joints below which nothing moves"""
_APART_S = 0.06
"""two moments of rest are farther apart"""
_LAG_S, _LAG_STEP_S = 0.26, 0.04
"""by how much a hand may be ahead of the middle of both; and how finely that is searched"""

_ARMS = {side: [JOINTS.index(f"{side}_{joint}") for joint in ("elbow", "wrist", "hand")] for side in "lr"}
_CORE = [i for i in range(len(JOINTS)) if i not in (*_ARMS["l"], *_ARMS["r"])]


def bound_hands(body: Body) -> bool:
    """Whether both hands hold one bar: their distance stays the same all along."""
    half = round(_BOUND_S * body.fps / 2)
    distance = np.pad(measure("hand_dist", body), half, mode="edge")
    return bool(np.ptp(np.convolve(distance, np.ones(2 * half + 1) / (2 * half + 1), "valid")) < _BOUND_M)


@dataclass(frozen=True, slots=True)
class Pause:
    """A moment of rest, or a while; samples, both ends included."""

    first: int
    last: int
    speed: float
    """the least, m/s"""

    @property
    def middle(self) -> int:
        """The sample half way."""
        return (self.first + self.last) // 2

    def off(self, moment: float) -> float:
        """Samples between the pause and a moment; 0 within it."""
        return max(self.first - moment, moment - self.last, 0.0)


def speed(points: Array, fps: float, free_hands: bool) -> Array:
    """Root mean square speed of the joints, m/s, shape (samples,).

    Args:
        points: metres, shape (samples, 21, 3).
        fps: samples per second.
        free_hands: each hand can come to rest on its own, one before and the other after the rest of the body; then
            the speed is the least over such lags.
    """
    squares = np.sum(np.square(np.gradient(points, axis=0)), axis=-1)
    core, left, right = (squares[:, joints].sum(axis=1) for joints in (_CORE, _ARMS["l"], _ARMS["r"]))
    least = core + left + right
    if free_hands:
        longest, step = round(_LAG_S * fps), max(1, round(_LAG_STEP_S * fps))
        for lag in range(-longest, longest + 1, step):
            least = np.minimum(least, core + _later(left, lag) + _later(right, -lag))
    return np.asarray(np.sqrt(least / len(JOINTS)) * fps)


def _later(values: Array, samples: int) -> Array:
    at = np.clip(np.arange(len(values)) - samples, 0, len(values) - 1)
    return np.asarray(values[at])


def find_pauses(speeds: Array, fps: float) -> list[Pause]:
    """Where the speed is least, and how long it stays below what counts as still, in time order."""
    apart = max(1, round(_APART_S * fps))
    windows = np.lib.stride_tricks.sliding_window_view(np.pad(speeds, apart, mode="edge"), 2 * apart + 1)
    found: list[Pause] = []
    for i in np.flatnonzero(speeds == windows.min(axis=1)):
        if found and i <= found[-1].last:
            continue
        first = last = int(i)
        if speeds[i] < _STILL_M_S:
            moving = np.flatnonzero(speeds >= _STILL_M_S)
            at = int(np.searchsorted(moving, i))
            first = int(moving[at - 1]) + 1 if at > 0 else 0
            last = int(moving[at]) - 1 if at < len(moving) else len(speeds) - 1
        found.append(Pause(first, last, float(speeds[first : last + 1].min())))
    return found


def leaves(speeds: Array, at: int, step: int, fps: float) -> float:
    """When movement begins after a pause, or ended before it, samples.

    The way from rest to the next peak of speed is compared with that of a minimum-jerk movement, where the root of
    the speed is a parabola of time.

    Args:
        speeds: m/s, shape (samples,).
        at: the last sample of the pause, or its first when going back.
        step: 1 to go on in time, -1 to go back.
        fps: samples per second.
    """
    way = speeds[at:] if step > 0 else speeds[at::-1]
    ahead, near = max(2, round(_APART_S * fps)), 2 * max(way[0], _STILL_M_S / 2)
    moving = np.flatnonzero(way >= near)
    if not len(moving):
        return float(at)
    peak = int(moving[0])
    while len(rise := way[peak + 1 : peak + 1 + ahead]) and rise.max() > way[peak]:
        peak += 1 + int(np.argmax(rise))
    root = np.sqrt(np.clip(way[: peak + 1] / way[peak], 0, 1))
    used = np.flatnonzero((root > 0.25) & (root < 0.85))
    if len(used) < 2:
        return float(at + step * moving[0])
    share = (1 - np.sqrt(1 - root[used])) / 2
    off = share - share.mean()
    length = float(np.sum(off * used) / max(np.sum(off**2), 1e-12))
    return float(at + step * np.clip(used.mean() - length * share.mean(), -3, peak))
