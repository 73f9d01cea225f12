"""Which nodes of the graph a free answer is measured by, and what it says of them."""

import pytest

from flexqa.graph.model import Graph
from flexqa.mini import folder
from flexqa.question import AnswerFormat, Question
from flexqa.questions.question_set import read_question_set
from flexqa.scoring.nodes import lexical, nodes_of
from flexqa.scoring.verdict import judge, unanswered
from tests.scoring.runs import question, reply_to

KINDS = {
    "dialogue_recognition": {"action"},
    "dialogue_standards": {"keystep"},
    "dialogue_evaluation": {"error", "correction"},
}


@pytest.fixture(scope="module")
def turns() -> list[Question]:
    """The free texts of the mini benchmark."""
    return [
        q for q in read_question_set(folder() / "questions.jsonl").questions if q.answer_format is AnswerFormat.TEXT
    ]


def test_each_turn_has_nodes_of_its_kinds(turns: list[Question]) -> None:
    assert {q.type for q in turns} == set(KINDS)
    for q in turns:
        assert {n.kind for n in nodes_of(q)} == KINDS[q.type]
    assert nodes_of(question(1)) == ()


def test_the_right_answer_states_all_that_is_true_and_nothing_else(turns: list[Question]) -> None:
    for q in turns:
        nodes = nodes_of(q)
        wanted = ["stated" if n.wanted else "unsaid" for n in nodes]
        assert lexical(nodes, str(q.answer)) == wanted, q.answer
        assert judge(q, reply_to(q, str(q.answer))).score == 1


def test_corrections_are_the_feedback_of_the_errors(turns: list[Question], graph: Graph) -> None:
    advice = {e.name: graph.feedback[e.feedback[0]] for e in graph.errors.values()}
    for q in (q for q in turns if q.type == "dialogue_evaluation"):
        corrections = {n.names[0]: n.wanted for n in nodes_of(q) if n.kind == "correction"}
        observed = [graph.errors[e].name for _, relation, e in q.graph_path if relation == "observed"]
        assert {a for a, wanted in corrections.items() if wanted} == {advice[name] for name in observed}
        assert sum(not wanted for wanted in corrections.values()) > 5


def test_a_verdict_lists_what_the_reply_says(turns: list[Question]) -> None:
    q = next(q for q in turns if q.type == "dialogue_evaluation")
    true, false = (next(n for n in nodes_of(q) if n.kind == "error" and n.wanted is w) for w in (True, False))
    text = f"{true.names[0]} is not seen. {false.names[0]}!"
    said = {n.name: n.said for n in judge(q, reply_to(q, text)).nodes}
    assert said[true.names[0]] == {"lexical": "denied"}
    assert said[false.names[0]] == {"lexical": "stated"}
    assert {s["lexical"] for s in (n.said for n in unanswered(q).nodes)} == {"unsaid"}
    assert judge(question(1), reply_to(question(1), "B")).nodes == ()
