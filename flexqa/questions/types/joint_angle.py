"""How far a joint bends, or the arm rises, at most in a part of a repetition.

Four angles 20 degrees apart; the greatest of the two sides is within 5 degrees of one of them. How far a joint bends
in an exercise is no secret, so questions come in sets: four recordings of one action are shown in the same window and
asked about with the same four angles, and each angle is right once. The oracle takes the greatest of a few means over
the window, as a pose is written.
"""

from collections.abc import Iterator, Sequence
from itertools import product
from typing import NamedTuple

import numpy as np

from flexqa.question import LETTERS, AnswerFormat, Level, Media, Modality, Option, Question
from flexqa.questions.base import QuestionType
from flexqa.questions.context import Context
from flexqa.questions.corpus import Annotated
from flexqa.questions.evidence import POSE_CONTROLS
from flexqa.questions.eye import Eye
from flexqa.questions.matched_sets import matched_sets, set_id
from flexqa.recordings.measures import JOINT_ANGLES
from flexqa.recordings.repetition import Repetition
from flexqa.vocabulary import Control

LENGTH_S = 0.6
STEP_DEG = 20
WITHIN_DEG = 5.0
"""of the right option, so that the next is at least 15 away"""
OPTIONS = 4
_SURE_DEG = 8.0
"""from an option; in the middle between two it would be too close to tell"""
_EVERY_S = 0.2
_LOWEST_DEG = range(0, 111, 10)
_POINTS = 24
"""values in which a window is written"""


class Setting(NamedTuple):
    """What the questions of a set share."""

    angle: str
    start_s: float
    lowest_deg: int
    """the first option"""

    @property
    def window_s(self) -> tuple[float, float]:
        """The part that is shown."""
        return self.start_s, round(self.start_s + LENGTH_S, 2)

    @property
    def options_deg(self) -> tuple[int, ...]:
        """The angles in rising order."""
        return tuple(self.lowest_deg + i * STEP_DEG for i in range(OPTIONS))


class JointAngle(QuestionType):
    """Choice of four angles, in rising order, in sets of four questions."""

    name = "joint_angle"
    level = Level.CROSSMODAL
    modalities = (Modality.POSE,)
    answer_format = AnswerFormat.CHOICE
    summary = "What is the greatest flexion of this joint in the shown part? From the pose, within 5 degrees."
    controls = POSE_CONTROLS | {Control.FLAT_POSE: "chance"}

    def generate(self, context: Context) -> Iterator[Question]:
        """Four questions per four recordings that reach four angles in the same window."""
        for split, group in context.by_split.items():
            reached = {a.id: _reached(r) for a in group if (r := context.repetition(a))}
            windows = {window for windows in reached.values() for window in windows}
            settings = [Setting(*window, lowest) for window, lowest in product(windows, _LOWEST_DEG)]
            draw = self.draw(context, split)
            for setting, members in matched_sets(
                draw,
                [a for a in group if a.id in reached],
                draw.child("settings").shuffled(settings),
                lambda _: OPTIONS,
                lambda a, s: _nearest(reached[a.id].get((s.angle, s.start_s)), s.options_deg),  # noqa: B023  # at once
            ):
                yield from self._ask(context, setting, members)

    def balance_keys(self, question: Question) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """Over the place of the right angle."""
        return (), question.letters

    def solve(self, question: Question, eye: Eye) -> str | None:
        """The option nearest to the greatest value that is written."""
        media, repetition = question.media[0], eye.repetition(question.media[0])
        angle = next(name for name, text in JOINT_ANGLES.items() if text == question.prompt["angle"])
        if repetition is None or media.window_s is None:
            return None
        inside = _inside(repetition, media.window_s)
        written = [
            part.mean(axis=0) for part in np.array_split(repetition.values(angle)[inside], _POINTS) if len(part)
        ]
        options = [int(o.text.split()[0]) for o in question.options]
        nearest = _nearest(float(np.max(written)), options, _SURE_DEG)
        return question.letters[nearest[0]] if nearest else None

    def _ask(self, context: Context, setting: Setting, members: tuple[Annotated, ...]) -> Iterator[Question]:
        for rank, a in enumerate(members):
            yield self.build(
                self.draw(context, a.id),
                a,
                media=(Media(recording=a.id, modality=Modality.POSE, window_s=setting.window_s),),
                prompt={"angle": JOINT_ANGLES[setting.angle]},
                options=tuple(
                    Option(text=f"{degrees} degrees", kind="answer" if i == rank else "other_angle")
                    for i, degrees in enumerate(setting.options_deg)
                ),
                answer=LETTERS[rank],
                chance=1 / OPTIONS,
                graph_path=((a.id, f"greatest_{setting.angle}", str(setting.options_deg[rank])),),
                groups={"chain": a.id, "matched_set": set_id(self.name, members)},
            )


def _reached(repetition: Repetition) -> dict[tuple[str, float], float]:
    """(angle, start of a window) -> the greatest value of the two sides in it."""
    pose_s = len(repetition.pose.points) / repetition.pose.fps
    end = min([pose_s, *(span.end_s for span in repetition.phases[-1:])])
    starts = [round(float(start), 2) for start in np.arange(0, end - LENGTH_S, _EVERY_S)]
    return {
        (angle, start): float(repetition.values(angle)[_inside(repetition, (start, start + LENGTH_S))].max())
        for angle, start in product(JOINT_ANGLES, starts)
    }


def _inside(repetition: Repetition, window_s: tuple[float, float]) -> slice:
    first, last = (round(t * repetition.pose.fps) for t in window_s)
    return slice(first, last)


def _nearest(degrees: float | None, options: Sequence[int], within: float = WITHIN_DEG) -> tuple[int, ...]:
    """The place of the option that is near enough; empty when there is none."""
    return tuple(i for i, option in enumerate(options) if degrees is not None and abs(degrees - option) <= within)
