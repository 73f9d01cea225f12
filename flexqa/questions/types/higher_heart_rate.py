"""In which of two sets of one action the mean heart rate is higher.

The means differ by at least 5 beats per minute. The repetitions of a set share its rates, so one stands for all. It
is a rate that is compared, and not called effort.
"""

from flexqa.question import Level, Media, Modality
from flexqa.questions.comparisons import Comparison
from flexqa.questions.context import Context
from flexqa.questions.corpus import Annotated
from flexqa.questions.eye import Eye
from flexqa.questions.rates import PHYSIO_CONTROLS, stands_for_set


class HigherHeartRate(Comparison):
    """Choice of two sets."""

    name = "higher_heart_rate"
    level = Level.CROSSMODAL
    modalities = (Modality.PHYSIO,)
    summary = "In which of two sets is the mean heart rate higher? From rates that differ by 5 per minute or more."
    controls = PHYSIO_CONTROLS
    apart = 5.0
    labels = ("Set 1", "Set 2")

    def measure(self, context: Context, a: Annotated) -> float | None:
        """Mean beats per minute; null for a recording that another stands for."""
        physio = context.physio(a) if stands_for_set(context, a) else None
        return float(physio.heart_bpm.mean()) if physio else None

    def seen(self, media: Media, eye: Eye) -> float | None:
        """Mean beats per minute."""
        return float(eye.physio(media).heart_bpm.mean())

    def evidence(self, context: Context, shown: tuple[Annotated, Annotated]) -> tuple[Media, ...]:  # noqa: ARG002
        """The rates of both sets."""
        return tuple(
            Media(recording=a.id, modality=Modality.PHYSIO, label=label)
            for a, label in zip(shown, self.labels, strict=True)
        )
