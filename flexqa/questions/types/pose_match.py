"""Whether joint angles belong to the repetition in the clip.

Each clip is asked about twice, with its own joint angles and with those of another repetition that timing tells apart
(`flexqa.questions.matching`). The oracle compares when each is seen to begin and to turn.
"""

from flexqa.question import Media, Modality, Question, Triple, Window
from flexqa.questions.context import Context
from flexqa.questions.corpus import Annotated
from flexqa.questions.eye import Eye
from flexqa.questions.matching import MatchedPair
from flexqa.questions.timing import same_moments
from flexqa.vocabulary import Control


class PoseMatch(MatchedPair):
    """Yes or no, in pairs of one of each."""

    name = "pose_match"
    modalities = (Modality.POSE, Modality.VIDEO)
    summary = "Do joint angles and clip belong together? Once its own, once those of another with other timing."
    controls = {
        Control.BLIND: "chance",
        Control.SWAPPED_CLIP: "chance",
        Control.NO_CLIP: "chance",
        Control.SWAPPED_POSE: "chance",
        Control.NO_POSE: "chance",
        Control.FLAT_POSE: "chance",
        Control.SINGLE_FRAME: "lower",
        Control.SHUFFLED_FRAMES: "lower",
        Control.REVERSED_FRAMES: "lower",
    }

    def usable(self, context: Context, a: Annotated, b: Annotated) -> bool:  # noqa: ARG002
        """Whether a recording has a pose."""
        return b.recording.skeleton is not None

    def beside(self, b: Annotated, window: Window) -> Media:
        """The joint angles."""
        return Media(recording=b.id, modality=Modality.POSE, window_s=window)

    def edges(self, context: Context, b: Annotated) -> tuple[Triple, ...]:  # noqa: ARG002
        """The pose."""
        return ((b.id, "measured_as", f"pose of {b.id}"),)

    def solve(self, question: Question, eye: Eye) -> str | None:
        """Whether clip and joint angles begin and turn together."""
        one, other = (eye.repetition(m) for m in question.media)
        same = same_moments(one, other) if one and other else None
        return None if same is None else "yes" if same else "no"
