"""Moving surfaces of small four-sided faces, which the painter draws from far to near.

A face is four vertices, anticlockwise as seen from outside; a triangle repeats its last vertex. Faces are kept small
(a hand's breadth) because the painter orders them by their middles.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from flexqa.simulate.scene import Box, Colour, Disc, Rod

Array = NDArray[np.float64]

_CELL_M = 0.13
"""largest side of a face on a box, and longest piece of a rod"""


@dataclass(frozen=True, slots=True, eq=False)
class Mesh:
    """A surface over time."""

    vertices: Array
    """metres, shape (samples, vertices, 3)"""
    faces: NDArray[np.int64]
    """vertex numbers, shape (faces, 4)"""
    colours: Array
    """RGB 0-255, shape (faces, 3)"""


def join(meshes: Sequence[Mesh]) -> Mesh:
    """One mesh of many with the same number of samples."""
    offsets = np.cumsum([0, *(m.vertices.shape[1] for m in meshes)])
    return Mesh(
        np.concatenate([m.vertices for m in meshes], axis=1),
        np.concatenate([m.faces + o for m, o in zip(meshes, offsets, strict=False)]),
        np.concatenate([m.colours for m in meshes]),
    )


def unit(v: NDArray[np.floating[Any]]) -> Array:
    """Vectors of length 1 along the last axis."""
    return np.asarray(v / np.maximum(np.linalg.norm(v, axis=-1, keepdims=True), 1e-9))


def across(d: Array) -> tuple[Array, Array]:
    """Two unit vectors u, v with u x v = d for each unit vector d; shapes (..., 3)."""
    # The coordinate axis that is least parallel to d keeps the cross product away from zero.
    u = unit(np.cross(np.eye(3)[np.argmin(np.abs(d), axis=-1)], d))
    return u, np.asarray(np.cross(d, u), dtype=np.float64)


def loft(centres: Array, u: Array, v: Array, colours: Sequence[Colour], sides: int, power: float = 2.0) -> Mesh:
    """A skin over rings: super-ellipses around centres.

    Args:
        centres: shape (samples, rings, 3).
        u: first half axis of each ring, metres, same shape.
        v: second half axis, same shape; u x v points from ring to ring.
        colours: one for each strip between rings.
        sides: faces around.
        power: 2 is an ellipse, more is boxier.
    """
    angle = np.arange(sides) * 2 * np.pi / sides
    cos, sin = (np.sign(f) * np.abs(f) ** (2 / power) for f in (np.cos(angle), np.sin(angle)))
    points = centres[:, :, None] + cos[:, None] * u[:, :, None] + sin[:, None] * v[:, :, None]
    samples, rings = centres.shape[:2]
    j = np.arange(sides)
    base = (np.arange(rings - 1) * sides)[:, None]
    after = (j + 1) % sides
    faces = np.stack([base + j, base + after, base + sides + after, base + sides + j], axis=-1).reshape(-1, 4)
    paint = np.repeat(np.asarray(colours, dtype=np.float64), sides, axis=0)
    return Mesh(points.reshape(samples, rings * sides, 3), faces, paint)


def tube(
    a: Array, b: Array, rings: Sequence[tuple[float, float, float]], colours: Sequence[Colour], sides: int = 10
) -> Mesh:
    """A round limb from a to b, each of shape (samples, 3).

    Each ring is (share of the way from a to b, metres further on, radius in metres).
    """
    d = unit(b - a)
    share, further, radius = (np.asarray(column) for column in zip(*rings, strict=True))
    centres = a[:, None] + share[:, None] * (b - a)[:, None] + further[:, None] * d[:, None]
    u, v = across(d)
    return loft(centres, u[:, None] * radius[:, None], v[:, None] * radius[:, None], colours, sides)


def rod(bar: Rod) -> Mesh:
    """A bar or handle, in pieces short enough to pass behind a neck and before a face."""
    length = float(np.linalg.norm(bar.b - bar.a, axis=-1).max())
    pieces = max(1, round(length / _CELL_M))
    rings = [(0.0, 0.0, bar.radius_m * 0.05), *((i / pieces, 0.0, bar.radius_m) for i in range(pieces + 1))]
    rings.append((1.0, 0.0, bar.radius_m * 0.05))
    return tube(bar.a, bar.b, rings, [bar.colour] * (len(rings) - 1), sides=6)


def disc(plate: Disc) -> Mesh:
    """A plate with a rim, a raised hub and a darker face between them."""
    n = unit(plate.normal)
    radius, half = plate.radius_m, plate.thickness_m / 2
    r, g, b = plate.colour
    inner: Colour = (int(r * 0.8), int(g * 0.8), int(b * 0.8))
    hub: Colour = (150, 150, 155)
    profile = [
        (-1.0, 0.05),
        (-1.0, 0.22),
        (-1.0, 0.75),
        (-1.0, 1.0),
        (1.0, 1.0),
        (1.0, 0.75),
        (1.0, 0.22),
        (1.0, 0.05),
    ]
    sides = 20 if radius > 0.12 else 12
    rings = [(0.0, side * half, share * radius) for side, share in profile]
    paint: list[Colour] = [hub, inner, plate.colour, plate.colour, plate.colour, inner, hub]
    return tube(plate.centre, plate.centre + n, rings, paint, sides=sides)


def box(solid: Box) -> Mesh:
    """A still box, its sides cut into cells; one sample."""
    return join([_side(solid, axis, sign) for axis in range(3) for sign in (-1.0, 1.0)])


def _side(solid: Box, axis: int, sign: float) -> Mesh:
    first, second = ((axis + 1) % 3, (axis + 2) % 3) if sign > 0 else ((axis + 2) % 3, (axis + 1) % 3)
    # Right-handed axes make first x second the outward normal; left-handed ones turn it round.
    if np.linalg.det(solid.axes) < 0:
        first, second = second, first
    nu, nv = (max(1, int(np.ceil(2 * solid.half_size[k] / _CELL_M))) for k in (first, second))
    u, v = (np.linspace(-1, 1, n + 1) * solid.half_size[k] for n, k in ((nu, first), (nv, second)))
    grid = (
        solid.centre
        + sign * solid.half_size[axis] * solid.axes[axis]
        + u[:, None, None] * solid.axes[first]
        + v[None, :, None] * solid.axes[second]
    )
    i, j = np.divmod(np.arange(nu * nv), nv)
    at = i * (nv + 1) + j
    faces = np.stack([at, at + nv + 1, at + nv + 2, at + 1], axis=-1)
    return Mesh(grid.reshape(1, -1, 3), faces, np.tile(np.asarray(solid.colour, dtype=np.float64), (nu * nv, 1)))
