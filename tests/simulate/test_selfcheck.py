"""Every error that a pose can show is made, written, read, and found alone."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from flexqa.errors import BadInput
from flexqa.graph.model import Graph
from flexqa.recordings.detect import shows
from flexqa.recordings.repetition import Repetition
from flexqa.simulate.inject import Lifter, candidates, faultless, inject
from flexqa.simulate.lifts import known_actions, lift_of
from flexqa.simulate.selfcheck import selfcheck
from flexqa.simulate.subject import draw_subject


def test_every_error_of_every_action_is_found_and_nothing_else(graph: Graph) -> None:
    checked = selfcheck(graph, subjects=2, seed=3)
    assert checked.passed, checked.faults
    total = checked.total
    assert total.triples == sum(len(candidates(graph, a)) for a in graph.actions) > 380
    assert (total.found, total.missed, total.extra, total.false_alarms) == (2 * total.triples, 0, 0, 0)
    # A way that works at once is the rule.
    assert total.attempts < 4 * total.repetitions


def test_a_graph_that_contradicts_itself_is_told(graph: Graph) -> None:
    """Two errors with one criterion cannot be made alone."""
    twice = graph.errors["ET134"].model_copy(update={"detect_all": graph.errors["ET131"].detect_all})
    wrong = graph.model_copy(update={"errors": {**graph.errors, "ET134": twice}})
    checked = selfcheck(wrong, ("A16",), subjects=1)
    assert not checked.passed
    assert {f.wanted for f in checked.faults} == {(k, e) for k in ("AK44", "AK45") for e in ("ET131", "ET134")}
    assert checked.total.missed == 4


def test_the_result_does_not_depend_on_the_workers(graph: Graph) -> None:
    one, two = (selfcheck(graph, ("A06", "A20"), subjects=2, workers=w) for w in (1, 2))
    assert one == two


def test_an_unknown_action_is_refused(graph: Graph) -> None:
    with pytest.raises(BadInput, match="A99"):
        selfcheck(graph, ("A99",))


@settings(max_examples=30, deadline=None)
@given(st.sampled_from(known_actions()), st.integers(0, 10_000), st.integers(3, 8))
def test_errors_together_are_found_exactly(graph: Graph, action: str, seed: int, size: int) -> None:
    """Each one is added to what is there, and the detectors see just these."""
    rng = np.random.default_rng(seed)
    lifter = Lifter(graph, action, lift_of(graph, action), draw_subject(seed, 0))
    plan, wanted = faultless(lifter, rng), set[tuple[str, str]]()
    pairs = candidates(graph, action)
    for i in rng.permutation(len(pairs)):
        made = inject(lifter, plan, pairs[i], 1.0, rng, alone=False)
        if made is not None:
            plan, wanted = made, wanted | {pairs[i]}
            if len(wanted) == size:
                break
    assert len(wanted) == size
    pose = lifter.repetition(plan).pose
    again = Repetition(graph, action, pose, plan.timeline.spans())
    assert {p for p in lifter.pairs if shows(again, *p)} == wanted
