"""What may be answered to a question, in words, and which of it is right."""

from flexqa.question import AnswerFormat, Question


def cases(question: Question) -> tuple[tuple[str, bool], ...]:
    """(answer in words, whether it is right): yes and no, or the options; none for numbers and texts."""
    if question.answer_format is AnswerFormat.YES_NO:
        return tuple((answer, question.answer == answer) for answer in ("yes", "no"))
    return tuple((o.text, o.kind == "answer") for o in question.options)
