"""A head whose direction can be seen: hair above and behind, brows, eyes, nose, mouth and ears."""

from dataclasses import replace

import numpy as np

from flexqa.simulate.film.mesh import Array, Mesh, cross, ellipsoid, join, shade
from flexqa.simulate.film.scene import Colour, Look

HALF_AXES_M = (0.102, 0.132, 0.082)
"""forward, up, to the side"""

_EYE: Colour = (240, 240, 236)
_PUPIL: Colour = (24, 20, 20)
_LIPS: Colour = (150, 66, 62)
_RINGS, _SIDES = 14, 20


def head(centre: Array, up: Array, lateral: Array, look: Look) -> Mesh:
    """A head.

    Args:
        centre: metres, shape (samples, 3).
        up: unit vector from neck to crown, same shape.
        lateral: unit vector to the subject's left, square to `up`, same shape.
        look: colours.
    """
    axes = np.stack([cross(lateral, up), up, -lateral], axis=1)
    parts = [_skull(centre, axes, look)]

    def feature(at: tuple[float, float, float], half: tuple[float, float, float], colour: Colour) -> None:
        """An ellipsoid; metres forward, up and to the right."""
        parts.append(ellipsoid(centre + np.einsum("k,nkj->nj", at, axes), axes * np.array(half)[:, None], colour))

    feature((0.100, -0.016, 0.0), (0.030, 0.024, 0.014), look.skin)
    feature((0.086, -0.070, 0.0), (0.010, 0.007, 0.026), _LIPS)
    for side in (-1.0, 1.0):
        feature((0.081, 0.022, side * 0.036), (0.012, 0.011, 0.019), _EYE)
        feature((0.088, 0.021, side * 0.036), (0.009, 0.009, 0.009), _PUPIL)
        feature((0.084, 0.043, side * 0.037), (0.012, 0.006, 0.022), look.hair)
        feature((-0.004, -0.008, side * 0.080), (0.020, 0.032, 0.012), shade(look.skin, 0.92))
    return join(parts)


def _skull(centre: Array, axes: Array, look: Look) -> Mesh:
    """An egg, narrower at the jaw than at the brow, with hair on top and behind."""
    egg = ellipsoid(centre, axes * np.array(HALF_AXES_M)[:, None], look.skin, _RINGS, _SIDES)
    below = np.einsum("nvj,nj->nv", egg.vertices - centre[:, None], axes[:, 1]) / HALF_AXES_M[1]
    taper = 1 - 0.2 * np.clip(-below, 0, 1)
    spine = centre[:, None] + below[..., None] * HALF_AXES_M[1] * axes[:, None, 1]
    vertices = spine + taper[..., None] * (egg.vertices - spine)
    # The faces of the two lids come last.
    strips = (_RINGS - 1) * _SIDES
    lids = np.repeat([0, _RINGS - 2], _SIDES) * _SIDES
    ring, j = np.divmod(np.concatenate([np.arange(strips), lids]), _SIDES)
    height = np.sin(((ring + 0.5) / (_RINGS - 1) - 0.5) * np.pi)
    ahead = np.cos((j + 0.5) * 2 * np.pi / _SIDES) * np.sqrt(1 - height**2)
    hair = (height > 0.7) | ((ahead < 0.05) & (height > -0.5)) | ((ahead < 0.4) & (height > 0.25))
    return replace(egg, vertices=vertices, colours=np.where(hair[:, None], look.hair, look.skin).astype(np.float64))
