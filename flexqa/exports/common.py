"""What the formats share: a question as another tool can show it, and the reasons why it cannot."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from flexqa.errors import QuestionError, RecordingError
from flexqa.exports.clips import ClipFiles
from flexqa.prompts import media_label, render_question
from flexqa.question import Answer, AnswerFormat, Media, Modality, Question

EvidenceText = Callable[[Media], str]
"""A sensor trace in words, as a model reads it."""

TASK = "flex_videoqa"
"""How the questions are called in the other tool."""

ANSWERS_READ = frozenset({AnswerFormat.CHOICE, AnswerFormat.CHOICES, AnswerFormat.YES_NO, AnswerFormat.NUMBER})
"""Forms that `shipped/flex_reply.py` reads and scores."""


@dataclass(frozen=True, slots=True)
class Part:
    """A piece of a prompt."""

    kind: Literal["text", "video"]
    content: str
    """words, or the path of an mp4 file from the folder of the export on"""


@dataclass(frozen=True, slots=True)
class Item:
    """A question as it is shown."""

    question: Question
    parts: tuple[Part, ...]
    """each piece of evidence behind the line that announces it, and the question last"""
    option_clips: Mapping[str, str]
    """letter -> mp4 file of an option that is a clip, from the folder of the export on"""

    @property
    def clips(self) -> tuple[str, ...]:
        """The mp4 files that are shown, in order."""
        return tuple(p.content for p in self.parts if p.kind == "video")

    @property
    def text(self) -> str:
        """All words, for tools that show the clips before them: each clip is announced by its number."""
        lines = []
        clips = 0
        for part, after in zip(self.parts, (*self.parts[1:], None), strict=True):
            if part.kind == "video":
                continue
            if after is not None and after.kind == "video":
                clips += 1
                lines.append(f"Video {clips}: {part.content.removesuffix(':')}.")
            else:
                lines.append(part.content)
        return "\n".join(lines)


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A question that a format cannot show."""

    question: str
    type: str
    reason: str
    """the same words for all questions that fail alike"""
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Abilities:
    """What a format can show and score."""

    answers: frozenset[AnswerFormat]
    clips: tuple[int, int | None] = (0, None)
    """fewest and most clips of a question; null is any number"""
    option_clips: bool = False
    later_turns: bool = False
    """whether a turn of a conversation can be shown without the replies before it"""

    def lack(self, question: Question) -> str | None:
        """Why a question cannot be shown; null when it can."""
        clips = sum(_is_clip(m) for m in question.media)
        fewest, most = self.clips
        if question.follows is not None and not self.later_turns:
            return "later turn of a conversation, which needs the replies before it"
        if question.answer_format not in self.answers:
            return f"answer of the form {question.answer_format}, which the format cannot score"
        if not self.option_clips and any(o.media and _is_clip(o.media) for o in question.options):
            return "options that are clips"
        if clips < fewest:
            return "no clip, and the format needs one"
        return "several clips, and the format takes one" if most is not None and clips > most else None


@dataclass(frozen=True, slots=True)
class Format:
    """One form of export."""

    abilities: Abilities
    write: Callable[[list[Item], Path], None]
    """writes tables, samples and configuration into a folder"""
    shipped: Mapping[str, str]
    """file of the export -> file of `shipped/` that it is a copy of"""


def gather(
    questions: Iterable[Question], abilities: Abilities, clips: ClipFiles, evidence_text: EvidenceText
) -> Iterator[Item | LeftOut]:
    """Every question in its order: as it is shown, or why it is not.

    Args:
        questions: what is exported.
        abilities: of the format.
        clips: makes files of clips.
        evidence_text: puts sensor traces into words.

    Raises:
        QuestionError: a prompt cannot be rendered.
    """
    for question in questions:
        reason, detail = abilities.lack(question), ""
        if reason is None:
            try:
                yield _item(question, clips, evidence_text)
                continue
            except RecordingError as e:
                reason, detail = "evidence that is missing or cannot be read", clips.public(str(e))
        yield LeftOut(question.id, question.type, reason, detail)


def reply_for(answer: Answer) -> str:
    """A right answer as a model is told to write it: `A`, `A,C`, `yes`, `72`."""
    if isinstance(answer, tuple):
        return ",".join(answer) or "none"
    return f"{answer:g}" if isinstance(answer, float) else answer


def facts(question: Question) -> dict[str, Any]:
    """What every format tells of a question beside its words: for scoring, breakdowns and clusters."""
    return {
        "id": question.id,
        "type": question.type,
        "level": question.level.value,
        "modalities": [m.value for m in question.modalities],
        "answer_format": question.answer_format.value,
        "options": [o.text for o in question.options],
        "tolerance": question.tolerance,
        "chance": question.chance,
        "action": question.action,
        "subject": question.subject,
        "split": question.split,
    }


def counts(left_out: Iterable[LeftOut]) -> dict[str, dict[str, int]]:
    """Reason -> question type -> questions."""
    found: dict[str, Counter[str]] = {}
    for one in left_out:
        found.setdefault(one.reason, Counter())[one.type] += 1
    return {reason: dict(sorted(count.items())) for reason, count in sorted(found.items())}


def _item(question: Question, clips: ClipFiles, evidence_text: EvidenceText) -> Item:
    parts: list[Part] = []
    for media in question.media:
        shown = Part("video", clips.file(media)) if _is_clip(media) else Part("text", evidence_text(media))
        parts += [Part("text", media_label(media)), shown]
    texts, option_clips = {}, {}
    for letter, option in zip(question.letters, question.options, strict=True):
        if option.media is not None and _is_clip(option.media):
            option_clips[letter] = clips.file(option.media)
        elif option.media is not None:
            texts[letter] = evidence_text(option.media)
    parts.append(Part("text", render_question(question, texts)))
    return Item(question, tuple(parts), option_clips)


def _is_clip(media: Media) -> bool:
    if media.modality is Modality.TEXT:
        raise QuestionError(f"evidence of modality {media.modality!r} cannot be shown")
    return media.modality in (Modality.VIDEO, Modality.MULTIVIEW)
