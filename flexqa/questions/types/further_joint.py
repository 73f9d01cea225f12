"""In which of two repetitions the primary joint goes further.

The greatest value of the two sides differs by at least 10 degrees. The repetitions are of one action, so knowing how
far a joint usually goes does not help. Asked where the primary measure of the action is an angle that a pose is
written with. The oracle reads the pose.
"""

import numpy as np

from flexqa.question import Level, Media, Modality
from flexqa.questions.comparisons import Comparison
from flexqa.questions.context import Context
from flexqa.questions.corpus import Annotated
from flexqa.questions.evidence import POSE_CONTROLS
from flexqa.questions.eye import Eye
from flexqa.recordings.measures import JOINT_ANGLES
from flexqa.recordings.repetition import Repetition


class FurtherJoint(Comparison):
    """Choice of two repetitions."""

    name = "further_joint"
    level = Level.CROSSMODAL
    modalities = (Modality.POSE,)
    summary = (
        "In which of two repetitions does the main joint go further? From poses that differ by 10 degrees or more."
    )
    controls = POSE_CONTROLS
    apart = 10.0
    labels = ("Repetition 1", "Repetition 2")

    def measure(self, context: Context, a: Annotated) -> float | None:
        """Degrees."""
        repetition = context.repetition(a)
        return _furthest(repetition) if repetition else None

    def seen(self, media: Media, eye: Eye) -> float | None:
        """Degrees, of the recognised exercise."""
        repetition = eye.repetition(media)
        return _furthest(repetition) if repetition else None

    def evidence(self, context: Context, shown: tuple[Annotated, Annotated]) -> tuple[Media, ...]:  # noqa: ARG002
        """The joint angles of both."""
        return tuple(
            Media(recording=a.id, modality=Modality.POSE, label=label)
            for a, label in zip(shown, self.labels, strict=True)
        )


def _furthest(repetition: Repetition) -> float | None:
    """The greatest difference of the primary angle, mean of both sides, from its value at rest."""
    name = repetition.graph.actions[repetition.action].primary_measure
    if name not in JOINT_ANGLES:
        return None
    values = repetition.values(name).mean(axis=1)
    return float(np.abs(values - values[0]).max())
