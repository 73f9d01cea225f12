"""Which exercise a pose shows: told from the joints alone, by what the graph says of each action.

Three things rule an action out: what the hands hold (a bar keeps them at one distance), how the body is supported
(inclination of the trunk, bend of the knees), and whether the legs do the lifting. Of those that are left, the one is
taken whose range of motion is nearest: every measure of `Action.rom` at the start and at the turning point, and the
grip that its keysteps allow. When two are about as near, nothing is said: no answer is better than a wrong one.

An action without equipment, posture and range of motion in the words below cannot be recognised. Bounds are ours.
"""

from dataclasses import dataclass

import numpy as np

from flexqa.errors import GraphError
from flexqa.graph.model import Action, Graph
from flexqa.graph.walk import limit
from flexqa.media import Pose
from flexqa.recordings.measures import POSTURE_MEASURES, Array, Body, measure

_RIGID = {"barbell": True, "t-bar": True, "dumbbell": False}
"""equipment -> whether it holds both hands at one distance"""
_RIGID_M = 0.012
"""change of the distance of the hands that a bar allows, slipping grips and errors of measurement included"""

_SUPPORT = {
    "lying decline": (-130.0, -98.0),
    "lying flat": (-98.0, -71.0),
    "lying incline": (-71.0, -30.0),
    "seated": (-30.0, 36.0),
    "standing": (-30.0, 36.0),
    "bent-over": (36.0, 90.0),
}
"""posture -> bounds of `trunk_incl`, degrees"""
_LYING_DEG = -30.0
_SEATED_KNEES_DEG = 45.0
"""whose knees are never straighter sits"""
_LEGS_DEG = 50.0
"""travel of the knees from which on the legs do the lifting"""

_LEAST_TRAVEL = 0.2
"""share of the range of the primary measure without which there is no repetition"""
_TURN_WITHIN = (0.2, 0.9)
"""where in a recording of one repetition the turning point can be, shares of its length"""
_REST_S, _AROUND_S = 0.5, 0.06

_SCALES = {"trunk_incl": 6.0, "grip_ratio": 2.0}
_SCALE = {"m": 0.3, "deg": 60.0}
"""unit -> how far from its range a measure is as wrong as it can be. A trunk that is held varies little between
people; a grip is often wrong, so it only tips the scales."""
_CLEAR = 0.02
"""by how much the nearest action must be nearer than the next, 0-1"""


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
    distances = sorted((_distance(look, a, _clues(graph, k)), k) for k, a in graph.actions.items() if look.allows(a))
    if not distances or (len(distances) > 1 and distances[1][0] - distances[0][0] < _CLEAR):
        return None
    return distances[0][1]


def bound_hands(body: Body) -> bool:
    """Whether both hands hold one bar: their distance stays the same all along."""
    return bool(np.ptp(measure("hand_dist", body)) < _RIGID_M)


class _Look:
    """What rules actions out, and the measures that were asked for."""

    def __init__(self, pose: Pose) -> None:
        self._body, self._values = Body(pose), dict[str, Array]()
        self.fps = pose.fps
        knees, trunk = self.values("knee_flex").mean(axis=1), self.values("trunk_incl")[:, 0]
        self._rigid = bound_hands(self._body)
        self._legs = bool(np.ptp(knees) > _LEGS_DEG)
        self._lying = bool(np.median(trunk) < _LYING_DEG)
        self._seated = not self._lying and bool(np.percentile(knees, 5) > _SEATED_KNEES_DEG)
        # Who bends over stays so for most of the repetition; who squats or lifts from the floor does not.
        self._trunk = float(np.percentile(trunk, 20 if self._legs else 50 if self._lying else 80))

    def values(self, name: str) -> Array:
        """Shape (samples, sides)."""
        if name not in self._values:
            # Hanging arms have an azimuth too, if a less certain one, and it tells a front from a lateral raise.
            arm = self._body.upper_arm if name == "arm_plane" else None
            values = measure(name, self._body) if arm is None else np.degrees(np.arctan2(arm[..., 2], arm[..., 0]))
            self._values[name] = values.reshape(len(values), -1)
        return self._values[name]

    def allows(self, action: Action) -> bool:
        """Whether equipment, support and legs are those of the action."""
        if _RIGID.get(action.equipment) != self._rigid or action.posture not in _SUPPORT:
            return False
        if action.primary_measure not in POSTURE_MEASURES or action.primary_measure not in action.rom:
            return False
        low, high = _SUPPORT[action.posture]
        knees = action.rom.get("knee_flex", (0.0, 0.0))
        return (
            low <= self._trunk < high
            and (action.posture == "seated") == self._seated
            and (abs(knees[1] - knees[0]) > _LEGS_DEG) == self._legs
        )


@dataclass(frozen=True, slots=True)
class _Clue:
    """What a measure of an action should be, and from when on it is as wrong as it can be."""

    measure: str
    start: float
    turn: float
    scale: float


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
    return [_Clue(n, *ends, _SCALES.get(n) or _SCALE.get(units[n], _SCALE["deg"])) for n, ends in rom.items()]


def _distance(look: _Look, action: Action, clues: list[_Clue]) -> float:
    """How far from an action, 0-1: the mean over the clues at the start and at the turning point."""
    start, end = action.rom[action.primary_measure or ""]
    course = look.values(action.primary_measure or "").mean(axis=1) * np.sign(end - start)
    if np.ptp(course) < _LEAST_TRAVEL * abs(end - start):
        return 1.0
    first, last = (int(share * len(course)) for share in _TURN_WITHIN)
    at, few = first + int(np.argmax(course[first : max(last, first + 1)])), max(1, round(_AROUND_S * look.fps))
    rest = max(1, round(_REST_S * look.fps))
    # The posture of the start is seen twice, and at one of the two an error may spoil it.
    rests, turn = (slice(0, rest), slice(-(rest // 5) - 1, None)), (slice(max(at - few, 0), at + few + 1),)
    misses = [_miss(look, c, c.start, rests) for c in clues] + [_miss(look, c, c.turn, turn) for c in clues]
    return float(np.mean(misses))


def _miss(look: _Look, clue: _Clue, wanted: float, windows: tuple[slice, ...]) -> float:
    """0 when the measure is as wanted in one of the windows, up to 1 when it is far off or undefined."""
    values = look.values(clue.measure)
    misses = [abs(float(np.median(values[w])) - wanted) / clue.scale for w in windows]
    return min([1.0, *(m for m in misses if np.isfinite(m))])
