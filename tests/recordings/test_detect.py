import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from flexqa.graph.model import Graph, Limit
from flexqa.graph.walk import possible_pairs
from flexqa.media import Pose
from flexqa.recordings.detect import compare, detect, margin, shows
from flexqa.recordings.repetition import COURSES, Repetition
from flexqa.simulate.lifts import lift_of
from flexqa.simulate.motion import Plan, Push, move
from flexqa.simulate.subject import draw_subject
from flexqa.simulate.timeline import Timeline


def repetition(graph: Graph, action: str, *pushes: Push, **timing: object) -> Repetition:
    timeline = Timeline(graph.actions[action].phases, 1.0, 1.6, 1.6, **timing)  # type: ignore[arg-type]
    pose = move(lift_of(graph, action), draw_subject(3, 0), Plan(timeline, pushes))
    return Repetition(graph, action, pose, timeline.spans())


@pytest.mark.parametrize(
    ("op", "value", "bounds", "guard", "found"),
    [
        (">", 21.0, (16.0, 16.0), 4.0, True),
        (">", 18.0, (16.0, 16.0), 4.0, None),
        (">", 11.0, (16.0, 16.0), 4.0, False),
        ("<", 11.0, (16.0, 16.0), 4.0, True),
        ("<", 21.0, (16.0, 16.0), 4.0, False),
        ("abs>", -9.0, (6.0, 6.0), 2.0, True),
        ("outside", 0.5, (0.7, 1.4), 0.1, True),
        ("outside", 0.65, (0.7, 1.4), 0.1, None),
        ("outside", 1.0, (0.7, 1.4), 0.1, False),
        ("outside", 9.0, (None, 1.4), 0.1, True),
        ("outside", -9.0, (None, 1.4), 0.1, False),
        ("in", 1.0, (0.7, 1.4), 0.0, True),
        ("in", 2.0, (0.7, 1.4), 0.0, False),
        ("<=", 12.0, (12.0, 12.0), 0.0, True),
        (">=", 12.0, (12.0, 12.0), 0.0, True),
        (">", 1.0, (None, None), 0.0, None),
        (">", float("nan"), (1.0, 1.0), 0.0, None),
        (">", 1.0, None, 0.0, None),
    ],
)
def test_a_comparison_keeps_its_guard_band(
    op: str, value: float, bounds: Limit | None, guard: float, found: bool | None
) -> None:
    assert compare(op, value, bounds, guard) is found


@given(st.floats(-100, 100), st.floats(-50, 50), st.floats(0, 20), st.sampled_from([(">", "<"), (">=", "<=")]))
def test_opposite_comparisons_never_agree(value: float, bound: float, guard: float, ops: tuple[str, str]) -> None:
    one, other = (compare(op, value, (bound, bound), guard) for op in ops)
    if guard:
        assert (one is None) == (other is None)
        assert one is None or one is not other


@pytest.mark.parametrize("side", [0, 1])
def test_an_error_of_one_side_is_an_error(graph: Graph, side: int) -> None:
    sides = (1.0, 0.0) if side == 0 else (0.0, 1.0)
    bent = repetition(graph, "A05", Push("wrist", 45.0, "preparation", sides))
    assert shows(bent, "AK16", "ET111") is True
    assert shows(repetition(graph, "A05"), "AK16", "ET111") is False


def test_timing_is_measured(graph: Graph) -> None:
    late = repetition(graph, "A05", lag_s=(0.4, 0.0))
    assert shows(late, "AK17", "ET149") is True
    assert shows(repetition(graph, "A05"), "AK17", "ET149") is False
    assert shows(repetition(graph, "A05", reached=(1.0, 0.75)), "AK17", "ET150") is True
    assert shows(repetition(graph, "A05", left_over=(0.3, 0.3)), "AK18", "ET153") is True


def test_errors_without_a_pose_criterion_are_never_decided(graph: Graph) -> None:
    clean = repetition(graph, "A16")
    for keystep, error in possible_pairs(graph, "A16"):
        if graph.errors[error].observable.pose == "none":
            assert shows(clean, keystep, error) is None


def test_detect_is_shows(graph: Graph) -> None:
    r = repetition(graph, "A16", Push("knees_in", 40.0, "first"))
    for keystep, error in possible_pairs(graph, "A16"):
        assert detect(graph, "A16", keystep, error, r.pose, r.phases) is shows(r, keystep, error)


def test_a_pose_that_ends_early_or_has_no_phases_gives_no_verdict(graph: Graph) -> None:
    r = repetition(graph, "A16")
    short = Pose(r.pose.points[:40], r.pose.fps)
    assert detect(graph, "A16", "AK45", "ET134", short, r.phases) is None
    assert detect(graph, "A16", "AK45", "ET134", r.pose, ()) is None


def test_sensor_noise_does_not_make_errors(graph: Graph) -> None:
    rng = np.random.default_rng(0)
    for action in ("A05", "A08", "A16", "A17"):
        r = repetition(graph, action)
        noisy = Pose(r.pose.points + rng.normal(0, 0.001, r.pose.points.shape), r.pose.fps)
        for keystep, error in possible_pairs(graph, action):
            if shows(r, keystep, error) is False:
                found = detect(graph, action, keystep, error, noisy, r.phases)
                assert found is not True, (action, keystep, error)


def test_whole_millimetres_are_precise_enough(graph: Graph) -> None:
    """A bounce is an acceleration: what rounding adds to it stays well inside its guard of 3 m/s²."""
    for action in ("A08", "A09", "A10"):
        r = repetition(graph, action)
        rounded = Repetition(graph, action, Pose(np.round(r.pose.points, 3), r.pose.fps), r.phases)
        exact, coarse = (COURSES["reversal_acc"](x, "eccentric") for x in (r, rounded))
        assert exact is not None
        assert coarse == pytest.approx(exact, abs=0.6)


def test_a_margin_counts_in_guards(graph: Graph) -> None:
    """Valgus beyond 9 degrees with a guard of 3; the error needs all its criteria, and the lesser decides."""
    r = repetition(graph, "A16", Push("knees_in", 40.0, "first"))
    most = r.values("knee_valgus")[r.inside("eccentric")].max()
    assert margin(r, "AK44", "ET134") == pytest.approx((most - 9) / 3)
    assert margin(r, "AK45", "ET179") == pytest.approx(min(_margins(r, "AK45", "ET179")))


def _margins(r: Repetition, keystep: str, error: str) -> list[float]:
    """Of each criterion by itself."""
    graph, node = r.graph, r.graph.errors[error]
    found = []
    for c in node.detect_all:
        alone = graph.model_copy(update={"errors": {error: node.model_copy(update={"detect_all": (c,)})}})
        value = margin(Repetition(alone, r.action, r.pose, r.phases), keystep, error)
        assert value is not None
        found.append(value)
    return found
