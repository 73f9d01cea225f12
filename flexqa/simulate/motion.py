"""One repetition as controls over time, and from them the pose."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache

import numpy as np

from flexqa.graph.model import Action
from flexqa.media import Pose
from flexqa.simulate.body import SIDED, BarGuide, Controls, Segments, Skeleton
from flexqa.simulate.geometry import Array
from flexqa.simulate.lifts import Lift
from flexqa.simulate.subject import Subject
from flexqa.simulate.timeline import Timeline, Window

POSE_FPS = 50.0
"""rate of the simulated pose, Hz"""

_NEUTRAL = {
    "incl": 0.0, "lat": 0.0, "rot": 0.0, "upper_back": 0.0, "neck": 0.0, "shrug": 0.0, "protraction": 0.0,
    "knee": 9.0, "pelvis_x": 0.0, "pelvis_z": 0.0, "pelvis_rise": 0.0, "stance": 1.0, "toe_out": 12.0,
    "knees_in": 0.0, "heel": 0.0, "foot_slip": 0.0, "grip": 1.2, "grip_shift": 0.0, "tilt": 0.0, "bar_up": 0.0,
    "bar_z": 0.0, "bar_low": 0.0, "lock": 0.0, "gap": 0.0,
    "elev": 5.0, "plane": 60.0, "sag": 0.0, "out": 0.04, "elbow": 8.0, "wrist": 3.0, "swing": 0.0,
}  # fmt: skip
"""controls in quiet standing; degrees, metres, or shares of shoulder width (grip, stance)"""


_FASTEST_S = (1.15, 1.5)
"""least and usual length of a phase, a little slower than the graph's tempo, so that none is near too fast"""

_WANDER = {"incl": 0.35, "lat": 0.3, "rot": 0.4, "neck": 1.0, "upper_back": 0.6}
"""control -> how far it wanders at most, degrees"""


@dataclass(frozen=True, slots=True)
class Push:
    """A change of one control in a window of the repetition."""

    control: str
    amount: float
    window: Window
    sides: tuple[float, float] = (1.0, 1.0)
    """factor on the left and on the right arm"""


@dataclass(frozen=True, slots=True)
class Plan:
    """All that decides one repetition of a subject."""

    timeline: Timeline
    pushes: tuple[Push, ...] = ()
    habit: Mapping[str, float] = field(default_factory=dict)
    """control -> deviation of this repetition from the subject's own habit"""
    sway_seed: int = 0
    """of the slow wandering that living bodies show"""


def unhurried(action: Action, rng: np.random.Generator) -> tuple[float, float]:
    """Lengths of the two moving phases in seconds, in the order of the action, within its tempo."""
    tempo = [action.tempo_s.get(p, (1.2, 2.4)) for p in action.phases[1:]]
    least, common = _FASTEST_S
    first, second = (float(rng.uniform(max(low, least), max(high, common))) for low, high in tempo)
    return first, second


def today(rng: np.random.Generator) -> dict[str, float]:
    """How one repetition differs from the subject's habit: `Plan.habit`."""
    return {name: float(rng.normal(0, sd)) for name, sd in (("incl", 0.5), ("grip", 0.008), ("knee", 0.5))}


def controls(lift: Lift, subject: Subject, plan: Plan, t: Array) -> Controls:
    """Every control at the times `t`, seconds."""
    progress = plan.timeline.progress(t)
    mean = progress.mean(axis=1)
    c: Controls = {}
    for name, neutral in _NEUTRAL.items():
        base = lift.neutral.get(name, neutral)
        start, turn = lift.postures.get(name, (base, base))
        habit = plan.habit.get(name, 0.0) + _habit(lift, subject, name)
        share = progress if name in SIDED else mean
        c[name] = start + habit + (turn - start) * share
    c["progress"] = mean
    _wander(c, plan.sway_seed, t, _steadiness(lift))
    windows = {w: plan.timeline.window(t, w) for w in {push.window for push in plan.pushes}}
    for push in plan.pushes:
        weight = push.amount * windows[push.window]
        c[push.control] = c[push.control] + (
            weight[:, None] * np.array(push.sides) if push.control in SIDED else weight
        )
    return c


def _habit(lift: Lift, subject: Subject, name: str) -> float:
    """Habits of the upright do not show on a bench."""
    if lift.rig.base == "bench" and name in ("incl", "knee", "lat", "rot"):
        return 0.0
    if name == "incl" and lift.rig.arms in ("hang", "rack"):
        return 0.0
    habit = subject.style.get(name, 0.0)
    return habit * _steadiness(lift) if name in ("lat", "rot") else habit


def _steadiness(lift: Lift) -> float:
    """How much a body that holds a bar still leans and twists: both hands are bound to the same height."""
    return {"free": 1.0, "rack": 0.5, "hang": 0.1}.get(lift.rig.arms, 0.2)


def _wander(c: Controls, seed: int, t: Array, steadiness: float) -> None:
    """Slow, small and smooth deviations: a sum of three sines below 1 Hz."""
    for name, size in _WANDER.items():
        amplitude = size * steadiness if name in ("lat", "rot") else size
        rates, phases = _waves(seed, name)
        c[name] = c[name] + amplitude * np.sin(2 * np.pi * rates * t[:, None] + phases).sum(axis=1) / 3


@lru_cache(maxsize=64)
def _waves(seed: int, name: str) -> tuple[Array, Array]:
    """Rates, Hz, and phases of the waves of one control."""
    rng = np.random.default_rng([seed, list(_WANDER).index(name)])
    return rng.uniform(0.15, 0.8, 3), rng.uniform(0, 2 * np.pi, 3)


def move(lift: Lift, subject: Subject, plan: Plan) -> Pose:
    """The pose of one repetition at `POSE_FPS`."""
    t = plan.timeline.times(POSE_FPS)
    c = controls(lift, subject, plan, t)
    guide = _bar_guide(lift, subject.segments, float(c["grip"][0])) if lift.rig.arms == "line" else None
    return Pose(Skeleton(lift.rig, subject.segments, c, guide).build(), POSE_FPS)


@lru_cache(maxsize=256)
def _bar_guide(lift: Lift, segments: Segments, grip: float) -> BarGuide:
    """Where the bar starts and turns in a faultless repetition with this grip, and whereto the elbows point."""
    c: Controls = {}
    for name, neutral in _NEUTRAL.items():
        base = lift.neutral.get(name, neutral)
        ends = np.array(lift.postures.get(name, (base, base)), dtype=np.float64)
        c[name] = np.stack([ends, ends], axis=1) if name in SIDED else ends
    c["grip"] = np.full(2, grip)
    body = Skeleton(lift.rig, segments, c)
    body.build()
    start, turn = body.bar_from_shoulders()
    bent = int(np.argmax(c["elbow"].mean(axis=1)))
    return BarGuide(start, turn, body.elbow_direction()[bent])
