"""Which exercise a pose shows: told from the joints alone, by what the graph says of each action.

Four things rule an action out: what the hands hold (a bar keeps them at one distance), how the body is supported
(inclination of the trunk, bend of the knees), whether the legs do the lifting, and what its pattern says of hands and
elbows. Of the actions that are left, the one is taken whose range of motion is nearest: every measure of `Action.rom`
at the start and at the turning point, and the grip that its keysteps allow. Where these two moments are is guessed
first, and for actions that come close found out by `segment`. When two are about as near, nothing is said: no answer
is better than a wrong one.

An action whose equipment and posture are not in the words below, or whose range of motion is not in the graph, is
never told. Bounds are ours.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from flexqa.errors import GraphError
from flexqa.graph.model import Action, Graph
from flexqa.graph.walk import limit
from flexqa.media import Pose
from flexqa.recordings.measures import POSTURE_MEASURES, Array, Body, measure
from flexqa.recordings.segment import segment
from flexqa.recordings.stillness import bound_hands

_BOUND = {"barbell": True, "t-bar": True, "dumbbell": False}
"""equipment -> whether it holds both hands at one distance"""
_SUPPORT = {
    "lying decline": (-130.0, -98.0),
    "lying flat": (-98.0, -71.0),
    "lying incline": (-71.0, -30.0),
    "seated": (-30.0, 37.0),
    "standing": (-30.0, 37.0),
    "bent-over": (37.0, 90.0),
}
"""posture -> bounds of `trunk_incl`, degrees"""
_LYING_DEG = -30.0
_SEATED_KNEES_DEG = 45.0
"""whose knees are never straighter sits"""
_LEGS_DEG = 50.0
"""travel of the knees from which on the legs do the lifting"""
_HANDS_UP_M = 0.3
_HANDS_UP = {
    "vertical press": True,
    "horizontal press": True,
    "horizontal adduction": True,
    "elbow flexion": False,
    "elbow extension": False,
    "vertical pull": False,
    "horizontal pull": False,
    "hip hinge": False,
    "squat": False,
}
"""pattern -> whether the hands get so far above the shoulders; others may or may not"""
_ELBOWS_DEG = {"shoulder raise": 70.0}
"""pattern -> travel of the elbows from which on it is another"""

_LEAST_TRAVEL = 0.2
"""share of the range of the primary measure without which there is no repetition"""
_TURN_WITHIN = (0.2, 0.9)
"""where in a recording of one repetition the turning point can be, shares of its length"""
_REST_S, _ENDS_S, _AROUND_S = 0.5, 0.1, 0.06
"""how long the posture of the start is looked at when it is guessed; where the movement begins and at the end of the
recording; and on either side of the turning point"""

_SCALE = {"m": 0.3, "deg": 60.0}
"""unit -> how far off a measure is as wrong as it can be"""
_SCALES, _WEIGHTS = {"trunk_incl": 6.0, "grip_ratio": 2.0}, {"trunk_incl": 2.0}
"""measure -> the same, and its weight. The trunk is held, so it varies little; a grip is often wrong, so it only tips
the scales."""
_CLOSE = 0.15
"""by how much an action can be farther than the nearest and yet be the right one, 0-1"""
_CLEAR = 0.018
"""by how much the nearest must be nearer than the next, 0-1"""


def recognise(graph: Graph, pose: Pose) -> str | None:
    """Which exercise is done.

    Args:
        graph: the actions among which to choose.
        pose: one repetition, metres, canonical frame.

    Returns:
        Id of the action; None when none fits or two fit about equally well.

    Raises:
        RecordingError: the pose has no samples or not the 21 joints.
    """
    look = _Look(pose)
    clues = {k: _clues(graph, k) for k, action in graph.actions.items() if look.allows(action)}
    ranked = sorted((_guessed(look, graph.actions[k], clues[k]), k) for k in clues)
    ranked = [(d, k) for d, k in ranked if d < ranked[0][0] + _CLOSE]
    if len(ranked) > 1:
        ranked = sorted(((d + _measured(look, graph, k, clues[k])) / 2, k) for d, k in ranked)
        if ranked[1][0] - ranked[0][0] < _CLEAR:
            return None
    return ranked[0][1] if ranked and ranked[0][0] < 1 else None


class _Look:
    """What rules actions out, and the measures that were asked for."""

    def __init__(self, pose: Pose) -> None:
        self.pose = pose
        self._body, self._values = Body(pose), dict[str, Array]()
        knees, trunk = self.values("knee_flex").mean(axis=1), self.values("trunk_incl")[:, 0]
        self._bound = bound_hands(self._body)
        self._legs = bool(np.ptp(knees) > _LEGS_DEG)
        self._lying = bool(np.median(trunk) < _LYING_DEG)
        self._seated = not self._lying and bool(np.percentile(knees, 5) > _SEATED_KNEES_DEG)
        # Who lifts bent over is so at some time; who squats or lifts from the floor is upright at some time.
        self._trunk = float(np.percentile(trunk, 5 if self._legs else 50 if self._lying else 90))

    def values(self, name: str) -> Array:
        """Shape (samples, sides)."""
        if name not in self._values:
            # Hanging arms have an azimuth too, if a less certain one, and it tells a front from a lateral raise.
            arm = self._body.upper_arm if name == "arm_plane" else None
            values = measure(name, self._body) if arm is None else np.degrees(np.arctan2(arm[..., 2], arm[..., 0]))
            self._values[name] = values.reshape(len(values), -1)
        return self._values[name]

    def samples(self, seconds: float) -> int:
        """At least one."""
        return max(1, round(seconds * self.pose.fps))

    def allows(self, action: Action) -> bool:
        """Whether equipment, support, legs, hands and elbows are those of the action."""
        if _BOUND.get(action.equipment) != self._bound or action.posture not in _SUPPORT:
            return False
        if action.primary_measure not in POSTURE_MEASURES or action.primary_measure not in action.rom:
            return False
        low, high = _SUPPORT[action.posture]
        knees = action.rom.get("knee_flex", (0.0, 0.0))
        return (
            low <= self._trunk < high
            and (action.posture == "seated") == self._seated
            and (abs(knees[1] - knees[0]) > _LEGS_DEG) == self._legs
            and self._moves_as(action.pattern)
        )

    def _moves_as(self, pattern: str) -> bool:
        up = bool(self.values("hand_above_shoulder").max() > _HANDS_UP_M)
        most = _ELBOWS_DEG.get(pattern, np.inf)
        return _HANDS_UP.get(pattern, up) == up and bool(np.ptp(self.values("elbow_flex"), axis=0).max() <= most)


@dataclass(frozen=True, slots=True)
class _Clue:
    """What a measure of an action should be, and how far off it is as wrong as it can be."""

    measure: str
    start: float
    turn: float
    scale: float
    weight: float


def _clues(graph: Graph, action: str) -> list[_Clue]:
    rom = {n: r for n, r in graph.actions[action].rom.items() if n in POSTURE_MEASURES}
    for keystep in graph.actions[action].keysteps:
        try:
            least, most = limit(graph, action, keystep, "", "grip_ratio")
        except GraphError:
            continue
        if least is not None and most is not None:
            rom["grip_ratio"] = ((least + most) / 2, (least + most) / 2)
    units = {n: graph.measures[n].unit if n in graph.measures else "deg" for n in rom}
    scales = {n: _SCALES.get(n) or _SCALE.get(units[n], _SCALE["deg"]) for n in rom}
    return [_Clue(n, *ends, scales[n], _WEIGHTS.get(n, 1.0)) for n, ends in rom.items()]


def _guessed(look: _Look, action: Action, clues: Sequence[_Clue]) -> float:
    """How far from an action, 0-1, when the turning point is where the primary measure is farthest."""
    start, end = action.rom[action.primary_measure or ""]
    course = look.values(action.primary_measure or "").mean(axis=1) * np.sign(end - start)
    if np.ptp(course) < _LEAST_TRAVEL * abs(end - start):
        return 1.0
    first, last = (int(share * len(course)) for share in _TURN_WITHIN)
    at = first + int(np.argmax(course[first : max(last, first + 1)]))
    # The posture of the start is seen twice, and at one of the two an error may spoil it.
    rests = (slice(0, look.samples(_REST_S)), slice(-look.samples(_ENDS_S), None))
    return _distance(look, clues, rests, at)


def _measured(look: _Look, graph: Graph, action: str, clues: Sequence[_Clue]) -> float:
    """The same with the phases as `segment` finds them."""
    phases = segment(graph, action, look.pose)
    if phases is None:
        return 1.0
    start, turn = (round(span.end_s * look.pose.fps) for span in phases[:2])
    return _distance(look, clues, (slice(max(start - look.samples(_ENDS_S), 0), start + 1),), turn)


def _distance(look: _Look, clues: Sequence[_Clue], rests: tuple[slice, ...], turn: int) -> float:
    few = look.samples(_AROUND_S)
    around = (slice(max(turn - few, 0), turn + few + 1),)
    misses = [_miss(look, c, c.start, rests) + _miss(look, c, c.turn, around) for c in clues]
    return float(np.average(misses, weights=[c.weight for c in clues]) / 2)


def _miss(look: _Look, clue: _Clue, wanted: float, windows: tuple[slice, ...]) -> float:
    """0 when the measure is as wanted in one of the windows, up to 1 when it is far off or undefined."""
    values = look.values(clue.measure)
    misses = [abs(float(np.median(values[w])) - wanted) / clue.scale for w in windows]
    return min([1.0, *(m for m in misses if np.isfinite(m))])
