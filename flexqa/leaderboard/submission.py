"""The records of a submission, read line by line with every fault named by file and line."""

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

from pydantic import ValidationError

from flexqa.cost.session import SESSIONS, SessionLine
from flexqa.errors import RunError
from flexqa.files import first_fault
from flexqa.leaderboard.strict_json import lines, strict
from flexqa.leaderboard.verification import Findings, Limits, shown
from flexqa.question import Question
from flexqa.record import Prediction, RunManifest
from flexqa.scoring.judgements import NONE, Judgement, Judgements
from flexqa.store import JUDGEMENTS, MANIFEST, PREDICTIONS, QUESTIONS, StoredRun

T = TypeVar("T")


@dataclass
class Submission:
    """A run folder as read, with the lines that its records stand in."""

    folder: Path
    manifest: RunManifest
    questions: list[Question] = field(default_factory=list)
    predictions: list[tuple[str, Prediction]] = field(default_factory=list)
    """`predictions.jsonl:12` and the prediction there"""
    judgements: Judgements = NONE

    @property
    def stored(self) -> StoredRun:
        """The run as scoring takes it."""
        predictions = tuple(p for _, p in self.predictions)
        return StoredRun(self.folder, self.manifest, tuple(self.questions), predictions, self.judgements)


def read_submission(folder: Path, limits: Limits, findings: Findings) -> Submission | None:
    """Read the files of a run; null where run.json is of no use."""
    manifest = _manifest(folder / MANIFEST, limits, findings)
    if manifest is None:
        return None
    found = Submission(folder, manifest)
    found.questions = [q for _, q in _records(folder / QUESTIONS, Question.from_json, limits, findings)]
    found.predictions = _records(folder / PREDICTIONS, Prediction.model_validate_json, limits, findings)
    if (folder / SESSIONS).exists():
        _records(folder / SESSIONS, SessionLine.model_validate_json, limits, findings)
    if (folder / JUDGEMENTS).exists():
        judgements = _records(folder / JUDGEMENTS, Judgement.model_validate_json, limits, findings)
        try:
            found.judgements = Judgements.of(line for _, line in judgements)
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


def _records(path: Path, read: Callable[[bytes], T], limits: Limits, findings: Findings) -> list[tuple[str, T]]:
    found = []
    for number, line in lines(path, limits, findings):
        where = f"{path.name}:{number}"
        record = _record(line, where, read, limits, findings)
        if record is not None:
            found.append((where, record))
    return found


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
