"""Faultless repetitions without files, and what can be done to a pose that changes nothing of what it shows."""

import numpy as np

from flexqa.graph.model import Graph
from flexqa.media import Pose
from flexqa.recordings.model import PhaseSpan
from flexqa.simulate.lifts import lift_of
from flexqa.simulate.motion import Plan, Push, move
from flexqa.simulate.subject import draw_subject
from flexqa.simulate.timeline import Timeline
from flexqa.vocabulary import JOINTS

LENGTHS_S = (1.1, 1.5, 2.0)
"""of the preparation and of the two moving phases"""

_OTHER = {"l_": "r_", "r_": "l_"}
_MIRRORED = [JOINTS.index(_OTHER.get(j[:2], j[:2]) + j[2:]) for j in JOINTS]


def lifted(
    graph: Graph,
    action: str,
    *pushes: Push,
    subject: int = 0,
    lengths_s: tuple[float, float, float] = LENGTHS_S,
    **timing: object,
) -> tuple[Pose, tuple[PhaseSpan, ...]]:
    """A repetition and its phases; `timing` as in `Timeline`."""
    timeline = Timeline(graph.actions[action].phases, *lengths_s, **timing)  # type: ignore[arg-type]
    pose = move(lift_of(graph, action), draw_subject(3, subject), Plan(timeline, pushes))
    return pose, timeline.spans()


def mirrored(pose: Pose) -> Pose:
    """Left and right exchanged."""
    return Pose(pose.points[:, _MIRRORED] * [-1.0, 1.0, 1.0], pose.fps)


def moved(pose: Pose, x_m: float, z_m: float) -> Pose:
    """Elsewhere in the room."""
    return Pose(pose.points + np.array([x_m, 0.0, z_m]), pose.fps)


def waiting(pose: Pose, samples: int) -> Pose:
    """The first posture is held for some time more."""
    return Pose(np.concatenate([np.repeat(pose.points[:1], samples, axis=0), pose.points]), pose.fps)


def jittering(pose: Pose, sd_m: float, seed: int = 0) -> Pose:
    """With independent errors of measurement."""
    noise = np.random.default_rng(seed).normal(0, sd_m, pose.points.shape)
    return Pose(pose.points + noise, pose.fps)
