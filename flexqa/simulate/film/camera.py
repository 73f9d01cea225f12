"""The five cameras of the simulated room.

FLEX films from the corners of a room: views 1 and P share a front corner (P is a phone held upright), 2 is the
other front corner, 3 and 4 are the rear ones; none is frontal or sagittal. The azimuths are not published. Ours:

    view    corner seen from the subject    azimuth from straight ahead, to the subject's left
    1, P    front left                       42
    2       front right                     -48
    3       rear right                     -138
    4       rear left                       132

They stand as far back as the room allows and see no more than the tallest person with a loaded bar overhead, a
loaded bar on the floor and a bench: a person of middle height with a bar overhead fills about four fifths of the
height of a landscape picture. Standing far back also keeps what is near from looking large.
"""

import numpy as np
from numpy.typing import NDArray

from flexqa.recordings.model import Camera

TARGET_M = (0.0, 1.2, 0.0)
"""the middle of the lift"""

_PLACES = {  # azimuth in degrees, distance on the floor and height in metres
    "1": (42.0, 4.60, 1.40),
    "2": (-48.0, 4.62, 1.45),
    "3": (-138.0, 4.60, 1.40),
    "4": (132.0, 4.65, 1.50),
    "P": (37.0, 4.62, 1.30),
}
_HALF_HEIGHT = 0.325
_HALF_WIDTH = 0.275
"""tangents of the half angles that must at least be seen"""


def cameras(width: int, height: int) -> dict[str, Camera]:
    """The cameras by view; `width` and `height` are those of a landscape picture, and swapped for view P."""
    return {view: _camera(view, *((height, width) if view == "P" else (width, height))) for view in _PLACES}


def _camera(view: str, width: int, height: int) -> Camera:
    azimuth, distance, above = _PLACES[view]
    a = np.radians(azimuth)
    half = max(_HALF_HEIGHT, _HALF_WIDTH * height / width)
    return Camera(
        position_m=(round(distance * float(np.sin(a)), 4), above, round(distance * float(np.cos(a)), 4)),
        target_m=TARGET_M,
        vertical_fov_deg=round(float(np.degrees(2 * np.arctan(half))), 3),
        width=width,
        height=height,
    )


def axes(camera: Camera) -> NDArray[np.float64]:
    """Right, down and forward of a camera as rows, orthonormal, shape (3, 3); the horizon is level."""
    forward = np.subtract(camera.target_m, camera.position_m)
    forward = forward / np.linalg.norm(forward)
    right = np.cross(forward, (0.0, 1.0, 0.0))
    right = right / np.linalg.norm(right)
    return np.stack([right, np.cross(forward, right), forward])


def focal(camera: Camera) -> float:
    """Focal length in pixels."""
    return float(camera.height / 2 / np.tan(np.radians(camera.vertical_fov_deg) / 2))


def project(camera: Camera, points: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Where points of the room appear in the picture.

    Args:
        camera: the pinhole camera.
        points: metres, shape (..., 3).

    Returns:
        Pixels from the top left corner, x to the right and y down, shape (..., 2), and the depth along the view
        axis in metres, shape (...). What lies behind the camera has a negative depth and no meaningful pixels.
    """
    seen = (points - np.asarray(camera.position_m)) @ axes(camera).T
    depth = seen[..., 2]
    safe = np.where(np.abs(depth) < 1e-6, 1e-6, depth)
    pixels = focal(camera) * seen[..., :2] / safe[..., None] + (camera.width / 2, camera.height / 2)
    return pixels, depth
