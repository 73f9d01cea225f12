"""Where the lines of a run stand: both its files looked through, a stretch at a time, by several processes.

Of a line no more is read here than what it is about. So the memory that a run needs is that of its ids.
"""

import os
from array import array
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import IO, NamedTuple

import msgspec
import numpy as np
from numpy.typing import NDArray

from flexqa.errors import RunError
from flexqa.files import placed_lines
from flexqa.processes import in_processes, workers_for
from flexqa.question import WITHHELD, Question
from flexqa.record import Prediction
from flexqa.scoring.aggregate import answered_twice, not_in_set
from flexqa.stand_ins import prediction_from, question_from
from flexqa.store import PREDICTIONS, QUESTIONS, no_prediction, no_question

STRETCH = 1 << 24
"""bytes that are looked through at once"""
WORTH_A_PROCESS = 1 << 27
"""bytes; fewer are looked through before another process has started"""

Places = NDArray[np.int64]
"""Where lines stand: offset and length in bytes, shape (lines, 2); a length of 0 is no line."""


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


class Stretch(NamedTuple):
    """A stretch of a file: the lines that begin in it."""

    path: Path
    begin: int
    end: int
    """the byte behind it"""


class Seen(NamedTuple):
    """The lines that begin in a stretch of a file."""

    ids: list[str]
    """of the questions that they are about"""
    places: "array[int]"
    """offset and length of each line, one behind the other"""
    withheld: bool = False

    def lines(self) -> Iterator[tuple[str, int, int]]:
        """Id, offset and length of each line."""
        return zip(self.ids, self.places[::2], self.places[1::2], strict=True)


class _Asked(msgspec.Struct):
    id: str
    answer: str | float | list[str]


class _Answered(msgspec.Struct):
    question_id: str


_ASKED, _ANSWERED = msgspec.json.Decoder(_Asked), msgspec.json.Decoder(_Answered)


def find_lines(folder: Path, stretch: int = STRETCH, workers: int | None = None) -> RunLines:
    """Look through the questions and the predictions of a run.

    Args:
        folder: the run folder.
        stretch: bytes of a file that are looked through at once.
        workers: processes; null is as many as there are processors and the run is worth.

    Raises:
        RunError: a file is missing, or a line does not say what it is about.
    """
    with opened(folder / QUESTIONS) as questions, opened(predictions_of(folder)) as predictions:
        asked, answered = ([*_stretches(f, stretch)] for f in (questions, predictions))
        workers = workers or workers_for((len(asked) + len(answered)) * stretch, WORTH_A_PROCESS)
        all_seen = in_processes(look_through, [*asked, *answered], workers)
        rows, withheld, n_questions = dict[str, int](), False, 0
        places = array("q")
        for seen in islice(all_seen, len(asked)):
            n_questions, withheld = n_questions + len(seen.ids), withheld or seen.withheld
            for name, offset, length in seen.lines():
                if name in rows:
                    question_at(questions, offset, length)
                else:
                    rows[name] = len(rows)
                    places.extend((offset, length))
        found, fault = _predictions_that_count(all_seen, rows, predictions)
    order = np.array([rows[name] for name in sorted(rows)], dtype=np.intp)
    of_questions, of_predictions = (np.array(a, dtype=np.int64).reshape(-1, 2)[order] for a in (places, found))
    return RunLines(folder, n_questions, withheld, of_questions, of_predictions, fault)


def _predictions_that_count(
    stretches: Iterator[Seen], rows: dict[str, int], f: IO[bytes]
) -> tuple["array[int]", RunError | None]:
    """The places of the predictions that count, in the order of the questions, and `RunLines.fault`."""
    places, fault = array("q", bytes(16 * len(rows))), None
    for seen in stretches:
        for name, offset, length in seen.lines():
            at = 2 * rows.get(name, -1)
            if at < 0:
                fault = fault or not_in_set(prediction_at(f, offset, length), len(rows))
            elif places[at + 1] and prediction_at(f, places[at], places[at + 1]).reply:
                fault = fault or answered_twice(prediction_at(f, offset, length))
            else:
                places[at], places[at + 1] = offset, length
    return places, fault


def _stretches(f: IO[bytes], size: int) -> Iterator[Stretch]:
    for begin in range(0, os.fstat(f.fileno()).st_size, size):
        yield Stretch(Path(f.name), begin, begin + size)


def look_through(stretch: Stretch) -> Seen:
    """What the lines of a stretch of questions.jsonl or predictions.jsonl are about."""
    seen, about = Seen([], array("q")), _question_of if stretch.path.name == QUESTIONS else _prediction_of
    with opened(stretch.path) as f:
        for offset, line in placed_lines(f, stretch.begin, stretch.end):
            name, withheld = about(f, offset, line)
            seen.ids.append(name)
            seen.places.extend((offset, len(line)))
            if withheld:
                seen = seen._replace(withheld=True)
    return seen


def _question_of(f: IO[bytes], offset: int, line: bytes) -> tuple[str, bool]:
    """Its id, and whether its answer is withheld."""
    try:
        asked: _Asked | Question = _ASKED.decode(line)
    except (msgspec.MsgspecError, UnicodeError):
        asked = question_at(f, offset, len(line))
    return asked.id, asked.answer == WITHHELD


def _prediction_of(f: IO[bytes], offset: int, line: bytes) -> tuple[str, bool]:
    """The question that it is about."""
    try:
        return _ANSWERED.decode(line).question_id, False
    except (msgspec.MsgspecError, UnicodeError):
        return prediction_at(f, offset, len(line)).question_id, False


def questions_of(lines: RunLines) -> Iterator[Question]:
    """The questions of a run, ordered by id.

    Raises:
        RunError: a line is no question.
    """
    with opened(lines.answers or lines.folder / QUESTIONS) as f:
        for place in lines.questions.tolist():
            yield question_at(f, *place)


def predictions_of(folder: Path) -> Path:
    """predictions.jsonl, or an empty file where nothing was predicted yet."""
    path = folder / PREDICTIONS
    return path if path.exists() else Path(os.devnull)


def opened(path: Path) -> IO[bytes]:
    """A file of a run, to be read.

    Raises:
        RunError: it cannot be read.
    """
    try:
        return path.open("rb")
    except OSError as e:
        raise RunError(f"{path}: cannot be read ({e.strerror})") from e


def question_at(f: IO[bytes], offset: int, length: int) -> Question:
    """The question that stands in a line.

    Raises:
        RunError: it is none.
    """
    try:
        return question_from(os.pread(f.fileno(), length, offset))
    except ValueError as e:
        raise no_question(Path(f.name), _number(f, offset), e) from e


def prediction_at(f: IO[bytes], offset: int, length: int) -> Prediction:
    """The prediction that stands in a line.

    Raises:
        RunError: it is none.
    """
    try:
        return prediction_from(os.pread(f.fileno(), length, offset))
    except ValueError as e:
        raise no_prediction(Path(f.name), _number(f, offset), e) from e


def _number(f: IO[bytes], offset: int) -> int:
    """The number of the line that begins here."""
    return 1 + sum(1 for at, _ in placed_lines(f) if at < offset)
