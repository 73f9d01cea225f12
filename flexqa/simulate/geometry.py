"""Small vector algebra for the simulated body: unit vectors, rotations, and limbs of two rigid bones.

By components and einsum, for np.cross and np.sum take several times as long for the few hundred samples of a
repetition.
"""

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

STRAIGHT = 0.99999
"""share of its full length to which a limb stretches at most"""


def size(v: Array) -> Array:
    """Length along the last axis, kept as an axis of one."""
    return np.asarray(np.sqrt(dot(v, v)))


def dot(a: Array, b: Array) -> Array:
    """Inner product along the last axis, kept as an axis of one."""
    return np.asarray(np.einsum("...i,...i->...", a, b))[..., None]


def cross(a: Array, b: Array) -> Array:
    """Vector product along the last axis."""
    ax, ay, az = a[..., 0], a[..., 1], a[..., 2]
    bx, by, bz = b[..., 0], b[..., 1], b[..., 2]
    return np.stack([ay * bz - az * by, az * bx - ax * bz, ax * by - ay * bx], axis=-1)


def unit(v: Array) -> Array:
    """Vectors of length 1 along the last axis."""
    return np.asarray(v / np.maximum(size(v), 1e-12))


def rotate(v: Array, axis: Array, deg: Array) -> Array:
    """Rodrigues' rotation; v and axis of shape (samples, 3), deg of shape (samples,)."""
    a = np.radians(deg)[:, None]
    c = np.cos(a)
    return np.asarray(v * c + cross(axis, v) * np.sin(a) + axis * dot(axis, v) * (1 - c))


def two_bone(root: Array, target: Array, lengths: tuple[float, float | Array], pole: Array) -> tuple[Array, Array]:
    """Middle and end joint of two bones that reach for a target, bent towards the pole.

    A target out of reach is pulled in to `STRAIGHT` of the reach. Points have shape (samples, 3), a length that
    varies (samples, 1).
    """
    first, second = lengths[0], np.asarray(lengths[1], dtype=np.float64)
    along = unit(target - root)
    distance = np.clip(size(target - root), np.abs(first - second) + 1e-4, (first + second) * STRAIGHT)
    across = pole - dot(pole, along) * along
    x = (np.square(distance) + first**2 - np.square(second)) / (2 * distance)
    y = np.sqrt(np.maximum(first**2 - np.square(x), 0.0))
    return root + x * along + y * unit(across), root + distance * along


def reach(first: float, second: float, flexion_deg: Array) -> Array:
    """Distance between the ends of two bones at a flexion; 0 degrees is straight."""
    return np.asarray(np.sqrt(first**2 + second**2 + 2 * first * second * np.cos(np.radians(flexion_deg))))


def z_at(low: Array, high: Array, y: Array) -> Array:
    """Where (z) the line between two joints passes a height, shape (samples,); extended beyond both ends a little."""
    share = (y - low[:, 1]) / np.maximum(high[:, 1] - low[:, 1], 0.05)
    return np.asarray(low[:, 2] + np.clip(share, -0.2, 1.2) * (high[:, 2] - low[:, 2]))
