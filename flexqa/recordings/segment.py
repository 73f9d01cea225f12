"""When the phases of a repetition are: told from the joints alone, once it is known which exercise it is."""

import numpy as np

from flexqa.graph.model import Graph
from flexqa.media import Pose
from flexqa.recordings.measures import POSTURE_MEASURES, Array, Body, measure
from flexqa.recordings.model import PhaseSpan

_LEAST_TRAVEL = 0.2
_TURN_WITHIN = (0.2, 0.9)
_LEVELS = np.array([0.1, 0.5, 0.9])
_SHARES = np.array([0.2477, 0.5, 0.7523])
"""when a minimum-jerk movement passes the levels"""


def segment(graph: Graph, action: str, pose: Pose) -> tuple[PhaseSpan, ...] | None:
    """The phases of a repetition.

    Args:
        graph: says which measure moves, whereto, and the order of the phases.
        action: what is done.
        pose: one repetition, metres, canonical frame.

    Returns:
        Preparation and the two moving phases, without gaps; None when there is no clear movement.

    Raises:
        RecordingError: the pose has no samples or not the 21 joints.
    """
    node, body = graph.actions[action], Body(pose)
    name = node.primary_measure
    if name not in POSTURE_MEASURES or name not in node.rom or len(node.phases) != 3:
        return None
    start, end = node.rom[name]
    values = measure(name, body)
    sides = (values * np.sign(end - start)).reshape(len(values), -1)
    found = [_edges(side, _LEAST_TRAVEL * abs(end - start)) for side in sides.T]
    known = [f for f in found if f is not None]
    if not known:
        return None
    moments = np.mean(known, axis=0) / pose.fps
    edges = (0.0, float(moments[0]), float(moments[1]), len(values) / pose.fps)
    if not 0 < edges[1] < edges[2] < edges[3]:
        return None
    return tuple(
        PhaseSpan(phase=p, start_s=round(a, 3), end_s=round(b, 3))
        for p, a, b in zip(node.phases, edges, edges[1:], strict=False)
    )


def _edges(course: Array, least: float) -> tuple[float, float] | None:
    course = np.where(np.isfinite(course), course, np.nanmedian(course))
    first, last = (int(share * len(course)) for share in _TURN_WITHIN)
    at = first + int(np.argmax(course[first:last]))
    low, back = int(np.argmin(course[:at])), at + int(np.argmin(course[at:]))
    if course[at] - course[low] < least or course[at] - course[back] < least:
        return None
    up = low + _passed(course[low : at + 1])
    down = back - _passed(course[at : back + 1][::-1])
    begin, _ = _extrapolated(up)
    return begin, (_extrapolated(up)[1] + _extrapolated(down)[1]) / 2


def _passed(course: Array) -> Array:
    levels = course[0] + _LEVELS * (course[-1] - course[0])
    before = np.array([np.flatnonzero(course < level)[-1] for level in levels])
    return np.asarray(before + (levels - course[before]) / (course[before + 1] - course[before]))


def _extrapolated(passed: Array) -> tuple[float, float]:
    length, begin = np.polyfit(_SHARES, passed, 1)
    return float(begin), float(begin + length)
