"""Walks over the graph are pure and add up."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flexqa.assets import default_graph
from flexqa.errors import GraphError
from flexqa.graph import walk
from flexqa.graph.load import load_graph
from flexqa.graph.model import Graph

GRAPH = load_graph(default_graph())


def test_exclusions_leave_the_denominator(graph: Graph) -> None:
    assert "ET101" in graph.keysteps["AK01"].may_occur
    assert ("AK01", "ET101") not in walk.possible_pairs(graph, "A15")
    assert ("AK01", "ET101") in walk.possible_pairs(graph, "A01")


def test_a_score_worked_out_by_hand(graph: Graph) -> None:
    # A16: the possible pairs weigh 189 in all; shallow (7) in the descent and knees caving in (10) in the ascent.
    found = walk.score(graph, "A16", [("AK44", "ET178"), ("AK45", "ET134")])
    assert found.value == pytest.approx(100 * (1 - 17 / 189))
    assert found.lost_by_keystep == pytest.approx({"AK44": 700 / 189, "AK45": 1000 / 189})
    assert found.lost_by_phase == pytest.approx({"eccentric": 700 / 189, "concentric": 1000 / 189})


def test_a_pair_that_cannot_occur_is_refused(graph: Graph) -> None:
    with pytest.raises(GraphError, match="error ET178 cannot occur in keystep AK45 of action A16"):
        walk.score(graph, "A16", [("AK45", "ET178")])


@given(st.data())
def test_a_score_lies_in_0_100_falls_with_each_error_and_its_breakdown_adds_up(data: st.DataObject) -> None:
    action = data.draw(st.sampled_from(sorted(GRAPH.actions)))
    pairs = walk.possible_pairs(GRAPH, action)
    observed = data.draw(st.lists(st.sampled_from(pairs)))
    more = data.draw(st.sampled_from(pairs))
    score, worse = walk.score(GRAPH, action, observed), walk.score(GRAPH, action, [*observed, more])
    assert 0 <= worse.value <= score.value <= 100
    assert sum(score.lost_by_keystep.values()) == pytest.approx(100 - score.value)
    assert sum(score.lost_by_phase.values()) == pytest.approx(100 - score.value)


def test_all_errors_at_once_score_zero(graph: Graph) -> None:
    for action in graph.actions:
        assert walk.score(graph, action, walk.possible_pairs(graph, action)).value == pytest.approx(0)


def test_confusable_is_symmetric(graph: Graph) -> None:
    for error in graph.errors:
        for other in walk.confusable_errors(graph, error):
            assert error in walk.confusable_errors(graph, other)
    for action in graph.actions:
        for other in walk.confusable_actions(graph, action):
            assert action in walk.confusable_actions(graph, other)


def test_a_path_leads_from_action_to_feedback(graph: Graph) -> None:
    path = walk.path_to_error(graph, "A16", "AK44", "ET178")
    assert path == (("A16", "contains", "AK44"), ("AK44", "may_occur", "ET178"), ("ET178", "corrected_by", "FB178"))
    edges = walk.as_networkx(graph).edges
    assert all(edges[a, b]["relation"] == relation for a, relation, b in path)
