"""A run folder judged in parts, by several processes: each part is read, judged and forgotten.

First both files are looked through for what each line is about and where it stands. Then the questions, ordered by
id, are dealt out in parts, whose lines are read again, in full. So the memory that a run needs is that of its ids, of
the parts under way, and of its `flexqa.scoring.table.Table`. Of several faults the one that is told is not always
the first.
"""

import os
from array import array
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO, NamedTuple

import msgspec
import numpy as np
from numpy.typing import NDArray

from flexqa.errors import RunError
from flexqa.files import placed_lines
from flexqa.processes import in_processes
from flexqa.question import WITHHELD, Question
from flexqa.record import Prediction
from flexqa.scoring.aggregate import answered_twice, not_in_set
from flexqa.scoring.judgements import NONE, Judgements
from flexqa.scoring.table import Table, TableBuilder
from flexqa.scoring.verdict import judge, judge_reply, unanswered
from flexqa.stand_ins import prediction_from, question_from
from flexqa.store import PREDICTIONS, QUESTIONS, no_prediction, no_question

PART = 10_000
"""questions"""
WORTH_A_PROCESS = 20_000
"""questions; fewer are judged before another process has started"""

Places = NDArray[np.int64]
"""Where lines stand: offset and length in bytes, shape (lines, 2); a length of 0 is no line."""


class Part(NamedTuple):
    """Some questions judged, ordered by id."""

    table: Table
    verdicts: str
    """their lines of verdicts.jsonl"""


@dataclass(frozen=True, slots=True)
class RunLines:
    """Where the lines of a run stand, ordered by the ids of the questions."""

    folder: Path
    n_questions: int
    """lines of questions.jsonl"""
    withheld: bool
    """whether the answer to a question is not given out"""
    questions: Places
    predictions: Places
    """of each question, the line that counts"""
    fault: RunError | None
    """the first prediction that is of no question, or of one that was answered before"""
    answers: Path | None = None
    """the full question set in which `questions` are, where the run's own have no answers"""


class _Asked(msgspec.Struct):
    id: str
    answer: str | float | list[str]


class _Answered(msgspec.Struct):
    question_id: str


_ASKED, _ANSWERED = msgspec.json.Decoder(_Asked), msgspec.json.Decoder(_Answered)


def find_lines(folder: Path) -> RunLines:
    """Look through the questions and the predictions of a run.

    Raises:
        RunError: a file is missing, or a line does not say what it is about.
    """
    rows: dict[str, int] = {}
    asked, n_questions, withheld = array("q"), 0, False
    with _opened(folder / QUESTIONS) as f:
        for offset, line in placed_lines(f):
            try:
                seen: _Asked | Question = _ASKED.decode(line)
            except (msgspec.MsgspecError, UnicodeError):
                seen = _question(f, offset, len(line))
            n_questions += 1
            withheld = withheld or seen.answer == WITHHELD
            if seen.id in rows:
                _question(f, offset, len(line))
            else:
                rows[seen.id] = len(rows)
                asked.extend((offset, len(line)))
    with _opened(_predictions_of(folder)) as f:
        answered, fault = _find_predictions(f, rows)
    order = np.array([rows[name] for name in sorted(rows)], dtype=np.intp)
    questions, predictions = (np.array(a, dtype=np.int64).reshape(-1, 2)[order] for a in (asked, answered))
    return RunLines(folder, n_questions, withheld, questions, predictions, fault)


def _find_predictions(f: IO[bytes], rows: dict[str, int]) -> tuple["array[int]", RunError | None]:
    """The places of the predictions that count, in the order of the questions, and `RunLines.fault`."""
    places, fault = array("q", bytes(16 * len(rows))), None
    for offset, line in placed_lines(f):
        try:
            name = _ANSWERED.decode(line).question_id
        except (msgspec.MsgspecError, UnicodeError):
            name = _prediction(f, offset, len(line)).question_id
        at = 2 * rows.get(name, -1)
        if at < 0:
            fault = fault or not_in_set(_prediction(f, offset, len(line)), len(rows))
        elif places[at + 1] and _prediction(f, places[at], places[at + 1]).reply:
            fault = fault or answered_twice(_prediction(f, offset, len(line)))
        else:
            places[at], places[at + 1] = offset, len(line)
    return places, fault


def questions_of(lines: RunLines) -> Iterator[Question]:
    """The questions of a run, ordered by id.

    Raises:
        RunError: a line is no question.
    """
    with _opened(lines.answers or lines.folder / QUESTIONS) as f:
        for place in lines.questions.tolist():
            yield _question(f, *place)


def judge_parts(
    lines: RunLines, part: int = PART, workers: int | None = None, judgements: Judgements = NONE
) -> Iterator[Part]:
    """Read and judge the questions of a run.

    Args:
        lines: where they stand.
        part: questions of a part.
        workers: processes; null is as many as there are processors and the run is worth.
        judgements: what encoders and judge models read from the free answers.

    Raises:
        RunError: a line is no question or no prediction, hashes do not fit, or the run has a fault.
    """
    count = len(lines.questions)
    starts = range(0, max(count, 1), part)
    tasks = ((lines.questions[i : i + part], lines.predictions[i : i + part]) for i in starts)
    workers = workers or max(1, min(os.cpu_count() or 1, count // WORTH_A_PROCESS))
    yield from in_processes(JudgePart(lines.folder, judgements, lines.answers), tasks, workers)
    if lines.fault:
        raise lines.fault


@dataclass(frozen=True)
class JudgePart:
    """What a process does with a run: takes the places of questions and of their predictions."""

    folder: Path
    judgements: Judgements = NONE
    answers: Path | None = None

    def __call__(self, places: tuple[Places, Places]) -> Part:
        """Judge these questions."""
        builder, verdicts = TableBuilder(), []
        # Under another id it was asked without its answer; which belongs to which is settled then.
        judged = judge_reply if self.answers else judge
        with (
            _opened(self.answers or self.folder / QUESTIONS) as asked,
            _opened(_predictions_of(self.folder)) as answered,
        ):
            for of_question, of_prediction in zip(*(p.tolist() for p in places), strict=True):
                question = _question(asked, *of_question)
                answer = _prediction(answered, *of_prediction) if of_prediction[1] else None
                verdict = (
                    judged(question, answer, self.judgements) if answer else unanswered(question, self.judgements)
                )
                builder.add(question, verdict)
                verdicts.append(verdict.model_dump_json() + "\n")
        return Part(builder.build(), "".join(verdicts))


def _predictions_of(folder: Path) -> Path:
    """predictions.jsonl, or an empty file where nothing was predicted yet."""
    path = folder / PREDICTIONS
    return path if path.exists() else Path(os.devnull)


def _opened(path: Path) -> IO[bytes]:
    try:
        return path.open("rb")
    except OSError as e:
        raise RunError(f"{path}: cannot be read ({e.strerror})") from e


def _question(f: IO[bytes], offset: int, length: int) -> Question:
    try:
        return question_from(os.pread(f.fileno(), length, offset))
    except ValueError as e:
        raise no_question(Path(f.name), _number(f, offset), e) from e


def _prediction(f: IO[bytes], offset: int, length: int) -> Prediction:
    try:
        return prediction_from(os.pread(f.fileno(), length, offset))
    except ValueError as e:
        raise no_prediction(Path(f.name), _number(f, offset), e) from e


def _number(f: IO[bytes], offset: int) -> int:
    """The number of the line that begins here."""
    f.seek(0)
    return 1 + sum(1 for at, _ in placed_lines(f) if at < offset)
