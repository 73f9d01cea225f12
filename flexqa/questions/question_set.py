"""A frozen question set: `questions.jsonl`, one question per line, and `questions.manifest.json` beside it.

The manifest says what the set was made from and holds the hash of the lines, so a set that was edited is noticed.
Questions with the same media stand together: a clip is decoded once, and engines reuse what they computed for it.
"""

import json
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Set
from dataclasses import dataclass
from functools import cached_property
from hashlib import sha256
from pathlib import Path
from typing import Literal

from pydantic import Field, ValidationError

from flexqa.errors import QuestionError
from flexqa.files import first_fault, write_atomic, write_lines_atomic
from flexqa.question import Frozen, Media, Question
from flexqa.questions.registry import question_types
from flexqa.recordings.model import RecordingSet

SCHEMA_VERSION: Literal["1"] = "1"


class Provenance(Frozen):
    """What a question set was made from, and how."""

    generator_version: str
    seed: int
    graph_sha256: str
    recordings_sha256: str
    """`flexqa.recordings.flex_layout.fingerprint` of the recordings"""
    left_out: Mapping[str, str] = Field(default_factory=dict)
    """recording -> why its signals could not be used"""
    oracle: Mapping[str, Mapping[str, int]] = Field(default_factory=dict)
    """type -> finding of the oracle (`flexqa.questions.oracle.Finding`) -> questions that were made, asked or not"""


class QuestionSetManifest(Provenance):
    """All that is known of a question set but its questions."""

    schema_version: Literal["1"] = SCHEMA_VERSION
    sha256: str
    """of the JSONL file"""
    n_questions: int
    by_type: Mapping[str, Mapping[str, int]]
    """type -> split -> questions"""
    by_level: Mapping[str, int]
    chance: Mapping[str, float]
    """type -> mean of its questions' chance levels"""


@dataclass(frozen=True)
class QuestionSet:
    """Questions in file order with their manifest."""

    questions: tuple[Question, ...]
    manifest: QuestionSetManifest

    def __len__(self) -> int:
        return len(self.questions)

    @cached_property
    def recordings(self) -> frozenset[str]:
        """Ids of the recordings that are asked about."""
        return frozenset(m.recording for q in self.questions for m in media_of(q))

    @cached_property
    def by_id(self) -> Mapping[str, Question]:
        """Id -> question."""
        return {q.id: q for q in self.questions}

    def __getitem__(self, question_id: str) -> Question:
        """The question of this id.

        Raises:
            QuestionError: there is none.
        """
        if question_id in self.by_id:
            return self.by_id[question_id]
        raise QuestionError(f"there is no question {question_id!r} in this set of {len(self)}; ids are in its lines")


def write_question_set(path: Path, lines: Iterable[str], provenance: Provenance) -> QuestionSetManifest:
    """Write `path` and its manifest, each in one step; no more than a line is held.

    Args:
        path: `questions.jsonl`.
        lines: of `question_line`, in the order of `place`.
        provenance: what they were made from.
    """
    digest, levels = sha256(), Counter[str]()
    by_type: defaultdict[str, Counter[str]] = defaultdict(Counter)
    chance: Counter[str] = Counter()

    def counted() -> Iterator[str]:
        for line in lines:
            digest.update(line.encode())
            question = json.loads(line)
            levels[question["level"]] += 1
            by_type[question["type"]][question["split"]] += 1
            chance[question["type"]] += question["chance"]
            yield line

    write_lines_atomic(path, counted())
    manifest = QuestionSetManifest(
        **provenance.model_dump(),
        sha256=digest.hexdigest(),
        n_questions=levels.total(),
        by_type={name: dict(sorted(count.items())) for name, count in sorted(by_type.items())},
        by_level=dict(sorted(levels.items())),
        chance={name: round(chance[name] / count.total(), 6) for name, count in sorted(by_type.items())},
    )
    write_atomic(manifest_path(path), manifest.model_dump_json(indent=2) + "\n")
    return manifest


def read_question_set(path: Path) -> QuestionSet:
    """Read a question set and check it against its manifest.

    Raises:
        QuestionError: a file is missing, was edited, or has a line that is no question; says file and line.
    """
    content = _read(path)
    manifest = read_manifest(path)
    questions = tuple(parse_line(path, i, line) for i, line in enumerate(content.splitlines(), 1))
    check_manifest(path, manifest, sha256(content).hexdigest(), len(questions))
    return QuestionSet(questions, manifest)


def check_manifest(path: Path, manifest: QuestionSetManifest, actual: str, n_questions: int) -> None:
    """Refuse a question set that is not the one of its manifest.

    Args:
        path: the questions.
        manifest: what is said of them.
        actual: sha256 of the file.
        n_questions: that are in it.

    Raises:
        QuestionError: they differ.
    """
    if actual != manifest.sha256:
        raise QuestionError(
            f"{path}: its sha256 is {actual[:16]}..., the manifest says {manifest.sha256[:16]}...: one of them was "
            "edited; restore both, or generate the set again"
        )
    if n_questions != manifest.n_questions:
        raise QuestionError(
            f"{path}: has {n_questions} questions, its manifest {manifest.n_questions}; generate the set again"
        )


def check_recordings(
    manifest: QuestionSetManifest, needed: Set[str], recordings: RecordingSet, fingerprint: str
) -> None:
    """Refuse recordings that the questions were not made from.

    Args:
        manifest: of the questions.
        needed: ids of the recordings that they ask about.
        recordings: what is at hand.
        fingerprint: of these recordings.

    Raises:
        QuestionError: the recordings have other annotations, or lack some that are asked about.
    """
    wanted = manifest.recordings_sha256
    if fingerprint != wanted:
        raise QuestionError(
            f"{recordings.root}: these recordings hash to {fingerprint[:16]}..., the questions were made for "
            f"{wanted[:16]}...; give the folder that they were made from (--data), or generate others: "
            f"flexqa questions generate --data {recordings.root} --out questions.jsonl"
        )
    if missing := sorted(needed - set(recordings.recordings)):
        raise QuestionError(
            f"{recordings.root}: lacks {len(missing)} recordings that are asked about, first {missing[0]}; "
            "copy their files there"
        )


def manifest_path(path: Path) -> Path:
    """`questions.jsonl` -> `questions.manifest.json`."""
    return path.with_name(f"{path.stem}.manifest.json")


def media_of(question: Question) -> tuple[Media, ...]:
    """All evidence of a question, that of its options included."""
    return (*question.media, *(o.media for o in question.options if o.media))


def place(q: Question) -> tuple[list[tuple[str, str, str, tuple[float, ...]]], str, str]:
    """Sort key: the same media side by side, then by type."""
    return [(m.recording, m.view or "", m.modality, m.window_s or ()) for m in q.media], q.type, q.id


def question_line(question: Question) -> str:
    """A question as a line of its set."""
    return question.model_dump_json() + "\n"


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as e:
        raise QuestionError(
            f"{path}: cannot be read ({e.strerror}); write a question set with: flexqa questions generate"
        ) from e


def read_manifest(path: Path) -> QuestionSetManifest:
    """The manifest beside `questions.jsonl`.

    Raises:
        QuestionError: it is missing or broken.
    """
    beside = manifest_path(path)
    try:
        return QuestionSetManifest.model_validate_json(_read(beside))
    except ValidationError as e:
        raise QuestionError(f"{beside}: {first_fault(e)}; generate the question set again") from e


def parse_line(path: Path, number: int, line: bytes) -> Question:
    """A line of a question set; `number` counts from 1.

    Raises:
        QuestionError: it is no question, or of an unknown type.
    """
    try:
        question = Question.from_json(line)
    except ValueError as e:  # pydantic's and json's errors are both
        raise QuestionError(
            f"{path}:{number}: not a question: {first_fault(e)}; restore the file, or generate the set again"
        ) from e
    if question.type not in question_types():
        raise QuestionError(
            f"{path}:{number}: unknown question type {question.type!r}; known are: {', '.join(question_types())}"
        )
    return question
