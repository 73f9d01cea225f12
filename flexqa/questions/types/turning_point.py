"""At what part of the shown time the movement turns.

A window of the joint angles is drawn around the turning point so that it lies anywhere between 15 and 85 % of the
window: knowing when lifts usually turn does not help. A reply within 8 points is right. The oracle sees the turning
point in the pose.
"""

from collections.abc import Iterator

from flexqa.question import AnswerFormat, Level, Media, Modality, Question
from flexqa.questions.base import Annotated, Context, QuestionType
from flexqa.questions.chance import best_constant
from flexqa.questions.eye import Eye
from flexqa.questions.timing import moments
from flexqa.vocabulary import Control

TOLERANCE = 8.0
"""per cent of the window"""
LENGTH_S = 1.6
_FIRST, _LAST = 0.15, 0.85


class TurningPoint(QuestionType):
    """A number."""

    name = "turning_point"
    level = Level.CROSSMODAL
    modalities = (Modality.POSE,)
    answer_format = AnswerFormat.NUMBER
    summary = "After how many per cent of the shown time does the movement turn? From the annotated phases; within 8."
    controls = {
        Control.BLIND: "chance",
        Control.SWAPPED_POSE: "chance",
        Control.NO_POSE: "chance",
        Control.FLAT_POSE: "chance",
    }

    def generate(self, context: Context) -> Iterator[Question]:
        """One question per recording with a pose around whose turning point a window fits."""
        asked = [(a, w) for a in context.annotated if a.recording.skeleton and (w := self._window(context, a))]
        for a, window in asked:
            same = [_per_cent(b, w) for b, w in asked if b.truth.split == a.truth.split]
            yield self.build(
                self.draw(context, a.id),
                a,
                media=(Media(recording=a.id, modality=Modality.POSE, window_s=window),),
                answer=_per_cent(a, window),
                tolerance=TOLERANCE,
                chance=min(best_constant(same, TOLERANCE), 0.5),
                graph_path=((a.id, "shows", context.action), (a.id, "turns_at", f"{_per_cent(a, window):g} %")),
                groups={"chain": a.id},
            )

    def solve(self, question: Question, eye: Eye) -> float | None:
        """Where the seen phases meet within the window."""
        media = question.media[0]
        repetition = eye.repetition(media)
        if repetition is None or media.window_s is None or len(repetition.phases) != 3:
            return None
        start, end = media.window_s
        return min(max(100 * (repetition.phases[1].end_s - start) / (end - start), 0.0), 100.0)

    def _window(self, context: Context, a: Annotated) -> tuple[float, float] | None:
        found = moments(a)
        if found is None:
            return None
        share = _FIRST + (_LAST - _FIRST) * self.draw(context, a.id, "share").unit()
        start = round(found[1] - share * LENGTH_S, 2)
        end = round(start + LENGTH_S, 2)
        return (start, end) if start >= 0 and end <= a.truth.phases[-1].end_s else None


def _per_cent(a: Annotated, window: tuple[float, float]) -> float:
    return round(100 * (a.truth.phases[1].end_s - window[0]) / (window[1] - window[0]), 1)
