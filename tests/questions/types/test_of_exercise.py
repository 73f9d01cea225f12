"""Questions of what the graph says of an action: equipment, posture, muscles."""

import pytest

from flexqa.graph.model import Graph
from flexqa.question import Question
from flexqa.questions.bundles import answer_text
from flexqa.questions.corpus import Annotated, Corpus
from flexqa.questions.eye import Eye
from flexqa.questions.of_exercise import sentence_case
from flexqa.questions.question_set import QuestionSet
from flexqa.questions.types.equipment_recognition import EquipmentRecognition
from flexqa.questions.types.posture_recognition import PostureRecognition
from flexqa.questions.types.primary_muscle import PrimaryMuscle
from flexqa.recordings.model import RecordingSet
from tests.questions.guess import beats_chance
from tests.questions.sets import of_type

TYPES = ["equipment_recognition", "posture_recognition", "primary_muscle"]


def test_equipment_is_that_of_the_action(
    question_set: QuestionSet, graph: Graph, by_id: dict[str, Annotated]
) -> None:
    for q in of_type(question_set, "equipment_recognition"):
        assert answer_text(q).lower() == graph.actions[by_id[q.media[0].recording].truth.action].equipment
        assert {o.text for o in q.options} == {"Barbell", "Dumbbell"}


def test_postures_are_those_of_recorded_actions(question_set: QuestionSet, graph: Graph, corpus: Corpus) -> None:
    kind = PostureRecognition()
    recorded = {kind.text(graph, action) for action in corpus.by_action} - {""}
    for q in of_type(question_set, "posture_recognition"):
        assert answer_text(q) == kind.text(graph, q.action)
        assert {o.text for o in q.options} <= recorded


def test_postures_are_told_in_words(graph: Graph) -> None:
    kind = PostureRecognition()
    texts = {action: kind.text(graph, action) for action in graph.actions}
    assert texts["A01"] == "On the feet, body upright"
    assert texts["A09"] == "On the back, on an incline bench"
    assert {action for action, text in texts.items() if not text} == {"A15", "A16"}


def test_what_the_graph_does_not_say_is_not_asked(graph: Graph) -> None:
    bare = graph.actions["A01"].model_copy(update={"equipment": "", "posture": "kneeling", "rom": {}})
    other = graph.model_copy(update={"actions": {"A01": bare}})
    assert EquipmentRecognition().text(other, "A01") == ""
    assert PostureRecognition().text(other, "A01") == "Kneeling"


def test_only_the_right_muscle_is_worked(question_set: QuestionSet, graph: Graph) -> None:
    for q in of_type(question_set, "primary_muscle"):
        node = graph.actions[q.action]
        primary = {sentence_case(graph.muscles[m].name) for m in node.primary_muscles}
        others = {o.text for o in q.options} - {answer_text(q)}
        assert answer_text(q) in primary
        assert not others & {
            sentence_case(graph.muscles[m].name) for m in (*node.primary_muscles, *node.secondary_muscles)
        }


def test_any_of_the_muscles_could_be_right(large_set: QuestionSet, graph: Graph, corpus: Corpus) -> None:
    works = {
        a: {sentence_case(graph.muscles[m].name) for m in (*node.primary_muscles, *node.secondary_muscles)}
        for a, node in graph.actions.items()
    }
    primary = {
        a: {sentence_case(graph.muscles[m].name) for m in node.primary_muscles} for a, node in graph.actions.items()
    }
    questions = of_type(large_set, "primary_muscle")
    for q in questions:
        options = {o.text for o in q.options}
        assert len(options) == 4
        assert all(any(o in primary[a] and works[a] & options == {o} for a in works) for o in options)
    assert {q.action for q in questions} == set(graph.actions)


@pytest.mark.parametrize("name", TYPES)
def test_the_options_say_nothing(large_set: QuestionSet, name: str) -> None:
    assert not beats_chance(of_type(large_set, name))


def test_a_muscle_that_helps_leaves_the_oracle_undecided(
    question_set: QuestionSet, graph: Graph, recordings: RecordingSet
) -> None:
    def offered(q: Question, muscle: str) -> Question:
        wrong = next(o for o in q.options if o.kind != "answer")
        text = sentence_case(graph.muscles[muscle].name)
        options = [o.model_copy(update={"text": text}) if o == wrong else o for o in q.options]
        return q.model_copy(update={"options": tuple(options)})

    eye, kind = Eye(graph, recordings), PrimaryMuscle()
    q = of_type(question_set, "primary_muscle")[0]
    assert kind.solve(q, eye) == q.answer
    assert kind.solve(offered(q, graph.actions[q.action].secondary_muscles[0]), eye) is None
