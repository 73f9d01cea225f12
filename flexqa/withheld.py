"""Answers that are not given out: a question set without them, and runs on it scored by who has them.

A question without its answer is another question with an id of its own: the id of the full one is a hash over the
answer, too, and would tell it. Which full question it stands for follows from the full set alone, so who has that set
can put the answers back, and nobody else can.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from flexqa.errors import QuestionError, RunError
from flexqa.question import WITHHELD, AnswerFormat, Option, Question
from flexqa.questions.question_file import QuestionFile
from flexqa.questions.question_set import (
    Provenance,
    QuestionSet,
    QuestionSetManifest,
    place,
    question_line,
    read_question_set,
    write_question_set,
)
from flexqa.record import RunManifest
from flexqa.store import StoredRun

_CHANCE_TELLS_NOTHING = (AnswerFormat.CHOICE, AnswerFormat.YES_NO)


def withhold_set(
    path: Path, out: Path, splits: Sequence[str] = ("test",), recordings_sha256: str | None = None
) -> QuestionSetManifest:
    """Write a question set whose questions of some splits have no answers.

    Args:
        path: the full set.
        out: the file to write; its manifest comes beside it.
        splits: whose answers are withheld; the others stay as they are.
        recordings_sha256: fingerprint of the recordings as they are given out, which may lack annotations; null is
            that of the full set.

    Raises:
        QuestionError: the set cannot be read, has no question of these splits, or has two that differ in their
            answers alone.
    """
    full = read_question_set(path)
    given_out = withhold(full.questions, splits)
    if not any(q.withheld for q in given_out.values()):
        raise QuestionError(f"{path}: has no questions of split {', '.join(splits)}; choose another --split")
    known = {name: getattr(full.manifest, name) for name in ("generator_version", "seed", "graph_sha256", "left_out")}
    provenance = Provenance(**known, recordings_sha256=recordings_sha256 or full.manifest.recordings_sha256)
    lines = (question_line(q) for q in sorted(given_out.values(), key=place))
    return write_question_set(out, lines, provenance)


def withhold(questions: Iterable[Question], splits: Iterable[str]) -> dict[str, Question]:
    """Id of the full question -> the question as it is given out.

    Raises:
        QuestionError: two questions differ in what is withheld alone.
    """
    by_id, chosen = {q.id: q for q in questions}, set(splits)
    found: dict[str, Question] = {}
    for q in by_id.values():
        _give_out(q, by_id, chosen, found)
    twins: dict[str, str] = {}
    for full_id, q in found.items():
        if (twin := twins.setdefault(q.id, full_id)) != full_id:
            raise QuestionError(
                f"{twin} and {full_id} ask the same and differ in their answers alone; leave one of them out"
            )
    return found


def restore(stored: StoredRun, full: QuestionSet) -> StoredRun:
    """A run with the answers put back: its predictions answer the full questions.

    Raises:
        RunError: a question is not of this set.
    """
    splits = {q.split for q in stored.questions if q.withheld}
    back = {given.id: full[full_id] for full_id, given in withhold(full.questions, splits).items()}
    for q in stored.questions:
        if q.id not in back:
            raise of_another_set(stored.folder, q.id)
    return StoredRun(
        stored.folder,
        restored(stored.manifest, full.manifest),
        tuple(back[q.id] for q in stored.questions),
        tuple(
            p.model_copy(
                update={"question_id": back[p.question_id].id, "question_hash": back[p.question_id].content_hash}
            )
            if p.question_id in back
            else p
            for p in stored.predictions
        ),
        stored.judgements,
    )


class Place(NamedTuple):
    """Where a question stands in its set."""

    question_id: str
    offset: int
    length: int
    """bytes of the line, without its end"""


def given_out(full: QuestionFile, splits: Iterable[str]) -> Iterator[tuple[Place, Question]]:
    """Each question of a set as it is given out, beside the place and the id of the full one.

    The set is gone through clip by clip: the turns of a conversation, whose ids depend on each other, show the same.

    Raises:
        QuestionError: see `withhold`.
    """
    chosen = tuple(splits)
    with full.path.open("rb") as f:
        for offsets in full.select("all", None).offsets.values():
            questions, places = [], {}
            for offset in offsets:
                f.seek(offset)
                line = f.readline()
                question = Question.from_json(line)
                questions.append(question)
                places[question.id] = Place(question.id, offset, len(line.removesuffix(b"\n")))
            yield from ((places[full_id], given) for full_id, given in withhold(questions, chosen).items())


def withheld_from(folder: Path) -> RunError:
    """What to say where the answers are needed and not given."""
    return RunError(
        f"{folder}: the answers of its questions are withheld; send this folder to the keeper of the answers, who "
        f"scores it: flexqa score {folder} --answers FULL.jsonl"
    )


def of_another_set(folder: Path, question_id: str) -> RunError:
    """What to say where the answers are those of another set."""
    return RunError(
        f"{folder}: {question_id} is not of the question set with the answers; give the set that its questions were "
        "withheld from"
    )


def restored(manifest: RunManifest, full: QuestionSetManifest) -> RunManifest:
    """The manifest of a run with the answers put back: it names the full question set."""
    spec = manifest.spec
    asked = spec.questions.model_copy(update={"sha256": full.sha256, "recordings_sha256": full.recordings_sha256})
    return manifest.model_copy(update={"spec": spec.model_copy(update={"questions": asked})})


def with_answers(stored: StoredRun, answers: Path | None) -> StoredRun:
    """A run as it can be scored.

    Args:
        stored: the run.
        answers: the full question set; needed where answers are withheld.

    Raises:
        RunError: answers are withheld, and the set is not given or is another.
    """
    if not any(q.withheld for q in stored.questions):
        return stored
    if answers is None:
        raise withheld_from(stored.folder)
    return restore(stored, read_question_set(answers))


def sealed(q: Question) -> Question:
    """A question under its own id, without what tells its answer: enough to ask it in another process."""
    given = q.model_copy(update=_without_answer(q))
    given.__dict__["id"] = q.id  # else it would be that of what is left
    return given


def _without_answer(q: Question) -> dict[str, Any]:
    """The fields that tell the answer, or from which it could be learnt, with nothing in them."""
    return {
        "options": tuple(Option(text=o.text, kind=WITHHELD, media=o.media) for o in q.options),
        "answer": WITHHELD,
        "reference": "",
        "points": (),
        "tolerance": None,
        "graph_path": (),
        "action": WITHHELD,
        "subject": WITHHELD,
    }


def _give_out(q: Question, by_id: Mapping[str, Question], splits: set[str], found: dict[str, Question]) -> Question:
    if q.id in found:
        return found[q.id]
    before = by_id.get(q.follows) if q.follows else None
    follows = _give_out(before, by_id, splits, found).id if before else q.follows
    if q.split not in splits:
        found[q.id] = q if follows == q.follows else q.model_copy(update={"follows": follows})
        return found[q.id]
    found[q.id] = Question(
        type=q.type,
        level=q.level,
        modalities=q.modalities,
        media=q.media,
        prompt=q.prompt,
        wording=q.wording,
        answer_format=q.answer_format,
        chance=q.chance if q.answer_format in _CHANCE_TELLS_NOTHING else 0.0,
        groups={kind: group for kind, group in q.groups.items() if kind == "dialogue"},
        follows=follows,
        split=q.split,
        **_without_answer(q),
    )
    return found[q.id]
