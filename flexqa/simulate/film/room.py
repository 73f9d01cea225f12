"""The room as one camera sees it: rubber tiles, four walls with a dado, a ceiling; still, so painted once."""

import numpy as np
from numpy.typing import NDArray

from flexqa.recordings.model import Camera
from flexqa.simulate.film.camera import axes, focal
from flexqa.simulate.film.scene import Look

Array = NDArray[np.float32]

HALF_ROOM_M = 4.0
CEILING_M = 3.1
_TILE_M = 0.5
_DADO_M = 0.95
_WALL_BANDS = (0.5, 0.84, 0.66, 1.0)
"""brightness of skirting board, dado, rail and wall"""
_ROWS = 48
_SUPER = 2
"""pixels of the picture drawn per pixel of the camera, each way"""


def backdrop(camera: Camera, look: Look) -> NDArray[np.uint8]:
    """The empty room, twice as fine as the camera, shape (2 * height, 2 * width, 3)."""
    rows = camera.height * _SUPER
    # Few rows at a time: they stay in the processor's cache.
    return np.concatenate([_strip(camera, look, slice(top, top + _ROWS)) for top in range(0, rows, _ROWS)])


def _strip(camera: Camera, look: Look, rows: slice) -> NDArray[np.uint8]:
    rays = _rays(camera, rows)
    origin = np.asarray(camera.position_m, dtype=np.float32)
    lower = np.array([-HALF_ROOM_M, 0.0, -HALF_ROOM_M], dtype=np.float32)
    upper = np.array([HALF_ROOM_M, CEILING_M, HALF_ROOM_M], dtype=np.float32)
    far = np.where(rays > 0, upper - origin, lower - origin) / rays
    hit = np.argmin(far, axis=-1)
    at = origin + rays * np.min(far, axis=-1)[..., None]
    on_floor = (hit == 1) & (rays[..., 1] < 0)
    on_ceiling = (hit == 1) & (rays[..., 1] >= 0)
    tone = np.where(on_floor, _floor_tone(at), np.where(on_ceiling, 0.96, _wall_tone(at, hit)))
    shades = np.array([look.floor, np.multiply(look.wall, 1.06), *(np.multiply(look.wall, f) for f in _WALL_BANDS)])
    surface = np.where(on_floor, 0, np.where(on_ceiling, 1, 2 + _wall_band(at)))
    colour = shades.astype(np.float32)[surface] * (tone * look.light)[..., None]
    return np.asarray(np.clip(colour, 0, 255), dtype=np.uint8)


def _rays(camera: Camera, rows: slice) -> Array:
    """Directions through the pixels of some rows, shape (rows, 2 * width, 3)."""
    w, h, f = camera.width * _SUPER, camera.height * _SUPER, focal(camera) * _SUPER
    x, y = (np.arange(w) + 0.5 - w / 2) / f, (np.arange(h)[rows] + 0.5 - h / 2) / f
    right, down, forward = axes(camera)
    rays = (x[None, :, None] * right + y[:, None, None] * down + forward).astype(np.float32)
    return np.where(np.abs(rays) < 1e-6, np.float32(1e-6), rays)


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
    return np.asarray(side * (0.86 + 0.05 * np.clip(at[..., 1], 0, 3)) * (1 - 0.008 * along**2))


def _wall_band(at: Array) -> NDArray[np.int64]:
    """From the skirting board up: index into `_WALL_BANDS`."""
    return np.digitize(at[..., 1], (0.1, _DADO_M - 0.012, _DADO_M + 0.012))
