"""Which of two recordings has more of something: one question shape for whatever can be measured."""

from abc import abstractmethod
from collections.abc import Iterator
from typing import ClassVar

from flexqa.question import AnswerFormat, Media, Option, Question
from flexqa.questions.base import QuestionType
from flexqa.questions.context import Context
from flexqa.questions.corpus import Annotated
from flexqa.questions.draw import Draw
from flexqa.questions.evidence import lifter_first, named_media
from flexqa.questions.eye import Eye


class Comparison(QuestionType):
    """Choice of two recordings of one action and split, of one subject where possible.

    Each recording brings one question, with another one that it was not yet paired with.
    The one that has more is shown first every other time.
    """

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

    def comparable(self, one: Annotated, other: Annotated) -> bool:  # noqa: ARG002  # for those who look
        """Whether nothing but what is compared tells two recordings apart."""
        return True

    def generate(self, context: Context) -> Iterator[Question]:
        """At most one question per recording."""
        for split, group in context.by_split.items():
            draw = self.draw(context, split, context.action)
            start = draw.child("place").index(2)
            for i, (more, less) in enumerate(self._pairs(context, draw, group)):
                shown = (more, less) if (start + i) % 2 == 0 else (less, more)
                yield self._ask(context, shown, shown.index(more))

    def solve(self, question: Question, eye: Eye) -> str | None:
        """The recording of which more is seen."""
        one, other = (self.seen(m, eye) for m in named_media(question))
        if one is None or other is None or abs(one - other) < self.apart / 2:
            return None
        return "A" if one > other else "B"

    def _pairs(
        self, context: Context, draw: Draw, group: tuple[Annotated, ...]
    ) -> Iterator[tuple[Annotated, Annotated]]:
        """Pairs, the one that has more first: each recording with another that it was not yet paired with."""
        measured = {a.id: m for a in group if (m := self.measure(context, a)) is not None}
        left = draw.shuffled((a for a in group if a.id in measured), lambda a: a.id)
        paired: set[frozenset[str]] = set()
        for one in left:
            others = (
                b
                for b in lifter_first(draw.child(one.id), one, left)
                if abs(measured[one.id] - measured[b.id]) >= self.apart
                and frozenset((one.id, b.id)) not in paired
                and self.comparable(one, b)
                and self.evidence(context, (one, b))
            )
            if other := next(others, None):
                paired.add(frozenset((one.id, other.id)))
                yield (one, other) if measured[one.id] > measured[other.id] else (other, one)

    def _ask(self, context: Context, shown: tuple[Annotated, Annotated], more: int) -> Question:
        return self.build(
            self.draw(context, *(a.id for a in shown)),
            shown[0],
            media=self.evidence(context, shown),
            options=tuple(
                Option(text=label, kind="answer" if i == more else "other_recording")
                for i, label in enumerate(self.labels)
            ),
            answer="AB"[more],
            chance=0.5,
            graph_path=((shown[more].id, f"more_by_{self.name}_than", shown[1 - more].id),),
        )
