"""What a camera sees: the body over time, and plain solids for equipment and room."""

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from flexqa.media import Pose

Colour = tuple[int, int, int]
"""RGB, 0-255"""


@dataclass(frozen=True, slots=True, eq=False)
class Rod:
    """A round bar or handle that moves with the body."""

    a: NDArray[np.float64]
    """one end, metres, shape (samples, 3)"""
    b: NDArray[np.float64]
    """the other end, metres, shape (samples, 3)"""
    radius_m: float
    colour: Colour


@dataclass(frozen=True, slots=True, eq=False)
class Disc:
    """A weight plate, or the head of a dumbbell."""

    centre: NDArray[np.float64]
    """metres, shape (samples, 3)"""
    normal: NDArray[np.float64]
    """unit axis, shape (samples, 3)"""
    radius_m: float
    thickness_m: float
    colour: Colour


@dataclass(frozen=True, slots=True, eq=False)
class Box:
    """A bench pad, a leg of it, or another solid that stands still."""

    centre: NDArray[np.float64]
    """metres, shape (3,)"""
    half_size: NDArray[np.float64]
    """metres along its own axes, shape (3,)"""
    axes: NDArray[np.float64]
    """its own axes as rows, orthonormal, shape (3, 3)"""
    colour: Colour


@dataclass(frozen=True, slots=True)
class Look:
    """How a subject and the room are coloured."""

    skin: Colour
    shirt: Colour
    trousers: Colour
    shoes: Colour
    hair: Colour
    wall: Colour
    floor: Colour
    light: float = 1.0
    """brightness factor"""


@dataclass(frozen=True, slots=True)
class Scene:
    """One repetition as solids."""

    pose: Pose
    look: Look
    rods: tuple[Rod, ...] = field(default=())
    discs: tuple[Disc, ...] = field(default=())
    boxes: tuple[Box, ...] = field(default=())
    girth: float = 1.0
    """thickness of the limbs relative to an average person"""
