"""Whether the two sides differ in the movement, in the muscles, in both, or in neither.

The movement is uneven when the range of motion of the primary joint differs by 17 degrees or more, even up to 9; the
muscles are uneven from an asymmetry of 0.12 on, even up to 0.04. What lies between is not asked. Most repetitions are
even in both, so questions come in sets of one action: of as many recordings as answers are offered, one of each.
Movement from the annotated phases and the pose, muscles from the EMG; the oracle sees the phases in the pose.
"""

from collections.abc import Iterator
from itertools import combinations

from flexqa.question import AnswerFormat, Level, Media, Modality, Question
from flexqa.questions.base import QuestionType
from flexqa.questions.context import Context
from flexqa.questions.corpus import Annotated
from flexqa.questions.distractors import choice_of
from flexqa.questions.evidence import letter_of, muscle_name, targets
from flexqa.questions.eye import Eye
from flexqa.questions.matched_sets import one_of_each, set_id
from flexqa.questions.sides import emg_side, range_difference, shown_side
from flexqa.recordings.measures import JOINT_ANGLES
from flexqa.recordings.repetition import Repetition
from flexqa.vocabulary import Control

EVEN_UP_TO_DEG = 9.0
UNEVEN_FROM_DEG = 17.0

Cell = tuple[bool, bool]
"""movement uneven, muscles uneven"""

ANSWERS: dict[Cell, str] = {
    (True, True): "In the range of motion and in the muscle activity",
    (False, True): "In the muscle activity but not in the range of motion",
    (True, False): "In the range of motion but not in the muscle activity",
    (False, False): "Neither in the range of motion nor in the muscle activity",
}
OFFERED = tuple(cells for n in (4, 3, 2) for cells in combinations(ANSWERS, n))
"""answers that are offered together, those first that are tried first"""


class AsymmetrySource(QuestionType):
    """Choice of four to two answers, in sets of one of each."""

    name = "asymmetry_source"
    level = Level.CROSSMODAL
    modalities = (Modality.EMG, Modality.POSE)
    answer_format = AnswerFormat.CHOICE
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
        """As many sets as there are recordings of each answer."""
        for split, group in context.by_split.items():
            found = {a.id: cell for a in group if (cell := _annotated(context, a))}
            for offered, members in one_of_each(self.draw(context, split), group, OFFERED, found):
                for a, cell in zip(members, offered, strict=True):
                    yield self._ask(context, a, cell, offered, set_id(self.name, members))

    def solve(self, question: Question, eye: Eye) -> str | None:
        """The cell of the seen range of motion and the shown activity."""
        repetition, muscles = eye.repetition(question.media[0]), shown_side(eye.sides(question.media[1]))
        movement = _uneven(repetition) if repetition else None
        if movement is None or muscles is None:
            return None
        return letter_of(question, ANSWERS[movement, muscles != "same"])

    def _ask(self, context: Context, a: Annotated, cell: Cell, offered: tuple[Cell, ...], group: str) -> Question:
        draw, span = self.draw(context, a.id), a.truth.span("concentric")
        assert span is not None
        choice = choice_of(draw, {c: ANSWERS[c] for c in offered}, cell, "cell")
        return self.build(
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
            graph_path=(*targets(context.graph, context.action), (a.id, "differs_in", ANSWERS[cell])),
            groups={"chain": a.id, "matched_set": group},
        )


def _primary(context: Context) -> str:
    return context.graph.actions[context.action].primary_measure or ""


def _annotated(context: Context, a: Annotated) -> Cell | None:
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
