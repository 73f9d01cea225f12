"""Whether the two sides differ in the movement, in the muscles, in both, or in neither.

The movement is uneven when the range of motion of the primary joint differs by 17 degrees or more, even up to 9; the
muscles are uneven from an asymmetry of 0.12 on, even up to 0.04. What lies between is not asked. Movement from the
annotated phases and the pose, muscles from the EMG; the oracle sees the phases in the pose.
"""

from collections.abc import Iterator

from flexqa.question import AnswerFormat, Level, Media, Modality, Question
from flexqa.questions.base import Annotated, Context, QuestionType
from flexqa.questions.distractors import choice_of
from flexqa.questions.evidence import letter_of, muscle_name, targets
from flexqa.questions.eye import Eye
from flexqa.questions.sides import emg_side, range_difference, shown_side
from flexqa.recordings.measures import JOINT_ANGLES
from flexqa.recordings.repetition import Repetition
from flexqa.vocabulary import Control

EVEN_UP_TO_DEG = 9.0
UNEVEN_FROM_DEG = 17.0

ANSWERS = {
    (True, True): "In the range of motion and in the muscle activity",
    (False, True): "In the muscle activity but not in the range of motion",
    (True, False): "In the range of motion but not in the muscle activity",
    (False, False): "Neither in the range of motion nor in the muscle activity",
}
"""(movement uneven, muscles uneven) -> answer"""


class AsymmetrySource(QuestionType):
    """Choice of four."""

    name = "asymmetry_source"
    level = Level.CROSSMODAL
    modalities = (Modality.EMG, Modality.POSE)
    answer_format = AnswerFormat.CHOICE
    balanced = "all_prompts"
    summary = (
        "Do the sides differ in movement, muscle activity, both or neither? From pose and EMG, with guard bands."
    )
    controls = {
        Control.BLIND: "chance",
        Control.SWAPPED_EMG: "lower",
        Control.NO_EMG: "lower",
        Control.SWAPPED_POSE: "lower",
        Control.NO_POSE: "lower",
        Control.FLAT_POSE: "lower",
        Control.FLAT_EMG: "unchanged",
    }

    def generate(self, context: Context) -> Iterator[Question]:
        """One question per recording with pose and EMG outside of the guard bands."""
        graph, action = context.graph, context.action
        for a in context.annotated:
            found = _annotated(context, a)
            if found is None:
                continue
            draw = self.draw(context, a.id)
            choice = choice_of(draw, ANSWERS, found, "cell")
            span = a.truth.span("concentric")
            assert span is not None
            yield self.build(
                draw,
                a,
                media=(
                    Media(recording=a.id, modality=Modality.POSE, label="Body joints over time"),
                    Media(
                        recording=a.id,
                        modality=Modality.EMG,
                        window_s=(span.start_s, span.end_s),
                        label="Surface EMG in the lifting phase",
                    ),
                ),
                prompt={"muscle": muscle_name(context), "measure": JOINT_ANGLES[_primary(context)]},
                options=choice.options,
                answer=choice.answer,
                chance=choice.chance,
                graph_path=(*targets(graph, action), (a.id, "differs_in", ANSWERS[found])),
                groups={"chain": a.id},
            )

    def solve(self, question: Question, eye: Eye) -> str | None:
        """The cell of the seen range of motion and the shown activity."""
        repetition, muscles = eye.repetition(question.media[0]), shown_side(eye.sides(question.media[1]))
        movement = _uneven(repetition) if repetition else None
        if movement is None or muscles is None:
            return None
        return letter_of(question, ANSWERS[movement, muscles != "same"])


def _primary(context: Context) -> str:
    return context.graph.actions[context.action].primary_measure or ""


def _annotated(context: Context, a: Annotated) -> tuple[bool, bool] | None:
    side, repetition = emg_side(context, a), context.repetition(a)
    if side is None or repetition is None or _primary(context) not in JOINT_ANGLES:
        return None
    movement = _uneven(repetition)
    return None if movement is None else (movement, side != "same")


def _uneven(repetition: Repetition) -> bool | None:
    difference = range_difference(repetition)
    if difference is None or EVEN_UP_TO_DEG < abs(difference) < UNEVEN_FROM_DEG:
        return None
    return abs(difference) >= UNEVEN_FROM_DEG
