"""Where the lines of a run stand: both its files looked through, a stretch at a time, by several processes.

Of a line no more is read here than what it is about. So the memory that a run needs is that of its ids.
"""

import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain, islice, repeat
from pathlib import Path
from typing import IO, Any, NamedTuple

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
"""bytes that are a task"""
BLOCK = 1 << 19
"""bytes that are held at once: as many as a processor's own cache holds"""
WORTH_A_PROCESS = 1 << 27
"""bytes; fewer are looked through before another process has started"""
GAP = 1 << 12
"""bytes between two lines that are read rather than stepped over"""

Places = NDArray[np.int64]
"""Where lines stand: offset and length in bytes, shape (lines, 2); a length of 0 is no line."""


@dataclass(frozen=True, slots=True)
class RunLines:
    """Where the lines of a run stand, in the order of questions.jsonl."""

    folder: Path
    n_questions: int
    """lines of questions.jsonl"""
    withheld: bool
    """whether the answer to a question is not given out"""
    questions: Places
    """of each question, its first line"""
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

    ids: Sequence[str]
    """of the questions that they are about"""
    places: Places
    withheld: bool


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
        stretch: bytes of a file that are one task.
        workers: processes; null is as many as there are processors and the run is worth.

    Raises:
        RunError: a file is missing, or a line does not say what it is about.
    """
    with opened(folder / QUESTIONS) as questions, opened(predictions_of(folder)) as predictions:
        asked, answered = ([*_stretches(f, stretch)] for f in (questions, predictions))
        workers = workers or workers_for((len(asked) + len(answered)) * stretch, WORTH_A_PROCESS)
        all_seen = in_processes(look_through, [*asked, *answered], workers)
        rows, withheld, n_questions = dict[str, int](), False, 0
        places: list[Places] = [_NOWHERE]
        for seen in islice(all_seen, len(asked)):
            n_questions, withheld = n_questions + len(seen.ids), withheld or seen.withheld
            places.append(_first_lines(seen, rows, questions))
        found, fault = _predictions_that_count(all_seen, rows, predictions)
    return RunLines(folder, n_questions, withheld, np.concatenate(places), found, fault)


_NOWHERE: Places = np.zeros((0, 2), dtype=np.int64)


def _first_lines(seen: Seen, rows: dict[str, int], f: IO[bytes]) -> Places:
    """Give rows to the questions that are seen for the first time; their places."""
    first = []
    for i, name in enumerate(seen.ids):
        if name in rows:
            as_question(f, *_line_at(f, seen.places[i]))
        else:
            rows[name] = len(rows)
            first.append(i)
    return seen.places[first]


def _predictions_that_count(
    stretches: Iterator[Seen], rows: dict[str, int], f: IO[bytes]
) -> tuple[Places, RunError | None]:
    """The places of the predictions that count, in the order of the questions, and `RunLines.fault`."""
    found, fault = np.zeros((len(rows), 2), dtype=np.int64), None
    for seen in stretches:
        # The first lines of their questions are taken all at once; each of the others, which are few, is read.
        about = np.fromiter(map(rows.get, seen.ids, repeat(-1)), dtype=np.intp, count=len(seen.ids))
        first = np.zeros(len(about), dtype=np.bool_)
        first[np.unique(about, return_index=True)[1]] = True
        first &= about >= 0
        first[first] = found[about[first], 1] == 0
        found[about[first]] = seen.places[first]
        for i in np.flatnonzero(~first):
            row, place = about[i], seen.places[i]
            if row < 0:
                fault = fault or not_in_set(as_prediction(f, *_line_at(f, place)), len(rows))
            elif as_prediction(f, *_line_at(f, found[row])).reply:
                fault = fault or answered_twice(as_prediction(f, *_line_at(f, place)))
            else:
                found[row] = place
    return found, fault


def _stretches(f: IO[bytes], size: int) -> Iterator[Stretch]:
    whole = os.fstat(f.fileno()).st_size
    for begin in range(0, whole, size):
        yield Stretch(Path(f.name), begin, min(begin + size, whole))


def look_through(stretch: Stretch) -> Seen:
    """What the lines of a stretch of questions.jsonl or predictions.jsonl are about."""
    with opened(stretch.path) as f:
        blocks = [
            _seen_in(f, begin, min(begin + BLOCK, stretch.end)) for begin in range(stretch.begin, stretch.end, BLOCK)
        ]
    ids, places, withheld = zip(*blocks, strict=True)
    return Seen([*chain.from_iterable(ids)], np.concatenate(places), any(withheld))


def _seen_in(f: IO[bytes], begin: int, end: int) -> Seen:
    """What the lines that begin between these bytes are about."""
    of_questions = Path(f.name).name == QUESTIONS
    decoder: msgspec.json.Decoder[Any] = _ASKED if of_questions else _ANSWERED
    record: _AsRecord = as_question if of_questions else as_prediction
    begin, text = _whole_lines(f, begin, end)
    ends = np.flatnonzero(np.frombuffer(text, dtype=np.uint8) == _NEWLINE)
    begins = np.concatenate([[0], ends + 1])[:-1]
    about = _decoded(decoder, text, begins, ends)
    if about is None:
        lines = zip(begins.tolist(), ends.tolist(), strict=True)
        about = [_about(decoder, record, f, begin + at, text[at:end]) for at, end in lines]
    places = np.stack([begin + begins, ends - begins], axis=1)
    if of_questions:
        return Seen([a.id for a in about], places, any(a.answer == WITHHELD for a in about))
    return Seen([a.question_id for a in about], places, withheld=False)


_NEWLINE, _OPEN, _CLOSE = b"\n{}"


def _whole_lines(f: IO[bytes], begin: int, end: int) -> tuple[int, bytes]:
    """The whole lines that begin in a stretch of a file, in one piece, and where they begin."""
    at = f.seek(max(begin - 1, 0))
    if begin:
        at += len(f.readline())
    text = f.read(max(end - at, 0))
    if text and not text.endswith(b"\n"):
        text += f.readline()
    return at, text[: text.rfind(b"\n") + 1]


def _decoded(
    decoder: msgspec.json.Decoder[Any], text: bytes, begins: NDArray[np.intp], ends: NDArray[np.intp]
) -> Sequence[Any] | None:
    """What stands in lines that begin and end here, if each is an object and nothing else, as it mostly is."""
    characters = np.frombuffer(text, dtype=np.uint8)
    # No object goes on from a line that ends in `}` to one that begins with `{`: where there are as many objects as
    # lines, each is one.
    if not ((characters[begins] == _OPEN).all() and (characters[ends - 1] == _CLOSE).all()):
        return None
    try:
        found: Sequence[Any] = decoder.decode_lines(text)
    except (msgspec.MsgspecError, UnicodeError):
        return None
    return found if len(found) == len(ends) else None


_AsRecord = Callable[[IO[bytes], int, bytes], Question | Prediction]


def _about(decoder: msgspec.json.Decoder[Any], record: _AsRecord, f: IO[bytes], offset: int, line: bytes) -> Any:
    """What a line is about; of a line that does not say, its record tells what is wrong."""
    try:
        return decoder.decode(line)
    except (msgspec.MsgspecError, UnicodeError):
        return record(f, offset, line)


def questions_of(lines: RunLines) -> Iterator[Question]:
    """The questions of a run, in the order of its lines.

    Raises:
        RunError: a line is no question.
    """
    with opened(lines.answers or lines.folder / QUESTIONS) as f:
        for place in lines.questions:
            yield as_question(f, *_line_at(f, place))


def lines_at(f: IO[bytes], places: Places) -> Iterator[tuple[int, bytes]]:
    """The lines that stand at these places, each with its offset; neighbours are read at once."""
    begins, ends = places[:, 0], places.sum(axis=1)
    order = np.argsort(begins, kind="stable")
    apart = np.flatnonzero(begins[order[1:]] - ends[order[:-1]] > GAP) + 1
    blocks, number = list[tuple[int, bytes]](), np.empty(len(places), dtype=np.intp)
    for rows in np.split(order, apart) if len(order) else ():
        begin, end = int(begins[rows[0]]), int(ends[rows[-1]])
        number[rows] = len(blocks)
        blocks.append((begin, os.pread(f.fileno(), end - begin, begin)))
    for at, end, block in zip(begins.tolist(), ends.tolist(), number.tolist(), strict=True):
        begin, text = blocks[block]
        yield at, text[at - begin : end - begin]


def _line_at(f: IO[bytes], place: NDArray[np.int64]) -> tuple[int, bytes]:
    """A line with its offset."""
    offset, length = place.tolist()
    return offset, os.pread(f.fileno(), length, offset)


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


def as_question(f: IO[bytes], offset: int, line: bytes) -> Question:
    """The question that stands in a line of a file.

    Raises:
        RunError: it is none.
    """
    try:
        return question_from(line)
    except ValueError as e:
        raise no_question(Path(f.name), _number(f, offset), e) from e


def as_prediction(f: IO[bytes], offset: int, line: bytes) -> Prediction:
    """The prediction that stands in a line of a file.

    Raises:
        RunError: it is none.
    """
    try:
        return prediction_from(line)
    except ValueError as e:
        raise no_prediction(Path(f.name), _number(f, offset), e) from e


def _number(f: IO[bytes], offset: int) -> int:
    """The number of the line that begins here."""
    return 1 + sum(1 for at, _ in placed_lines(f) if at < offset)
