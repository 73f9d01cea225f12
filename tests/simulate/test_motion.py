"""What must hold of any movement, faultless or not."""

from itertools import pairwise
from typing import get_args

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from flexqa.errors import BadInput
from flexqa.graph.model import Graph
from flexqa.media import Pose
from flexqa.simulate.equipment import solids
from flexqa.simulate.lifts import known_actions, lift_of
from flexqa.simulate.motion import Plan, Push, move
from flexqa.simulate.subject import Subject, draw_subject
from flexqa.simulate.timeline import Timeline, Window
from flexqa.vocabulary import JOINTS

LIMBS = [("shoulder", "elbow"), ("elbow", "wrist"), ("wrist", "hand"), ("hip", "knee"), ("knee", "ankle")]
CHANGES: list[tuple[str, float, Window]] = [
    ("incl", 12.0, "first"), ("incl", -12.0, "second"), ("knee", 12.0, "second"), ("tilt", 10.0, "first"),
    ("grip", 0.4, "always"), ("grip_shift", 0.06, "always"), ("wrist", 35.0, "first"), ("bar_z", 0.1, "second"),
    ("shrug", 0.05, "settled"), ("knees_in", 25.0, "first"), ("pelvis_x", 0.1, "second"), ("swing", 25.0, "turn"),
    ("upper_back", 30.0, "preparation"), ("neck", 40.0, "end"), ("stance", 0.5, "always"), ("heel", 0.05, "first"),
]  # fmt: skip

actions = st.sampled_from(known_actions())
subjects = st.integers(0, 40).map(lambda i: draw_subject(11, i))
pushes = st.lists(st.sampled_from(CHANGES), max_size=3).map(lambda c: tuple(Push(*one) for one in c))


def plan(graph: Graph, action: str, changes: tuple[Push, ...] = (), first_s: float = 1.6) -> Plan:
    return Plan(Timeline(graph.actions[action].phases, 1.0, first_s, 1.8), changes, sway_seed=1)


def joint(pose: Pose, name: str) -> np.ndarray[tuple[int, ...], np.dtype[np.float64]]:
    return pose.points[:, JOINTS.index(name)]


@settings(max_examples=60, deadline=None)
@given(actions, subjects, pushes, st.floats(0.5, 3.0))
def test_limbs_keep_their_length(
    graph: Graph, action: str, subject: Subject, changes: tuple[Push, ...], first_s: float
) -> None:
    pose = move(lift_of(graph, action), subject, plan(graph, action, changes, first_s))
    assert np.isfinite(pose.points).all()
    for a, b in LIMBS:
        for side in "lr":
            length = np.linalg.norm(joint(pose, f"{side}_{a}") - joint(pose, f"{side}_{b}"), axis=1)
            # A heel that lifts takes the ankle with it; everything else is rigid to a tenth of a millimetre.
            np.testing.assert_allclose(length, length[0], atol=1e-4, err_msg=f"{side} {a}-{b}")


@settings(max_examples=40, deadline=None)
@given(actions, subjects)
def test_feet_stay_where_they_stand(graph: Graph, action: str, subject: Subject) -> None:
    lift = lift_of(graph, action)
    pose = move(lift, subject, plan(graph, action))
    for name in ("l_ankle", "r_ankle", "l_foot_a", "r_foot_b"):
        assert np.ptp(joint(pose, name), axis=0).max() < 1e-9
    if lift.bench is None or lift.bench.feet[0] == 0:
        assert joint(pose, "l_foot_b")[:, 1].max() < 0.03
    assert pose.points[..., 1].min() > 0


@settings(max_examples=40, deadline=None)
@given(
    st.sampled_from([a for a in known_actions() if a not in ("A04", "A05", "A06", "A07", "A20")]), subjects, pushes
)
def test_hands_stay_on_a_rigid_straight_bar(
    graph: Graph, action: str, subject: Subject, changes: tuple[Push, ...]
) -> None:
    lift = lift_of(graph, action)
    if lift.equipment != "barbell":
        return
    pose = move(lift, subject, plan(graph, action, changes))
    apart = np.linalg.norm(joint(pose, "l_hand") - joint(pose, "r_hand"), axis=1)
    np.testing.assert_allclose(apart, apart[0], atol=2e-4)
    bar = solids(lift, pose, 40.0)[0][0]
    length = np.linalg.norm(bar.a - bar.b, axis=1)
    np.testing.assert_allclose(length, length[0], atol=1e-9)
    along = (bar.a - bar.b) / length[:, None]
    for hand in ("l_hand", "r_hand"):
        assert np.linalg.norm(np.cross(joint(pose, hand) - bar.b, along), axis=1).max() < 1e-6


@pytest.mark.parametrize("action", known_actions())
def test_a_faultless_movement_is_smooth(graph: Graph, action: str) -> None:
    for index in range(3):
        pose = move(lift_of(graph, action), draw_subject(4, index), plan(graph, action))
        speed = np.linalg.norm(np.diff(pose.points, axis=0), axis=2).max() * pose.fps
        acceleration = np.linalg.norm(np.diff(pose.points, 2, axis=0), axis=2).max() * pose.fps**2
        assert speed < 2.5, "m/s"
        assert acceleration < 25, "m/s²"


@settings(max_examples=40, deadline=None)
@given(st.floats(0.3, 1.5), st.floats(0.3, 4), st.floats(0.3, 4), st.floats(1, 5), st.floats(-0.5, 0.5))
def test_a_repetition_leaves_and_comes_back(
    prep: float, first: float, second: float, haste: float, lag: float
) -> None:
    timeline = Timeline(("preparation", "concentric", "eccentric"), prep, first, second, (haste, 1.0), (lag, lag))
    t = timeline.times(100.0)
    progress = timeline.progress(t)
    assert progress.min() > -1e-9
    assert progress.max() < 1 + 1e-9
    spans = timeline.spans()
    assert [s.phase for s in spans] == ["preparation", "concentric", "eccentric"]
    assert all(a.end_s == b.start_s for a, b in pairwise(spans))
    assert spans[-1].end_s == pytest.approx(timeline.end_s, abs=1e-3)
    for kind in get_args(Window):
        weight = timeline.window(t, kind)
        assert weight.min() > -1e-9
        assert weight.max() < 1 + 1e-9


def test_subjects_depend_on_seed_and_index_alone() -> None:
    assert draw_subject(7, 3) == draw_subject(7, 3)
    assert draw_subject(7, 3) != draw_subject(8, 3)
    skills = [draw_subject(7, i).skill for i in range(400)]
    assert skills.count("novice") / 400 == pytest.approx(20 / 38, abs=0.08)
    assert skills.count("expert") / 400 == pytest.approx(10 / 38, abs=0.08)


def test_an_unknown_action_is_refused(graph: Graph) -> None:
    with pytest.raises(BadInput, match="A99"):
        lift_of(graph, "A99")
