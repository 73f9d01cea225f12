"""Which phase of the repetition a moment belongs to.

The clip is cut to 0.4 s inside one annotated phase, at least 0.15 s from its boundaries. The three phases are asked
about equally often. The oracle sees the phases in the pose and looks whether the hands rest, rise or sink.
"""

from collections.abc import Iterator

from flexqa.question import AnswerFormat, Level, Modality, Question
from flexqa.questions.base import QuestionType
from flexqa.questions.context import Context
from flexqa.questions.distractors import choice_of
from flexqa.questions.evidence import clip, letter_of, view_of_action
from flexqa.questions.eye import Eye
from flexqa.questions.moments import MOMENT_CONTROLS, moments, seen_phase
from flexqa.questions.phases import PHASE_TEXTS


class PhaseAtMoment(QuestionType):
    """Choice of three phases."""

    name = "phase_at_moment"
    level = Level.RECOGNITION
    modalities = (Modality.VIDEO,)
    answer_format = AnswerFormat.CHOICE
    summary = "Which phase does this moment belong to? From the annotated phases, well inside one of them."
    controls = MOMENT_CONTROLS

    def generate(self, context: Context) -> Iterator[Question]:
        """One question per recording with a clip and a phase that is long enough."""
        for a, phase, window in moments(context):
            view = view_of_action(context.graph, context.action, a)
            if view is None:
                continue
            draw = self.draw(context, a.id)
            choice = choice_of(draw, PHASE_TEXTS, phase, "other_phase")
            yield self.build(
                draw,
                a,
                media=(clip(a, view, window_s=window),),
                options=choice.options,
                answer=choice.answer,
                chance=choice.chance,
                graph_path=((a.id, "shows", context.action), (a.id, "is_then_in_phase", phase)),
                groups={"chain": a.id},
            )

    def solve(self, question: Question, eye: Eye) -> str | None:
        """The seen phase around the window."""
        media = question.media[0]
        repetition = eye.repetition(media)
        phase = seen_phase(repetition, media.window_s) if repetition else None
        return letter_of(question, PHASE_TEXTS[phase]) if phase else None
