"""A question: what is asked, of which evidence, with which right answer, and why that answer is right.

A question refers to recordings and never embeds media. Its id is a hash of its content, so a question that is
edited is another question, and adding or leaving out others changes nothing.
"""

import hashlib
import json
from collections.abc import Mapping
from enum import StrEnum
from functools import cached_property
from typing import Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, computed_field, model_validator

LETTERS = "ABCDEFGHIJ"

WITHHELD = "withheld"
"""The answer of a question whose answer is not given out, and the kind of its options; see `flexqa.withheld`."""

_CANONICAL = json.JSONEncoder(sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)


class Modality(StrEnum):
    """A kind of evidence."""

    VIDEO = "video"
    MULTIVIEW = "multiview"
    POSE = "pose"
    EMG = "emg"
    PHYSIO = "physio"
    TEXT = "text"


FILMED = (Modality.VIDEO, Modality.MULTIVIEW)
"""the modalities whose evidence is a clip"""


class Level(StrEnum):
    """FLEX-VideoQA's four levels of reasoning, the level that crosses modalities, and its conversation."""

    RECOGNITION = "recognition"
    STANDARDS = "standards"
    EVALUATION = "evaluation"
    SCORING = "scoring"
    CROSSMODAL = "crossmodal"
    DIALOGUE = "dialogue"


class AnswerFormat(StrEnum):
    """The form of an answer."""

    CHOICE = "choice"
    """one option letter"""
    CHOICES = "choices"
    """every option letter that applies"""
    YES_NO = "yes_no"
    NUMBER = "number"
    """a number from 0 to 100"""
    TEXT = "text"


Split = Literal["train", "val", "test"]

Window = tuple[float, float]
"""From one moment to another, seconds from the start of the recording."""

Triple = tuple[str, str, str]
"""One edge of the graph or of an annotation: subject, relation, object."""

Answer = str | float | tuple[str, ...]
"""choice: a letter; choices: sorted letters; yes_no: "yes" or "no"; number: a float; text: a string."""


class Frozen(BaseModel):
    """A record that never changes and has no unknown fields."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Media(Frozen):
    """A reference to one piece of evidence."""

    recording: str
    """id of the recording, `A16/001`"""
    modality: Modality
    view: str | None = None
    """camera view of a clip: 1, 2, 3, 4 or P; null for sensors"""
    window_s: Window | None = None
    """seconds from the start of the recording; null is all of it"""
    label: str = ""
    """the name by which the prompt calls it, `Clip 1`; empty where there is only one"""
    tells_view: bool = True
    """whether the prompt says which view it is; false where that would give the answer away"""


class Option(Frozen):
    """One option of a choice question."""

    text: str
    """what is printed after the letter; for an option that is evidence, its name"""
    kind: str
    """`answer`, or where this distractor comes from: `confusable`, `same_action`, `random` ..."""
    media: Media | None = None
    """the evidence that this option stands for, where options are shown and not told"""


class Point(Frozen):
    """Something that a free answer says, or should not say."""

    names: tuple[str, ...]
    """in words; each says it as well as the others"""
    wanted: bool
    share: float = 1.0
    """of the words of a name, those that must stand in one sentence for it to be said"""


class Question(Frozen):
    """One question with its answer."""

    type: str
    level: Level
    modalities: tuple[Modality, ...]
    """the modalities that answering needs, sorted"""
    media: tuple[Media, ...] = ()
    """the evidence that is shown before the question, in this order"""
    prompt: dict[str, str] = Field(default_factory=dict)
    """fields of the type's prompt template"""
    wording: int = 0
    """which paraphrase of the template"""
    options: tuple[Option, ...] = ()
    answer: Answer
    answer_format: AnswerFormat
    reference: str = ""
    """the answer with its reasons in whole sentences, where that is more than the answer"""
    points: tuple[Point, ...] = ()
    """what a text is scored by: the points that it should make, and those that would be false"""
    chance: float
    """expected score of an uninformed guess, 0-1"""
    tolerance: float | None = None
    """a number is right when it is at most this far from the answer, in points"""
    graph_path: tuple[Triple, ...]
    """the triples that were walked: why the answer is right"""
    groups: dict[str, str] = Field(default_factory=dict)
    """linked questions: kind of link (`chain`, `affirmed_negated`, `minimal_pair`, `matched_set`, `dialogue`,
    `circular`) -> group id"""
    follows: str | None = None
    """id of the question that is the turn before this one in the same conversation; null begins one"""
    action: str
    """id of the action, for breakdowns"""
    subject: str
    """the cluster of the statistics: the lifter"""
    split: Split

    @model_validator(mode="after")
    def _check(self) -> "Question":
        if wrong := fault_of(self):
            raise ValueError(wrong)
        return self

    @cached_property
    def content_hash(self) -> str:
        """sha256 over the canonical JSON of everything but the id."""
        return canonical_hash(self.model_dump(mode="json", exclude={"id"}))

    @computed_field  # type: ignore[prop-decorator]  # mypy 1 does not know computed_field
    @cached_property
    def id(self) -> str:
        """`<type>-<first 16 hex digits of content_hash>`."""
        return f"{self.type}-{self.content_hash[:16]}"

    @property
    def withheld(self) -> bool:
        """Whether its answer is not given out."""
        return self.answer == WITHHELD

    @property
    def letters(self) -> tuple[str, ...]:
        """The letters of the options."""
        return tuple(LETTERS[: len(self.options)])

    def model_copy(self, *, update: Mapping[str, Any] | None = None, deep: bool = False) -> Self:
        """Copy a question; one that is changed gets its own hash and id."""
        copied = super().model_copy(update=update, deep=deep)
        for derived in ("content_hash", "id"):
            copied.__dict__.pop(derived, None)
        return copied

    @classmethod
    def from_json(cls, text: str | bytes) -> "Question":
        """Read one line of a question set.

        Raises:
            ValueError: it is not a question, or its id does not fit its content.
        """
        data = json.loads(text)
        if not isinstance(data, dict):
            raise ValueError(f"expected a JSON object, got {type(data).__name__}")
        given = data.pop("id", None)
        question = cls.model_validate(data)
        if given != question.id:
            raise ValueError(
                f"id {given!r} does not fit the content, which hashes to {question.id!r}: was it edited?"
            )
        return question


def canonical_hash(value: Any) -> str:
    """sha256, in hex, of the canonical JSON of a value: sorted keys, no white space, UTF-8."""
    return hashlib.sha256(_CANONICAL.encode(value).encode()).hexdigest()


def fault_of(q: Question) -> str | None:
    """What is wrong with a question as a whole, in words."""
    form, options = q.answer_format, q.options
    if len(options) > len(LETTERS):
        return f"at most {len(LETTERS)} options have a letter, got {len(options)}"
    right = [letter for letter, o in zip(LETTERS, options, strict=False) if o.kind == "answer"]
    lettered = form in _LETTERED
    if lettered and len(options) < 2:
        return f"{form} needs at least two options, got {len(options)}"
    withheld = q.answer == WITHHELD and not (right or q.points or q.reference or q.graph_path)
    if not withheld and (wrong := _FAULTS[form](q, right)):
        return wrong
    if options and not lettered:
        return f"{form} takes no options, got {len(options)}"
    if len({o.text for o in options}) < len(options):
        return f"two options read the same: {[o.text for o in options]}"
    if not 0 <= q.chance < 1:
        return f"chance {q.chance} is not in [0, 1)"
    return None


_LETTERED = frozenset((AnswerFormat.CHOICE, AnswerFormat.CHOICES))


def _fault_of_choice(q: Question, right: list[str]) -> str | None:
    if [q.answer] == right:
        return None
    return f"answer {q.answer!r} is not the one option of kind 'answer' ({right})"


def _fault_of_choices(q: Question, right: list[str]) -> str | None:
    if isinstance(q.answer, tuple) and [*q.answer] == right:
        return None
    return f"answer {q.answer!r} is not the sorted letters of the options of kind 'answer' ({right})"


def _fault_of_yes_no(q: Question, _: list[str]) -> str | None:
    return None if q.answer in ("yes", "no") else f"answer {q.answer!r} is neither 'yes' nor 'no'"


def _fault_of_number(q: Question, _: list[str]) -> str | None:
    if isinstance(q.answer, float) and 0 <= q.answer <= 100 and q.tolerance is not None:
        return None
    return f"answer {q.answer!r} with tolerance {q.tolerance!r}: a number from 0 to 100 needs both"


def _fault_of_text(q: Question, _: list[str]) -> str | None:
    return None if any(p.wanted for p in q.points) else "a text needs at least one wanted point to be scored by"


_FAULTS = {
    AnswerFormat.CHOICE: _fault_of_choice,
    AnswerFormat.CHOICES: _fault_of_choices,
    AnswerFormat.YES_NO: _fault_of_yes_no,
    AnswerFormat.NUMBER: _fault_of_number,
    AnswerFormat.TEXT: _fault_of_text,
}
