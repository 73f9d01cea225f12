"""The phases of a repetition in plain words, and moments within them."""

from flexqa.questions.base import Annotated
from flexqa.questions.draw import Draw
from flexqa.recordings.model import PhaseSpan
from flexqa.recordings.repetition import Repetition
from flexqa.vocabulary import Phase

PHASE_TEXTS: dict[Phase, str] = {
    "preparation": "In the preparation",
    "concentric": "In the lifting phase",
    "eccentric": "In the lowering phase",
}

MOMENT_S = 0.4
"""length of a moment: enough to see which way the load goes, and the same in every phase"""
_FROM_EDGE_S = 0.1


def moment_in(draw: Draw, span: PhaseSpan) -> tuple[float, float] | None:
    """A window of `MOMENT_S` well inside a phase; null where the phase is too short."""
    room = span.end_s - span.start_s - MOMENT_S - 2 * _FROM_EDGE_S
    if room < 0:
        return None
    start = round(span.start_s + _FROM_EDGE_S + room * draw.unit("moment"), 2)
    return start, round(start + MOMENT_S, 2)


def moments_of(draw: Draw, a: Annotated) -> dict[Phase, tuple[float, float]] | None:
    """A moment of each phase; null where one of them has none."""
    found = {s.phase: m for s in a.truth.phases if (m := moment_in(draw.child(s.phase), s))}
    return found if len(found) == 3 else None


def phase_of(repetition: Repetition, window_s: tuple[float, float]) -> Phase | None:
    """The phase that holds a window; null where a boundary runs through it."""
    start, end = window_s
    return next((s.phase for s in repetition.phases if s.start_s - 0.02 <= start and end <= s.end_s + 0.02), None)
