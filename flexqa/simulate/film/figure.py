"""A person around 21 joints: trunk, head, limbs, fists and shoes as one moving surface.

Breadths are those of an average adult, metres; `girth` thickens or thins all but the bones. Clothes are cut so that
what a coach looks at can be seen in a small picture: short sleeves and shorts end in a hem, socks differ from the
skin, a stripe marks the spine and a badge the chest, soles and toe caps show how a foot stands.
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import NamedTuple

import numpy as np

from flexqa.media import Pose
from flexqa.simulate.film.head import head
from flexqa.simulate.film.mesh import Array, Mesh, cross, join, loft, shade, tube, unit
from flexqa.simulate.film.scene import Colour, Look, Rod
from flexqa.vocabulary import JOINTS

_J = {name: i for i, name in enumerate(JOINTS)}

Ring = tuple[float, float, float]

UPPER_ARM: tuple[Ring, ...] = (
    (0, -0.06, 0.02), (0, -0.045, 0.046), (0, -0.01, 0.064), (0.3, 0, 0.060), (0.46, 0, 0.058), (0.50, 0, 0.058),
    (0.51, 0, 0.047), (0.8, 0, 0.044), (1, 0, 0.039), (1, 0.03, 0.028), (1, 0.038, 0.008),
)  # fmt: skip
_SLEEVE = (5, 1)
"""strips of the upper arm in cloth, and of its hem"""
FOREARM: tuple[Ring, ...] = (
    (0, -0.035, 0.02), (0, 0, 0.040), (0.25, 0, 0.046), (0.6, 0, 0.037), (1, 0, 0.027), (1, 0.02, 0.022),
)  # fmt: skip
FIST = (
    (0, -0.012, 0.020, 0.016), (0, 0.008, 0.028, 0.020), (0.55, 0, 0.040, 0.022), (1, -0.026, 0.046, 0.030),
    (1, 0.0, 0.047, 0.036), (1, 0.022, 0.045, 0.034), (1, 0.036, 0.036, 0.022), (1, 0.040, 0.012, 0.008),
)  # fmt: skip
"""(share of the way from wrist to hand, metres further on, half breadth across the knuckles, half thickness)"""
_FINGERS = 4
"""strips of the fist that are fingers"""
THIGH: tuple[Ring, ...] = (
    (0, -0.07, 0.035), (0, -0.04, 0.082), (0, 0.01, 0.096), (0.2, 0, 0.094), (0.42, 0, 0.087), (0.62, 0, 0.080),
    (0.67, 0, 0.079), (0.68, 0, 0.068), (0.82, 0, 0.063), (1, 0, 0.055), (1, 0.03, 0.046), (1, 0.05, 0.012),
)  # fmt: skip
_SHORTS = (5, 1)
SHANK: tuple[Ring, ...] = (
    (0, -0.035, 0.03), (0, 0, 0.053), (0.15, 0, 0.054), (0.3, 0, 0.059), (0.5, 0, 0.052), (0.55, 0, 0.053),
    (0.75, 0, 0.043), (1, 0, 0.037), (1, 0.02, 0.03),
)  # fmt: skip
_BARE_SHANK = 4
NECK: tuple[Ring, ...] = ((0, -0.07, 0.056), (0, 0, 0.056), (0.6, 0, 0.053), (0.9, 0, 0.047))

UPPER = (
    (0, -0.035, 0.012, 0.02), (0, -0.03, 0.042, 0.032), (0.28, 0, 0.052, 0.038), (0.55, 0, 0.038, 0.044),
    (0.85, 0, 0.028, 0.046), (1, 0.03, 0.02, 0.038), (1, 0.05, 0.01, 0.02),
)  # fmt: skip
"""a shoe: (share of the way from heel to toe, metres further on, half height, half breadth)"""
SOLE = (
    (0, -0.045, 0.006, 0.022), (0, -0.035, 0.008, 0.036), (0.28, 0, 0.008, 0.042), (0.6, 0, 0.008, 0.048),
    (0.88, 0, 0.008, 0.050), (1, 0.035, 0.008, 0.040), (1, 0.058, 0.006, 0.02),
)  # fmt: skip
_TOE_CAP = 2
_BELOW_HEEL_M = 0.02
"""from the heel's joint to the floor"""

_WHITE: Colour = (232, 232, 230)
_DARK: Colour = (46, 48, 54)


class _Level(NamedTuple):
    """One ring of the trunk."""

    share: float
    """of the way from hips to shoulders"""
    hip: float
    """half breadth: this times half the distance between the hips,"""
    shoulder: float
    """plus this times half the distance between the shoulders,"""
    more: float
    """plus this, metres"""
    depth: float
    """half depth, metres"""


TRUNK = (
    _Level(-0.21, 0.2, 0.0, 0.01, 0.03),
    _Level(-0.18, 0.8, 0.0, 0.03, 0.075),
    _Level(-0.08, 1.0, 0.0, 0.07, 0.112),
    _Level(0.06, 1.0, 0.0, 0.07, 0.110),
    _Level(0.14, 1.0, 0.0, 0.062, 0.102),
    _Level(0.34, 0.5, 0.15, 0.062, 0.096),
    _Level(0.55, 0.3, 0.4, 0.042, 0.108),
    _Level(0.78, 0.0, 0.88, 0.018, 0.120),
    _Level(0.92, 0.0, 1.02, 0.0, 0.104),
    _Level(1.02, 0.0, 0.94, 0.0, 0.084),
    _Level(1.08, 0.0, 0.66, 0.0, 0.070),
    _Level(1.14, 0.0, 0.36, 0.0, 0.060),
    _Level(1.15, 0.0, 0.2, 0.0, 0.03),
)
_WAISTBAND = 4
"""strips of the trunk below the shirt"""
_TRUNK_SIDES = 24
_HUNCH_M = 0.17
"""how far behind the straight line the middle of a back bends that is rounded by a right angle"""

BONES = (
    ("r_shoulder", "r_elbow", 0.05), ("r_elbow", "r_hand", 0.04),
    ("l_shoulder", "l_elbow", 0.05), ("l_elbow", "l_hand", 0.04),
    ("r_hip", "r_knee", 0.08), ("r_knee", "r_ankle", 0.05), ("r_foot_a", "r_foot_b", 0.045),
    ("l_hip", "l_knee", 0.08), ("l_knee", "l_ankle", 0.05), ("l_foot_a", "l_foot_b", 0.045),
    ("r_hip", "r_shoulder", 0.09), ("l_hip", "l_shoulder", 0.09), ("r_hip", "l_shoulder", 0.09),
    ("neck", "head", 0.10),
)  # fmt: skip
"""(joint, joint, radius in metres): the body as its shadow sees it"""


def figure(pose: Pose, look: Look, girth: float, rods: Sequence[Rod] = ()) -> Mesh:
    """The surface of a person, one sample for each of the pose; fists close around the nearest rod."""
    p = pose.points
    parts = [_trunk(p, look, girth), _head(p, look), tube(_at(p, "neck"), _at(p, "head"), NECK, [look.skin] * 3)]
    for side in "rl":
        parts += _arm(p, side, look, girth, rods)
        parts += _leg(p, side, look, girth)
    return join(parts)


def bones(pose: Pose) -> list[tuple[Array, Array, float]]:
    """Both ends of each bone, shape (samples, 3), and its radius in metres."""
    return [(_at(pose.points, a), _at(pose.points, b), radius) for a, b, radius in BONES]


def _at(points: Array, joint: str) -> Array:
    return points[:, _J[joint]]


def _thick(rings: tuple[Ring, ...], girth: float) -> tuple[Ring, ...]:
    return tuple((share, further, radius * girth) for share, further, radius in rings)


def _square(v: Array, d: Array) -> Array:
    """Unit vectors along the part of `v` that is square to the unit vectors `d`."""
    return unit(v - np.sum(v * d, axis=-1, keepdims=True) * d)


def _unlike(colour: Colour) -> Colour:
    """White beside a dark colour, dark beside a light one."""
    return _DARK if 0.3 * colour[0] + 0.6 * colour[1] + 0.1 * colour[2] > 140 else _WHITE


def _dressed(cloth: Colour, strips: tuple[int, int], skin: Colour, total: int) -> list[Colour]:
    """Cloth, its hem, and skin below."""
    return [cloth] * strips[0] + [_unlike(skin)] * strips[1] + [skin] * (total - sum(strips))


def _arm(p: Array, side: str, look: Look, girth: float, rods: Sequence[Rod]) -> list[Mesh]:
    shoulder, elbow, wrist, hand = (_at(p, f"{side}_{j}") for j in ("shoulder", "elbow", "wrist", "hand"))
    across = _at(p, "l_shoulder") - _at(p, "r_shoulder")
    return [
        tube(shoulder, elbow, _thick(UPPER_ARM, girth), _dressed(look.shirt, _SLEEVE, look.skin, len(UPPER_ARM) - 1)),
        tube(elbow, wrist, _thick(FOREARM, girth), [look.skin] * (len(FOREARM) - 1)),
        _fist(wrist, hand, _grip(hand, rods, across), look.skin),
    ]


def _grip(hand: Array, rods: Sequence[Rod], otherwise: Array) -> Array:
    """Direction of what a hand holds, shape (samples, 3)."""

    def distance(bar: Rod) -> float:
        d = unit(bar.b[0] - bar.a[0])
        return float(np.linalg.norm(cross(hand[0] - bar.a[0], d)))

    nearest = min(rods, key=distance, default=None)
    return otherwise if nearest is None else nearest.b - nearest.a


def _fist(wrist: Array, hand: Array, grip: Array, skin: Colour) -> Mesh:
    d = unit(hand - wrist)
    u = _square(grip, d)
    colours = [skin] * (len(FIST) - 1 - _FINGERS) + [shade(skin, 0.86)] * _FINGERS
    return _slab(wrist, hand, FIST, (u, cross(d, u)), colours)


def _slab(
    a: Array,
    b: Array,
    rings: Sequence[tuple[float, float, float, float]],
    axes: tuple[Array, Array],
    colours: Sequence[Colour],
    sides: int = 10,
) -> Mesh:
    """A boxy body from a to b; rings as those of a tube, with half sizes along the first and the second axis."""
    d = unit(b - a)
    share, further, first, second = (np.asarray(c)[:, None] for c in zip(*rings, strict=True))
    centres = a[:, None] + share * (b - a)[:, None] + further * d[:, None]
    u, v = axes
    return loft(centres, u[:, None] * first, v[:, None] * second, colours, sides, 3.0)


def _leg(p: Array, side: str, look: Look, girth: float) -> list[Mesh]:
    hip, knee, ankle, heel, toe = (_at(p, f"{side}_{j}") for j in ("hip", "knee", "ankle", "foot_a", "foot_b"))
    sock = [look.skin] * _BARE_SHANK + [_unlike(look.skin)] * (len(SHANK) - 1 - _BARE_SHANK)
    return [
        tube(hip, knee, _thick(THIGH, girth), _dressed(look.trousers, _SHORTS, look.skin, len(THIGH) - 1)),
        tube(knee, ankle, _thick(SHANK, girth), sock),
        *_shoe(heel, toe, ankle, look.shoes),
    ]


def _shoe(heel: Array, toe: Array, ankle: Array, colour: Colour) -> list[Mesh]:
    """An upper, highest below the ankle, with a toe cap, on a flat sole along heel and toe."""
    d = unit(toe - heel)
    up = _square((ankle + 1e-6) - heel, d)
    side = cross(up, d)
    rubber = _unlike(colour)
    high = np.array([ring[2] for ring in UPPER])[:, None]
    share, further, _, broad = (np.asarray(c)[:, None] for c in zip(*UPPER, strict=True))
    centres = heel[:, None] + share * (toe - heel)[:, None] + further * d[:, None]
    centres = centres + (high - _BELOW_HEEL_M + 0.006) * up[:, None]
    paint = [colour] * (len(UPPER) - 1 - _TOE_CAP) + [rubber] * _TOE_CAP
    upper = loft(centres, side[:, None] * broad, up[:, None] * high, paint, 10, 3.0)
    low = (0.008 - _BELOW_HEEL_M) * up
    sole = [(share, further, broad, high) for share, further, high, broad in SOLE]
    return [upper, _slab(heel + low, toe + low, sole, (side, up), [rubber] * (len(SOLE) - 1))]


def _trunk(p: Array, look: Look, girth: float) -> Mesh:
    hips = [_at(p, "r_hip"), _at(p, "l_hip")]
    shoulders = [_at(p, "r_shoulder"), _at(p, "l_shoulder")]
    low, high = (hips[0] + hips[1]) / 2, (shoulders[0] + shoulders[1]) / 2
    hip_line, shoulder_line = hips[1] - hips[0], shoulders[1] - shoulders[0]
    half_hip, half_shoulder = (float(np.linalg.norm(x, axis=-1).mean()) / 2 for x in (hip_line, shoulder_line))
    share = np.array([level.share for level in TRUNK])[:, None]
    broad = np.array([lv.hip * half_hip + lv.shoulder * half_shoulder + lv.more * girth for lv in TRUNK])[:, None]
    deep = np.array([lv.depth * girth for lv in TRUNK])[:, None]
    turn = np.clip(share, 0, 1)
    lateral = unit((1 - turn) * unit(hip_line)[:, None] + turn * unit(shoulder_line)[:, None])
    forward = unit(cross(lateral, (high - low)[:, None]))
    neck = unit(_at(p, "neck") - _at(p, "spine_upper"))
    hunch = np.sum(neck[:, None] * forward, axis=-1, keepdims=True)
    length = np.linalg.norm(high - low, axis=-1, keepdims=True)[:, None]
    centres = low[:, None] + turn * (high - low)[:, None] + np.minimum(share, 0) * (high - low)[:, None]
    centres = centres + np.maximum(share - 1, 0) * length * neck[:, None]
    # A rounded back bends most a little above its middle.
    centres = centres - _HUNCH_M * hunch * np.sin(np.pi * turn**1.4) * forward
    skin = loft(centres, forward * deep, lateral * broad, [look.shirt] * (len(TRUNK) - 1), _TRUNK_SIDES, 2.4)
    return replace(skin, colours=_outfit(look))


def _outfit(look: Look) -> Array:
    """Colours of the trunk's faces: shorts, a shirt with a stripe down the spine and a badge on the chest."""
    strips = (len(TRUNK) - 1) * _TRUNK_SIDES
    # The faces of the two lids come last.
    lids = np.repeat([0, strips - _TRUNK_SIDES], _TRUNK_SIDES)
    strip, j = np.divmod(np.concatenate([np.arange(strips), lids]), _TRUNK_SIDES)
    middle = np.minimum(j, _TRUNK_SIDES - 1 - j)
    shirt = strip >= _WAISTBAND
    mark = _unlike(look.shirt)
    colours = np.where(shirt[:, None], look.shirt, look.trousers).astype(np.float64)
    colours[shirt & (middle == _TRUNK_SIDES // 2 - 1)] = mark
    colours[(strip == _WAISTBAND + 2) & (middle <= 1)] = mark
    return colours


def _head(p: Array, look: Look) -> Mesh:
    up = unit(_at(p, "head") - _at(p, "neck"))
    return head(_at(p, "head") - 0.012 * up, up, _square(_at(p, "l_shoulder") - _at(p, "r_shoulder"), up), look)
