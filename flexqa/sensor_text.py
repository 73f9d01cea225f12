"""Sensor traces in words and numbers: what a vision-language model gets to read of pose, EMG and physio.

A trace is cut into equal segments of time, and each value is the mean of one. All traces of a recording are written
for the same window, so values at the same place belong to the same moment.
"""

from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from flexqa.errors import RecordingError
from flexqa.graph.model import Graph
from flexqa.media import Physio, Pose
from flexqa.question import Window
from flexqa.recordings.measures import JOINT_ANGLES, Body, measure
from flexqa.recordings.signals import Sides

Array = NDArray[np.float64]


def emg_text(sides: Sides, graph: Graph, points: int) -> str:
    """The RMS envelopes of both sides of a muscle.

    Args:
        sides: what is shown, already cut to its window.
        graph: names the muscle.
        points: values per side.
    """
    left, right = (_numbers(resample(side, points)) for side in (sides.left, sides.right))
    return (
        f"sEMG of the {graph.muscles[sides.muscle].name}, RMS envelope in {sides.unit}, {points} values evenly over "
        f"{sides.duration_s:.1f} s; left: {left}; right: {right}"
    )


def pose_text(pose: Pose, points: int, window_s: Window | None = None) -> str:
    """Joint angles of both sides, the inclination of the trunk, and the height of the hands.

    Args:
        pose: of the whole recording, so that a height above the start means the same in every window.
        points: values per trace.
        window_s: the part that is written.

    Raises:
        RecordingError: the window holds no sample.
    """
    body = Body(pose)
    inside = _inside(pose, window_s)
    lines = [
        f"Joint angles in degrees (0: straight, or arm hanging), {points} values evenly over "
        f"{(inside.stop - inside.start) / pose.fps:.1f} s"
    ]
    for name, called in JOINT_ANGLES.items():
        values = measure(name, body)
        for side, column in zip(("left", "right"), values.T, strict=True):
            lines.append(f"{side} {called}: {_numbers(resample(column[inside], points))}")
    lines.append(
        "trunk inclination (0: upright, 90: bent forward, -90: lying on the back): "
        + _numbers(resample(measure("trunk_incl", body)[inside], points))
    )
    hands = body.pair("hand")[..., 1]
    for side, column in zip(("left", "right"), 100 * (hands - hands[0]).T, strict=True):
        lines.append(f"{side} hand height above its start in cm: {_numbers(resample(column[inside], points))}")
    return "; ".join(lines)


def physio_text(physio: Physio, points: int) -> str:
    """Heart and breath rate over the set.

    Args:
        physio: rates of the whole set.
        points: values per rate, fewer where there are not as many.
    """
    n = min(points, len(physio.times_s))
    seconds = float(physio.times_s[-1] - physio.times_s[0])
    heart, breath = (resample(rate, n) for rate in (physio.heart_bpm, physio.breath_per_min))
    return (
        f"{n} values evenly over a set of {seconds:.0f} s; heart rate in beats per minute: {_numbers(heart)}; breath "
        f"rate in breaths per minute: {_numbers(breath)}"
    )


def resample(values: Array, count: int) -> Array:
    """Means of `count` equal segments; shape (count,)."""
    edges = np.linspace(0, len(values), count + 1).astype(int)
    return np.array([values[a : max(b, a + 1)].mean() for a, b in pairwise(edges)])


def _inside(pose: Pose, window_s: Window | None) -> slice:
    if window_s is None:
        return slice(0, len(pose.points))
    first, last = (round(t * pose.fps) for t in window_s)
    inside = slice(max(first, 0), min(last, len(pose.points)))
    if inside.start >= inside.stop:
        raise RecordingError(
            f"no pose between {window_s[0]:g} s and {window_s[1]:g} s: the file ends at "
            f"{len(pose.points) / pose.fps:g} s"
        )
    return inside


def _numbers(values: Array) -> str:
    return " ".join(f"{x:.0f}" for x in values)
