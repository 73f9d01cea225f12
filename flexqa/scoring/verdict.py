"""Right or wrong: one verdict for every question, whatever happened to it.

A verdict is derived from the raw reply and can be made again at any time. What was not answered scores 0 and stays
in the denominator; its status says why. Replies under `decode = "choice"` go through the same reader as all others.
"""

from typing import Literal

from flexqa.errors import RunError
from flexqa.question import Answer, AnswerFormat, Frozen, Question
from flexqa.record import Prediction
from flexqa.scoring.extract import UNCOMMITTED, Extraction, extract
from flexqa.scoring.points import score_of

VerdictStatus = Literal["ok", "unparsable", "refused", "truncated", "timeout", "error", "missing"]


class Verdict(Frozen):
    """One line of verdicts.jsonl."""

    question_id: str
    question_hash: str
    extracted: Answer | None
    """what was read from the reply; null when nothing was"""
    method: str
    """the rule that read it, see `flexqa.scoring.extract.Extraction`"""
    reading: str
    """what the reader says, see `Extraction.status`; `no_reply` where there is nothing to read"""
    parse_ok: bool
    score: float
    """0-1"""
    correct: bool
    status: VerdictStatus
    """`ok`: answered, right or wrong; `unparsable`: a complete reply that cannot be read; `refused`; `truncated`: cut
    off, and scored only if the answer was committed before; `timeout`, `error`: no reply; `missing`: no prediction"""
    abs_error: float | None = None
    """distance to the answer in points, for numbers that were read"""


def judge(question: Question, prediction: Prediction) -> Verdict:
    """Score one prediction.

    Raises:
        RunError: the prediction answers another question, or another version of it.
    """
    if prediction.question_hash != question.content_hash:
        raise RunError(
            f"prediction for {prediction.question_id}: its question hash {prediction.question_hash} is not that of "
            f"{question.id} ({question.content_hash}); score the run against the questions that it was made with"
        )
    if prediction.reply is None:
        return _verdict(question, None, prediction.status)
    found = extract(prediction.reply.text, question.answer_format, [o.text for o in question.options])
    refused = prediction.status == "refused" or found.status == "refusal"
    if refused:
        return _verdict(question, found, "refused")
    if prediction.status == "truncated":
        # A rule that weighs the whole reply cannot read half of one.
        return _verdict(question, None if found.method in UNCOMMITTED else found, "truncated")
    return _verdict(question, found, "ok" if found.status == "ok" else "unparsable")


def unanswered(question: Question) -> Verdict:
    """The verdict on a question that has no prediction."""
    return _verdict(question, None, "missing")


def _verdict(question: Question, found: Extraction | None, status: VerdictStatus) -> Verdict:
    answered = found is not None and found.status == "ok" and status in ("ok", "truncated")
    answer = found.answer if found and answered else None
    error = None
    if isinstance(answer, float) and isinstance(question.answer, float):
        error = abs(answer - question.answer)
    score = _score(question, answer, error) if answer is not None else 0.0
    return Verdict(
        question_id=question.id,
        question_hash=question.content_hash,
        extracted=answer,
        method=found.method if found and answered else "none",
        reading=found.status if found else "no_reply",
        parse_ok=answered,
        score=round(score, 6),
        correct=score >= 1,
        status=status,
        abs_error=error,
    )


def _score(question: Question, answer: Answer, error: float | None) -> float:
    """Exact match of letters and sets; numbers within the tolerance of the question; texts by their points."""
    if question.answer_format is AnswerFormat.NUMBER:
        # Tolerances are whole points; the guard keeps 0.1 + 0.2 from deciding.
        return float(error is not None and question.tolerance is not None and error <= question.tolerance + 1e-9)
    if question.answer_format is AnswerFormat.TEXT:
        return score_of(question.points, str(answer))
    return float(answer == question.answer)
