"""The records of a submission, read line by line with every fault named by file and line.

Sound lines are not held but found again: of each its number and place are kept, and it is read when it is wanted.
"""

import os
from array import array
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Generic, TypeVar

from pydantic import ValidationError

from flexqa.cost.session import SESSIONS, SessionLine
from flexqa.errors import RunError
from flexqa.files import first_fault
from flexqa.leaderboard.strict_json import lines, strict
from flexqa.leaderboard.verification import Findings, Limits, shown
from flexqa.question import Question
from flexqa.record import Prediction, RunManifest
from flexqa.scoring.judgements import NONE, Judgement, Judgements
from flexqa.stand_ins import prediction_from, question_from
from flexqa.store import JUDGEMENTS, MANIFEST, PREDICTIONS, QUESTIONS

T = TypeVar("T")


@dataclass(frozen=True)
class Records(Generic[T]):
    """The sound records of a file, read anew each time."""

    path: Path
    read: Callable[[bytes], T]
    places: "array[int]" = field(default_factory=lambda: array("q"))
    """of each: number of the line, its first byte, its length"""

    def __len__(self) -> int:
        return len(self.places) // 3

    def __iter__(self) -> Iterator[T]:
        return (record for _, record in self.placed())

    def __getitem__(self, row: int) -> T:
        with self.path.open("rb") as f:
            return self._at(f.fileno(), row)

    def placed(self) -> Iterator[tuple[str, T]]:
        """`predictions.jsonl:12` and the record there."""
        with self.path.open("rb") as f:
            for row in range(len(self)):
                yield f"{self.path.name}:{self.places[3 * row]}", self._at(f.fileno(), row)

    def _at(self, file: int, row: int) -> T:
        _, offset, length = self.places[3 * row : 3 * row + 3]
        return self.read(os.pread(file, length, offset))


@dataclass(frozen=True)
class ById(Mapping[str, Question]):
    """Questions by their id."""

    questions: Records[Question]
    rows: dict[str, int]

    def __getitem__(self, question_id: str) -> Question:
        return self.questions[self.rows[question_id]]

    def __iter__(self) -> Iterator[str]:
        return iter(self.rows)

    def __len__(self) -> int:
        return len(self.rows)


@dataclass
class Submission:
    """A run folder as read."""

    folder: Path
    manifest: RunManifest
    questions: Records[Question]
    predictions: Records[Prediction]
    rows: dict[str, int] = field(default_factory=dict)
    """id of a question -> the last place where it stands among `questions`"""
    withheld: set[str] = field(default_factory=set)
    """splits of questions whose answers are not given out"""
    followed: set[str] = field(default_factory=set)
    """ids of questions after which another turn comes"""
    judgements: Judgements = NONE

    def replies(self) -> dict[str, str]:
        """Id of a question that is followed by another turn -> the reply to it."""
        found = ((p.question_id, p.reply) for p in self.predictions if p.question_id in self.followed)
        return {question_id: reply.text for question_id, reply in found if reply}


def read_submission(folder: Path, limits: Limits, findings: Findings) -> Submission | None:
    """Read the files of a run; null where run.json is of no use."""
    manifest = _manifest(folder / MANIFEST, limits, findings)
    if manifest is None:
        return None
    questions = Records(folder / QUESTIONS, question_from)
    found = Submission(folder, manifest, questions, Records(folder / PREDICTIONS, prediction_from))
    for q in _sound(questions, limits, findings):
        found.rows[q.id] = len(questions) - 1
        if q.withheld:
            found.withheld.add(q.split)
        if q.follows is not None:
            found.followed.add(q.follows)
    for _ in _sound(found.predictions, limits, findings):
        pass
    if (folder / SESSIONS).exists():
        list(_sound(Records(folder / SESSIONS, SessionLine.model_validate_json), limits, findings))
    if (folder / JUDGEMENTS).exists():
        judgements = list(_sound(Records(folder / JUDGEMENTS, Judgement.model_validate_json), limits, findings))
        try:
            found.judgements = Judgements.of(judgements)
        except RunError as e:
            findings.fault("schema", JUDGEMENTS, str(e))
        words = "taken as they are: encoders and judge models are not asked again; accuracy does not rest on them"
        findings.note("score", JUDGEMENTS, words)
    return found


def _manifest(path: Path, limits: Limits, findings: Findings) -> RunManifest | None:
    with path.open("rb") as f:
        text = f.read(limits.line_bytes + 1)
    if len(text) > limits.line_bytes:
        findings.fault("size", path.name, f"is longer than {limits.line_bytes} bytes")
        return None
    return _record(text, path.name, RunManifest.model_validate_json, limits, findings)


def _sound(records: Records[T], limits: Limits, findings: Findings) -> Iterator[T]:
    """Look through a file, note where its sound records stand, and give each."""
    offset = 0
    for number, line in lines(records.path, limits, findings):
        record = _record(line, f"{records.path.name}:{number}", records.read, limits, findings)
        if record is not None:
            records.places.extend((number, offset, len(line)))
            yield record
        offset += len(line) + 1


def _record(text: bytes, where: str, read: Callable[[bytes], T], limits: Limits, findings: Findings) -> T | None:
    try:
        strict(text, limits.depth)
    except ValueError as e:
        findings.fault("json", where, str(e) if str(e).startswith(("is ", "has ", "holds ")) else f"is no JSON: {e}")
        return None
    try:
        return read(text)
    except ValueError as e:
        words = first_fault(e)
        hashed = not isinstance(e, ValidationError) and "does not fit" in words
        findings.fault(
            "hash" if hashed else "schema", where, shown(words)[1:-1] if not words.isascii() else words[:300]
        )
        return None
