"""Replies outside of a run, read by the one reader: JSON lines in, JSON lines out."""

import json
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Literal

from pydantic import ValidationError, field_validator

from flexqa.errors import BadInput
from flexqa.files import first_fault
from flexqa.question import LETTERS, AnswerFormat, Frozen
from flexqa.scoring.extract import ExtractionStatus, extract

_FORMATS = {
    "mcq": AnswerFormat.CHOICE,
    "multi": AnswerFormat.CHOICES,
    "yesno": AnswerFormat.YES_NO,
    "score": AnswerFormat.NUMBER,
}


class Case(Frozen):
    """One reply and what it answers."""

    id: str
    kind: Literal["mcq", "yesno", "multi", "score"]
    options: dict[str, str] | None = None
    """letter -> text, from A on without gaps; needed for mcq and multi"""
    response: str

    @field_validator("options")
    @classmethod
    def _from_a_on(cls, options: dict[str, str] | None) -> dict[str, str] | None:
        if options is not None and sorted(options) != list(LETTERS[: len(options)]):
            raise ValueError(f"options have the letters {', '.join(sorted(options))}; they must be A, B, C ...")
        return options


class Read(Frozen):
    """What was read from a reply."""

    id: str
    answer: str | float | tuple[str, ...] | None
    """a letter, yes or no, sorted letters, a number; null where nothing was read"""
    method: str
    status: ExtractionStatus


def read_cases(path: Path) -> Iterator[Case]:
    """The cases of a file, one JSON object per line.

    Raises:
        BadInput: the file cannot be read, or a line is no case; names file and line.
    """
    try:
        lines = path.read_text(encoding="utf-8").split("\n")
    except (OSError, UnicodeDecodeError) as e:
        raise BadInput(f"{path}: cannot be read as UTF-8 text ({e})") from e
    for number, line in enumerate(lines, 1):
        if line.strip():
            yield _case(line, f"{path}:{number}")


def read_replies(cases: Iterable[Case]) -> Iterator[Read]:
    """Read each reply."""
    for case in cases:
        options = case.options or {}
        found = extract(case.response, _FORMATS[case.kind], [options[letter] for letter in sorted(options)])
        yield Read(id=case.id, answer=found.answer, method=found.method, status=found.status)


def _case(line: str, where: str) -> Case:
    try:
        case = Case.model_validate(json.loads(line))
    except ValidationError as e:
        raise BadInput(f"{where}: {first_fault(e)}; a case has id, kind, options and response") from e
    except ValueError as e:
        raise BadInput(f"{where}: not JSON: {e}") from e
    if case.kind in ("mcq", "multi") and not case.options:
        raise BadInput(f"{where}: kind {case.kind} needs options, letter -> text")
    return case
