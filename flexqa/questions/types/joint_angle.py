"""How far the primary joint bends or the arm rises at most.

The greatest value of the two sides to the nearest 10 degrees, at least 2 degrees from where rounding changes. The
options lie 20 degrees apart, and the right one is the least, the second, the third or the greatest equally often. The
oracle reads the pose without looking at phases.
"""

from collections.abc import Iterator

import numpy as np

from flexqa.question import LETTERS, AnswerFormat, Level, Media, Modality, Option, Question
from flexqa.questions.base import Annotated, Context, QuestionType
from flexqa.questions.eye import Eye
from flexqa.recordings.repetition import Repetition
from flexqa.vocabulary import Control

ANGLES = {
    "elbow_flex": "elbow flexion",
    "knee_flex": "knee flexion",
    "hip_flex": "hip flexion",
    "arm_elev": "arm elevation",
}
STEP_DEG = 20
ROUND_DEG = 10
GUARD_DEG = 2.0


class JointAngle(QuestionType):
    """Choice of four angles, in rising order."""

    name = "joint_angle"
    level = Level.CROSSMODAL
    modalities = (Modality.POSE,)
    answer_format = AnswerFormat.CHOICE
    summary = "What is the greatest flexion of this joint? From the pose, to the nearest 10 degrees."
    controls = {
        Control.BLIND: "chance",
        Control.SWAPPED_POSE: "lower",
        Control.NO_POSE: "chance",
        Control.FLAT_POSE: "lower",
    }

    def generate(self, context: Context) -> Iterator[Question]:
        """One question per recording with a pose, about an angle that changes."""
        for a in context.annotated:
            repetition = context.repetition(a)
            if repetition and (question := self._ask(context, a, repetition)):
                yield question

    def balance_keys(self, question: Question) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """Over the place of the right angle."""
        return (), question.letters

    def solve(self, question: Question, eye: Eye) -> str | None:
        """The option nearest to the greatest value."""
        repetition = eye.repetition(question.media[0])
        name = next(n for n, text in ANGLES.items() if text == question.prompt["angle"])
        if repetition is None:
            return None
        most = _greatest(repetition, name)
        gaps = [abs(most - int(o.text.split()[0])) for o in question.options]
        return question.letters[gaps.index(min(gaps))] if min(gaps) <= ROUND_DEG / 2 else None

    def _ask(self, context: Context, a: Annotated, repetition: Repetition) -> Question | None:
        draw = self.draw(context, a.id)
        moving = [n for n in ANGLES if np.ptp(repetition.values(n), axis=0).max() > 2 * STEP_DEG]
        if not moving:
            return None
        name = draw.child("angle").shuffled(moving)[0]
        most = _greatest(repetition, name)
        rounded = ROUND_DEG * round(most / ROUND_DEG)
        rank = draw.child("rank").index(4)
        angles = [rounded + (i - rank) * STEP_DEG for i in range(4)]
        # A negative option would be no option, and one beyond a joint's range neither.
        if (
            abs(most - rounded) > ROUND_DEG / 2 - GUARD_DEG
            or rounded - 3 * STEP_DEG < 0
            or rounded + 3 * STEP_DEG > 240
        ):
            return None
        return self.build(
            draw,
            a,
            media=(Media(recording=a.id, modality=Modality.POSE),),
            prompt={"angle": ANGLES[name]},
            options=tuple(
                Option(text=f"{angle} degrees", kind="answer" if i == rank else "other_angle")
                for i, angle in enumerate(angles)
            ),
            answer=LETTERS[rank],
            chance=0.25,
            graph_path=((a.id, f"greatest_{name}", str(rounded)),),
            groups={"chain": a.id},
        )


def _greatest(repetition: Repetition, name: str) -> float:
    return float(np.nanmax(repetition.values(name)))
