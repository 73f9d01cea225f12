"""Which side goes further: the lifter's left, the right, or both about the same.

The greatest, or least, value of the primary angle on either side. They differ by up to 5 degrees for about the same
and by at least 12 for one of them. Most repetitions are even, so questions come in sets of one action: of three
recordings, one of each answer, or of two where a third answer is missing, which is then not offered. The oracle
recognises the exercise and reads both sides off the pose.
"""

from collections.abc import Iterator

import numpy as np

from flexqa.question import AnswerFormat, Level, Media, Modality, Question
from flexqa.questions.base import QuestionType
from flexqa.questions.context import Context
from flexqa.questions.corpus import Annotated
from flexqa.questions.distractors import choice_of
from flexqa.questions.evidence import POSE_CONTROLS, letter_of
from flexqa.questions.eye import Eye
from flexqa.questions.matched_sets import one_of_each, set_id
from flexqa.questions.sides import ANSWERS, Side
from flexqa.recordings.measures import JOINT_ANGLES
from flexqa.recordings.repetition import Repetition

SAME_UP_TO_DEG, FURTHER_FROM_DEG = 5.0, 12.0
OFFERED: tuple[tuple[Side, ...], ...] = (
    ("left", "right", "same"),
    ("left", "right"),
    ("left", "same"),
    ("right", "same"),
)


class FurtherSide(QuestionType):
    """Choice of two or three, in sets of one of each."""

    name = "further_side"
    level = Level.CROSSMODAL
    modalities = (Modality.POSE,)
    answer_format = AnswerFormat.CHOICE
    summary = "On which side does this joint go further? From the pose: up to 5 degrees is the same, 12 is further."
    controls = POSE_CONTROLS

    def generate(self, context: Context) -> Iterator[Question]:
        """As many sets as there are recordings of each answer."""
        for split, group in context.by_split.items():
            sides = {a.id: side for a in group if (r := context.repetition(a)) and (side := _side(r))}
            for offered, members in one_of_each(self.draw(context, split), group, OFFERED, sides):
                for a, side in zip(members, offered, strict=True):
                    yield self._ask(context, a, side, offered, set_id(self.name, members))

    def solve(self, question: Question, eye: Eye) -> str | None:
        """The side that is seen to go further."""
        repetition = eye.repetition(question.media[0])
        side = _side(repetition) if repetition else None
        if repetition is None or side is None or question.prompt != _words(repetition):
            return None
        return letter_of(question, ANSWERS[side])

    def _ask(self, context: Context, a: Annotated, side: Side, offered: tuple[Side, ...], group: str) -> Question:
        repetition, draw = context.repetition(a), self.draw(context, a.id)
        assert repetition is not None
        choice = choice_of(draw, {s: ANSWERS[s] for s in offered}, side, "side")
        return self.build(
            draw,
            a,
            media=(Media(recording=a.id, modality=Modality.POSE),),
            prompt=_words(repetition),
            options=choice.options,
            answer=choice.answer,
            chance=choice.chance,
            graph_path=((a.id, "shows", context.action), (a.id, "goes_further", side)),
            groups={"chain": a.id, "matched_set": group},
        )


def _way(repetition: Repetition) -> tuple[str, float] | None:
    """The primary angle, and 1 or -1 as it rises or falls on its way to the turning point; null if not written."""
    node = repetition.graph.actions[repetition.action]
    if node.primary_measure not in JOINT_ANGLES or node.primary_measure not in node.rom:
        return None
    start, end = node.rom[node.primary_measure]
    return node.primary_measure, 1.0 if end > start else -1.0


def _words(repetition: Repetition) -> dict[str, str]:
    """The fields of the prompt."""
    way = _way(repetition)
    return {"angle": JOINT_ANGLES[way[0]], "way": "higher" if way[1] > 0 else "lower"} if way else {}


def _side(repetition: Repetition) -> Side | None:
    """The side that goes further; null inside the guard band, or where the primary angle is not written."""
    way = _way(repetition)
    if way is None:
        return None
    left, right = np.max(repetition.values(way[0]) * way[1], axis=0)
    if abs(left - right) <= SAME_UP_TO_DEG:
        return "same"
    if not abs(left - right) >= FURTHER_FROM_DEG:
        return None
    return "left" if left > right else "right"
