"""When the phases of a repetition are: told from the joints alone, once it is known which exercise it is.

A repetition has three moments of rest: before it, at its turning point, and after it. Of all moments at which the
body rests, the two are taken that fit best: the movement starts in the posture in which it ends, the primary measure
of the action is at the start of its range there and at the end of it at the turning point, and the trunk is at the
turning point as it was at the start. A long rest is then cut where the movement begins or ends, by fitting the
profile of a movement to the primary measure or to the hands (`stroke`). Weights and bounds are ours, chosen on
simulated sets.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from flexqa.graph.model import Action, Graph
from flexqa.media import Pose
from flexqa.recordings.measures import POSTURE_MEASURES, Array, Body, measure
from flexqa.recordings.model import PhaseSpan
from flexqa.recordings.stillness import Pause, bound_hands, find_pauses, leaves, speed
from flexqa.recordings.stroke import Stroke, fit_strokes
from flexqa.vocabulary import JOINTS

_SMOOTH_S, _SMOOTHEST_S, _JITTER_M, _SMOOTHER = 0.1, 0.5, 0.0003, 0.5
"""the window that takes the jitter off the joints: its least and greatest length; the jitter from which on it grows,
that of coordinates in whole millimetres; and the power with which it does"""
_FOURTH_OF_NOISE = 0.6745 * 70**0.5
"""median absolute fourth difference of independent noise of deviation 1"""
_LEAST_TRAVEL = 0.15
"""share of the range of the primary measure without which there is no repetition"""
_SHORTEST_S = 0.25
"""of a phase"""
_TURN_WITHIN = (0.15, 0.95)
"""where in a recording of one repetition the turning point can be, shares of its length"""
_LEGS = ("hip_flex", "knee_flex")
"""primary measures of lifts with the legs"""
_TRUNK = [JOINTS.index(j) for j in ("head", "neck", "spine_upper")] + [
    JOINTS.index(f"{side}_{j}") for side in "lr" for j in ("shoulder", "hip", "knee")
]

_LONG_S = 0.06
"""a rest that is longer is cut where the movement begins or ends"""
_SURE_S = 0.02
"""an end of a movement that is so near to the edge of a rest is as sure as it can be"""
_MISFIT, _FAR_S = 0.004, 0.55
"""a stroke with a greater misfit says nothing, nor one that is farther from where speed sets in or stops"""
_DOUBT = 0.5
"""share of what speed tells in the moment of a stroke with that misfit; with a lesser misfit less"""
_SKEW_COST, _SECOND_COST = 0.01, 0.003
"""misfit that a skewed stroke, or one of another measure than the best for the action, must make up for"""


def segment(graph: Graph, action: str, pose: Pose) -> tuple[PhaseSpan, ...] | None:
    """The phases of a repetition.

    Args:
        graph: says which measure moves, whereto, and the order of the phases.
        action: what is done.
        pose: one repetition, metres, canonical frame.

    Returns:
        Preparation and the two moving phases, without gaps, seconds; None when there is no clear movement, or the
        graph does not say what moves.

    Raises:
        RecordingError: the pose has no samples or not the 21 joints.
    """
    node = graph.actions[action]
    if node.primary_measure not in POSTURE_MEASURES or node.primary_measure not in node.rom or len(node.phases) != 3:
        return None
    if len(pose.points) < 2 * _SHORTEST_S * pose.fps or len(pose.points) < 3:
        return None
    movement = _Movement(node, pose)
    found = min(movement.choices(), key=lambda c: c.cost, default=None)
    if found is None:
        return None
    edges = [0.0, *(round(m / pose.fps, 3) for m in (*movement.moments(found), len(pose.points)))]
    if not all(a < b for a, b in pairwise(edges)):
        return None
    spans = zip(node.phases, pairwise(edges), strict=True)
    return tuple(PhaseSpan(phase=phase, start_s=a, end_s=b) for phase, (a, b) in spans)


@dataclass(frozen=True, slots=True)
class _Choice:
    """A rest before the movement, one at its turning point, and how little they fit."""

    rest: Pause
    turn: Pause
    cost: float


class _Movement:
    """What the joints do in one repetition of a known exercise."""

    def __init__(self, node: Action, pose: Pose) -> None:
        body = Body(Pose(_smooth(pose.points, pose.fps), pose.fps))
        name = node.primary_measure or ""
        begin, end = node.rom[name]
        primary = measure(name, body).reshape(len(body.points), -1)
        known = np.isfinite(primary)
        primary = np.where(known, primary, np.median(primary[known]) if known.any() else begin)
        self.fps, self.points = pose.fps, body.points
        self.progress = (primary.mean(axis=1) - begin) / (end - begin)
        """0 at the start of the range of the primary measure, 1 at its end; mean of both sides"""
        self._least_s = node.tempo_s.get(node.phases[1], (0.0, 0.0))[0]
        self._legs, self._bound = name in _LEGS, bound_hands(body)
        self._speeds = speed(body.points, pose.fps, free_hands=not self._bound)
        self._courses = [primary, *self._of_hands(body)]
        self._best_course = 1 if self._bound and not self._legs else 0

    def _of_hands(self, body: Body) -> list[Array]:
        """Height of the hands over the shoulders, over the floor, and their distance from the shoulders."""
        away = body.pair("hand") - body.pair("shoulder")
        courses = (away[..., 1], body.pair("hand")[..., 1], np.linalg.norm(away, axis=-1))
        return [c.mean(axis=1, keepdims=True) if self._bound else c for c in courses]

    def choices(self) -> Iterator[_Choice]:
        """Every pair of rests that could be the start and the turning point."""
        fitted = self._fitted_turn()
        samples, shortest = len(self.points), _SHORTEST_S * self.fps
        rests = [rest for rest in find_pauses(self._speeds, self.fps) if rest.last > shortest]
        turns = [*rests, *([_at(self._speeds, fitted[0])] if fitted and not self._bound else [])]
        for turn in turns:
            if _TURN_WITHIN[0] * samples < turn.middle < _TURN_WITHIN[1] * samples:
                for rest in rests:
                    travel = self.progress[turn.middle] - self.progress[rest.last]
                    if rest.last + shortest <= turn.middle and travel > _LEAST_TRAVEL:
                        yield _Choice(rest, turn, self._cost(rest, turn, fitted))

    def _cost(self, rest: Pause, turn: Pause, fitted: tuple[float, float] | None) -> float:
        start, top = self.points[rest.last], self.points[turn.middle]
        last = self.points[-3:].mean(axis=0)
        along = (top - last) / max(float(np.linalg.norm(top - last)), 1e-9)
        off = start - last
        # A way back that stops short leaves the body on the way, which says nothing against the start.
        off = off - np.sum(off * along) * along
        cost = 0.3 * min(rest.speed / 0.1, 2) + 4 * min(turn.speed / 0.1, 2)
        cost += 0.3 * min(_rms(off) / 0.05, 3)
        cost += 8 * float(np.clip(self.progress[rest.last], 0, 1)) + 4 * abs(float(self.progress[turn.middle]) - 1)
        cost += 0.4 * (turn.middle - rest.last) / self.fps
        if not self._legs:
            cost += 4 * min(_rms((top - start)[_TRUNK]) / 0.1, 3)
        if fitted is not None:
            cost += 4 * min(turn.off(fitted[0]) / (0.3 * self.fps), 1) / (1 + 20 * fitted[1])
        return cost

    def _fitted_turn(self) -> tuple[float, float] | None:
        """Turning point by the primary measure alone, samples, and the misfit of its strokes, seconds."""
        first, last = (int(share * len(self.points)) for share in _TURN_WITHIN)
        at = first + int(np.argmax(self.progress[first : max(last, first + 1)]))
        low, back = int(np.argmin(self.progress[: at + 1])), at + int(np.argmin(self.progress[at:]))
        up, down = fit_strokes(self._courses[0][low : at + 1]), fit_strokes(self._courses[0][at : back + 1][::-1])
        if up is None or down is None:
            return None
        misfit = (up.misfit * (up.end - up.begin) + down.misfit * (down.end - down.begin)) / self.fps
        return (low + up.end + back - down.end) / 2, misfit

    def moments(self, choice: _Choice) -> tuple[float, float]:
        """When the movement begins, and when the first moving phase ends and the second begins, samples."""
        rest, turn = choice.rest, choice.turn
        start, end = (rest.first + rest.last) / 2, (turn.first + turn.last) / 2
        long = [pause.last - pause.first > _LONG_S * self.fps for pause in (rest, turn)]
        up = [fit_strokes(c[rest.first : turn.first + 1]) for c in self._courses] if any(long) else []
        if long[0]:
            sets_in = leaves(self._speeds, rest.last, 1, self.fps)
            start, _ = self._told(up, lambda s: rest.first + s.begin, sets_in)
            start = self._in_tempo(start, rest, end)
        if long[1]:
            stops = leaves(self._speeds, turn.first, -1, self.fps)
            end = self._turn(turn, *self._told(up, lambda s: rest.first + s.end, stops), stops)
        return float(np.clip(start, rest.first, rest.last)), float(np.clip(end, turn.first, turn.last))

    def _in_tempo(self, start: float, rest: Pause, end: float) -> float:
        """A start within a rest that came after other movement, so early that the phase is not faster than usual.

        Who settles, rests, and then seems to rush has begun slowly.
        """
        settled = rest.first > _SHORTEST_S * self.fps
        return min(start, max(rest.first, end - self._least_s * self.fps)) if settled else start

    def _turn(self, turn: Pause, end: float, end_doubt: float, stops: float) -> float:
        """Between the end of the first moving phase, told also by speed alone, and the begin of the second."""
        samples = len(self.points)
        if turn.last > _TURN_WITHIN[1] * samples:
            # No way back is seen: the phase that should follow is all rest.
            return end
        down = [fit_strokes(c[turn.last :][::-1]) for c in self._courses]
        sets_in = leaves(self._speeds, turn.last, 1, self.fps)
        begin, begin_doubt = self._told(down, lambda s: samples - 1 - s.end, sets_in)
        sure = _SURE_S * self.fps
        # A movement that stops at once, or sets in at once, tells its moment better than a slow one, and a stroke
        # that fits better than one that does not.
        weights = [
            (1 - doubt) ** 2 / (abs(told - edge) + sure)
            for told, edge, doubt in ((stops, turn.first, end_doubt), (sets_in, turn.last, begin_doubt))
        ]
        return float(np.average(np.clip([end, begin], turn.first, turn.last), weights=weights))

    def _told(
        self, strokes: Sequence[Stroke | None], moment: Callable[[Stroke], float], otherwise: float
    ) -> tuple[float, float]:
        """The moment that the best stroke tells, and how little it fits; what speed tells counts that much, too."""
        told: list[tuple[float, Stroke]] = []
        for i, stroke in enumerate(strokes):
            if stroke is None or stroke.misfit > _MISFIT:
                continue
            if abs(moment(stroke) - otherwise) < _FAR_S * self.fps:
                cost = stroke.misfit + _SKEW_COST * stroke.skew + _SECOND_COST * (i != self._best_course)
                told.append((cost, stroke))
        if not told:
            return otherwise, _DOUBT
        _, best = min(told, key=lambda t: t[0])
        doubt = _DOUBT * (best.misfit / _MISFIT) ** 2
        return (1 - doubt) * moment(best) + doubt * otherwise, doubt


def _at(speeds: Array, moment: float) -> Pause:
    at = int(np.clip(round(moment), 0, len(speeds) - 1))
    return Pause(at, at, float(speeds[at]))


def _rms(offsets: Array) -> float:
    """Root mean square length of vectors, shape (joints, 3)."""
    return float(np.sqrt(np.mean(np.sum(np.square(offsets), axis=-1))))


def _smooth(points: Array, fps: float) -> Array:
    """The joints through a Hann window, shape as given; the more they jitter, the longer."""
    # Movements of people leave next to nothing in the fourth differences of their samples.
    jitter = np.median(np.abs(np.diff(points, 4, axis=0))) / _FOURTH_OF_NOISE if len(points) > 4 else 0.0
    seconds = min(_SMOOTH_S * max(float(jitter) / _JITTER_M, 1.0) ** _SMOOTHER, _SMOOTHEST_S)
    half = round(seconds * fps / 2)
    window = np.hanning(2 * half + 3)[1:-1]
    padded = np.pad(points, ((half, half), (0, 0), (0, 0)), mode="edge")
    return np.asarray(sum(w * padded[i : i + len(points)] for i, w in enumerate(window / window.sum())))
