"""Films a scene, frame after frame, into an mp4 file or a folder of pictures.

The renderer is our own (`stage` and `raster`): on one core it films 640x360 at about 100 frames a
second, encoding included. Of others, drawing some 40 shaded bodies at that size on the same two busy cores without a
GPU, pyrender reached 25, VTK 20, and MuJoCo 14 (3 with shadows) pictures a second, all through an EGL library that
many machines lack, and Open3D did not load without another system library. The same scene, camera and rate give the
same bytes.
"""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from flexqa.errors import BadInput
from flexqa.media import Pose
from flexqa.recordings.model import Camera
from flexqa.simulate.film.mesh import unit
from flexqa.simulate.film.scene import Disc, Rod, Scene
from flexqa.simulate.film.stage import Stage

Array = NDArray[np.float64]

_CHUNK = 48
"""frames computed at once"""


def render_clip(scene: Scene, camera: Camera, path: Path, fps: float) -> None:
    """Write what the camera sees as H.264 in an mp4 file, or as `img_00001.JPG` ... where `path` has no `.mp4`.

    A file appears only when it is complete.

    Raises:
        BadInput: the picture has an odd side, or the rate is not positive.
    """
    if camera.width % 2 or camera.height % 2:
        raise BadInput(f"{camera.width}x{camera.height}: both sides of a video must be even")
    if fps <= 0:
        raise BadInput(f"{fps} frames per second: the rate must be positive")
    path.parent.mkdir(parents=True, exist_ok=True)
    if path.suffix == ".mp4":
        encode(render_frames(scene, camera, fps), camera, path, fps)
        return
    path.mkdir(exist_ok=True)
    for number, picture in enumerate(render_frames(scene, camera, fps), 1):
        picture.save(path / f"img_{number:05d}.JPG", quality=90)


def render_frames(scene: Scene, camera: Camera, fps: float) -> Iterator[Image.Image]:
    """The frames of a clip, one after the other, at the size of the camera."""
    scene = resample(scene, fps)
    stage = Stage(camera, scene.look)
    for start in range(0, len(scene.pose.points), _CHUNK):
        yield from stage.shoot(_slice(scene, slice(start, start + _CHUNK)))


def resample(scene: Scene, fps: float) -> Scene:
    """The scene at a video's rate: linear between samples, as long as the original to within a frame."""
    pose = scene.pose
    n = len(pose.points)
    count = max(1, round(n * fps / pose.fps))
    at = np.minimum(np.arange(count) * pose.fps / fps, n - 1)
    low = np.minimum(at.astype(np.int64), max(0, n - 2))
    share = at - low

    def between(values: Array) -> Array:
        weight = share.reshape(-1, *(1,) * (values.ndim - 1))
        return np.asarray((1 - weight) * values[low] + weight * values[np.minimum(low + 1, n - 1)])

    return replace(
        scene,
        pose=Pose(between(pose.points), fps),
        rods=tuple(replace(r, a=between(r.a), b=between(r.b)) for r in scene.rods),
        discs=tuple(replace(d, centre=between(d.centre), normal=unit(between(d.normal))) for d in scene.discs),
    )


def _slice(scene: Scene, part: slice) -> Scene:
    def cut_rod(r: Rod) -> Rod:
        return replace(r, a=r.a[part], b=r.b[part])

    def cut_disc(d: Disc) -> Disc:
        return replace(d, centre=d.centre[part], normal=d.normal[part])

    pose = Pose(scene.pose.points[part], scene.pose.fps)
    rods, discs = tuple(map(cut_rod, scene.rods)), tuple(map(cut_disc, scene.discs))
    return replace(scene, pose=pose, rods=rods, discs=discs)


def encode(frames: Iterable[Image.Image], camera: Camera, path: Path, fps: float) -> None:
    """Write pictures of the size of a camera as H.264 into an mp4 file, which appears when it is complete."""
    part = path.with_suffix(".part.mp4")
    rate = Fraction(fps).limit_denominator(1001)
    # One thread and bit-exact headers: the same frames give the same bytes on any number of cores.
    with av.open(part, "w", options={"fflags": "+bitexact"}) as out:
        stream = out.add_stream("libx264", rate=rate, options={"crf": "23", "preset": "veryfast", "threads": "1"})
        stream.width, stream.height, stream.pix_fmt = camera.width, camera.height, "yuv420p"
        for picture in frames:
            out.mux(stream.encode(av.VideoFrame.from_ndarray(np.asarray(picture), format="rgb24")))
        out.mux(stream.encode(None))
    part.replace(path)
