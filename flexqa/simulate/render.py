"""Films a scene: shaded faces painted from far to near over a still room, at twice the size, then halved.

Everything that can be computed for many frames at once is (vertices, pixels, normals, shades, order); what is left
per frame is to draw some hundred small polygons in the part of the picture that the body covers. The same scene,
camera and rate give the same bytes.
"""

from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFilter

from flexqa.errors import BadInput
from flexqa.media import Pose
from flexqa.recordings.model import Camera
from flexqa.simulate.camera import focal, project
from flexqa.simulate.figure import bones, figure
from flexqa.simulate.mesh import Mesh, box, disc, join, rod, unit
from flexqa.simulate.room import backdrop
from flexqa.simulate.scene import Disc, Rod, Scene

Array = NDArray[np.float64]

_LIGHT = np.array([0.30, 0.88, 0.36])
_AMBIENT, _KEY, _FILL = 0.46, 0.44, 0.20
_SHADOW = 0.60
"""brightness of the floor in the shadow"""
_CHUNK = 48
"""frames computed at once"""
_MARGIN = 12


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
        _write_mp4(render_frames(scene, camera, fps), camera, path, fps)
        return
    path.mkdir(exist_ok=True)
    for number, picture in enumerate(render_frames(scene, camera, fps), 1):
        picture.save(path / f"img_{number:05d}.JPG", quality=90)


def render_frames(scene: Scene, camera: Camera, fps: float) -> Iterator[Image.Image]:
    """The frames of a clip, one after the other, at the size of the camera."""
    scene = resample(scene, fps)
    still = Image.fromarray(backdrop(camera, scene.look))
    stage = _Stage(camera, still, still.reduce(2), scene.look.light)
    furniture = [box(b) for b in scene.boxes]
    for start in range(0, len(scene.pose.points), _CHUNK):
        part = _slice(scene, slice(start, start + _CHUNK))
        n = len(part.pose.points)
        moving = [figure(part.pose, part.look, part.girth), *map(rod, part.rods), *map(disc, part.discs)]
        fixed = [replace(m, vertices=np.repeat(m.vertices, n, axis=0)) for m in furniture]
        yield from stage.shoot(part, join([*moving, *fixed]), n)


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


class _Stage:
    """One camera, and the empty room at its own size (`small`) and at twice that."""

    def __init__(self, camera: Camera, still: Image.Image, small: Image.Image, light: float) -> None:
        self.camera, self.still, self.small, self.light = camera, still, small, light
        self.dark = still.point(lambda value: int(value * _SHADOW))
        self.eye = np.asarray(camera.position_m)

    def shoot(self, scene: Scene, mesh: Mesh, n: int) -> Iterator[Image.Image]:
        """Paint `n` frames."""
        pixels = 2 * project(self.camera, mesh.vertices)[0]
        corners = mesh.vertices[:, mesh.faces]
        normals = unit(np.cross(corners[:, :, 2] - corners[:, :, 0], corners[:, :, 3] - corners[:, :, 1]))
        to_eye = self.eye - corners.mean(axis=2)
        distance = np.linalg.norm(to_eye, axis=-1)
        facing = np.sum(normals * to_eye, axis=-1) / distance
        colours = self._shades(mesh, normals, facing)
        shadow = _Shadow(self.camera, scene)
        for k in range(n):
            seen = np.flatnonzero(facing[k] > 0)
            seen = seen[np.argsort(-distance[k, seen])]
            faces = pixels[k][mesh.faces[seen]]
            yield self._paint(faces, colours[k, seen], shadow.at(k))

    def _shades(self, mesh: Mesh, normals: Array, facing: Array) -> NDArray[np.uint8]:
        key = np.maximum(normals @ (_LIGHT / np.linalg.norm(_LIGHT)), 0)
        shade = (_AMBIENT + _KEY * key + _FILL * np.maximum(facing, 0)) * self.light
        return np.asarray(np.clip(mesh.colours * shade[..., None], 0, 255), dtype=np.uint8)

    def _paint(
        self, faces: Array, colours: NDArray[np.uint8], shadow: list[tuple[list[float], float]]
    ) -> Image.Image:
        shade_points = np.concatenate([np.reshape(xy, (-1, 2)) for xy, _ in shadow])
        everything = np.concatenate([faces.reshape(-1, 2), shade_points])
        limit = np.array(self.still.size)
        low = (np.clip(everything.min(axis=0) - 4 * _MARGIN, 0, limit) // 2 * 2).astype(int)
        high = (np.clip(everything.max(axis=0) + 4 * _MARGIN, 0, limit) // 2 * 2).astype(int)
        frame = self.small.copy()
        if (high <= low).any():
            return frame
        area = (int(low[0]), int(low[1]), int(high[0]), int(high[1]))
        canvas = self.still.crop(area)
        canvas.paste(self.dark.crop(area), mask=_soft_mask(canvas.size, shadow, low))
        draw = ImageDraw.Draw(canvas)
        polygons = (faces - low).reshape(len(faces), 8).tolist()
        for polygon, colour in zip(polygons, colours.tolist(), strict=True):
            draw.polygon(polygon, fill=tuple(colour))
        frame.paste(canvas.reduce(2), (area[0] // 2, area[1] // 2))
        return frame


def _soft_mask(size: tuple[int, int], shadow: list[tuple[list[float], float]], low: NDArray[np.int64]) -> Image.Image:
    """Where shadow lies, drawn at half of the canvas' size and blurred."""
    mask = Image.new("L", (size[0] // 2, size[1] // 2))
    draw = ImageDraw.Draw(mask)
    for xy, width in shadow:
        flat = ((np.reshape(xy, (-1, 2)) - low) / 2).ravel().tolist()
        if width:
            draw.line(flat, fill=255, width=max(2, round(width / 2)))
        else:
            draw.polygon(flat, fill=255)
    return mask.filter(ImageFilter.BoxBlur(3)).resize(size, Image.Resampling.BILINEAR)


class _Shadow:
    """Shadows on the floor: bones and rods as thick lines, plates and benches as polygons."""

    def __init__(self, camera: Camera, scene: Scene) -> None:
        self.lines = []
        for a, b, radius in [*bones(scene.pose), *((r.a, r.b, r.radius_m) for r in scene.rods)]:
            pixels, depth = project(camera, _on_floor(np.stack([a, b], axis=1)))
            width = 2 * radius * 2 * focal(camera) / np.maximum(depth.mean(axis=1), 0.3)
            self.lines.append(((2 * pixels).reshape(-1, 4), width))
        self.polygons = []
        for d in scene.discs:
            ring = disc(d).vertices
            flat = _on_floor(ring[:, ring.shape[1] // 2 :][:, : ring.shape[1] // 8])
            self.polygons.append(2 * project(camera, flat)[0].reshape(len(flat), -1))
        self.still = []
        for bench in scene.boxes:
            solid = box(bench)
            for face in solid.vertices[0][solid.faces]:
                self.still.append((2 * project(camera, _on_floor(face))[0]).ravel().tolist())

    def at(self, k: int) -> list[tuple[list[float], float]]:
        """(pixels x y x y ..., width of the line or 0 for a polygon) at twice the size of the camera."""
        return [
            *((xy[k].tolist(), float(width[k])) for xy, width in self.lines),
            *((xy[k].tolist(), 0.0) for xy in self.polygons),
            *((xy, 0.0) for xy in self.still),
        ]


def _on_floor(points: Array) -> Array:
    """Where the light throws points, on the floor."""
    return np.asarray(points - points[..., 1:2] / _LIGHT[1] * _LIGHT)


def _write_mp4(frames: Iterator[Image.Image], camera: Camera, path: Path, fps: float) -> None:
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
