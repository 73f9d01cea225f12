"""Moving closed surfaces of four-sided faces.

A face is four vertices, anticlockwise as seen from outside; a triangle repeats its last vertex. Surfaces may run
into each other: what is hidden is decided sample by sample (`flexqa.simulate.film.raster`).
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from flexqa.simulate.film.scene import Box, Colour, Disc, Rod

Array = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Mesh:
    """A surface over time."""

    vertices: Array
    """metres, shape (samples, vertices, 3)"""
    faces: NDArray[np.int64]
    """vertex numbers, shape (faces, 4)"""
    colours: Array
    """RGB 0-255, shape (faces, 3)"""
    smooth: NDArray[np.bool_]
    """whether a face is shaded as part of a curve, shape (faces,)"""


def triangles(mesh: Mesh) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Vertex numbers, shape (triangles, 3), and the face that each triangle is part of, shape (triangles,)."""
    first, second = mesh.faces[:, [0, 1, 2]], mesh.faces[:, [0, 2, 3]]
    whole = np.flatnonzero(second[:, 1] != second[:, 2])
    return np.concatenate([first, second[whole]]), np.concatenate([np.arange(len(first)), whole])


def join(meshes: Sequence[Mesh]) -> Mesh:
    """One mesh of many with the same number of samples."""
    offsets = np.cumsum([0, *(m.vertices.shape[1] for m in meshes)])
    return Mesh(
        np.concatenate([m.vertices for m in meshes], axis=1),
        np.concatenate([m.faces + o for m, o in zip(meshes, offsets, strict=False)]),
        np.concatenate([m.colours for m in meshes]),
        np.concatenate([m.smooth for m in meshes]),
    )


def unit(v: NDArray[np.floating[Any]]) -> Array:
    """Vectors of length 1 along the last axis."""
    return np.asarray(v / np.maximum(np.linalg.norm(v, axis=-1, keepdims=True), 1e-9))


def cross(a: NDArray[np.floating[Any]], b: NDArray[np.floating[Any]]) -> Array:
    """Cross product along the last axis."""
    return np.asarray(np.cross(a, b), dtype=np.float64)


def across(d: Array) -> tuple[Array, Array]:
    """Two unit vectors u, v with u x v = d for each unit vector d; shapes (..., 3)."""
    # The coordinate axis that is least parallel to d keeps the cross product away from zero.
    u = unit(np.cross(np.eye(3)[np.argmin(np.abs(d), axis=-1)], d))
    return u, cross(d, u)


def loft(
    centres: Array,
    u: Array,
    v: Array,
    colours: Sequence[Colour],
    sides: int,
    power: float = 2.0,
    *,
    lids: tuple[bool, bool] = (True, True),
) -> Mesh:
    """A skin over rings: super-ellipses around centres.

    Args:
        centres: shape (samples, rings, 3).
        u: first half axis of each ring, metres, same shape.
        v: second half axis, same shape; u x v points from ring to ring.
        colours: one for each strip between rings.
        sides: faces around.
        power: 2 is an ellipse, more is boxier.
        lids: whether the first and the last ring are closed by a lid, in the colour of the strip beside it.
    """
    angle = np.arange(sides) * 2 * np.pi / sides
    cos, sin = (np.sign(f) * np.abs(f) ** (2 / power) for f in (np.cos(angle), np.sin(angle)))
    points = centres[:, :, None] + cos[:, None] * u[:, :, None] + sin[:, None] * v[:, :, None]
    samples, rings = centres.shape[:2]
    j = np.arange(sides)
    base = (np.arange(rings - 1) * sides)[:, None]
    after = (j + 1) % sides
    faces = [np.stack([base + j, base + after, base + sides + after, base + sides + j], axis=-1).reshape(-1, 4)]
    # A lid is a fan of triangles around the ring's centre.
    first, last = rings * sides, rings * sides + 1
    for closed, fan in zip(
        lids, ((first, after, j), (last, base[-1] + sides + j, base[-1] + sides + after)), strict=True
    ):
        if closed:
            faces.append(np.stack([np.full(sides, fan[0]), fan[1], fan[2], fan[2]], axis=-1))
    paint = [np.repeat(np.asarray(colours, dtype=np.float64), sides, axis=0)]
    paint += [np.tile(np.asarray(colours[k], dtype=np.float64), (sides, 1)) for k in (0, -1) if lids[k]]
    vertices = np.concatenate([points.reshape(samples, rings * sides, 3), centres[:, [0, -1]]], axis=1)
    every = np.concatenate(faces)
    return Mesh(vertices, every, np.concatenate(paint), np.ones(len(every), dtype=np.bool_))


def tube(
    a: Array,
    b: Array,
    rings: Sequence[tuple[float, float, float]],
    colours: Sequence[Colour],
    sides: int = 10,
    *,
    lids: tuple[bool, bool] = (True, True),
) -> Mesh:
    """A round limb from a to b, each of shape (samples, 3).

    Each ring is (share of the way from a to b, metres further on, radius in metres).
    """
    d = unit(b - a)
    share, further, radius = (np.asarray(column) for column in zip(*rings, strict=True))
    centres = a[:, None] + share[:, None] * (b - a)[:, None] + further[:, None] * d[:, None]
    u, v = across(d)
    return loft(centres, u[:, None] * radius[:, None], v[:, None] * radius[:, None], colours, sides, lids=lids)


def ellipsoid(centre: Array, axes: Array, colour: Colour, rings: int = 6, sides: int = 8) -> Mesh:
    """An egg.

    Args:
        centre: metres, shape (samples, 3).
        axes: right-handed half axes as rows, metres, shape (samples, 3, 3); rings are stacked along the second and
            counted from its negative end, sides from the first axis away from the third.
        colour: of all faces.
        rings: of vertices, from pole to pole.
        sides: faces around.
    """
    polar = np.linspace(-np.pi / 2 * 0.98, np.pi / 2 * 0.98, rings)
    reach = np.cos(polar)[:, None]
    first, along, third = (axes[:, None, k] for k in range(3))
    centres = centre[:, None] + np.sin(polar)[:, None] * along
    # With first x second = third, first x -third = second: negated, the sides go anticlockwise seen from outside.
    return loft(centres, first * reach, -third * reach, [colour] * (rings - 1), sides)


def shade(colour: Colour, factor: float) -> Colour:
    """A darker or lighter colour."""
    r, g, b = (min(255, int(value * factor)) for value in colour)
    return r, g, b


def rod(bar: Rod) -> Mesh:
    """A bar or handle."""
    rings = [(share, 0.0, bar.radius_m) for share in (0.0, 0.5, 1.0)]
    return tube(bar.a, bar.b, rings, [bar.colour] * 2, sides=8)


def disc(plate: Disc) -> Mesh:
    """A plate with a rim, a raised hub and a darker face between them."""
    n = unit(plate.normal)
    radius, half = plate.radius_m, plate.thickness_m / 2
    inner = shade(plate.colour, 0.8)
    hub: Colour = (150, 150, 155)
    sides = 28 if radius > 0.12 else 14

    def piece(profile: Sequence[tuple[float, float]], paint: Sequence[Colour], lids: tuple[bool, bool]) -> Mesh:
        rings = [(0.0, side * half, share * radius) for side, share in profile]
        return tube(plate.centre, plate.centre + n, rings, paint, sides=sides, lids=lids)

    near = piece([(-1.0, 0.22), (-1.0, 0.75), (-1.0, 1.0)], [inner, plate.colour], (True, False))
    far = piece([(1.0, 1.0), (1.0, 0.75), (1.0, 0.22)], [plate.colour, inner], (False, True))
    rim = piece([(-1.0, 1.0), (1.0, 1.0)], [plate.colour], (False, False))
    return join(
        [flat(replace(near, colours=_hub(near, sides, hub))), rim, flat(replace(far, colours=_hub(far, sides, hub)))]
    )


def _hub(face: Mesh, sides: int, colour: Colour) -> Array:
    """Colours of a plate's face with its lid, the last `sides` faces, in another one."""
    return np.concatenate([face.colours[:-sides], np.tile(np.asarray(colour, dtype=np.float64), (sides, 1))])


def outline(plate: Disc, sides: int = 16) -> Array:
    """Points around the middle of a plate, metres, shape (samples, sides, 3)."""
    u, v = across(unit(plate.normal))
    angle = np.arange(sides) * 2 * np.pi / sides
    ring = np.cos(angle)[:, None] * u[:, None] + np.sin(angle)[:, None] * v[:, None]
    return plate.centre[:, None] + plate.radius_m * ring


def flat(mesh: Mesh) -> Mesh:
    """The same surface with edges between its faces."""
    return replace(mesh, smooth=np.zeros(len(mesh.faces), dtype=np.bool_))


def box(solid: Box) -> Mesh:
    """A still box; one sample."""
    axes = solid.axes * (1.0 if np.linalg.det(solid.axes) > 0 else -1.0)
    corners = np.array([[x, y, z] for x in (-1, 1) for y in (-1, 1) for z in (-1, 1)]) * solid.half_size
    vertices = solid.centre + corners @ axes
    faces = np.array([[0, 1, 3, 2], [4, 6, 7, 5], [0, 4, 5, 1], [2, 3, 7, 6], [0, 2, 6, 4], [1, 5, 7, 3]])
    colours = np.tile(np.asarray(solid.colour, dtype=np.float64), (6, 1))
    return Mesh(vertices[None], faces, colours, np.zeros(6, dtype=np.bool_))
