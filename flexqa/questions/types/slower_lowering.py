"""In which of two clips the load is lowered more slowly.

The lowering phases differ by at least 0.4 s. Slow repetitions are long, so the longer clip would mostly be right:
both are cut to the length of the shorter, of which a lowering phase may lose its last 0.3 s. The oracle measures the
phases that it sees.
"""

from flexqa.question import Level, Media, Modality, Window
from flexqa.questions.comparisons import Comparison
from flexqa.questions.context import Context
from flexqa.questions.corpus import Annotated
from flexqa.questions.evidence import clip, view_of_action
from flexqa.questions.eye import Eye
from flexqa.questions.timing import common_window
from flexqa.questions.turning import takes_its_time
from flexqa.recordings.model import PhaseSpan
from flexqa.vocabulary import Control

MOST_CUT_S = 0.3


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
        Control.SINGLE_FRAME: "lower",
        Control.SHUFFLED_FRAMES: "lower",
    }
    apart = 0.4

    def measure(self, context: Context, a: Annotated) -> float | None:
        """Seconds of the annotated phase; null where the pose says that nothing moves for long."""
        span, repetition = a.truth.span("eccentric"), context.repetition(a)
        if repetition and not takes_its_time(repetition):
            return None
        return span.end_s - span.start_s if span else None

    def comparable(self, one: Annotated, other: Annotated) -> bool:
        """Whether the phases are there in the common window, all but their last moments, and differ as much."""
        window = common_window([one, other])
        spans = [a.truth.span("eccentric") for a in (one, other)]
        if window is None or None in spans:
            return False
        shown = [_within(span, window) for span in spans if span]
        cut = [span.end_s - window[1] for span in spans if span]
        return max(cut) <= MOST_CUT_S and abs(shown[0] - shown[1]) >= self.apart

    def seen(self, media: Media, eye: Eye) -> float | None:
        """Seconds of the seen phase."""
        repetition = eye.repetition(media)
        span = repetition.span("eccentric") if repetition else None
        return _within(span, media.window_s) if span and media.window_s else None

    def evidence(self, context: Context, shown: tuple[Annotated, Annotated]) -> tuple[Media, ...]:
        """Both clips from one view, equally long."""
        view, window = view_of_action(context.graph, context.action, *shown), common_window(shown)
        return (
            tuple(clip(a, view, label, window) for a, label in zip(shown, self.labels, strict=True)) if view else ()
        )


def _within(span: PhaseSpan, window: Window) -> float:
    """Seconds of a phase that are shown."""
    return min(span.end_s, window[1]) - span.start_s
