"""Every choice question in each order of its options, so that a model's taste for a letter shows.

A question with k options is asked k times, its options moved on by one place each time. Its versions are a group
of kind `circular`: scores.json tells how often all of them are right, as MMBench does (CircularEval, Liu et al.,
arXiv 2307.06281), and how often all are right or all wrong.
"""

from collections.abc import Iterator
from pathlib import Path

from flexqa.errors import QuestionError
from flexqa.question import LETTERS, AnswerFormat, Question, canonical_hash
from flexqa.questions.question_set import (
    Provenance,
    QuestionSetManifest,
    place,
    question_line,
    read_question_set,
    write_question_set,
)

CIRCULAR = "circular"
"""the kind of group"""


def rotate_set(path: Path, out: Path) -> QuestionSetManifest:
    """Write the choice questions of a set in every rotation.

    Args:
        path: the set.
        out: the file to write; its manifest comes beside it.

    Raises:
        QuestionError: the set cannot be read, has no choice question, or has one whose answer is withheld.
    """
    source = read_question_set(path)
    chosen = [q for q in source.questions if q.answer_format is AnswerFormat.CHOICE]
    if not chosen:
        raise QuestionError(f"{path}: has no choice question, so there are no options to rotate")
    if withheld := [q.id for q in chosen if q.withheld]:
        raise QuestionError(
            f"{path}: the answers of {len(withheld)} questions are withheld, first {withheld[0]}; "
            "rotate the full set, then withhold: flexqa questions withhold"
        )
    rotated = sorted((r for q in chosen for r in rotations(q)), key=place)
    provenance = Provenance(**{name: getattr(source.manifest, name) for name in Provenance.model_fields})
    return write_question_set(out, map(question_line, rotated), provenance)


def rotations(question: Question) -> Iterator[Question]:
    """A choice question in each rotation of its options, the first as it is; their one group is `circular`.

    Its other groups are left out: their questions are asked once, and these several times.
    """
    n, answer, group = len(question.options), LETTERS.index(str(question.answer)), _name(question)
    for shift in range(n):
        options = (*question.options[shift:], *question.options[:shift])
        changed = {"options": options, "answer": LETTERS[(answer - shift) % n], "groups": {CIRCULAR: group}}
        yield question.model_copy(update=changed)


def _name(question: Question) -> str:
    """Of the group: a hash of what is asked, which unlike the question's id says nothing of the answer."""
    shown = question.model_dump(mode="json", include={"type", "media", "prompt", "wording"})
    options = sorted(o.model_dump_json(exclude={"kind"}) for o in question.options)
    return canonical_hash([shown, options])[:16]
