"""Which of two recordings has more of something: one question shape for whatever can be measured."""

from abc import abstractmethod
from collections.abc import Iterator
from typing import ClassVar

from flexqa.question import AnswerFormat, Media, Option, Question
from flexqa.questions.base import Annotated, Context, QuestionType
from flexqa.questions.eye import Eye

Measured = tuple[Annotated, float]
"""a recording with what is compared"""


class Comparison(QuestionType):
    """Choice of two recordings of one action and split, of one subject where possible; each is in one question."""

    answer_format = AnswerFormat.CHOICE
    apart: ClassVar[float]
    """least difference that is asked about, in the unit of the measure"""
    labels: ClassVar[tuple[str, str]] = ("Clip 1", "Clip 2")

    @abstractmethod
    def measure(self, context: Context, a: Annotated) -> float | None:
        """What is compared, from annotation or signal; null where it cannot be told."""

    @abstractmethod
    def seen(self, media: Media, eye: Eye) -> float | None:
        """The same from the evidence alone."""

    @abstractmethod
    def evidence(self, context: Context, shown: tuple[Annotated, Annotated]) -> tuple[Media, ...]:
        """What is shown of the two; empty where it is not there."""

    def generate(self, context: Context) -> Iterator[Question]:
        """At most one question for every two recordings."""
        for split, group in context.by_split.items():
            measured = [(a, m) for a in group if (m := self.measure(context, a)) is not None]
            left = list(self.draw(context, split, context.action).shuffled(measured, lambda m: m[0].id))
            while left:
                one = left.pop()
                partners = [m for m in left if abs(m[1] - one[1]) >= self.apart]
                partners.sort(key=lambda m: m[0].truth.subject != one[0].truth.subject)
                if partners and (question := self._ask(context, one, partners[0])):
                    left.remove(partners[0])
                    yield question

    def solve(self, question: Question, eye: Eye) -> str | None:
        """The recording of which more is seen."""
        one, other = (self.seen(m, eye) for m in question.media)
        if one is None or other is None or abs(one - other) < self.apart / 2:
            return None
        return "A" if one > other else "B"

    def _ask(self, context: Context, one: Measured, other: Measured) -> Question | None:
        draw = self.draw(context, one[0].id, other[0].id)
        shown = draw.child("shown").shuffled((one, other), lambda m: m[0].id)
        media = self.evidence(context, (shown[0][0], shown[1][0]))
        if not media:
            return None
        more = 0 if shown[0][1] > shown[1][1] else 1
        return self.build(
            draw,
            shown[0][0],
            media=media,
            options=tuple(
                Option(text=label, kind="answer" if i == more else "other_recording")
                for i, label in enumerate(self.labels)
            ),
            answer="AB"[more],
            chance=0.5,
            graph_path=((shown[more][0].id, f"more_by_{self.name}_than", shown[1 - more][0].id),),
        )
