"""What a question type is.

A type is a pure function of the graph, the annotations and signals of a portion of the recordings of one action, and
a seed. Every draw is keyed by seed, type and recording, so a question stays what it is when other types are left out,
and portions can be worked on in different processes. A question never mixes recordings of two splits.

Beside each way to make a question stands another one to answer it: `solve` looks at the sensor files alone, as
`flexqa.questions.eye` shows them, and never at an annotation. What it cannot answer is not asked.
"""

from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, ClassVar, Literal

from flexqa.prompts import wordings
from flexqa.question import Answer, AnswerFormat, Level, Media, Modality, Option, Point, Question, Triple
from flexqa.questions.context import Context
from flexqa.questions.corpus import Annotated
from flexqa.questions.draw import Draw
from flexqa.vocabulary import Control, Expectation

if TYPE_CHECKING:
    from flexqa.questions.eye import Eye

Balance = Literal["each_prompt", "all_prompts", "drawn"]
"""Among which questions of an action each answer is to be right equally often: those with the same fields of the
prompt; all of them; or none, for their options are drawn so that they say nothing."""


class QuestionType(ABC):
    """A type of question. One subclass per module of `flexqa.questions.types`."""

    name: ClassVar[str]
    """also the name of the module and of the prompt template"""
    level: ClassVar[Level]
    modalities: ClassVar[tuple[Modality, ...]]
    """the modalities that answering needs, sorted"""
    answer_format: ClassVar[AnswerFormat]
    summary: ClassVar[str]
    """what is asked, and where the right answer comes from; one sentence"""
    turn_after: ClassVar[str] = ""
    """the type of the turn before, in a conversation"""
    balanced: ClassVar[Balance] = "each_prompt"
    """over what right answers are balanced, see `Balance`"""
    controls: ClassVar[Mapping[Control, Expectation]] = {}
    """which evidence can be removed or spoiled, and what a sound model scores then"""

    @abstractmethod
    def generate(self, context: Context) -> Iterator[Question]:
        """All questions of this type that the recordings of an action allow, in a fixed order."""

    @abstractmethod
    def solve(self, question: Question, eye: "Eye") -> Answer | None:
        """The answer as the evidence alone gives it; null when it is too close to tell.

        Raises:
            RecordingError: what it would have to look at is not there.
        """

    def balance_keys(self, question: Question) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """Within what, and over what, right answers are balanced in each split and action.

        Returns:
            The stratum, and a name for each option: within a stratum each name is to be right equally often whenever
            it is offered. No names: nothing is balanced.
        """
        if self.balanced == "drawn":
            return (), ()
        names = {
            AnswerFormat.YES_NO: ("yes", "no"),
            AnswerFormat.CHOICE: tuple(o.text for o in question.options),
            AnswerFormat.CHOICES: tuple(o.text for o in question.options),
        }
        stratum = tuple(question.prompt.values()) if self.balanced == "each_prompt" else ()
        return stratum, names.get(question.answer_format, ())

    def draw(self, context: Context, *key: str) -> Draw:
        """A source of chance for one question of this type."""
        return context.draw(self.name, *key)

    def build(
        self,
        draw: Draw,
        a: Annotated,
        *,
        media: tuple[Media, ...],
        answer: Answer,
        chance: float,
        graph_path: tuple[Triple, ...],
        prompt: Mapping[str, str] | None = None,
        options: tuple[Option, ...] = (),
        tolerance: float | None = None,
        reference: str = "",
        points: tuple[Point, ...] = (),
        groups: Mapping[str, str] | None = None,
        follows: str | None = None,
    ) -> Question:
        """A question about a recording, with all that follows from type and recording filled in."""
        return Question(
            type=self.name,
            level=self.level,
            modalities=self.modalities,
            media=media,
            prompt=dict(prompt or {}),
            wording=draw.child("wording").index(wordings(self.name)),
            options=options,
            answer=answer,
            answer_format=self.answer_format,
            chance=chance,
            tolerance=tolerance,
            reference=reference,
            points=points,
            graph_path=graph_path,
            groups=dict(groups or {}),
            follows=follows,
            action=a.truth.action,
            subject=a.truth.subject,
            split=a.truth.split,
        )


class OfRecording(QuestionType):
    """A type that asks at most one question about each recording of an action."""

    @abstractmethod
    def ask(self, context: Context, a: Annotated) -> Question | None:
        """The question about a recording; null where there is none."""

    def generate(self, context: Context) -> Iterator[Question]:
        """At most one question per recording."""
        yield from (question for a in context.annotated if (question := self.ask(context, a)))
