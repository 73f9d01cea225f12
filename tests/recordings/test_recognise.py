from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from flexqa.errors import RecordingError
from flexqa.graph.model import Graph
from flexqa.media import Pose
from flexqa.recordings.flex_layout import open_recordings, read_pose
from flexqa.recordings.recognise import recognise
from flexqa.simulate.generate import SimulateOptions, simulate
from flexqa.simulate.lifts import known_actions
from flexqa.vocabulary import JOINTS
from tests.recordings.lifted import jittering, lifted, mirrored, moved, waiting

ACTIONS = known_actions()


@pytest.mark.parametrize("action", ACTIONS)
def test_a_faultless_repetition_is_recognised_whoever_lifts(graph: Graph, action: str) -> None:
    assert {recognise(graph, lifted(graph, action, subject=i)[0]) for i in range(6)} == {action}


@pytest.mark.parametrize(("regime", "right"), [("flexlike", 0.97), ("controlled", 1.0)])
def test_errors_of_form_hide_no_exercise(graph: Graph, tmp_path: Path, regime: str, right: float) -> None:
    simulate(graph, tmp_path, SimulateOptions(subjects=2, reps=2, seed=5, video="none", regime=regime))
    recordings = open_recordings(tmp_path)
    told = [
        (r.annotation.action, recognise(graph, read_pose(r, recordings.info))) for r in recordings if r.annotation
    ]
    assert len(told) == 80
    assert np.mean([told == action for action, told in told]) >= right
    assert not [pair for pair in told if pair[1] not in (None, pair[0])]


@settings(max_examples=40, deadline=None)
@given(
    action=st.sampled_from(ACTIONS),
    x_m=st.floats(-1, 1),
    z_m=st.floats(-1, 1),
    samples=st.integers(0, 60),
    mirror=st.booleans(),
)
def test_place_side_and_waiting_change_nothing(
    graph: Graph, action: str, x_m: float, z_m: float, samples: int, mirror: bool
) -> None:
    pose = waiting(moved(lifted(graph, action)[0], x_m, z_m), samples)
    assert recognise(graph, mirrored(pose) if mirror else pose) == action


@pytest.mark.parametrize("action", ACTIONS)
@pytest.mark.parametrize("step", [1, 2, 5])
def test_a_jittering_or_coarse_pose_is_recognised(graph: Graph, action: str, step: int) -> None:
    pose = jittering(lifted(graph, action)[0], 0.003)
    assert recognise(graph, Pose(pose.points[::step], pose.fps / step)) == action


def with_actions(graph: Graph, **changes: dict[str, object]) -> Graph:
    """The graph with some actions changed or, under a new id, added as changed copies of A19."""
    actions = dict(graph.actions)
    for action, change in changes.items():
        actions[action] = actions.get(action, actions["A19"]).model_copy(update=change)
    return graph.model_copy(update={"actions": actions})


def test_two_exercises_that_look_the_same_are_not_guessed(graph: Graph) -> None:
    pose = lifted(graph, "A19")[0]
    assert recognise(with_actions(graph, X01={}), pose) is None
    assert recognise(with_actions(graph, X01={"equipment": "cable"}), pose) == "A19"


@pytest.mark.parametrize(
    "change", [{"equipment": ""}, {"posture": "kneeling"}, {"rom": {}}, {"primary_measure": None}], ids=str
)
def test_an_action_that_the_graph_does_not_describe_is_never_told(graph: Graph, change: dict[str, object]) -> None:
    unknown = with_actions(graph, **dict.fromkeys(graph.actions, change))
    assert recognise(unknown, lifted(graph, "A05")[0]) is None


def test_a_known_pattern_is_told_in_a_graph_of_other_ids(graph: Graph) -> None:
    renamed = graph.model_copy(update={"actions": {f"curl {k}": v for k, v in graph.actions.items()}})
    assert recognise(renamed, lifted(graph, "A05")[0]) == "curl A05"


@pytest.mark.parametrize("action", ACTIONS)
def test_who_does_not_move_does_nothing(graph: Graph, action: str) -> None:
    pose = lifted(graph, action)[0]
    assert recognise(graph, Pose(np.repeat(pose.points[:1], 200, axis=0), pose.fps)) is None


@pytest.mark.parametrize("action", ACTIONS)
@pytest.mark.parametrize("samples", [1, 2, 5, 40])
def test_a_recording_that_breaks_off_is_no_crash(graph: Graph, action: str, samples: int) -> None:
    pose = lifted(graph, action)[0]
    assert recognise(graph, Pose(pose.points[:samples], pose.fps)) in (None, action)


def test_a_pose_of_other_joints_is_an_error(graph: Graph) -> None:
    with pytest.raises(RecordingError, match="cannot be measured"):
        recognise(graph, Pose(np.zeros((50, len(JOINTS) + 4, 3)), 50.0))
