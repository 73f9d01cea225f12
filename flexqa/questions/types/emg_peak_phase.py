"""In which moving phase the muscle has its strongest burst, told from EMG and pose together.

The trace alone does not say when the lifter turns. The peak of the mean of both sides must lie at least 0.15 s inside
its phase and be at least a tenth above the highest value of the other. The oracle sees the phases in the pose.
"""

from collections.abc import Iterator, Sequence

from flexqa.question import AnswerFormat, Level, Media, Modality, Question
from flexqa.questions.base import QuestionType
from flexqa.questions.context import Context
from flexqa.questions.distractors import choice_of
from flexqa.questions.evidence import dominant_muscle, letter_of, targets
from flexqa.questions.eye import Eye
from flexqa.questions.phases import PHASE_TEXTS
from flexqa.recordings.model import PhaseSpan
from flexqa.recordings.signals import Sides
from flexqa.vocabulary import Control, Phase

INSIDE_S = 0.15
ABOVE = 1.1

ANSWERS: dict[Phase, str] = {phase: text for phase, text in PHASE_TEXTS.items() if phase != "preparation"}


class EmgPeakPhase(QuestionType):
    """Choice of two phases."""

    name = "emg_peak_phase"
    level = Level.CROSSMODAL
    modalities = (Modality.EMG, Modality.POSE)
    answer_format = AnswerFormat.CHOICE
    summary = "Is the strongest burst in the lifting or the lowering phase? From the EMG and the annotated phases."
    controls = {
        Control.BLIND: "chance",
        Control.SWAPPED_EMG: "chance",
        Control.NO_EMG: "chance",
        Control.FLAT_EMG: "chance",
        Control.SWAPPED_POSE: "lower",
        Control.NO_POSE: "lower",
        Control.FLAT_POSE: "lower",
    }

    def generate(self, context: Context) -> Iterator[Question]:
        """One question per recording with EMG, pose and a clear peak."""
        graph, action = context.graph, context.action
        for a in context.annotated:
            sides = context.sides(a)
            phase = _peak(sides, a.truth.phases) if sides else None
            if phase is None or a.recording.skeleton is None:
                continue
            draw, muscle = self.draw(context, a.id), dominant_muscle(graph, action)
            choice = choice_of(draw, ANSWERS, phase, "phase")
            yield self.build(
                draw,
                a,
                media=(
                    Media(recording=a.id, modality=Modality.POSE, label="Body joints over time"),
                    Media(recording=a.id, modality=Modality.EMG, label="Surface EMG over the same time"),
                ),
                prompt={"muscle": graph.muscles[muscle].name},
                options=choice.options,
                answer=choice.answer,
                chance=choice.chance,
                graph_path=(*targets(graph, action), (a.id, f"{muscle}_peaks_in", phase)),
                groups={"chain": a.id},
            )

    def solve(self, question: Question, eye: Eye) -> str | None:
        """The seen phase that holds the peak."""
        repetition = eye.repetition(question.media[0])
        phase = _peak(eye.sides(question.media[1]), repetition.phases) if repetition else None
        return letter_of(question, ANSWERS[phase]) if phase else None


def _peak(sides: Sides, phases: Sequence[PhaseSpan]) -> Phase | None:
    """The phase of the peak; null where it is near a boundary or another phase comes near it."""
    highest: dict[Phase, float] = {}
    at: dict[Phase, tuple[float, PhaseSpan]] = {}
    for span in phases:
        first, last = (round(t * sides.rate_hz) for t in (span.start_s, span.end_s))
        values = sides.mean[first:last]
        if len(values):
            highest[span.phase] = float(values.max())
            at[span.phase] = (first + int(values.argmax())) / sides.rate_hz, span
    top = max(highest, key=lambda p: highest[p], default=None)
    if top not in ANSWERS or any(highest[top] < ABOVE * v for p, v in highest.items() if p != top):
        return None
    moment, span = at[top]
    return top if span.start_s + INSIDE_S <= moment <= span.end_s - INSIDE_S else None
