"""In which phase a shown moment is.

A window of 0.4 s well inside one of the three phases is shown; its length is the same in all. Of each exercise, every
phase is right equally often. The oracle looks in which of the seen phases the window lies.
"""

from collections.abc import Iterator

from flexqa.question import AnswerFormat, Level, Modality, Option, Question
from flexqa.questions.base import Context, QuestionType
from flexqa.questions.distractors import place
from flexqa.questions.evidence import clip, letter_of, view_of_action
from flexqa.questions.eye import Eye
from flexqa.questions.phases import PHASE_TEXTS, moments_of, phase_of
from flexqa.vocabulary import Control


class PhaseAtMoment(QuestionType):
    """Choice of three phases."""

    name = "phase_at_moment"
    level = Level.RECOGNITION
    modalities = (Modality.VIDEO,)
    answer_format = AnswerFormat.CHOICE
    summary = "In which phase is the shown moment? From the annotated phases."
    controls = {
        Control.BLIND: "chance",
        Control.SWAPPED_CLIP: "lower",
        Control.NO_CLIP: "chance",
        Control.SINGLE_FRAME: "lower",
        Control.REVERSED_FRAMES: "lower",
    }

    def generate(self, context: Context) -> Iterator[Question]:
        """One question per recording with a clip, about a moment of a phase that is drawn."""
        for a in context.annotated:
            draw, view = self.draw(context, a.id), view_of_action(context.graph, context.action, a)
            found = moments_of(draw, a)
            if view is None or found is None:
                continue
            phase = draw.child("phase").shuffled(found)[0]
            wrong = [Option(text=text, kind="phase") for p, text in PHASE_TEXTS.items() if p != phase]
            choice = place(draw, Option(text=PHASE_TEXTS[phase], kind="answer"), wrong)
            yield self.build(
                draw,
                a,
                media=(clip(a, view, window_s=found[phase]),),
                options=choice.options,
                answer=choice.answer,
                chance=choice.chance,
                graph_path=((a.id, "shows", context.action), (a.id, "is_then_in", phase)),
                groups={"chain": a.id},
            )

    def solve(self, question: Question, eye: Eye) -> str | None:
        """The seen phase that holds the window."""
        media = question.media[0]
        repetition = eye.repetition(media)
        phase = phase_of(repetition, media.window_s) if repetition and media.window_s else None
        return letter_of(question, PHASE_TEXTS[phase]) if phase else None
