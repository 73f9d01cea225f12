"""Which side's muscle works harder in the concentric phase, judged from the clip alone.

The answer comes from the EMG of the action's dominant muscle, left against right: an asymmetry of 0.12 or more is a
side, of 0.04 or less is "about the same", and what lies between is not asked. Nor is a recording that is known to be
uneven in the muscles alone, which no clip shows. The oracle looks which side goes further, holds the load higher, or
has the hips shifted to it.
"""

from collections.abc import Iterator

from flexqa.question import AnswerFormat, Level, Modality, Question
from flexqa.questions.base import QuestionType
from flexqa.questions.context import Context
from flexqa.questions.evidence import clip, dominant_muscle, letter_of, muscle_name, targets, view_of_action
from flexqa.questions.eye import Eye
from flexqa.questions.sides import ANSWERS, emg_side, seen_side, side_choice
from flexqa.vocabulary import Control


class HarderSide(QuestionType):
    """Choice of left, right, and about the same."""

    name = "harder_side"
    level = Level.CROSSMODAL
    modalities = (Modality.VIDEO,)
    answer_format = AnswerFormat.CHOICE
    summary = "Which side works harder in the concentric phase? Seen in the clip, answered by the EMG."
    controls = {Control.BLIND: "chance", Control.SWAPPED_CLIP: "chance", Control.SINGLE_FRAME: "lower"}

    def generate(self, context: Context) -> Iterator[Question]:
        """One question per recording with a clip and EMG outside of the guard band."""
        graph, action = context.graph, context.action
        for a in context.annotated:
            view, side = view_of_action(graph, action, a), emg_side(context, a)
            hidden = any(not graph.errors[e].observable.video_views for e in a.truth.set_errors)
            if view is None or side is None or hidden:
                continue
            draw, muscle = self.draw(context, a.id), dominant_muscle(graph, action)
            choice = side_choice(draw, side)
            yield self.build(
                draw,
                a,
                media=(clip(a, view),),
                prompt={"muscle": muscle_name(context), "phase": "concentric"},
                options=choice.options,
                answer=choice.answer,
                chance=choice.chance,
                graph_path=((a.id, "shows", action), *targets(graph, action), (a.id, f"{muscle}_harder_on", side)),
                groups={"chain": a.id},
            )

    def solve(self, question: Question, eye: Eye) -> str | None:
        """The side that visibly works harder."""
        repetition = eye.repetition(question.media[0])
        side = seen_side(repetition) if repetition else None
        return letter_of(question, ANSWERS[side]) if side else None
