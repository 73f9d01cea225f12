"""Right, wrong, and what was not answered."""

import pytest

from flexqa.errors import RunError
from flexqa.question import AnswerFormat
from flexqa.record import Status
from flexqa.scoring.verdict import judge, unanswered
from tests.scoring.runs import failure_of, question, reply_to


@pytest.mark.parametrize(
    ("form", "reply", "score", "status"),
    [
        (AnswerFormat.CHOICE, "B", 1, "ok"),
        (AnswerFormat.CHOICE, "The answer is A.", 0, "ok"),
        (AnswerFormat.CHOICE, "A or B", 0, "unparsable"),
        (AnswerFormat.CHOICE, "", 0, "unparsable"),
        (AnswerFormat.CHOICE, "I'm sorry, I cannot help with that.", 0, "refused"),
        (AnswerFormat.CHOICES, "C, B", 1, "ok"),
        (AnswerFormat.CHOICES, "B", 0, "ok"),
        (AnswerFormat.CHOICES, "A, B, C", 0, "ok"),
        (AnswerFormat.YES_NO, "Yes, they do.", 1, "ok"),
        (AnswerFormat.YES_NO, "no", 0, "ok"),
        (AnswerFormat.NUMBER, "85", 1, "ok"),
        (AnswerFormat.NUMBER, "7.5/10", 1, "ok"),
        (AnswerFormat.NUMBER, "85.1", 0, "ok"),
        (AnswerFormat.NUMBER, "80-90", 0, "unparsable"),
        (AnswerFormat.TEXT, "keep the back flat", 1, "ok"),
        (AnswerFormat.TEXT, "Bend the knees.", 0, "ok"),
    ],
)
def test_a_reply_is_judged(form: AnswerFormat, reply: str, score: float, status: str) -> None:
    q = question(1, form)
    v = judge(q, reply_to(q, reply))
    assert (v.score, v.correct, v.status) == (score, bool(score), status)
    assert v.parse_ok == (v.extracted is not None) == (status == "ok")


def test_the_error_of_a_number_is_kept() -> None:
    q = question(1, AnswerFormat.NUMBER)
    assert judge(q, reply_to(q, "72.5")).abs_error == 7.5
    assert judge(q, reply_to(q, "eighty to ninety")).abs_error is None


@pytest.mark.parametrize(
    ("status", "reply", "score", "parse_ok"),
    [
        ("truncated", "B. Deadlift, because the hips", 1, True),
        ("truncated", "The lifter performs a deadlift and", 0, False),
        ("truncated", "<think>B", 0, False),
        ("refused", "B", 0, False),
    ],
)
def test_a_reply_that_was_cut_or_refused(status: Status, reply: str, score: float, parse_ok: bool) -> None:
    q = question(1)
    v = judge(q, reply_to(q, reply, status))
    assert (v.status, v.score, v.parse_ok) == (status, score, parse_ok)


def test_what_has_no_reply_scores_nothing_and_is_no_answer() -> None:
    q = question(1)
    for v, status in ((judge(q, failure_of(q)), "error"), (unanswered(q), "missing")):
        assert (v.extracted, v.score, v.status, v.reading) == (None, 0, status, "no_reply")


def test_a_prediction_for_another_version_of_the_question_is_refused() -> None:
    q = question(1)
    with pytest.raises(RunError, match=r"hash.*score the run against the questions"):
        judge(question(2), reply_to(q, "B"))
