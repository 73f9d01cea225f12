"""The room as one camera sees it: rubber tiles, four walls with a dado, a ceiling; still, so painted once."""

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from flexqa.recordings.model import Camera
from flexqa.simulate.camera import axes, focal
from flexqa.simulate.scene import Look

Array = NDArray[np.float64]

HALF_ROOM_M = 4.0
CEILING_M = 3.1
_TILE_M = 0.5
_DADO_M = 0.95
_SUPER = 2
"""pixels of the picture drawn per pixel of the camera, each way"""


@lru_cache(maxsize=10)
def backdrop(camera: Camera, look: Look) -> NDArray[np.uint8]:
    """The empty room, twice as fine as the camera, shape (2 * height, 2 * width, 3)."""
    rays = _rays(camera)
    origin = np.asarray(camera.position_m)
    lower = np.array([-HALF_ROOM_M, 0.0, -HALF_ROOM_M])
    upper = np.array([HALF_ROOM_M, CEILING_M, HALF_ROOM_M])
    with np.errstate(divide="ignore"):
        far = np.where(rays > 0, (upper - origin) / rays, (lower - origin) / rays)
    hit = np.argmin(far, axis=-1)
    at = origin + rays * np.min(far, axis=-1)[..., None]
    on_floor = (hit == 1) & (rays[..., 1] < 0)
    on_ceiling = (hit == 1) & (rays[..., 1] >= 0)
    tone = np.where(on_floor, _floor_tone(at), _wall_tone(at, hit))
    base = np.where(on_floor[..., None], look.floor, _wall_colour(at, look))
    base = np.where(on_ceiling[..., None], np.multiply(look.wall, 1.06), base)
    tone = np.where(on_ceiling, 0.96, tone)
    return np.clip(base * (tone * look.light)[..., None], 0, 255).astype(np.uint8)


def _rays(camera: Camera) -> Array:
    """Directions through the pixels, shape (2 * height, 2 * width, 3)."""
    w, h, f = camera.width * _SUPER, camera.height * _SUPER, focal(camera) * _SUPER
    x, y = (np.arange(w) + 0.5 - w / 2) / f, (np.arange(h) + 0.5 - h / 2) / f
    right, down, forward = axes(camera)
    rays = x[None, :, None] * right + y[:, None, None] * down + forward
    return np.where(np.abs(rays) < 1e-9, 1e-9, rays)


def _floor_tone(at: Array) -> Array:
    """Tiles of two near shades with dark joints, brighter below the lamp in the middle."""
    x, z = at[..., 0] / _TILE_M, at[..., 2] / _TILE_M
    checker = ((np.floor(x) + np.floor(z)) % 2) * 0.07
    joint = np.minimum(np.abs(x - np.round(x)), np.abs(z - np.round(z))) * _TILE_M < 0.008
    distance = np.hypot(at[..., 0], at[..., 2])
    return np.asarray((1.03 - checker - 0.045 * distance) * np.where(joint, 0.72, 1.0))


def _wall_tone(at: Array, hit: NDArray[np.intp]) -> Array:
    """Side walls a little darker than front and rear, all darker towards floor and corners."""
    along = np.where(hit == 0, at[..., 2], at[..., 0])
    side = np.where(hit == 0, 0.90, 1.0)
    return side * (0.86 + 0.05 * np.clip(at[..., 1], 0, 3)) * (1 - 0.008 * along**2)


def _wall_colour(at: Array, look: Look) -> Array:
    """A dado in a darker shade, and a skirting board."""
    y = at[..., 1, None]
    wall = np.asarray(look.wall, dtype=np.float64)
    below = np.where(y < _DADO_M, wall * 0.84, wall)
    below = np.where(np.abs(y - _DADO_M) < 0.012, wall * 0.66, below)
    return np.asarray(np.where(y < 0.1, wall * 0.5, below))
