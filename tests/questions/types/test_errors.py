"""Questions of which errors are made: as annotated, balanced, and linked."""

from collections import Counter, defaultdict

from flexqa.graph.model import Graph
from flexqa.prompts import render_question
from flexqa.questions.context import Context
from flexqa.questions.corpus import Annotated
from flexqa.questions.question_set import QuestionSet
from flexqa.questions.visibility import error_text
from tests.questions.sets import of_type


def test_errors_are_present_as_annotated(
    question_set: QuestionSet, graph: Graph, contexts: dict[str, Context], by_id: dict[str, Annotated]
) -> None:
    texts = {error_text(graph, e): e for e in graph.errors}
    for q in of_type(question_set, "error_present"):
        a, error = by_id[q.media[0].recording], texts[q.prompt["error"]]
        made = (q.answer == "yes") == (q.prompt["claim"] == "affirmed")
        assert made == (error in a.errors)
        assert made or contexts[q.action].lacks(a, error)
        assert q.media[0].view in graph.errors[error].observable.video_views


def test_errors_are_balanced_and_linked(question_set: QuestionSet) -> None:
    answers: defaultdict[object, Counter[str]] = defaultdict(Counter)
    linked = defaultdict(list)
    for q in of_type(question_set, "error_present"):
        answers[q.action, q.prompt["error"], q.split, q.prompt["claim"]][str(q.answer)] += 1
        for kind in ("affirmed_negated", "minimal_pair"):
            linked[kind, q.groups[kind]].append(q)
    assert all(count["yes"] == count["no"] for count in answers.values())
    for (kind, _), pair in linked.items():
        assert {str(q.answer) for q in pair} == {"yes", "no"}
        assert len(pair) == 2
        same_clip = pair[0].media == pair[1].media
        assert same_clip == (kind == "affirmed_negated")
        assert (render_question(pair[0]) == render_question(pair[1])) == (kind == "minimal_pair")


def test_exactly_one_error_is_made(
    question_set: QuestionSet, graph: Graph, contexts: dict[str, Context], by_id: dict[str, Annotated]
) -> None:
    texts = {error_text(graph, e): e for e in graph.errors}
    for q in of_type(question_set, "error_identification"):
        a = by_id[q.media[0].recording]
        made = [o for o in q.options if texts[o.text] in a.errors]
        assert [o.kind for o in made] == ["answer"]
        assert all(contexts[q.action].lacks(a, texts[o.text]) for o in q.options if o.kind != "answer")
        assert all(q.media[0].view in graph.errors[texts[o.text]].observable.video_views for o in q.options)
