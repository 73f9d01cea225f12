"""Measures against postures whose angles are known by construction, and against rotations that must not matter."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from flexqa.errors import RecordingError
from flexqa.graph.model import Graph
from flexqa.media import Pose
from flexqa.recordings.measures import POSTURE_MEASURES, Array, Body, measure
from flexqa.simulate.lifts import known_actions, lift_of
from flexqa.simulate.motion import Plan, move
from flexqa.simulate.subject import draw_subject
from flexqa.simulate.timeline import Timeline
from flexqa.vocabulary import JOINTS

HEIGHTS = {
    "head": 1.7, "neck": 1.5, "spine_upper": 1.4, "shoulder": 1.4, "elbow": 1.1, "wrist": 0.85, "hand": 0.77,
    "hip": 0.9, "knee": 0.5, "ankle": 0.08, "foot_a": 0.02, "foot_b": 0.02,
}  # fmt: skip
HALF_WIDTH = {"shoulder": 0.2, "elbow": 0.2, "wrist": 0.2, "hand": 0.2, "hip": 0.1, "knee": 0.1, "ankle": 0.1}


def standing() -> Array:
    """Someone who stands straight with hanging arms, shape (30, 21, 3)."""
    points = np.zeros((30, 21, 3))
    for i, name in enumerate(JOINTS):
        part = name.removeprefix("l_").removeprefix("r_")
        side = {"l": 1, "r": -1}.get(name[0], 0) if name[1] == "_" else 0
        depth = {"foot_a": -0.05, "foot_b": 0.17}.get(part, 0.0)
        points[:, i] = (side * HALF_WIDTH.get(part, 0.1), HEIGHTS[part], depth)
    return points


def at(points: Array, name: str, new: dict[str, tuple[float, float, float]]) -> float:
    """A measure after some joints have moved from sample 10 on; the left side of a sided one."""
    moved = points.copy()
    for joint, place in new.items():
        moved[10:, JOINTS.index(joint)] = place
    values = measure(name, Body(Pose(moved, 50.0), 0.2))
    return float(values[-1].ravel()[0])


@pytest.mark.parametrize(
    ("name", "moved", "value"),
    [
        ("elbow_flex", {"l_wrist": (0.2, 1.1, 0.25)}, 90),
        ("elbow_flex", {}, 0),
        ("knee_flex", {"l_ankle": (0.1, 0.5, -0.42)}, 90),
        ("knee_flex", {"l_ankle": (0.1, 0.1, 0.08)}, -11.3),
        ("arm_elev", {"l_elbow": (0.5, 1.4, 0.0)}, 90),
        ("arm_plane", {"l_elbow": (0.5, 1.4, 0.0)}, 0),
        ("arm_plane", {"l_elbow": (0.2, 1.4, 0.3)}, 90),
        ("arm_plane", {"l_elbow": (0.2, 1.4, -0.3)}, -90),
        ("arm_sag", {"l_elbow": (0.2, 1.4, -0.3)}, -90),
        ("elbow_out", {"l_elbow": (0.35, 1.2, 0.0)}, 0.15),
        ("forearm_vert", {"l_wrist": (0.2, 1.35, 0.0)}, 0),
        ("forearm_vert", {"l_wrist": (0.45, 1.1, 0.0)}, 90),
        ("neck_ext", {"head": (0.0, 1.5, -0.2)}, 90),
        ("neck_ext", {"head": (0.0, 1.5, 0.2)}, -90),
        ("head_rise", {"head": (0.0, 1.7, 0.08)}, 0.08),
        ("head_rise", {"head": (0.0, 1.8, 0.0)}, 0.0),
        ("bar_tilt", {"l_hand": (0.2, 1.17, 0.0)}, 45),
        ("grip_ratio", {"l_hand": (0.4, 0.77, 0.0)}, 1.5),
        ("grip_offset", {"l_hand": (0.3, 0.77, 0.0)}, 0.1),
        ("stance_ratio", {}, 0.5),
        ("knee_valgus", {"l_knee": (0.0, 0.5, 0.0)}, 27.4),
        ("heel_lift", {"l_foot_a": (0.1, 0.07, -0.05)}, 0.05),
        ("shrug", {"l_shoulder": (0.2, 1.45, 0.0), "r_shoulder": (-0.2, 1.45, 0.0)}, 0.05),
        ("protraction", {"l_shoulder": (0.2, 1.4, 0.04), "r_shoulder": (-0.2, 1.4, 0.04)}, 0.04),
        ("ankle_motion", {"l_ankle": (0.1, 0.18, 0.0)}, 0.1),
        ("hip_minus_knee", {}, 0.4),
        ("wrist_above_elbow", {}, -0.25),
        ("hand_above_shoulder", {}, -0.63),
        ("touch_down", {}, 0.63),
        ("elbow_drop", {"l_elbow": (0.3, 1.4, -0.12)}, 0.12),
        ("upper_arm_drift", {"l_elbow": (0.5, 1.4, 0.0)}, 90),
        ("toe_out", {"l_foot_b": (0.32, 0.02, 0.17)}, 45),
        ("bar_gap", {"l_hand": (0.2, 0.7, 0.2), "r_hand": (-0.2, 0.7, 0.2)}, 0.125),
        ("trunk_incl", {"spine_upper": (0.0, 0.9, 0.5)}, 90),
        ("trunk_lat", {"spine_upper": (0.5, 1.4, 0.0)}, 45),
        ("upper_back_flex", {"neck": (0.0, 1.4, 0.1)}, 90),
        ("hip_flex", {"l_knee": (0.1, 0.9, 0.4)}, 90),
    ],
)
def test_a_known_posture_measures_what_it_is(
    name: str, moved: dict[str, tuple[float, float, float]], value: float
) -> None:
    assert at(standing(), name, moved) == pytest.approx(value, abs=0.05)


def test_a_head_tilt_lasts_and_a_measure_from_the_start_begins_at_zero() -> None:
    body = Body(Pose(standing(), 50.0))
    for name in ("shrug", "protraction", "head_rise", "pelvis_rise", "ankle_motion"):
        np.testing.assert_allclose(measure(name, body)[:5], 0.0, atol=1e-12)


@pytest.mark.parametrize("action", known_actions())
def test_every_measure_exists_over_every_lift(graph: Graph, action: str) -> None:
    pose = move(lift_of(graph, action), draw_subject(1, 0), Plan(Timeline(graph.actions[action].phases, 1, 1.4, 1.6)))
    body = Body(pose, 1.0)
    for name in POSTURE_MEASURES:
        values = measure(name, body)
        assert values.shape in {(len(pose.points),), (len(pose.points), 2)}, name
        if name not in ("arm_plane", "bar_gap"):
            assert np.isfinite(values).all(), name


@settings(max_examples=20, deadline=None)
@given(st.sampled_from(known_actions()), st.integers(0, 30))
def test_a_mirrored_lifter_has_mirrored_measures(graph: Graph, action: str, who: int) -> None:
    pose = move(
        lift_of(graph, action), draw_subject(2, who), Plan(Timeline(graph.actions[action].phases, 1, 1.4, 1.6))
    )
    swap = [JOINTS.index({"l": "r", "r": "l"}[n[0]] + n[1:] if n[1] == "_" else n) for n in JOINTS]
    mirrored = Body(Pose(pose.points[:, swap] * [-1, 1, 1], pose.fps), 1.0)
    body = Body(pose, 1.0)
    for name in POSTURE_MEASURES:
        one, other = measure(name, body), measure(name, mirrored)
        expected = one[:, ::-1] if one.ndim == 2 else -one if name in ("bar_tilt", "trunk_lat", "trunk_rot") else one
        np.testing.assert_allclose(other, expected, atol=1e-6, err_msg=name)


@settings(max_examples=20, deadline=None)
@given(st.floats(-3, 3), st.floats(-3, 3))
def test_where_the_lifter_stands_does_not_matter(x: float, z: float) -> None:
    points = standing()
    moved = Body(Pose(points + np.array([x, 0.0, z]), 50.0))
    for name in POSTURE_MEASURES:
        np.testing.assert_allclose(measure(name, moved), measure(name, Body(Pose(points, 50.0))), atol=1e-9)


def test_what_is_no_pose_is_refused() -> None:
    with pytest.raises(RecordingError, match="must be"):
        Body(Pose(np.zeros((10, 20, 3)), 50.0))
    with pytest.raises(RecordingError, match="not a measure"):
        measure("iq", Body(Pose(standing(), 50.0)))
