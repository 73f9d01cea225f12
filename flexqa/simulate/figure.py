"""A person around 21 joints: trunk, head, limbs, hands and shoes as one moving surface.

Breadths are those of an average adult, metres; `girth` thickens or thins all but the bones.
"""

from typing import NamedTuple

import numpy as np

from flexqa.media import Pose
from flexqa.simulate.mesh import Array, Mesh, join, loft, tube, unit
from flexqa.simulate.scene import Colour, Look
from flexqa.vocabulary import JOINTS

_J = {name: i for i, name in enumerate(JOINTS)}

Ring = tuple[float, float, float]

UPPER_ARM: tuple[Ring, ...] = (
    (0, -0.06, 0.02), (0, -0.045, 0.046), (0, -0.01, 0.064), (0.3, 0, 0.058), (0.52, 0, 0.056),
    (0.53, 0, 0.047), (0.8, 0, 0.044), (1, 0, 0.039), (1, 0.03, 0.028), (1, 0.038, 0.008),
)  # fmt: skip
FOREARM: tuple[Ring, ...] = (
    (0, -0.035, 0.02), (0, 0, 0.040), (0.25, 0, 0.046), (0.6, 0, 0.037), (1, 0, 0.027), (1, 0.02, 0.022),
)  # fmt: skip
HAND: tuple[Ring, ...] = (
    (0, -0.01, 0.02), (0, 0.01, 0.029), (0.6, 0, 0.043), (1, 0.0, 0.045), (1, 0.03, 0.036), (1, 0.048, 0.012),
)  # fmt: skip
THIGH: tuple[Ring, ...] = (
    (0, -0.07, 0.035), (0, -0.04, 0.082), (0, 0.01, 0.096), (0.2, 0, 0.094), (0.42, 0, 0.087), (0.62, 0, 0.078),
    (0.63, 0, 0.069), (0.8, 0, 0.064), (1, 0, 0.055), (1, 0.03, 0.046), (1, 0.05, 0.012),
)  # fmt: skip
SHANK: tuple[Ring, ...] = (
    (0, -0.035, 0.03), (0, 0, 0.053), (0.15, 0, 0.054), (0.3, 0, 0.059), (0.5, 0, 0.052), (0.75, 0, 0.040),
    (1, 0, 0.034), (1, 0.02, 0.03),
)  # fmt: skip
NECK: tuple[Ring, ...] = ((0, -0.07, 0.05), (0, 0, 0.052), (0.6, 0, 0.05), (0.9, 0, 0.045))

SOCK: Colour = (205, 205, 208)

HEAD_M = (0.102, 0.132, 0.082)
"""half axes of the head: forward, up, to the side"""


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

BONES = (
    ("r_shoulder", "r_elbow", 0.05), ("r_elbow", "r_hand", 0.04),
    ("l_shoulder", "l_elbow", 0.05), ("l_elbow", "l_hand", 0.04),
    ("r_hip", "r_knee", 0.08), ("r_knee", "r_ankle", 0.05), ("r_foot_a", "r_foot_b", 0.045),
    ("l_hip", "l_knee", 0.08), ("l_knee", "l_ankle", 0.05), ("l_foot_a", "l_foot_b", 0.045),
    ("r_hip", "r_shoulder", 0.09), ("l_hip", "l_shoulder", 0.09), ("r_hip", "l_shoulder", 0.09),
    ("neck", "head", 0.10),
)  # fmt: skip
"""(joint, joint, radius in metres): the body as its shadow sees it"""


def figure(pose: Pose, look: Look, girth: float) -> Mesh:
    """The surface of a person, one sample for each of the pose."""
    p = pose.points
    parts = [_trunk(p, look, girth), _head(p, look), tube(_at(p, "neck"), _at(p, "head"), NECK, [look.skin] * 3)]
    for side in "rl":
        parts += _arm(p, side, look, girth)
        parts += _leg(p, side, look, girth)
    return join(parts)


def bones(pose: Pose) -> list[tuple[Array, Array, float]]:
    """Both ends of each bone, shape (samples, 3), and its radius in metres."""
    return [(_at(pose.points, a), _at(pose.points, b), radius) for a, b, radius in BONES]


def _at(points: Array, joint: str) -> Array:
    return points[:, _J[joint]]


def _thick(rings: tuple[Ring, ...], girth: float) -> tuple[Ring, ...]:
    return tuple((share, further, radius * girth) for share, further, radius in rings)


def _arm(p: Array, side: str, look: Look, girth: float) -> list[Mesh]:
    shoulder, elbow, wrist, hand = (_at(p, f"{side}_{j}") for j in ("shoulder", "elbow", "wrist", "hand"))
    sleeve: list[Colour] = [look.shirt] * 5 + [look.skin] * 4
    return [
        tube(shoulder, elbow, _thick(UPPER_ARM, girth), sleeve),
        tube(elbow, wrist, _thick(FOREARM, girth), [look.skin] * (len(FOREARM) - 1)),
        tube(wrist, hand, HAND, [look.skin] * (len(HAND) - 1), sides=8),
    ]


def _leg(p: Array, side: str, look: Look, girth: float) -> list[Mesh]:
    hip, knee, ankle, heel, toe = (_at(p, f"{side}_{j}") for j in ("hip", "knee", "ankle", "foot_a", "foot_b"))
    shorts: list[Colour] = [look.trousers] * 6 + [look.skin] * 4
    sock: list[Colour] = [look.skin] * 5 + [SOCK] * 2
    return [
        tube(hip, knee, _thick(THIGH, girth), shorts),
        tube(knee, ankle, _thick(SHANK, girth), sock),
        _shoe(heel, toe, ankle, look.shoes),
    ]


def _shoe(heel: Array, toe: Array, ankle: Array, colour: Colour) -> Mesh:
    """A shoe with a flat sole along heel and toe, highest below the ankle."""
    d = unit(toe - heel)
    rise = (ankle + 1e-6) - heel
    up = unit(rise - np.sum(rise * d, axis=-1, keepdims=True) * d)
    side = np.cross(up, d)
    # share of the way, metres further on, half height, half breadth
    rings = ((0, -0.035, 0.012, 0.02), (0, -0.03, 0.042, 0.032), (0.28, 0, 0.052, 0.038), (0.55, 0, 0.038, 0.044),
             (0.85, 0, 0.028, 0.046), (1, 0.03, 0.02, 0.038), (1, 0.05, 0.01, 0.02))  # fmt: skip
    share, further, high, broad = (np.asarray(c)[:, None] for c in zip(*rings, strict=True))
    centres = heel[:, None] + share * (toe - heel)[:, None] + further * d[:, None]
    centres = centres + (high - 0.02) * up[:, None]
    return loft(centres, side[:, None] * broad, up[:, None] * high, [colour] * (len(rings) - 1), 10, 3.0)


def _trunk(p: Array, look: Look, girth: float) -> Mesh:
    hips = [_at(p, "r_hip"), _at(p, "l_hip")]
    shoulders = [_at(p, "r_shoulder"), _at(p, "l_shoulder")]
    low, high = (hips[0] + hips[1]) / 2, (shoulders[0] + shoulders[1]) / 2
    hip_line, shoulder_line = hips[1] - hips[0], shoulders[1] - shoulders[0]
    half_hip, half_shoulder = (float(np.linalg.norm(x, axis=-1).mean()) / 2 for x in (hip_line, shoulder_line))
    share = np.array([level.share for level in TRUNK])[:, None]
    broad = np.array([lv.hip * half_hip + lv.shoulder * half_shoulder + lv.more * girth for lv in TRUNK])[:, None]
    deep = np.array([lv.depth * girth for lv in TRUNK])[:, None]
    centres = low[:, None] + share * (high - low)[:, None]
    turn = np.clip(share, 0, 1)
    lateral = unit((1 - turn) * unit(hip_line)[:, None] + turn * unit(shoulder_line)[:, None])
    forward = unit(np.cross(lateral, (high - low)[:, None]))
    strips: list[Colour] = [look.trousers] * _WAISTBAND + [look.shirt] * (len(TRUNK) - 1 - _WAISTBAND)
    return loft(centres, forward * deep, lateral * broad, strips, 16, 2.4)


def _head(p: Array, look: Look) -> Mesh:
    """An egg with hair on top and behind, and a nose."""
    up = unit(_at(p, "head") - _at(p, "neck"))
    centre = _at(p, "head") - 0.012 * up
    line = _at(p, "l_shoulder") - _at(p, "r_shoulder")
    lateral = unit(line - np.sum(line * up, axis=-1, keepdims=True) * up)
    forward = np.cross(lateral, up)
    rings, sides = 13, 16
    polar = np.linspace(-np.pi / 2 * 0.98, np.pi / 2 * 0.98, rings)
    deep, high, broad = HEAD_M
    # The jaw is narrower than the brow.
    taper = np.where(polar < 0, 1 - 0.18 * np.sin(-polar), 1.0)
    reach = (np.cos(polar) * taper)[:, None]
    centres = centre[:, None] + (high * np.sin(polar))[:, None] * up[:, None]
    egg = loft(
        centres, forward[:, None] * deep * reach, lateral[:, None] * broad * reach, [look.skin] * (rings - 1), sides
    )
    ring, j = np.divmod(np.arange((rings - 1) * sides), sides)
    height = np.sin((polar[ring] + polar[ring + 1]) / 2)
    ahead = np.cos((j + 0.5) * 2 * np.pi / sides) * np.sqrt(1 - height**2)
    hair = (height > 0.6) | ((ahead < 0.1) & (height > -0.45))
    colours = np.where(hair[:, None], look.hair, look.skin)
    nose_at = centre - 0.02 * up + deep * 0.9 * forward
    nose = tube(
        nose_at, nose_at + forward, ((0, -0.01, 0.02), (0, 0.012, 0.016), (0, 0.028, 0.004)), [look.skin] * 2, 6
    )
    return join([Mesh(egg.vertices, egg.faces, colours.astype(np.float64)), nose])
