"""On which side an EMG trace shows more activity.

The trace is that of the concentric phase. An asymmetry of 0.12 or more is a side, of 0.04 or less is about the same,
and what lies between is not asked. The oracle measures the trace as it is shown.
"""

from collections.abc import Iterator

from flexqa.question import AnswerFormat, Level, Media, Modality, Question
from flexqa.questions.base import QuestionType
from flexqa.questions.context import Context
from flexqa.questions.evidence import dominant_muscle, letter_of, muscle_name, targets
from flexqa.questions.eye import Eye
from flexqa.questions.sides import ANSWERS, emg_side, shown_side, side_choice
from flexqa.vocabulary import Control


class StrongerSide(QuestionType):
    """Choice of left, right, and about the same."""

    name = "stronger_side"
    level = Level.CROSSMODAL
    modalities = (Modality.EMG,)
    answer_format = AnswerFormat.CHOICE
    summary = "On which side is the muscle more active? From the EMG of the concentric phase."
    controls = {
        Control.BLIND: "chance",
        Control.SWAPPED_EMG: "chance",
        Control.NO_EMG: "chance",
        Control.FLAT_EMG: "unchanged",
    }

    def generate(self, context: Context) -> Iterator[Question]:
        """One question per recording with EMG outside of the guard band."""
        for a in context.annotated:
            span, side = a.truth.span("concentric"), emg_side(context, a)
            if span is not None and side is not None:
                graph, draw = context.graph, self.draw(context, a.id)
                muscle, choice = dominant_muscle(graph, context.action), side_choice(draw, side)
                window = (span.start_s, span.end_s)
                yield self.build(
                    draw,
                    a,
                    media=(Media(recording=a.id, modality=Modality.EMG, window_s=window),),
                    prompt={"muscle": muscle_name(context)},
                    options=choice.options,
                    answer=choice.answer,
                    chance=choice.chance,
                    graph_path=(*targets(graph, context.action), (a.id, f"{muscle}_harder_on", side)),
                    groups={"chain": a.id},
                )

    def solve(self, question: Question, eye: Eye) -> str | None:
        """The side of the greater mean."""
        side = shown_side(eye.sides(question.media[0]))
        return letter_of(question, ANSWERS[side]) if side else None
