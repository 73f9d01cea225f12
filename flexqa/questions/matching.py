"""Which pieces of evidence are of one repetition: told by timing, against other repetitions of the same action.

The others are of the same subject where possible. Any two begin or turn at moments that are apart
(`flexqa.questions.timing`), and all are cut to the length of the shortest.
"""

from abc import abstractmethod
from collections.abc import Iterator, Sequence
from functools import partial
from typing import ClassVar

from flexqa.question import AnswerFormat, Level, Media, Option, Question, Triple, Window
from flexqa.questions.base import QuestionType
from flexqa.questions.context import Context
from flexqa.questions.corpus import Annotated
from flexqa.questions.evidence import clip, view_of_action
from flexqa.questions.timing import common_window, moments, others_apart
from flexqa.vocabulary import Control, Expectation

CLIP_AND_EMG_CONTROLS: dict[Control, Expectation] = {
    Control.BLIND: "chance",
    Control.SWAPPED_CLIP: "chance",
    Control.NO_CLIP: "chance",
    Control.SWAPPED_EMG: "chance",
    Control.NO_EMG: "chance",
    Control.SHUFFLED_FRAMES: "lower",
}


class Matched(QuestionType):
    """Base of these types: finds the others, and the window that all are cut to."""

    level = Level.CROSSMODAL
    same_lifter: ClassVar[bool] = False
    """whether the others must be of the same lifter, whom the evidence would tell"""
    others: ClassVar[tuple[int, ...]]
    """how many other repetitions are shown; the first number of which there are enough"""

    @abstractmethod
    def usable(self, context: Context, a: Annotated, b: Annotated) -> bool:
        """Whether what is compared is there for `b`, in a question about `a`; `a` itself is asked, too."""

    @abstractmethod
    def ask(self, context: Context, a: Annotated, others: Sequence[Annotated], window: Window) -> Iterator[Question]:
        """The questions about a recording, beside others that it can be told from."""

    def generate(self, context: Context) -> Iterator[Question]:
        """Questions about each recording that has the evidence, and enough others to be told from."""
        for group in context.by_split.values():
            for a in group:
                if moments(a) is None or not self.usable(context, a, a):
                    continue
                draw = self.draw(context, a.id)
                usable = partial(self.usable, context, a)
                pool = [b for b in group if not self.same_lifter or b.truth.subject == a.truth.subject]
                others = next((found for n in self.others if (found := others_apart(draw, a, pool, usable, n))), None)
                window = common_window([a, *others]) if others else None
                if others is not None and window is not None:
                    yield from self.ask(context, a, others, window)


class MatchedPair(Matched):
    """Yes or no, in pairs of one of each: a clip with evidence of its own, and with that of another repetition."""

    answer_format = AnswerFormat.YES_NO
    others = (1,)

    @abstractmethod
    def beside(self, b: Annotated, window: Window) -> Media:
        """What is shown beside the clip."""

    @abstractmethod
    def edges(self, context: Context, b: Annotated) -> tuple[Triple, ...]:
        """What links a recording to that."""

    def fields(self, context: Context) -> dict[str, str]:  # noqa: ARG002
        """Fields of the prompt."""
        return {}

    def ask(self, context: Context, a: Annotated, others: Sequence[Annotated], window: Window) -> Iterator[Question]:
        """Two questions."""
        view = view_of_action(context.graph, context.action, a)
        for b in (a, *others) if view is not None else ():
            yield self.build(
                self.draw(context, a.id),
                a,
                media=(clip(a, view or "", window_s=window), self.beside(b, window)),
                prompt=self.fields(context),
                answer="yes" if b is a else "no",
                chance=0.5,
                graph_path=((a.id, "shows", context.action), *self.edges(context, b)),
                groups={"matched_pair": f"{self.name}:{a.id}"} | ({"chain": a.id} if b is a else {}),
            )


def kind_of(b: Annotated, a: Annotated) -> str:
    """Where a repetition that stands beside `a` comes from, as the kind of an option."""
    return "answer" if b is a else "same_subject" if b.truth.subject == a.truth.subject else "same_action"


def labelled(a: Annotated, shown: Sequence[Annotated], labels: Sequence[str]) -> tuple[Option, ...]:
    """Options that are called by the labels of what is shown; that of `a` is right."""
    return tuple(Option(text=label, kind=kind_of(b, a)) for b, label in zip(shown, labels, strict=True))
