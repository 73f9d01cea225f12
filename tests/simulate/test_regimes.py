"""What a subject does in each regime."""

import numpy as np

from flexqa.graph.model import Graph
from flexqa.graph.walk import possible_pairs
from flexqa.recordings.detect import shows
from flexqa.recordings.repetition import Repetition
from flexqa.simulate.lifts import lift_of
from flexqa.simulate.motion import Plan, move
from flexqa.simulate.regimes import draw_repetition
from flexqa.simulate.subject import draw_subject


def found(graph: Graph, action: str, plan: Plan, subject: int, seed: int = 0) -> set[tuple[str, str]]:
    lift, who = lift_of(graph, action), draw_subject(seed, subject)
    repetition = Repetition(graph, action, move(lift, who, plan), plan.timeline.spans())
    return {p for p in possible_pairs(graph, action) if shows(repetition, *p)}


def test_controlled_has_at_most_one_error_and_the_side_fits_the_movement(graph: Graph) -> None:
    sides: dict[str, list[float]] = {"A05": [], "A08": [], "A16": []}
    for action, seen in sides.items():
        for subject in range(14):
            who = draw_subject(9, subject)
            drawn = draw_repetition(graph, action, who, "controlled", np.random.default_rng([subject, 1]))
            assert len({e for _, e in drawn.pairs}) <= 1
            if abs(drawn.drive.asymmetry) >= 0.15:
                seen.append(_movement_side(graph, action, drawn.plan, subject) * drawn.drive.asymmetry)
            else:
                assert abs(drawn.drive.asymmetry) <= 0.03
    assert sum(map(len, sides.values())) >= 4
    assert all(s > 0 for seen in sides.values() for s in seen)


def _movement_side(graph: Graph, action: str, plan: Plan, subject: int) -> float:
    """1 when the left side is the higher, the farther, or the one that the pelvis goes to; -1 for the right."""
    from flexqa.recordings.measures import Body, measure

    body = Body(move(lift_of(graph, action), draw_subject(9, subject), plan), plan.timeline.preparation_s)
    if action == "A05":
        elbow = measure("elbow_flex", body).max(axis=0)
        return float(np.sign(elbow[0] - elbow[1]))
    if action == "A08":
        tilt = measure("bar_tilt", body)
        return float(np.sign(tilt[np.argmax(np.abs(tilt))]))
    x = body.middle("hip")[:, 0]
    return float(np.sign(x[np.argmax(np.abs(x))]))


def test_flexlike_shows_several_errors(graph: Graph) -> None:
    drawn = [
        draw_repetition(graph, "A17", draw_subject(3, i), "flexlike", np.random.default_rng(i)) for i in range(5)
    ]
    assert np.mean([len({e for _, e in d.pairs}) for d in drawn]) >= 3
    for i, d in enumerate(drawn):
        assert set(d.pairs) == found(graph, "A17", d.plan, i, seed=3)
