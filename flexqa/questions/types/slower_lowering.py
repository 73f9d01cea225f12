"""In which of two clips the load is lowered more slowly.

The lowering phases differ by at least 0.4 s. The oracle measures the phases that it sees.
"""

from flexqa.question import Level, Media, Modality
from flexqa.questions.base import Annotated, Context
from flexqa.questions.comparisons import Comparison
from flexqa.questions.evidence import clip, view_of_action
from flexqa.questions.eye import Eye
from flexqa.vocabulary import Control


class SlowerLowering(Comparison):
    """Choice of two clips."""

    name = "slower_lowering"
    level = Level.RECOGNITION
    modalities = (Modality.VIDEO,)
    summary = "In which of two clips is the lowering slower? From annotated phases that differ by 0.4 s or more."
    controls = {
        Control.BLIND: "chance",
        Control.SWAPPED_CLIP: "chance",
        Control.NO_CLIP: "chance",
        Control.SINGLE_FRAME: "chance",
        Control.SHUFFLED_FRAMES: "lower",
    }
    apart = 0.4

    def measure(self, context: Context, a: Annotated) -> float | None:  # noqa: ARG002
        """Seconds of the annotated phase."""
        span = a.truth.span("eccentric")
        return span.end_s - span.start_s if span else None

    def seen(self, media: Media, eye: Eye) -> float | None:
        """Seconds of the seen phase."""
        repetition = eye.repetition(media)
        span = repetition.span("eccentric") if repetition else None
        return span.end_s - span.start_s if span else None

    def evidence(self, context: Context, shown: tuple[Annotated, Annotated]) -> tuple[Media, ...]:
        """Both clips from one view."""
        view = view_of_action(context.graph, context.action, *shown)
        return tuple(clip(a, view, label) for a, label in zip(shown, self.labels, strict=True)) if view else ()
