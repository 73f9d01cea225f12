"""Short windows of a clip, each inside one phase: what can be asked about a moment.

All windows are equally long, lie at least `GUARD_S` from the boundaries of their phase, and show what the phase is
about: before the movement the hands rest, in a concentric phase they rise with the weight, in an eccentric one they
sink. The questions of a recording about a moment show the same one, so that they share what an engine has cached.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from math import ceil, floor

import numpy as np

from flexqa.question import Window
from flexqa.questions.context import Context
from flexqa.questions.corpus import Annotated
from flexqa.questions.draw import Draw
from flexqa.recordings.measures import Array
from flexqa.recordings.model import PhaseSpan
from flexqa.recordings.repetition import Repetition
from flexqa.vocabulary import Control, Expectation, Phase

WINDOW_S = 0.4
GUARD_S = 0.15
MOVES_M, RESTS_M = 0.04, 0.015
"""by how much the hands rise or sink at least, and how far they go at most while they rest"""
_SEEN_GUARD_S, _SEEN_MOVES_M, _SEEN_RESTS_M = 0.05, 0.03, 0.02
"""the same for phases as they are seen, which need not be exactly those that are annotated"""
_STEPS_PER_S = 100

MOMENT_CONTROLS: dict[Control, Expectation] = {
    Control.BLIND: "chance",
    Control.SWAPPED_CLIP: "lower",
    Control.NO_CLIP: "chance",
    Control.SINGLE_FRAME: "lower",
    Control.SHUFFLED_FRAMES: "lower",
    Control.REVERSED_FRAMES: "lower",
}


def windows(context: Context, a: Annotated) -> Mapping[Phase, Window]:
    """A window in each annotated phase that has one, seconds. Without a pose the hands cannot be looked at."""
    return context.measured("windows", a, lambda: _windows(context, a)) or {}


def moments(context: Context) -> Iterator[tuple[Annotated, Phase, Window]]:
    """One moment of each recording of the action that has any, by split and id; phases are about equally frequent."""
    for split, group in context.by_split.items():
        found = {a.id: windows(context, a) for a in group}
        chosen = _spread(context.draw("moments", split, context.action), {i: tuple(w) for i, w in found.items()})
        yield from ((a, chosen[a.id], found[a.id][chosen[a.id]]) for a in group if a.id in chosen)


def seen_phase(repetition: Repetition, window: Window | None) -> Phase | None:
    """The seen phase that a window lies in; null if it lies across two or the hands do not do what they do in it."""
    if window is None:
        return None
    start, end = window
    phase = next(
        (s.phase for s in repetition.phases if s.start_s + _SEEN_GUARD_S <= start and end <= s.end_s - _SEEN_GUARD_S),
        None,
    )
    told = _told(_hand_heights(repetition), repetition.pose.fps, window, _SEEN_MOVES_M, _SEEN_RESTS_M)
    return phase if phase == told else None


def _windows(context: Context, a: Annotated) -> dict[Phase, Window]:
    repetition, found = context.repetition(a), dict[Phase, Window]()
    heights = _hand_heights(repetition) if repetition else None
    for span in a.truth.phases:
        clear = _inside(span)
        if repetition is not None and heights is not None:
            fps = repetition.pose.fps
            clear = [w for w in clear if _told(heights, fps, w, MOVES_M, RESTS_M) == span.phase]
        if clear:
            found[span.phase] = clear[context.draw("window", a.id, span.phase).index(len(clear))]
    return found


def _inside(span: PhaseSpan) -> list[Window]:
    """All windows that keep their distance from the boundaries of a phase."""
    first = ceil((span.start_s + GUARD_S) * _STEPS_PER_S)
    last = floor((span.end_s - GUARD_S - WINDOW_S) * _STEPS_PER_S)
    starts = (step / _STEPS_PER_S for step in range(first, last + 1))
    return [(start, round(start + WINDOW_S, 2)) for start in starts]


def _hand_heights(repetition: Repetition) -> Array:
    """Metres, half way between the hands, shape (samples,)."""
    return repetition.body.middle("hand")[:, 1]


def _told(heights: Array, fps: float, window: Window, moves_m: float, rests_m: float) -> Phase | None:
    """The phase that the hands tell of, as far as a window shows."""
    first, last = (round(t * fps) for t in window)
    shown = heights[first:last]
    if not len(shown):
        return None
    if np.ptp(shown) <= rests_m:
        return "preparation"
    rise = shown[-1] - shown[0]
    return None if abs(rise) < moves_m else "concentric" if rise > 0 else "eccentric"


def _spread(draw: Draw, possible: Mapping[str, tuple[Phase, ...]]) -> dict[str, Phase]:
    """For each recording one of its possible phases, each phase about equally often.

    Recordings with few possibilities choose first, and each takes what was taken least.
    """
    taken: Counter[Phase] = Counter()
    chosen: dict[str, Phase] = {}
    for recording in sorted(draw.shuffled(possible), key=lambda i: len(possible[i])):
        phases: Sequence[Phase] = draw.child(recording).shuffled(possible[recording])
        if phases:
            chosen[recording] = min(phases, key=lambda p: taken[p])
            taken[chosen[recording]] += 1
    return chosen
