"""Questions of the exercise as a whole: its name and its standards."""

import pytest

from flexqa.graph.model import Graph
from flexqa.questions.bundles import answer_text
from flexqa.questions.corpus import Annotated
from flexqa.questions.question_set import QuestionSet
from tests.questions.guess import beats_chance
from tests.questions.sets import of_type


def test_actions_are_told_by_name(question_set: QuestionSet, graph: Graph, by_id: dict[str, Annotated]) -> None:
    for q in of_type(question_set, "action_recognition"):
        assert answer_text(q) == graph.actions[by_id[q.media[0].recording].truth.action].name
        assert q.prompt == {}


def test_the_keystep_is_of_the_asked_phase_and_no_other_option_is(question_set: QuestionSet, graph: Graph) -> None:
    for q in of_type(question_set, "keystep_of_phase"):
        steps = [graph.keysteps[k] for k in graph.actions[q.action].keysteps]
        right = {s.standard for s in steps if s.phase == q.prompt["phase"]}
        assert [o.text for o in q.options if o.text in right] == [answer_text(q)]
        phases = {n.phase for o in q.options for n in graph.keysteps.values() if n.standard == o.text}
        assert phases == {q.prompt["phase"]}


@pytest.mark.parametrize("name", ["action_recognition", "keystep_of_phase"])
def test_how_often_an_option_is_right_says_nothing(large_set: QuestionSet, name: str) -> None:
    assert not beats_chance(of_type(large_set, name))
