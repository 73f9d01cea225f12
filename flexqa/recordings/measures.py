"""What a posture measures: the graph's quantities at every moment, from the 21 joints.

Canonical frame: x to the subject's left, y up, z forward; metres and degrees. The trunk frame is lateral (from the
right to the left hip), t (pelvis to upper spine) and n = lateral x t (out of the chest). A sided measure has shape
(samples, 2), left first; all others (samples,).

Where the graph says "from the start" the reference is the first tenth of a second of the recording, or the last of
its preparation for what counts from the start of the movement. FLEX documents no quiet standing, so `neck_ext` and
`upper_back_flex` are taken against a straight spine. Limb radii for `bar_gap` are those of an average adult.
"""

from collections.abc import Callable
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from flexqa.errors import RecordingError
from flexqa.media import Pose
from flexqa.vocabulary import JOINTS

Array = NDArray[np.float64]

SHANK_RADIUS_M = 0.05
THIGH_RADIUS_M = 0.075
TRUNK_RADIUS_M = 0.11

_J = {name: i for i, name in enumerate(JOINTS)}
_SIGN = np.array([1.0, -1.0])
_UP = np.array([0.0, 1.0, 0.0])
_SET_UP_S = 0.1
_ARM_PLANE_MIN_ELEV = 15.0


class Body:
    """A pose with its trunk frame and the references that some measures need."""

    def __init__(self, pose: Pose, movement_start_s: float | None = None) -> None:
        """`movement_start_s`: when the preparation ends; the start of the recording if unknown.

        Raises:
            RecordingError: the pose has no samples or not the 21 joints.
        """
        if pose.points.shape[1:] != (len(JOINTS), 3) or not len(pose.points):
            raise RecordingError(
                f"a pose of shape {pose.points.shape} cannot be measured; it must be (samples, {len(JOINTS)}, 3) "
                "with at least one sample"
            )
        self.pose, self.points, self.fps = pose, pose.points, pose.fps
        few = max(1, round(_SET_UP_S * pose.fps))
        self.set_up = slice(0, few)
        last = len(self.points) if movement_start_s is None else round(movement_start_s * pose.fps)
        last = min(max(last, few), len(self.points))
        self.rest = self.set_up if movement_start_s is None else slice(last - few, last)

    def joint(self, name: str) -> Array:
        """Shape (samples, 3)."""
        return self.points[:, _J[name]]

    def pair(self, name: str) -> Array:
        """A joint of both sides, shape (samples, 2, 3)."""
        return self.points[:, [_J[f"l_{name}"], _J[f"r_{name}"]]]

    def middle(self, name: str) -> Array:
        """Half way between a joint of both sides, shape (samples, 3)."""
        return np.asarray(self.pair(name).mean(axis=1))

    @cached_property
    def frame(self) -> Array:
        """Rows lateral, t, n, shape (samples, 3, 3)."""
        t = _unit(self.joint("spine_upper") - self.middle("hip"))
        across = self.joint("l_hip") - self.joint("r_hip")
        lateral = _unit(across - _dot(across, t)[..., None] * t)
        return np.stack([lateral, t, _cross(lateral, t)], axis=1)

    @property
    def lateral(self) -> Array:
        """To the subject's left, across the hips."""
        return self.frame[:, 0]

    @property
    def t(self) -> Array:
        """Along the trunk, upwards."""
        return self.frame[:, 1]

    @property
    def n(self) -> Array:
        """Out of the chest."""
        return self.frame[:, 2]

    @cached_property
    def upper_arm(self) -> Array:
        """Shoulder to elbow in trunk axes (outward, t, n), metres, shape (samples, 2, 3)."""
        local = np.einsum("nij,nsj->nsi", self.frame, self.pair("elbow") - self.pair("shoulder"))
        local[..., 0] *= _SIGN
        return np.asarray(local)

    @cached_property
    def toes_and_heels(self) -> tuple[Array, Array]:
        """The front and the rear foot joint of both sides, each of shape (samples, 2, 3)."""
        a, b = self.pair("foot_a"), self.pair("foot_b")
        if np.median(a[..., 2] - b[..., 2]) > 0:
            return a, b
        return b, a


def _unit(v: Array) -> Array:
    return np.asarray(v / np.maximum(_length(v), 1e-12)[..., None])


def _cross(a: Array, b: Array) -> Array:
    # By components: np.cross takes four times as long for some hundred vectors.
    ax, ay, az = a[..., 0], a[..., 1], a[..., 2]
    bx, by, bz = b[..., 0], b[..., 1], b[..., 2]
    return np.stack([ay * bz - az * by, az * bx - ax * bz, ax * by - ay * bx], axis=-1)


def _length(v: Array) -> Array:
    return np.asarray(np.sqrt(np.einsum("...i,...i->...", v, v)))


def _dot(a: Array, b: Array) -> Array:
    return np.asarray(np.einsum("...i,...i->...", a, b))


def _angle(a: Array, b: Array) -> Array:
    """Unsigned angle between vectors, degrees."""
    return np.asarray(np.degrees(np.arctan2(_length(_cross(a, b)), _dot(a, b))))


def _signed(a: Array, b: Array, axis: Array) -> Array:
    """Angle that turns a into b about an axis, degrees, right-handed."""
    return np.asarray(np.degrees(np.arctan2(_dot(_cross(a, b), axis), _dot(a, b))))


def _from_start(body: Body, values: Array) -> Array:
    return np.asarray(values - np.median(values[body.set_up], axis=0))


def _knee_flex(b: Body) -> Array:
    thigh, shank = b.pair("knee") - b.pair("hip"), b.pair("ankle") - b.pair("knee")
    straight_passed = _dot(_cross(thigh, shank), b.lateral[:, None]) < 0
    return np.where(straight_passed, -1.0, 1.0) * _angle(thigh, shank)


def _trunk_rot(b: Body) -> Array:
    across = b.joint("l_shoulder") - b.joint("r_shoulder")
    flat = across - _dot(across, b.t)[:, None] * b.t
    return _signed(b.lateral, flat, b.t)


def _upper_back(b: Body) -> Array:
    return _signed(b.t, b.joint("neck") - b.joint("spine_upper"), b.lateral)


def _neck_ext(b: Body) -> Array:
    neck = b.joint("neck") - b.joint("spine_upper")
    return -_signed(neck, b.joint("head") - b.joint("neck"), b.lateral)


def _arm_elev(b: Body) -> Array:
    u = _unit(b.upper_arm)
    return np.asarray(np.degrees(np.arccos(np.clip(-u[..., 1], -1, 1))))


def _arm_plane(b: Body) -> Array:
    azimuth = np.degrees(np.arctan2(b.upper_arm[..., 2], b.upper_arm[..., 0]))
    return np.where(_arm_elev(b) > _ARM_PLANE_MIN_ELEV, azimuth, np.nan)


def _to_vertical(v: Array) -> Array:
    height = np.abs(v[..., 1])
    return np.asarray(np.degrees(np.arctan2(np.hypot(v[..., 0], v[..., 2]), height)))


def _shoulder_width(b: Body) -> Array:
    return _length(b.joint("l_shoulder") - b.joint("r_shoulder"))


def _apart(b: Body, name: str) -> Array:
    return _length(b.joint(f"l_{name}") - b.joint(f"r_{name}"))


def _grip_offset(b: Body) -> Array:
    side = _dot(b.pair("hand") - b.middle("hip")[:, None], b.lateral[:, None]) * _SIGN
    return np.asarray(np.abs(side[:, 0] - side[:, 1]))


def _toe_out(b: Body) -> Array:
    toes, heels = b.toes_and_heels
    v = toes - heels
    return np.asarray(np.degrees(np.arctan2(v[..., 0] * _SIGN, v[..., 2])))


def _knee_valgus(b: Body) -> Array:
    thigh, shank = b.pair("knee") - b.pair("hip"), b.pair("ankle") - b.pair("knee")
    lean = [np.arctan2(v[..., 0] * _SIGN, -v[..., 1]) for v in (thigh, shank)]
    return np.asarray(np.degrees(lean[1] - lean[0]))


def _heel_lift(b: Body) -> Array:
    return _from_start(b, b.toes_and_heels[1][..., 1])


def _bar_tilt(b: Body) -> Array:
    v = b.joint("l_hand") - b.joint("r_hand")
    return np.asarray(np.degrees(np.arctan2(v[:, 1], np.hypot(v[:, 0], v[:, 2]))))


def front_of_body(ankle: Array, knee: Array, hip: Array, top: Array, y: Array) -> Array:
    """Where (z) the front of the body is at a height: the foremost of shank, thigh and trunk there.

    Args:
        ankle: middle of both ankles, metres, shape (samples, 3); likewise knee, hip, and top, the upper spine.
        knee: see ankle.
        hip: see ankle.
        top: see ankle.
        y: height, metres, shape (samples,).

    Returns:
        Metres, shape (samples,); NaN above the upper spine and below the ankles.
    """
    fronts = []
    chain = ((ankle, knee, SHANK_RADIUS_M), (knee, hip, THIGH_RADIUS_M), (hip, top, TRUNK_RADIUS_M))
    for low, high, radius in chain:
        share = (y - low[:, 1]) / np.where(np.abs(high[:, 1] - low[:, 1]) < 0.02, np.nan, high[:, 1] - low[:, 1])
        z = low[:, 2] + share * (high[:, 2] - low[:, 2]) + radius
        fronts.append(np.where((share >= 0) & (share <= 1), z, -np.inf))
    front = np.max(fronts, axis=0)
    return np.where(np.isfinite(front), front, np.nan)


def _bar_gap(b: Body) -> Array:
    hands = b.middle("hand")
    front = front_of_body(b.middle("ankle"), b.middle("knee"), b.middle("hip"), b.joint("spine_upper"), hands[:, 1])
    return np.asarray(hands[:, 2] - front)


def _protraction(b: Body) -> Array:
    return _from_start(b, _dot(b.middle("shoulder") - b.joint("spine_upper"), b.n))


def _pelvis_shift(b: Body) -> Array:
    # The feet of a bench press may slip, so their first position is the reference.
    return np.asarray(np.abs(b.middle("hip")[:, 0] - np.median(b.middle("ankle")[b.set_up, 0])))


def _ankle_motion(b: Body) -> Array:
    moved = _from_start(b, b.pair("ankle"))
    return np.asarray(_length(moved).max(axis=1))


def _head_rise(b: Body) -> Array:
    # Along the chest's normal, so that it means the same on every bench.
    return _from_start(b, _dot(b.joint("head") - b.joint("spine_upper"), b.n))


def _upper_arm_drift(b: Body) -> Array:
    reference = np.median(b.upper_arm[b.rest], axis=0)
    return _angle(b.upper_arm, np.broadcast_to(reference, b.upper_arm.shape))


_MEASURES: dict[str, Callable[[Body], Array]] = {
    "elbow_flex": lambda b: _angle(b.pair("elbow") - b.pair("shoulder"), b.pair("wrist") - b.pair("elbow")),
    "knee_flex": _knee_flex,
    "hip_flex": lambda b: _angle(b.pair("knee") - b.pair("hip"), -b.t[:, None]),
    "trunk_incl": lambda b: np.degrees(np.arctan2(b.t[:, 2], b.t[:, 1])),
    "trunk_lat": lambda b: np.degrees(np.arcsin(np.clip(b.t[:, 0], -1, 1))),
    "trunk_rot": _trunk_rot,
    "upper_back_flex": _upper_back,
    "neck_ext": _neck_ext,
    "arm_elev": _arm_elev,
    "arm_sag": lambda b: np.degrees(np.arctan2(b.upper_arm[..., 2], -b.upper_arm[..., 1])),
    "elbow_out": lambda b: b.upper_arm[..., 0],
    "arm_plane": _arm_plane,
    "forearm_vert": lambda b: _to_vertical(b.pair("wrist") - b.pair("elbow")),
    "wrist_dev": lambda b: _angle(b.pair("wrist") - b.pair("elbow"), b.pair("hand") - b.pair("wrist")),
    "grip_ratio": lambda b: _apart(b, "hand") / _shoulder_width(b),
    "grip_offset": _grip_offset,
    "stance_ratio": lambda b: _apart(b, "ankle") / _shoulder_width(b),
    "toe_out": _toe_out,
    "knee_valgus": _knee_valgus,
    "heel_lift": _heel_lift,
    "bar_tilt": _bar_tilt,
    "bar_gap": _bar_gap,
    "hand_above_shoulder": lambda b: b.middle("hand")[:, 1] - b.middle("shoulder")[:, 1],
    "touch_down": lambda b: -_dot(b.middle("hand") - b.middle("shoulder"), b.t),
    "elbow_drop": lambda b: -b.upper_arm[..., 2],
    "wrist_above_elbow": lambda b: (b.pair("wrist") - b.pair("elbow"))[..., 1],
    "shrug": lambda b: -_from_start(b, _dot(b.joint("neck") - b.middle("shoulder"), b.t)),
    "protraction": _protraction,
    "pelvis_rise": lambda b: _from_start(b, b.middle("hip")[:, 1]),
    "pelvis_shift": _pelvis_shift,
    "ankle_motion": _ankle_motion,
    "head_rise": _head_rise,
    "shoulder_ahead": lambda b: b.middle("shoulder")[:, 2] - b.middle("hand")[:, 2],
    "hip_minus_knee": lambda b: (b.pair("hip") - b.pair("knee"))[..., 1],
    "upper_arm_drift": _upper_arm_drift,
    "hand_dist": lambda b: _apart(b, "hand"),
}

JOINT_ANGLES = {
    "elbow_flex": "elbow flexion",
    "knee_flex": "knee flexion",
    "hip_flex": "hip flexion",
    "arm_elev": "arm elevation",
}
"""the angles of both sides that a pose is shown with -> in words"""

POSTURE_MEASURES = tuple(_MEASURES)
"""measures that exist at every moment"""


def measure(name: str, body: Body) -> Array:
    """One of `POSTURE_MEASURES` over time, in the unit that the graph gives it.

    Returns:
        Shape (samples,), or (samples, 2) for a sided measure, left first; NaN where it is not defined.

    Raises:
        RecordingError: no such measure, or it does not exist at every moment.
    """
    if name not in _MEASURES:
        raise RecordingError(f"{name!r} is not a measure of a posture; choose from {', '.join(_MEASURES)}")
    return np.asarray(_MEASURES[name](body), dtype=np.float64)
