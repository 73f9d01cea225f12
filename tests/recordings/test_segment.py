from collections import Counter
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from flexqa.errors import RecordingError
from flexqa.graph.model import Graph
from flexqa.graph.walk import possible_pairs
from flexqa.media import Pose
from flexqa.recordings.detect import shows
from flexqa.recordings.flex_layout import open_recordings, read_pose
from flexqa.recordings.model import PhaseSpan
from flexqa.recordings.repetition import Repetition
from flexqa.recordings.segment import segment
from flexqa.simulate.generate import SimulateOptions, simulate
from flexqa.simulate.lifts import known_actions
from flexqa.vocabulary import JOINTS
from tests.recordings.lifted import jittering, lifted, mirrored, moved, waiting

ACTIONS = known_actions()
FREE = ("A04", "A05", "A06", "A07", "A11", "A12", "A13", "A14", "A19", "A20")
"""lifts with dumbbells: one hand can be late"""


def off(found: tuple[PhaseSpan, ...] | None, true: tuple[PhaseSpan, ...], shift_s: float = 0.0) -> float:
    """By how many seconds the worse of the two inner boundaries is wrong."""
    assert found is not None
    assert [s.phase for s in found] == [s.phase for s in true]
    assert found[0].start_s == 0
    assert all(a.end_s == b.start_s for a, b in pairwise(found))
    return max(abs(found[i].end_s - shift_s - true[i].end_s) for i in (0, 1))


@settings(max_examples=100, deadline=None)
@given(
    action=st.sampled_from(ACTIONS),
    subject=st.integers(0, 8),
    lengths_s=st.tuples(st.floats(0.8, 1.5), st.floats(1.0, 3.0), st.floats(1.0, 3.0)),
    reached=st.floats(0.7, 1.0),
    left_over=st.floats(0.0, 0.2),
)
def test_the_phases_of_a_repetition_are_found(
    graph: Graph,
    action: str,
    subject: int,
    lengths_s: tuple[float, float, float],
    reached: float,
    left_over: float,
) -> None:
    timing = {"reached": (reached, reached), "left_over": (left_over, left_over)}
    pose, true = lifted(graph, action, subject=subject, lengths_s=lengths_s, **timing)
    found = segment(graph, action, pose)
    assert off(found, true) < 0.15
    assert found is not None
    assert found[-1].end_s == pytest.approx(len(pose.points) / pose.fps, abs=1e-3)


@pytest.mark.parametrize("action", FREE)
@pytest.mark.parametrize("lag_s", [(0.3, 0.0), (-0.3, 0.0), (0.0, 0.3)])
def test_a_hand_that_is_late_shifts_no_phase(graph: Graph, action: str, lag_s: tuple[float, float]) -> None:
    pose, true = lifted(graph, action, lag_s=lag_s)
    assert off(segment(graph, action, pose), true) < 0.15


@settings(max_examples=40, deadline=None)
@given(action=st.sampled_from(ACTIONS), samples=st.integers(1, 50))
def test_a_longer_preparation_shifts_the_phases(graph: Graph, action: str, samples: int) -> None:
    pose, true = lifted(graph, action)
    assert off(segment(graph, action, waiting(pose, samples)), true, samples / pose.fps) < 0.1


@settings(max_examples=40, deadline=None)
@given(action=st.sampled_from(ACTIONS), x_m=st.floats(-1, 1), z_m=st.floats(-1, 1))
def test_place_and_side_change_nothing(graph: Graph, action: str, x_m: float, z_m: float) -> None:
    pose, _ = lifted(graph, action)
    as_it_is = segment(graph, action, pose)
    assert as_it_is is not None
    assert off(segment(graph, action, moved(pose, x_m, z_m)), as_it_is) <= 0.002
    assert off(segment(graph, action, mirrored(pose)), as_it_is) <= 0.002


@pytest.mark.parametrize("action", ACTIONS)
@pytest.mark.parametrize(("sd_m", "step", "most_s"), [(0.001, 1, 0.15), (0.003, 1, 0.25), (0.0, 2, 0.12)])
def test_jitter_and_few_frames_blur_little(graph: Graph, action: str, sd_m: float, step: int, most_s: float) -> None:
    pose, true = lifted(graph, action)
    pose = jittering(pose, sd_m)
    assert off(segment(graph, action, Pose(pose.points[::step], pose.fps / step)), true) < most_s


def test_errors_are_detected_on_found_phases_as_on_annotated_ones(graph: Graph, tmp_path: Path) -> None:
    simulate(graph, tmp_path, SimulateOptions(subjects=2, reps=2, seed=5, video="none", regime="controlled"))
    recordings, verdicts, within = open_recordings(tmp_path), Counter[bool | None](), []
    for recording in recordings:
        a, pose = recording.annotation, read_pose(recording, recordings.info)
        assert a is not None
        found = segment(graph, a.action, pose)
        within.append(off(found, a.phases) <= 0.1)
        seen, annotated = (Repetition(graph, a.action, pose, phases or ()) for phases in (found, a.phases))
        for pair in possible_pairs(graph, a.action):
            verdicts[shows(seen, *pair) == shows(annotated, *pair)] += 1
    assert np.mean(within) >= 0.95
    assert verdicts[False] <= 0.005 * verdicts.total()


@pytest.mark.parametrize("action", ACTIONS)
def test_who_does_not_move_has_no_phases(graph: Graph, action: str) -> None:
    pose, _ = lifted(graph, action)
    assert segment(graph, action, Pose(np.repeat(pose.points[:1], 200, axis=0), pose.fps)) is None


@pytest.mark.parametrize("action", ACTIONS)
@pytest.mark.parametrize("samples", [1, 2, 5, 20, 60])
def test_a_recording_without_a_turning_point_has_no_phases(graph: Graph, action: str, samples: int) -> None:
    pose, _ = lifted(graph, action)
    assert segment(graph, action, Pose(pose.points[:samples], pose.fps)) is None


@pytest.mark.parametrize("change", [{"rom": {}}, {"primary_measure": None}, {"phases": ("concentric",)}], ids=str)
def test_a_graph_that_says_not_what_moves_gives_no_phases(graph: Graph, change: dict[str, object]) -> None:
    actions = {**graph.actions, "A05": graph.actions["A05"].model_copy(update=change)}
    assert segment(graph.model_copy(update={"actions": actions}), "A05", lifted(graph, "A05")[0]) is None


def test_a_pose_of_other_joints_is_an_error(graph: Graph) -> None:
    with pytest.raises(RecordingError, match="cannot be measured"):
        segment(graph, "A05", Pose(np.zeros((50, len(JOINTS) + 4, 3)), 50.0))
