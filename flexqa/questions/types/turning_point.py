"""At what part of the shown time the movement turns.

A window of the joint angles is drawn around the turning point so that it lies anywhere between 15 and 85 % of the
window: knowing when lifts usually turn does not help. A reply within 8 points is right, so a movement is asked about
only when what is written of it is furthest so near to the annotated moment. The oracle sees the phases in the pose.
"""

from collections.abc import Iterator

from flexqa.question import AnswerFormat, Level, Media, Modality, Question, Window
from flexqa.questions.base import QuestionType
from flexqa.questions.chance import HIGHEST_CHANCE, best_constant
from flexqa.questions.context import Context
from flexqa.questions.corpus import Annotated
from flexqa.questions.evidence import POSE_CONTROLS
from flexqa.questions.eye import Eye
from flexqa.questions.timing import moments
from flexqa.questions.turning import turns_clearly
from flexqa.vocabulary import Control

TOLERANCE = 8.0
"""per cent of the window"""
LENGTH_S = 1.6
FIRST, LAST = 15.0, 85.0
"""per cent of the window between which the turning point lies"""
_CLEAR_S = TOLERANCE / 100 * LENGTH_S


class TurningPoint(QuestionType):
    """A number."""

    name = "turning_point"
    level = Level.CROSSMODAL
    modalities = (Modality.POSE,)
    answer_format = AnswerFormat.NUMBER
    summary = "After how many per cent of the shown time does the movement turn? From the annotated phases; within 8."
    controls = POSE_CONTROLS | {Control.FLAT_POSE: "chance"}

    def generate(self, context: Context) -> Iterator[Question]:
        """One question per recording with a clear turning point around which a window fits."""
        for group in context.by_split.values():
            asked = [(a, window) for a in group if (window := self._window(context, a))]
            chance = min(best_constant([_answer(a, w) for a, w in asked], TOLERANCE, FIRST, LAST), HIGHEST_CHANCE)
            yield from (self._ask(context, a, window, chance) for a, window in asked)

    def _ask(self, context: Context, a: Annotated, window: Window, chance: float) -> Question:
        answer = _answer(a, window)
        return self.build(
            self.draw(context, a.id),
            a,
            media=(Media(recording=a.id, modality=Modality.POSE, window_s=window),),
            answer=answer,
            tolerance=TOLERANCE,
            chance=chance,
            graph_path=((a.id, "shows", context.action), (a.id, "turns_at", f"{answer:g} %")),
            groups={"chain": a.id},
        )

    def solve(self, question: Question, eye: Eye) -> float | None:
        """Where the seen phases meet within the window, if the movement is furthest near there."""
        window, repetition = question.media[0].window_s, eye.repetition(question.media[0])
        if repetition is None or window is None or not turns_clearly(repetition, _CLEAR_S):
            return None
        seen = per_cent(repetition.phases[1].end_s, window)
        return seen if 0 <= seen <= 100 else None

    def _window(self, context: Context, a: Annotated) -> Window | None:
        """Around a turning point that is clear; null where there is none, or the recording is too short."""
        found, repetition = moments(a), context.repetition(a)
        if found is None or repetition is None or not turns_clearly(repetition, _CLEAR_S):
            return None
        share = (FIRST + (LAST - FIRST) * self.draw(context, a.id, "share").unit()) / 100
        start = round(found[1] - share * LENGTH_S, 2)
        end = round(start + LENGTH_S, 2)
        return (start, end) if start >= 0 and end <= a.truth.phases[-1].end_s else None


def per_cent(moment_s: float, window: Window) -> float:
    """Where a moment lies in a window."""
    return round(100 * (moment_s - window[0]) / (window[1] - window[0]), 1)


def _answer(a: Annotated, window: Window) -> float:
    return per_cent(a.truth.phases[1].end_s, window)
