"""Short windows of a clip, each inside one phase: what can be asked about a moment.

All windows are equally long and lie at a random place at least `GUARD_S` from the boundaries of their phase. The
questions of a recording about a moment show the same one, so that they share what an engine has cached.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from math import ceil, floor

from flexqa.questions.base import Annotated, Context
from flexqa.questions.draw import Draw
from flexqa.questions.timing import Window
from flexqa.recordings.repetition import Repetition
from flexqa.vocabulary import Phase

WINDOW_S = 0.4
GUARD_S = 0.15
_SEEN_GUARD_S = 0.05
"""of the phases as they are seen, which need not be exactly those that are annotated"""
_MOVES_M, _STILL_M = 0.03, 0.02
"""by how much the hands rise or sink in a window of a moving phase, and of the preparation"""
_STEPS_PER_S = 100


def windows(context: Context, a: Annotated) -> dict[Phase, Window]:
    """One window in each annotated phase that is long enough for it, seconds."""
    found = {}
    for span in a.truth.phases:
        first = ceil((span.start_s + GUARD_S) * _STEPS_PER_S)
        last = floor((span.end_s - GUARD_S - WINDOW_S) * _STEPS_PER_S)
        if first <= last:
            step = first + context.draw("window", a.id, span.phase).index(last - first + 1)
            found[span.phase] = step / _STEPS_PER_S, round(step / _STEPS_PER_S + WINDOW_S, 2)
    return found


def moments(context: Context) -> Iterator[tuple[Annotated, Phase, Window]]:
    """A moment of each recording of the action that has one, by split and id; phases are as frequent as they can be."""
    for split, group in context.by_split.items():
        found = {a.id: windows(context, a) for a in group}
        chosen = _spread(context.draw("moments", split, context.action), {i: tuple(w) for i, w in found.items()})
        yield from ((a, chosen[a.id], found[a.id][chosen[a.id]]) for a in group if a.id in chosen)


def seen_phase(repetition: Repetition, window: Window | None) -> Phase | None:
    """The seen phase that a window lies in, if the hands do in the window what they do in that phase.

    The weight rises with the hands in a concentric phase, sinks in an eccentric one, and rests before.
    """
    if window is None:
        return None
    start, end = window
    inside = [
        s.phase
        for s in repetition.phases
        if s.start_s + _SEEN_GUARD_S <= start and end <= s.end_s - _SEEN_GUARD_S
    ]
    heights = repetition.body.middle("hand")[round(start * repetition.pose.fps) : round(end * repetition.pose.fps), 1]
    return inside[0] if inside and len(heights) and _told_by_hands(heights[-1] - heights[0]) == inside[0] else None


def _told_by_hands(rise_m: float) -> Phase | None:
    if abs(rise_m) <= _STILL_M:
        return "preparation"
    if abs(rise_m) < _MOVES_M:
        return None
    return "concentric" if rise_m > 0 else "eccentric"


def _spread(draw: Draw, possible: dict[str, tuple[Phase, ...]]) -> dict[str, Phase]:
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
