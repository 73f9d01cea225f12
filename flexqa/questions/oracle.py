"""Whether a question can be answered from its evidence alone, and is answered as the annotation has it.

Each question is put to its type's `solve`. What the evidence contradicts or leaves open is not asked: a model that
sees everything could not know. What cannot be looked at, for want of a pose file or of criteria in the graph, is
another matter, and the user's choice.
"""

from enum import StrEnum

from flexqa.errors import RecordingError
from flexqa.question import Answer, Question
from flexqa.questions.base import QuestionType
from flexqa.questions.eye import Eye
from flexqa.questions.registry import question_type


class Finding(StrEnum):
    """What the oracle says of a question."""

    AGREES = "agrees"
    CONTRADICTS = "contradicts"
    """the evidence gives another answer"""
    UNDECIDED = "undecided"
    """the evidence is too close to a boundary"""
    UNCHECKED = "unchecked"
    """what it would have to look at is not there"""


def check(kind: QuestionType, question: Question, eye: Eye) -> Finding:
    """Put a question to the oracle."""
    try:
        answer = kind.solve(question, eye)
    except RecordingError:
        return Finding.UNCHECKED
    if answer is None:
        return Finding.UNDECIDED
    return Finding.AGREES if agrees(question, answer) else Finding.CONTRADICTS


def solve(question: Question, eye: Eye) -> Answer | None:
    """The oracle's answer; null when the evidence is too close to tell.

    Raises:
        QuestionError: the question is of an unknown type.
        RecordingError: what it would have to look at is not there.
    """
    return question_type(question.type).solve(question, eye)


def agrees(question: Question, answer: Answer) -> bool:
    """Whether two answers are the same; numbers within the tolerance of the question."""
    if isinstance(question.answer, float) and isinstance(answer, float) and question.tolerance is not None:
        return abs(question.answer - answer) <= question.tolerance
    return question.answer == answer
