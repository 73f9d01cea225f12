"""Heart and breath rate over a set: how they change, and how they compare.

What is compared are means of the first and the last third: single values are noisy.
"""

from collections.abc import Iterator
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from flexqa.media import Physio
from flexqa.question import Answer, AnswerFormat, Level, Media, Modality, Option, Question
from flexqa.questions.base import Annotated, Context, QuestionType
from flexqa.questions.distractors import place
from flexqa.questions.evidence import letter_of
from flexqa.questions.eye import Eye
from flexqa.vocabulary import Control

Trend = Literal["rises", "falls", "stays"]

TRENDS: dict[Trend, str] = {"rises": "It rises", "falls": "It falls", "stays": "It stays about the same"}

PHYSIO_CONTROLS: dict[Control, Literal["chance", "lower", "unchanged"]] = {
    Control.BLIND: "chance",
    Control.SWAPPED_PHYSIO: "chance",
    Control.NO_PHYSIO: "chance",
}


class TrendType(QuestionType):
    """Whether a rate rises, falls, or stays about the same over a set."""

    level = Level.CROSSMODAL
    modalities = (Modality.PHYSIO,)
    answer_format = AnswerFormat.CHOICE
    controls = PHYSIO_CONTROLS
    bounds: tuple[float, float]
    """up to the first change the rate stays, from the second on it rises or falls; per minute"""

    def rate(self, physio: Physio) -> NDArray[np.float64]:
        """The rate that is asked for, shape (values,)."""
        raise NotImplementedError

    def generate(self, context: Context) -> Iterator[Question]:
        """One question per recording with physio outside of the guard band."""
        for a in context.annotated:
            physio = context.physio(a)
            trend = self._trend(physio) if physio else None
            if trend is not None:
                yield self._ask(context, a, trend)

    def solve(self, question: Question, eye: Eye) -> Answer | None:
        """The trend of the rate as it is shown."""
        trend = self._trend(eye.physio(question.media[0]))
        return letter_of(question, TRENDS[trend]) if trend else None

    def _ask(self, context: Context, a: Annotated, trend: Trend) -> Question:
        draw = self.draw(context, a.id)
        wrong = [Option(text=text, kind="trend") for t, text in TRENDS.items() if t != trend]
        choice = place(draw, Option(text=TRENDS[trend], kind="answer"), wrong)
        return self.build(
            draw,
            a,
            media=(Media(recording=a.id, modality=Modality.PHYSIO),),
            options=choice.options,
            answer=choice.answer,
            chance=choice.chance,
            graph_path=((a.id, self.name, trend),),
            groups={"chain": a.id},
        )

    def _trend(self, physio: Physio) -> Trend | None:
        rate = self.rate(physio)
        third = len(rate) // 3
        if not third:
            return None
        change, (stays, moves) = float(rate[-third:].mean() - rate[:third].mean()), self.bounds
        if abs(change) <= stays:
            return "stays"
        return None if abs(change) < moves else "rises" if change > 0 else "falls"
