"""Whether a clip and an EMG trace are of the same repetition.

Each clip is asked about twice, with its own trace and with that of another repetition that timing tells apart
(`flexqa.questions.matching`). The oracle looks how well the phases that it sees explain the activity.
"""

from flexqa.question import Media, Modality, Question, Triple, Window
from flexqa.questions.context import Context
from flexqa.questions.corpus import Annotated
from flexqa.questions.evidence import has_emg, muscle_name, recorded_with_emg
from flexqa.questions.eye import Eye
from flexqa.questions.matching import CLIP_AND_EMG_CONTROLS, MatchedPair
from flexqa.questions.timing import fit, fits


class MatchedEmg(MatchedPair):
    """Yes or no, in pairs of one of each."""

    name = "matched_emg"
    modalities = (Modality.EMG, Modality.VIDEO)
    summary = "Are clip and EMG trace of the same repetition? Once its own, once that of another with other timing."
    controls = CLIP_AND_EMG_CONTROLS

    def usable(self, context: Context, a: Annotated, b: Annotated) -> bool:  # noqa: ARG002
        """Whether a recording has EMG."""
        return has_emg(context, b)

    def beside(self, b: Annotated, window: Window) -> Media:
        """The trace."""
        return Media(recording=b.id, modality=Modality.EMG, window_s=window)

    def edges(self, context: Context, b: Annotated) -> tuple[Triple, ...]:
        """The muscle and the trace."""
        return recorded_with_emg(context, b)

    def fields(self, context: Context) -> dict[str, str]:
        """The muscle under the electrodes."""
        return {"muscle": muscle_name(context)}

    def solve(self, question: Question, eye: Eye) -> str | None:
        """Whether the activity goes with the movement."""
        repetition = eye.repetition(question.media[0])
        found = fits(fit(repetition, eye.sides(question.media[1]))) if repetition else None
        return None if found is None else "yes" if found else "no"
