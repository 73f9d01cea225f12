"""What a model is shown of pose, EMG and physio, as numbers over time: what sensor texts and plots are made of."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from flexqa.errors import RecordingError
from flexqa.graph.model import Graph
from flexqa.media import Physio, Pose
from flexqa.question import Window
from flexqa.recordings.measures import JOINT_ANGLES, Body, measure
from flexqa.recordings.signals import Sides

Array = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Panel:
    """Traces of one quantity."""

    quantity: str
    unit: str
    lines: Mapping[str, Array]
    """left and right, or one without a name -> values evenly over time"""
    note: str = ""
    """what the values mean"""


@dataclass(frozen=True, slots=True)
class Traces:
    """All that is shown of one sensor, over the same time."""

    title: str
    seconds: float
    panels: tuple[Panel, ...]


def emg_traces(sides: Sides, graph: Graph) -> Traces:
    """The RMS envelopes of both sides of a muscle, already cut to their window."""
    muscle = graph.muscles[sides.muscle].name
    panel = Panel("RMS envelope", sides.unit, {"left": sides.left, "right": sides.right})
    return Traces(f"sEMG of the {muscle}", sides.duration_s, (panel,))


def pose_traces(pose: Pose, window_s: Window | None = None) -> Traces:
    """Joint angles of both sides, the inclination of the trunk, and the height of the hands.

    Args:
        pose: of the whole recording, so that a height above the start means the same in every window.
        window_s: the part that is shown.

    Raises:
        RecordingError: the window holds no sample.
    """
    body = Body(pose)
    inside = _inside(pose, window_s)
    panels = []
    for name, called in JOINT_ANGLES.items():
        left, right = measure(name, body)[inside].T
        panels.append(Panel(called, "degrees", {"left": left, "right": right}, "0: straight, or arm hanging"))
    trunk = measure("trunk_incl", body)[inside]
    note = "0: upright, 90: bent forward, -90: lying on the back"
    panels.append(Panel("trunk inclination", "degrees", {"": trunk}, note))
    hands = body.pair("hand")[..., 1]
    left, right = 100 * (hands - hands[0])[inside].T
    panels.append(Panel("hand height above its start", "cm", {"left": left, "right": right}))
    return Traces("Joint angles", (inside.stop - inside.start) / pose.fps, tuple(panels))


def physio_traces(physio: Physio) -> Traces:
    """Heart and breath rate over the set."""
    heart = Panel("heart rate", "beats per minute", {"": physio.heart_bpm})
    breath = Panel("breath rate", "breaths per minute", {"": physio.breath_per_min})
    return Traces("Rates over a set", float(physio.times_s[-1] - physio.times_s[0]), (heart, breath))


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
