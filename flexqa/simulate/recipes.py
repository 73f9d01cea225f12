"""How the body makes an error: for a measure that the graph wants moved, which control to push, when, and how far.

A recipe is a list of ways, best first; the caller tries them until the detector agrees. All amounts are in the unit
of the graph's measure and are turned into controls here.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

import numpy as np

from flexqa.graph.model import Action, Criterion
from flexqa.simulate.lifts import Lift
from flexqa.simulate.motion import Plan, Push
from flexqa.simulate.timeline import Timeline, Window
from flexqa.vocabulary import Phase


@dataclass(frozen=True, slots=True)
class Case:
    """One error to be made in one repetition."""

    lift: Lift
    action: Action
    criterion: Criterion
    phase: Phase
    side: float
    """1: the left side is the higher, the farther, the earlier; -1: the right"""


Way = Callable[[Plan, float], Plan]
"""(plan, amount in the unit of the measure) -> plan with the error"""

Gains = dict[str, float]
"""control -> change per unit of the measure"""

_ALL_ALONG = ("stance", "toe_out", "grip", "grip_shift")
"""controls that cannot change within a repetition"""

_SYMMETRIC = ("trunk_lat", "trunk_rot", "bar_tilt", "pelvis_shift", "grip_offset", "lr_lag", "lr_rom_diff")
"""measures that have no preferred side"""

_FROM_START = ("shrug", "protraction", "head_rise", "ankle_motion", "pelvis_rise", "heel_lift")
"""measures of a change since the start of the recording"""

_GAINS: dict[str, tuple[Gains, ...]] = {
    "stance_ratio": ({"stance": 1},),
    "toe_out": ({"toe_out": 1},),
    "knee_flex": ({"knee": 1}, {"knee": 1, "incl": -0.5}, {"knee": 1, "pelvis_z": 0.006}),
    "trunk_incl": (
        {"incl": 1},
        {"incl": 1, "sag": 1},
        {"incl": 1, "bar_z": 0.0105},
        {"incl": 1, "bar_z": 0.0105, "bar_up": 0.0035},
        {"incl": 1, "bar_z": -0.009},
        {"incl": 1, "bar_z": -0.0147},
        {"incl": 1, "pelvis_z": 0.0075},
    ),
    "neck_ext": ({"neck": 1},),
    "grip_ratio": ({"grip": 1}, {"grip": 1, "swing": -18}, {"grip": 1, "swing": -40}),
    "grip_offset": ({"grip_shift": 0.5},),
    "wrist_dev": ({"wrist": 1},),
    "forearm_vert": (
        {"swing": 0.67, "bar_low": -0.0033},
        {"swing": -0.5, "bar_low": 0.0035, "bar_up": 0.002},
        {"swing": 1},
        {"swing": -1.5},
        {"bar_z": 0.012},
        {"sag": 1},
        {"plane": -1},
    ),
    "bar_gap": ({"gap": 1, "pelvis_z": -1.1}, {"gap": 1}, {"gap": 1, "pelvis_z": 0.8}, {"bar_z": 1}),
    "hand_above_shoulder": ({"bar_up": 1},),
    "protraction": ({"protraction": 1},),
    "ankle_motion": ({"foot_slip": 1},),
    "pelvis_rise": ({"pelvis_rise": 1, "incl": -110}, {"pelvis_rise": 1}),
    "head_rise": ({"neck": -430}, {"upper_back": 300}),
    "pelvis_shift": ({"pelvis_x": 1},),
    "upper_back_flex": ({"upper_back": 1, "neck": 0.4},),
    "trunk_lat": ({"lat": 1},),
    "trunk_rot": ({"rot": 1},),
    "knee_valgus": ({"knees_in": 2.2},),
    "heel_lift": ({"heel": 1},),
    "arm_elev": (
        {"elev": 1},
        {"sag": 1},
        {"swing": -1.2, "bar_low": -0.0035},
        {"swing": -1.2, "bar_low": -0.0013, "bar_up": -0.0025},
        {"swing": -1, "bar_low": -0.0025, "bar_up": 0.004},
        {"swing": -1},
        {"bar_up": 0.006},
        {"swing": 1},
    ),
    "elbow_flex": ({"elbow": 1}, {"elbow": 1, "plane": -0.4}, {"bar_up": -0.004, "lock": -1.5}),
    "elbow_drop": ({"plane": -215},),
    "arm_sag": ({"sag": 1},),
    "bar_path": ({"bar_z": 1}, {"pelvis_z": 1}),
    "touch_down": ({"bar_low": 1}, {"elbow": -190}),
    "bar_tilt": ({"tilt": 1},),
    "hand_dist": ({"plane": -60}, {"elev": -75}),
    "shrug": ({"shrug": 1},),
    "elbow_out": ({"out": 1}, {"swing": -250}, {"swing": 250}),
    "wrist_above_elbow": (
        {"bar_up": 1.25, "swing": 75, "bar_z": 0.45},
        {"bar_up": 1.75, "swing": 105, "bar_z": 0.63},
    ),
    "arm_plane": ({"plane": 1},),
    "shoulder_ahead": ({"pelvis_z": 1},),
    "hip_minus_knee": ({"knee": -150, "incl": -30},),
    "hip_flex": ({"incl": 0.8, "knee": 0.2}, {"incl": 1}),
}

_FIRST: dict[tuple[str, str], tuple[Gains, ...]] = {
    ("trunk_incl", "hang"): ({"incl": 1, "bar_z": 0.0105, "bar_up": 0.0035},),
}
"""(measure, what the arms do) -> what to try before `_GAINS`, to save time"""


def ways(case: Case, measure: str) -> Iterator[Way]:
    """Ways to move a measure, best first; none for a measure that the body cannot make."""
    if measure in _TIMING:
        timing = _TIMING[measure](case)
        yield timing
        if measure == "primary":
            yield from (_both(timing, p) for p in _places_of_a_partial_range(case))
        return
    sign = case.side if measure in _SYMMETRIC else 1.0
    able = _controls_of(case.lift)
    for gains in (*_FIRST.get((measure, case.lift.rig.arms), ()), *_GAINS.get(measure, ())):
        if not set(gains) <= able:
            continue
        for window in _windows(case, next(iter(gains))):
            yield _pushing({c: sign * g for c, g in gains.items()}, window)


def _controls_of(lift: Lift) -> set[str]:
    """Controls that have an effect on this lift."""
    held = lift.rig.arms != "free"
    own = {"elev", "plane"} if lift.rig.direction == "polar" else {"sag", "out"}
    off = {"elev", "plane", "sag", "out"} - own
    if not held:
        off |= {"grip", "grip_shift", "tilt", "bar_up", "bar_z", "bar_low", "lock"}
    if lift.rig.arms != "hang":
        off |= {"gap"}
    if lift.rig.arms in ("line", "rack"):
        off |= {"elbow", "elev", "plane", "sag", "out"}
    every = {c for gains in _GAINS.values() for g in gains for c in g}
    return every - off


def _windows(case: Case, control: str) -> tuple[Window, ...]:
    phase, stat = case.phase, case.criterion.stat
    if control in _ALL_ALONG or (control == "pelvis_x" and phase == "preparation"):
        return ("always",)
    if phase == "preparation" and case.criterion.measure in _FROM_START:
        return ("settled",)
    if phase == "preparation":
        return ("preparation", "always") if control == "incl" else ("preparation",)
    first = phase == case.action.phases[1]
    within: Window = "first" if first else "second"
    growing: Window = "turn" if first else "end"
    if case.criterion.measure == "bar_tilt" and case.lift.rig.arms == "arc":
        # Half way, where a forearm is level, one hand can be higher without moving its upper arm.
        return ("mid_first" if first else "mid_second", within, growing)
    if case.criterion.measure == "hips_first":
        return ("early",)
    if stat in ("at_bottom", "end", "end_shortfall", "min"):
        return (growing, within)
    return (within, growing)


def _pushing(gains: Gains, window: Window) -> Way:
    def way(plan: Plan, amount: float) -> Plan:
        pushes = tuple(Push(control, gain * amount, window) for control, gain in gains.items())
        return replace(plan, pushes=plan.pushes + pushes)

    return way


def _places_of_a_partial_range(case: Case) -> Iterator[Way]:
    """A load that stops half way to the chest is nevertheless above the right place."""
    window: Window = "turn" if _is_first(case) else "end"
    if case.lift.rig.base == "bench":
        for gains in ({"bar_low": -0.003}, {"elev": 0.6}):
            if set(gains) <= _controls_of(case.lift):
                yield _pushing(gains, window)


def _both(one: Way, other: Way) -> Way:
    return lambda plan, amount: other(one(plan, amount), amount)


def _timing(change: Callable[[Case, Timeline, float], Timeline]) -> Callable[[Case], Way]:
    def bind(case: Case) -> Way:
        return lambda plan, amount: replace(plan, timeline=change(case, plan.timeline, amount))

    return bind


def _is_first(case: Case) -> bool:
    return case.phase == case.action.phases[1]


def _primary_range(case: Case) -> float:
    rom = case.action.rom.get(case.action.primary_measure or "", (0.0, 100.0))
    return max(abs(rom[1] - rom[0]), 1.0)


def _duration(case: Case, timeline: Timeline, amount: float) -> Timeline:
    if _is_first(case):
        return replace(timeline, first_s=max(timeline.first_s + amount, 0.3))
    return replace(timeline, second_s=max(timeline.second_s + amount, 0.3))


def _lag(case: Case, timeline: Timeline, amount: float) -> Timeline:
    first, second = timeline.lag_s
    lag = case.side * amount
    return replace(timeline, lag_s=(lag, second) if _is_first(case) else (first, lag))


def _range_of_one_side(case: Case, timeline: Timeline, amount: float) -> Timeline:
    short = amount / _primary_range(case)
    weak = 1 if case.side > 0 else 0
    return _shortened(case, timeline, tuple(short if i == weak else 0.0 for i in (0, 1)))


def _range_of_both(case: Case, timeline: Timeline, amount: float) -> Timeline:
    short = abs(amount) / _primary_range(case)
    return _shortened(case, timeline, (short, short))


def _shortened(case: Case, timeline: Timeline, short: tuple[float, ...]) -> Timeline:
    left, right = (float(np.clip(s, 0.0, 0.85)) for s in short)
    if _is_first(case):
        top = timeline.reached
        return replace(timeline, reached=(top[0] - left, top[1] - right))
    rest = timeline.left_over
    return replace(timeline, left_over=(rest[0] + left, rest[1] + right))


def _fast_end(case: Case, timeline: Timeline, amount: float) -> Timeline:
    haste = 1.0 + amount / 60.0
    first, second = timeline.haste
    return replace(timeline, haste=(haste, second) if _is_first(case) else (first, haste))


def _bounce(_: Case, timeline: Timeline, amount: float) -> Timeline:
    haste = 1.0 + amount / 6.0
    return replace(timeline, haste=(haste, -haste))


_TIMING: dict[str, Callable[[Case], Way]] = {
    "phase_dur": _timing(_duration),
    "lr_lag": _timing(_lag),
    "lr_rom_diff": _timing(_range_of_one_side),
    "primary": _timing(_range_of_both),
    "end_speed": _timing(_fast_end),
    "reversal_acc": _timing(_bounce),
}
"""measures that are a matter of timing or range and not of one control"""
