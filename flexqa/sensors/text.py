"""Sensor traces in words and numbers: what a vision-language model gets to read of pose, EMG and physio.

A trace is cut into equal segments of time, and each value is the mean of one. All traces of a recording are written
for the same window, so values at the same place belong to the same moment.
"""

from itertools import pairwise

import numpy as np

from flexqa.graph.model import Graph
from flexqa.media import Physio, Pose
from flexqa.question import Window
from flexqa.recordings.signals import Sides
from flexqa.sensors.traces import Array, emg_traces, physio_traces, pose_traces


def emg_text(sides: Sides, graph: Graph, points: int) -> str:
    """The RMS envelopes of both sides of a muscle.

    Args:
        sides: what is shown, already cut to its window.
        graph: names the muscle.
        points: values per side.
    """
    traces = emg_traces(sides, graph)
    [panel] = traces.panels
    written = "; ".join(f"{side}: {_numbers(values, points)}" for side, values in panel.lines.items())
    return (
        f"{traces.title}, {panel.quantity} in {panel.unit}, {points} values evenly over {traces.seconds:.1f} s; "
        f"{written}"
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
    traces = pose_traces(pose, window_s)
    angles = traces.panels[0]
    lines = [f"{traces.title} in {angles.unit} ({angles.note}), {points} values evenly over {traces.seconds:.1f} s"]
    for panel in traces.panels:
        unit = f" in {panel.unit}" if panel.unit != angles.unit else ""
        note = f" ({panel.note})" if panel.note and panel.note != angles.note else ""
        for side, values in panel.lines.items():
            lines.append(f"{side} {panel.quantity}{unit}{note}: {_numbers(values, points)}".lstrip())
    return "; ".join(lines)


def physio_text(physio: Physio, points: int) -> str:
    """Heart and breath rate over the set.

    Args:
        physio: rates of the whole set.
        points: values per rate, fewer where there are not as many.
    """
    traces, n = physio_traces(physio), min(points, len(physio.times_s))
    rates = [
        f"{panel.quantity} in {panel.unit}: {_numbers(values, n)}"
        for panel in traces.panels
        for values in panel.lines.values()
    ]
    return f"{n} values evenly over a set of {traces.seconds:.0f} s; {'; '.join(rates)}"


def resample(values: Array, count: int) -> Array:
    """Means of `count` equal segments; shape (count,)."""
    edges = np.linspace(0, len(values), count + 1).astype(int)
    return np.array([values[a : max(b, a + 1)].mean() for a, b in pairwise(edges)])


def _numbers(values: Array, points: int) -> str:
    return " ".join(f"{x:.0f}" for x in resample(values, points))
