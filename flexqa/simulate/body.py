"""A body of rigid limbs: controls over time in, 21 joints out.

Controls are named after the measures of the graph, so that an error is made by moving the control that the error is
about. Trunk and free arms are forward kinematics; legs, and arms that hold a bar, are two-bone inverse kinematics.
So limbs keep their length, feet stay where they stand, and both hands stay on one straight bar.

Frame: x to the subject's left, y up, z forward; metres and degrees. Sided arrays have left first. The trunk frame is
(lateral l, long axis t, anterior n) with n = l x t.
"""

from dataclasses import dataclass
from typing import Literal

import numpy as np

from flexqa.recordings.measures import SHANK_RADIUS_M, THIGH_RADIUS_M
from flexqa.simulate.geometry import STRAIGHT, Array, cross, dot, reach, rotate, size, two_bone, unit, z_at
from flexqa.vocabulary import JOINTS

Controls = dict[str, Array]
"""control -> values over time, shape (samples,), or (samples, 2) for arms, left and right"""

SIDED = ("elev", "plane", "sag", "out", "elbow", "wrist", "swing")
"""controls that each arm has of its own"""

MID_FOOT_M = 0.06
"""how far mid-foot lies in front of the ankle"""

_LEAST_BEND_DEG = 5.0

_J = {name: i for i, name in enumerate(JOINTS)}
_SIGN = np.array([1.0, -1.0])
_LATERAL = np.array([1.0, 0.0, 0.0])


@dataclass(frozen=True, slots=True)
class Segments:
    """Lengths of one subject, metres."""

    trunk: float
    """pelvis to upper spine"""
    neck: float
    """upper spine to neck"""
    head: float
    shoulder_half: float
    hip_half: float
    upper_arm: float
    forearm: float
    hand: float
    thigh: float
    shank: float
    ankle_height: float
    heel: float
    """ankle to heel, backwards"""
    toe: float
    """ankle to toe, forwards"""


@dataclass(frozen=True, slots=True)
class Rig:
    """How a lift holds the body."""

    base: Literal["standing", "bench"]
    arms: Literal["free", "arc", "line", "rack", "hang"]
    """free: each hand on its own; arc: a bar that follows the arms; line: a bar on a straight path between its ends;
    rack: a bar on the back; hang: a bar on straight arms along the legs"""
    direction: Literal["polar", "sagittal"]
    """upper arms by elev and plane, or by sag and out"""
    hint: tuple[float, float, float] | None
    """whereto the elbow bends, (outward, up, forward); null: as an elbow that swings in the sagittal plane"""
    hint_frame: Literal["world", "trunk"] = "world"
    wrist_back: tuple[float, float, float] = (0.0, 0.0, -1.0)
    """whereto a wrist bends, (outward, t, n)"""
    balance: float = 0.5
    """standing: which part of the trunk's forward reach the pelvis goes back to keep over mid-foot"""
    ahead_m: float = 0.0
    """standing: shoulders or pelvis ahead of mid-foot"""
    seat: tuple[float, float] = (0.0, 0.0)
    """bench: height and z of the pelvis"""
    feet: tuple[float, float] = (0.0, 0.0)
    """bench: height above the floor and z of the ankles"""


@dataclass(frozen=True, slots=True, eq=False)
class BarGuide:
    """The straight path of a bar, in trunk axes (lateral, t, n); each of shape (3,)."""

    start: Array
    """middle between the hands, from the middle of the shoulders, metres"""
    turn: Array
    elbow: Array
    """whereto the left elbow points off the line from shoulder to hand; the right one mirrors it"""


def trunk_frame(c: Controls) -> Array:
    """Axes of the trunk as rows (lateral, t, n), shape (samples, 3, 3), before the twist of the shoulders."""
    incl, lat = np.radians(c["incl"]), np.radians(c["lat"])
    zero = np.zeros_like(incl)
    upright = np.stack([zero, np.cos(incl), np.sin(incl)], axis=-1)
    forward = np.tile([0.0, 0.0, 1.0], (len(incl), 1))
    # A side bend turns about the forward axis; a lying trunk has none.
    t = rotate(upright, forward, -np.degrees(lat))
    lateral = unit(_LATERAL - dot(_LATERAL, t) * t)
    return np.stack([lateral, t, cross(lateral, t)], axis=1)


class Skeleton:
    """Puts the joints together, from the feet up to the hands."""

    def __init__(self, rig: Rig, seg: Segments, c: Controls, guide: BarGuide | None = None) -> None:
        self.rig, self.seg, self.c, self.guide = rig, seg, c, guide
        self.n = len(c["incl"])
        self.points = np.zeros((self.n, len(JOINTS), 3))
        self.frame = trunk_frame(c)

    def build(self) -> Array:
        """All joints, metres, shape (samples, 21, 3)."""
        ankles = self._feet()
        pelvis = self._standing_pelvis(ankles) if self.rig.base == "standing" else self._bench_pelvis()
        self._legs(pelvis, ankles)
        self._trunk(pelvis)
        self._arms()
        return self.points

    def _set(self, name: str, side: int, value: Array) -> None:
        self.points[:, _J[f"{'lr'[side]}_{name}"]] = value

    def get(self, name: str, side: int) -> Array:
        """One sided joint, shape (samples, 3)."""
        return self.points[:, _J[f"{'lr'[side]}_{name}"]]

    def _feet(self) -> Array:
        """Ankles, shape (samples, 2, 3); places heels and toes as well."""
        seg = self.seg
        # Feet that stand still are placed once.
        names = ("stance", "toe_out", "foot_slip", "heel")
        n = 1 if all(np.ptp(self.c[name]) == 0 for name in names) else self.n
        c = {name: self.c[name][:n] for name in names}
        ankles = np.zeros((self.n, 2, 3))
        half = c["stance"] * seg.shoulder_half
        height, z = self.rig.feet
        for side, sign in enumerate(_SIGN):
            yaw = np.radians(c["toe_out"])
            ahead = np.stack([sign * np.sin(yaw), np.zeros(n), np.cos(yaw)], axis=-1)
            # Only the left foot wanders on the bench; a lifted heel turns the foot about its toe.
            loose = c["foot_slip"] * (side == 0)
            floor = np.stack([sign * half, height + 0.7 * loose, z + 0.7 * loose], axis=-1)
            toe = floor + seg.toe * ahead + [0, 0.02, 0]
            heel_0 = floor - seg.heel * ahead + [0, 0.02, 0]
            length = seg.toe + seg.heel
            pitch = np.arcsin(np.clip(c["heel"] / length, -0.9, 0.9))
            back = -np.cos(pitch)[:, None] * ahead + np.sin(pitch)[:, None] * np.array([0.0, 1.0, 0.0])
            up = np.sin(pitch)[:, None] * ahead + np.cos(pitch)[:, None] * np.array([0.0, 1.0, 0.0])
            heel = np.where(c["heel"][:, None] > 0, toe + length * back, heel_0)
            ankles[:, side] = toe + seg.toe * back + (seg.ankle_height - 0.02) * up
            self._set("foot_a", side, heel)
            self._set("foot_b", side, toe)
            self._set("ankle", side, ankles[:, side])
        return ankles

    def _hips(self, pelvis: Array, side: int) -> Array:
        return np.asarray(pelvis + _SIGN[side] * self.seg.hip_half * _LATERAL)

    def _standing_pelvis(self, ankles: Array) -> Array:
        """The height at which the knees bend as told, balanced over mid-foot."""
        c, seg, rig = self.c, self.seg, self.rig
        lean = seg.trunk * np.sin(np.radians(c["incl"]))
        z = MID_FOOT_M + rig.ahead_m - rig.balance * lean + c["pelvis_z"]
        pelvis = np.stack([c["pelvis_x"], np.zeros(self.n), z], axis=-1)
        leg = reach(seg.thigh, seg.shank, c["knee"])
        heights = []
        for side in (0, 1):
            offset = (self._hips(pelvis, side) - ankles[:, side])[:, [0, 2]]
            heights.append(ankles[:, side, 1] + np.sqrt(np.maximum(leg**2 - np.sum(offset**2, axis=-1), 0.01)))
        pelvis[:, 1] = np.minimum(*heights)
        return pelvis

    def _bench_pelvis(self) -> Array:
        height, z = self.rig.seat
        c = self.c
        return np.stack([c["pelvis_x"], height + c["pelvis_rise"], z + c["pelvis_z"]], axis=-1)

    def _legs(self, pelvis: Array, ankles: Array) -> None:
        for side, sign in enumerate(_SIGN):
            yaw = np.radians(c_yaw := self.c["toe_out"] - self.c["knees_in"])
            up = 0.0 if self.rig.base == "standing" else 1.0
            pole = np.stack([sign * np.sin(yaw), np.full(len(c_yaw), up), np.cos(yaw)], axis=-1)
            # A knee that passes straight bends the other way.
            hyper = np.where(self.c["knee"] < 0, -1.0, 1.0)[:, None]
            hip = self._hips(pelvis, side)
            knee, _ = two_bone(hip, ankles[:, side], (self.seg.thigh, self.seg.shank), pole * hyper)
            self._set("hip", side, hip)
            self._set("knee", side, knee)

    def _trunk(self, pelvis: Array) -> None:
        c, seg = self.c, self.seg
        lateral, t, n = self.frame[:, 0], self.frame[:, 1], self.frame[:, 2]
        top = pelvis + seg.trunk * t
        neck_dir = rotate(t, lateral, c["upper_back"])
        neck = top + seg.neck * neck_dir
        self.points[:, _J["spine_upper"]] = top
        self.points[:, _J["neck"]] = neck
        self.points[:, _J["head"]] = neck + seg.head * rotate(neck_dir, lateral, -c["neck"])
        line = rotate(lateral, t, c["rot"])
        for side, sign in enumerate(_SIGN):
            girdle = c["shrug"][:, None] * t + c["protraction"][:, None] * n
            self._set("shoulder", side, top + sign * seg.shoulder_half * line + girdle)

    def _upper_arm(self, side: int) -> Array:
        """Direction of an upper arm, shape (samples, 3)."""
        c = self.c
        if self.rig.direction == "polar":
            elev, plane = np.radians(c["elev"][:, side]), np.radians(c["plane"][:, side])
            parts = np.stack([np.sin(elev) * np.cos(plane), -np.cos(elev), np.sin(elev) * np.sin(plane)], axis=-1)
        else:
            sag = np.radians(c["sag"][:, side])
            out = np.clip(c["out"][:, side] / self.seg.upper_arm, -0.95, 0.95)
            rest = np.sqrt(1 - out**2)
            parts = np.stack([out, -rest * np.cos(sag), rest * np.sin(sag)], axis=-1)
        parts[:, 0] *= _SIGN[side]
        return np.asarray(np.einsum("ni,nij->nj", parts, self.frame))

    def _hint(self, side: int, upper: Array) -> Array:
        rig, c = self.rig, self.c
        if rig.hint is None:
            hint = cross(upper, self.frame[:, 0])
        else:
            own = np.array(rig.hint) * [_SIGN[side], 1, 1]
            hint = own @ self.frame if rig.hint_frame == "trunk" else np.tile(own, (self.n, 1))
        return rotate(unit(hint), upper, -_SIGN[side] * c["swing"][:, side])

    def _free_arm(self, side: int) -> tuple[Array, Array, Array]:
        """Elbow, wrist and hand by the angles alone."""
        c, seg = self.c, self.seg
        upper = self._upper_arm(side)
        hint = self._hint(side, upper)
        across = unit(hint - dot(hint, upper) * upper)
        # An elbow stops when it is straight.
        flex = np.radians(np.maximum(c["elbow"][:, side], 0.5))[:, None]
        fore = np.cos(flex) * upper + np.sin(flex) * across
        elbow = self.get("shoulder", side) + seg.upper_arm * upper
        wrist = elbow + seg.forearm * fore
        back = self._back(side)
        axis = unit(cross(fore, back))
        return elbow, wrist, wrist + seg.hand * rotate(fore, axis, c["wrist"][:, side])

    def _back(self, side: int) -> Array:
        return np.asarray((np.array(self.rig.wrist_back) * [_SIGN[side], 1, 1]) @ self.frame)

    def _arms(self) -> None:
        free = [self._free_arm(side) for side in (0, 1)]
        if self.rig.arms == "free":
            for side, joints in enumerate(free):
                for name, value in zip(("elbow", "wrist", "hand"), joints, strict=True):
                    self._set(name, side, value)
            return
        centre = self._bar_centre(free)
        tilt = np.radians(self.c["tilt"])
        along = np.stack([np.cos(tilt), np.sin(tilt), np.zeros(self.n)], axis=-1)
        half = (self.c["grip"] * self.seg.shoulder_half)[:, None]
        hands = [centre + half * along, centre - half * along]
        self._hold(self._within_reach(hands), free)

    def _shoulder_mid(self) -> Array:
        return (self.get("shoulder", 0) + self.get("shoulder", 1)) / 2

    def _bar_centre(self, free: list[tuple[Array, Array, Array]]) -> Array:
        """The middle between the hands on the bar, shape (samples, 3)."""
        c, seg, middle = self.c, self.seg, self._shoulder_mid()
        t, n = self.frame[:, 1], self.frame[:, 2]
        if self.rig.arms == "rack":
            centre = middle + 0.03 * t - 0.06 * n
        elif self.rig.arms == "hang":
            centre = self._hanging(middle)
        else:
            centre = (free[0][2] + free[1][2]) / 2
            # The bar decides how far out the hands are; its distance from the shoulders keeps the elbow's angle.
            out = (c["grip"] - 1) * seg.shoulder_half
            wide = np.stack([f[2] - self.get("shoulder", s) for s, f in enumerate(free)])
            distance2 = np.sum(wide**2, axis=-1).mean(axis=0)
            flat = (centre - middle) * np.array([0.0, 1.0, 1.0])
            centre = middle + unit(flat) * np.sqrt(np.maximum(distance2 - out**2, 0.0025))[:, None]
        if self.guide is not None:
            share = c["progress"][:, None]
            between = (1 - share) * self.guide.start + share * self.guide.turn
            centre = middle + np.einsum("ni,nij->nj", between, self.frame)
        # The lower hand gives way when the bar tilts: no arm is pulled straight by it.
        give = np.abs(np.sin(np.radians(c["tilt"]))) * c["grip"] * seg.shoulder_half
        centre = centre + np.where(centre[:, 1:2] > middle[:, 1:2] + 0.02, -1, 1) * give[:, None] * [0, 1, 0]
        centre = centre + c["bar_up"][:, None] * [0, 1, 0] + c["bar_z"][:, None] * [0, 0, 1]
        centre = centre - c["bar_low"][:, None] * t
        centre[:, 0] = c["pelvis_x"] + c["grip_shift"]
        return np.asarray(centre)

    def _hanging(self, middle: Array) -> Array:
        """A bar on straight arms, `gap` in front of the legs; the height settles the leg that it touches."""
        seg, c = self.seg, self.c
        length = reach(seg.upper_arm, seg.forearm + seg.hand, c["elbow"].mean(axis=1))
        out = (c["grip"] - 1) * seg.shoulder_half
        z = middle[:, 2].copy()
        y = z.copy()
        for _ in range(4):
            down = np.sqrt(np.maximum(length**2 - out**2 - (middle[:, 2] - z) ** 2, 0.01))
            y = middle[:, 1] - down
            z = self.front_of_legs(y) + c["gap"]
        return np.stack([np.zeros(self.n), y, z], axis=-1)

    def front_of_legs(self, y: Array) -> Array:
        """Front (z) of shanks and thighs at a height, shape (samples,); soft where they meet."""
        ankle, knee, hip = ((self.get(j, 0) + self.get(j, 1)) / 2 for j in ("ankle", "knee", "hip"))
        shank = z_at(ankle, knee, y) + SHANK_RADIUS_M
        thigh = z_at(knee, hip, y) + THIGH_RADIUS_M
        above = 1 / (1 + np.exp(-(y - knee[:, 1]) / 0.03))
        return np.asarray((1 - above) * shank + above * thigh)

    def _within_reach(self, hands: list[Array]) -> list[Array]:
        """Moves the whole bar towards the shoulders by what the farther hand lacks."""
        for _ in range(3):
            for side in (0, 1):
                longest = self._longest(side)
                apart = hands[side] - self.get("shoulder", side)
                flat = apart * [0, 1, 1]
                rest = np.sqrt(np.maximum(longest**2 - apart[:, 0] ** 2, 0.01))[:, None]
                pull = unit(flat) * np.minimum(rest - size(flat), 0.0)
                hands = [hand + pull for hand in hands]
        return hands

    def _longest(self, side: int) -> Array:
        """How far a hand on a bar may be from its shoulder: elbows stay a little bent unless locked on purpose."""
        upper, rest = self.seg.upper_arm, self._forearm_and_hand(side)[:, 0]
        bend = np.radians(np.clip(_LEAST_BEND_DEG - self.c["lock"], 0.2, 30.0))
        return np.asarray(np.sqrt(upper**2 + rest**2 + 2 * upper * rest * np.cos(bend)) * STRAIGHT)

    def _forearm_and_hand(self, side: int) -> Array:
        """Distance from elbow to hand, shape (samples, 1)."""
        return reach(self.seg.forearm, self.seg.hand, self.c["wrist"][:, side])[:, None]

    def bar_from_shoulders(self) -> Array:
        """Middle between the hands, from the middle of the shoulders, in trunk axes, shape (samples, 3)."""
        hands = (self.get("hand", 0) + self.get("hand", 1)) / 2
        return np.asarray(np.einsum("nij,nj->ni", self.frame, hands - self._shoulder_mid()))

    def elbow_direction(self) -> Array:
        """Whereto the left elbow points off the line from shoulder to hand, in trunk axes, shape (samples, 3)."""
        shoulder = self.get("shoulder", 0)
        along = unit(self.get("hand", 0) - shoulder)
        elbow = self.get("elbow", 0) - shoulder
        off = elbow - dot(elbow, along) * along
        return unit(np.asarray(np.einsum("nij,nj->ni", self.frame, off)))

    def _pole(self, side: int, free_elbow: Array) -> Array:
        """Whereto an elbow points when the hand is on a bar, shape (samples, 3)."""
        mirror = np.array([_SIGN[side], 1.0, 1.0])
        if self.rig.arms == "rack":
            return np.asarray((mirror * [0.25, -1.0, -0.35]) @ self.frame)
        if self.rig.arms == "hang":
            return np.tile(mirror * [0.7, 0.0, -0.7], (self.n, 1))
        if self.guide is not None:
            return np.asarray((mirror * self.guide.elbow) @ self.frame)
        return free_elbow - self.get("shoulder", side)

    def _hold(self, hands: list[Array], free: list[tuple[Array, Array, Array]]) -> None:
        """Arms that reach for hands on the bar; elbows as near as can be to where the angles want them."""
        seg = self.seg
        for side, sign in enumerate(_SIGN):
            second = self._forearm_and_hand(side)
            shoulder = self.get("shoulder", side)
            reach_out = unit(hands[side] - shoulder)
            pole = rotate(self._pole(side, free[side][0]), reach_out, -sign * self.c["swing"][:, side])
            elbow, hand = two_bone(shoulder, hands[side], (seg.upper_arm, second), pole)
            wrist = self._bent_wrist(elbow, hand, side)
            for name, value in (("elbow", elbow), ("wrist", wrist), ("hand", hand)):
                self._set(name, side, value)

    def _bent_wrist(self, elbow: Array, hand: Array, side: int) -> Array:
        """The wrist between elbow and hand, so that the hand bends back by the control."""
        seg = self.seg
        along = unit(hand - elbow)
        distance = size(hand - elbow)
        back = self._back(side)
        away = -unit(back - dot(back, along) * along)
        x = np.clip((distance**2 + seg.forearm**2 - seg.hand**2) / (2 * distance), 0, seg.forearm)
        return np.asarray(elbow + x * along + np.sqrt(np.maximum(seg.forearm**2 - x**2, 0)) * away)
