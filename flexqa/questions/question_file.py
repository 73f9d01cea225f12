"""A question set that stays on disk: of each question only the place of its line is held, eight bytes.

A million questions may be asked, which would be eight gigabytes in memory; they are read when their turn comes.
"""

from array import array
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from flexqa.errors import QuestionError
from flexqa.question import Question
from flexqa.questions.bundles import select
from flexqa.questions.question_set import (
    QuestionSetManifest,
    check_manifest,
    media_of,
    parse_line,
    read_manifest,
)


def clip_of(question: Question) -> str:
    """What is shown first, by which questions are grouped; the turns of a conversation show the same."""
    shown = _shown(question)
    return shown[0] if shown else question.groups.get("dialogue", question.id)


@dataclass(frozen=True)
class Lines:
    """Questions of a file, in the order in which they are asked: by clip, within a clip by id."""

    path: Path
    offsets: Mapping[str, "array[int]"]
    """`clip_of` -> where the lines of its questions begin, in bytes"""

    def __len__(self) -> int:
        return sum(map(len, self.offsets.values()))

    def __iter__(self) -> Iterator[Question]:
        with self.path.open("rb") as f:
            for clip in sorted(self.offsets):
                found = []
                for offset in self.offsets[clip]:
                    f.seek(offset)
                    found.append(self._question(f.readline(), offset))
                yield from sorted(found, key=lambda q: (*_shown(q), q.id))

    def where(self, keep: Callable[[Question], bool]) -> "Lines":
        """Those that fulfil a condition."""
        kept: defaultdict[str, array[int]] = defaultdict(lambda: array("Q"))
        with self.path.open("rb") as f:
            for clip, offsets in self.offsets.items():
                for offset in offsets:
                    f.seek(offset)
                    if keep(self._question(f.readline(), offset)):
                        kept[clip].append(offset)
        return Lines(self.path, dict(kept))

    def _question(self, line: bytes, offset: int) -> Question:
        try:
            return Question.from_json(line)
        except ValueError as e:
            raise QuestionError(f"{self.path}: changed while it was in use, at byte {offset}; restore it") from e


@dataclass(frozen=True)
class QuestionFile:
    """A question set, checked and not held."""

    path: Path
    manifest: QuestionSetManifest
    splits: Mapping[str, Lines]
    recordings: frozenset[str]
    """ids of those that are asked about"""

    def select(self, split: str, limit: int | None) -> Lines:
        """See `flexqa.questions.bundles.select`; with a limit all questions of the split are held for a moment.

        Raises:
            QuestionError: the split has no questions.
        """
        merged: defaultdict[str, array[int]] = defaultdict(lambda: array("Q"))
        for name, lines in self.splits.items():
            if split in (name, "all"):
                for clip, offsets in lines.offsets.items():
                    merged[clip].extend(offsets)
        every = Lines(self.path, dict(merged))
        if len(every) and limit is None:
            return every
        drawn = {q.id for q in select(every, split, limit)}
        return every.where(lambda q: q.id in drawn)


def open_question_set(path: Path) -> QuestionFile:
    """Read a question set once and check it against its manifest.

    Raises:
        QuestionError: a file is missing, was edited, or has a line that is no question; says file and line.
    """
    manifest = read_manifest(path)
    digest, offset, number = sha256(), 0, 0
    splits: defaultdict[str, defaultdict[str, array[int]]] = defaultdict(lambda: defaultdict(lambda: array("Q")))
    recordings: set[str] = set()
    with path.open("rb") as f:
        for number, line in enumerate(f, 1):
            question = parse_line(path, number, line)
            splits[question.split][clip_of(question)].append(offset)
            recordings.update(m.recording for m in media_of(question))
            digest.update(line)
            offset += len(line)
    check_manifest(path, manifest, digest.hexdigest(), number)
    by_split = {split: Lines(path, dict(offsets)) for split, offsets in splits.items()}
    return QuestionFile(path, manifest, by_split, frozenset(recordings))


def questions_of(path: Path, split: str) -> Iterator[Question]:
    """The questions of a split, read when they are asked for."""
    with path.open("rb") as f:
        for number, line in enumerate(f, 1):
            if (question := parse_line(path, number, line)).split == split:
                yield question


def _shown(question: Question) -> list[str]:
    return [f"{m.recording} {m.view or ''} {m.window_s or ''}" for m in question.media]
