"""Sensor traces in words and numbers: what a vision-language model gets to read of pose, EMG and physio.

A trace is cut into equal segments of time, and each value is the mean of one. All traces of a recording are written
for the same window, so values at the same place belong to the same moment.
"""

from collections.abc import Callable, Mapping
from itertools import pairwise

import numpy as np

from flexqa.question import Modality
from flexqa.sensors.traces import Array, Traces


def written(modality: Modality, traces: Traces, points: int) -> str:
    """Traces in words and numbers.

    Args:
        modality: of the sensor.
        traces: what it shows.
        points: values per trace; a rate that has fewer is written with those.
    """
    return _WRITERS[modality](traces, points)


def resample(values: Array, count: int) -> Array:
    """Means of `count` equal segments; shape (count,)."""
    edges = np.linspace(0, len(values), count + 1).astype(int)
    return np.array([values[a : max(b, a + 1)].mean() for a, b in pairwise(edges)])


def _emg(traces: Traces, points: int) -> str:
    [panel] = traces.panels
    sides = "; ".join(f"{side}: {_numbers(values, points)}" for side, values in panel.lines.items())
    head = f"{traces.title}, {panel.quantity} in {panel.unit}, {points} values evenly over {traces.seconds:.1f} s"
    return f"{head}; {sides}"


def _pose(traces: Traces, points: int) -> str:
    angles = traces.panels[0]
    lines = [f"{traces.title} in {angles.unit} ({angles.note}), {points} values evenly over {traces.seconds:.1f} s"]
    for panel in traces.panels:
        unit = f" in {panel.unit}" if panel.unit != angles.unit else ""
        note = f" ({panel.note})" if panel.note and panel.note != angles.note else ""
        for side, values in panel.lines.items():
            lines.append(f"{side} {panel.quantity}{unit}{note}: {_numbers(values, points)}".lstrip())
    return "; ".join(lines)


def _physio(traces: Traces, points: int) -> str:
    rates = [(panel, values) for panel in traces.panels for values in panel.lines.values()]
    n = min(points, *(len(values) for _, values in rates))
    told = (f"{panel.quantity} in {panel.unit}: {_numbers(values, n)}" for panel, values in rates)
    return f"{n} values evenly over a set of {traces.seconds:.0f} s; {'; '.join(told)}"


def _numbers(values: Array, points: int) -> str:
    return " ".join(f"{x:.0f}" for x in resample(values, points))


_WRITERS: Mapping[Modality, Callable[[Traces, int], str]] = {
    Modality.EMG: _emg,
    Modality.POSE: _pose,
    Modality.PHYSIO: _physio,
}
