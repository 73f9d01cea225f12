"""The simulator and the detector must tell the same story."""

import numpy as np
import pytest

from flexqa.graph.model import Graph
from flexqa.graph.walk import possible_pairs
from flexqa.recordings.detect import shows
from flexqa.recordings.repetition import Repetition
from flexqa.simulate.inject import Lifter, inject, injectable
from flexqa.simulate.lifts import known_actions, lift_of
from flexqa.simulate.motion import Plan, move
from flexqa.simulate.subject import draw_subject
from flexqa.simulate.timeline import Timeline


def found(graph: Graph, action: str, plan: Plan, subject: int, seed: int = 0) -> set[tuple[str, str]]:
    lift, who = lift_of(graph, action), draw_subject(seed, subject)
    repetition = Repetition(graph, action, move(lift, who, plan), plan.timeline.spans())
    return {p for p in possible_pairs(graph, action) if shows(repetition, *p)}


@pytest.mark.parametrize("action", known_actions())
def test_a_faultless_repetition_shows_no_error(graph: Graph, action: str) -> None:
    for subject in range(8):
        timeline = Timeline(graph.actions[action].phases, 1.0, 1.3 + 0.1 * subject, 1.6)
        assert found(graph, action, Plan(timeline, sway_seed=subject), subject) == set()


@pytest.mark.parametrize("action", known_actions())
def test_every_injectable_error_is_found_and_no_other_one(graph: Graph, action: str) -> None:
    pairs = injectable(graph, action, subjects=1)
    possible = [
        p for p in possible_pairs(graph, action) if graph.errors[p[1]].inject and graph.errors[p[1]].detect_all
    ]
    assert len(pairs) >= 0.75 * len(possible)
    for subject in (5,):
        lifter = Lifter(graph, action, lift_of(graph, action), draw_subject(0, subject))
        plan = Plan(Timeline(graph.actions[action].phases, 1.1, 1.5, 1.7), sway_seed=subject)
        made = 0
        for pair in pairs:
            plan_with = inject(lifter, plan, pair, -1.0, np.random.default_rng(subject), alone=True)
            if plan_with is not None:
                made += 1
                seen = found(graph, action, plan_with, subject)
                assert pair in seen
                assert {e for _, e in seen} == {pair[1]}
        assert made >= 0.8 * len(pairs)


def test_errors_of_all_kinds_can_be_made(graph: Graph) -> None:
    made = {e for a in ("A05", "A08", "A11", "A15", "A16", "A19") for _, e in injectable(graph, a, subjects=1)}
    assert made >= {"ET101", "ET107", "ET117", "ET121", "ET128", "ET131", "ET134", "ET138", "ET148", "ET149", "ET150"}
