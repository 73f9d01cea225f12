"""One camera's pictures of one subject: shaded solids and their shadow over a still room.

What can be computed for many frames at once is (vertices, pixels, normals, light); what is left per frame is the
depth buffer over the part of the picture that the solids cover. Solids are drawn several samples to a pixel and
averaged, which gives each pixel a colour and the share of it that is covered.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageChops, ImageDraw, ImageFilter
from scipy.sparse import csr_array

from flexqa.recordings.model import Camera
from flexqa.simulate.film.camera import focal, project
from flexqa.simulate.film.figure import bones, figure
from flexqa.simulate.film.mesh import Array, Mesh, box, cross, disc, join, outline, rod, triangles, unit
from flexqa.simulate.film.raster import Hits, Raster
from flexqa.simulate.film.room import backdrop
from flexqa.simulate.film.scene import Look, Scene

SAMPLES = 2
"""samples per pixel each way"""
_LIGHT = np.array([0.30, 0.88, 0.36])
_TO_LIGHT = _LIGHT / np.linalg.norm(_LIGHT)
_AMBIENT, _SKY, _KEY, _FILL = 0.40, 0.08, 0.40, 0.28
"""light from everywhere, from the ceiling, from the lamp, from the camera's direction"""
_TONES = 256
_BRIGHTEST = 1.4
_SHADOW = 0.58
"""brightness of the floor in the shadow"""
_MARGIN = 12


@dataclass(frozen=True, slots=True, eq=False)
class View:
    """The part of one frame that the solids cover, in samples."""

    left: int
    """first column, a whole number of pixels"""
    top: int
    """first row"""
    size: tuple[int, int]
    """width and height"""
    hits: Hits
    """the second value is the light"""


class Stage:
    """A camera before an empty room."""

    def __init__(self, camera: Camera, look: Look) -> None:
        self.camera, self.look = camera, look
        self.empty, self.shaded = _room(camera, look)
        self.raster = Raster()

    def shoot(self, scene: Scene) -> Iterator[Image.Image]:
        """The pictures of all samples of a scene."""
        mesh = surface(scene)
        palette = _Palette(mesh, self.look.light)
        shadow = _Shadow(self.camera, scene)
        for k, view in enumerate(self.views(mesh)):
            yield self._compose(view, palette, shadow.at(k))

    def views(self, mesh: Mesh) -> Iterator[View]:
        """What is nearest, sample by sample, in each frame; triangles are numbered as in `mesh.triangles`."""
        pixels, depth = project(self.camera, mesh.vertices)
        pixels *= SAMPLES
        corner, face = triangles(mesh)
        light = _light(mesh, corner, face, np.asarray(self.camera.position_m))
        values = np.stack([np.broadcast_to(1 / depth[:, corner], light.shape), light], axis=-1)
        limit = np.array([self.camera.width, self.camera.height]) * SAMPLES
        for at, value in zip(pixels, values, strict=True):
            low = np.clip((at.min(axis=0) // SAMPLES) * SAMPLES, 0, limit).astype(int)
            high = np.clip(-(-at.max(axis=0) // SAMPLES) * SAMPLES, 0, limit).astype(int)
            size = (max(int(high[0] - low[0]), 0), max(int(high[1] - low[1]), 0))
            corners = (at - low)[corner]
            (ux, uy), (vx, vy) = (corners[:, 1] - corners[:, 0]).T, (corners[:, 2] - corners[:, 0]).T
            # Rows run down, so what is anticlockwise in the room has a negative area here.
            front = np.flatnonzero(ux * vy - uy * vx < 0)
            hits = self.raster.draw(corners[front], value[front], size)
            yield View(int(low[0]), int(low[1]), size, replace(hits, triangle=front[hits.triangle]))

    def _compose(self, view: View, palette: "_Palette", shadow: list["_Patch"]) -> Image.Image:
        frame = _shadowed(self.empty, self.shaded, shadow)
        if not len(view.hits.sample):
            return frame
        layer = np.zeros(view.size[0] * view.size[1], dtype=np.uint32)
        layer[view.hits.sample] = palette.colours(view.hits)
        solid = Image.frombuffer("RGBX", view.size, layer.tobytes(), "raw", "RGBX", 0, 1).reduce(SAMPLES)
        *bands, cover = solid.split()
        left, top = view.left // SAMPLES, view.top // SAMPLES
        area = (left, top, left + solid.width, top + solid.height)
        behind = frame.crop(area)
        behind.paste(0, (0, 0), cover)
        frame.paste(ImageChops.add(behind, Image.merge("RGB", bands)), area)
        return frame


def surface(scene: Scene) -> Mesh:
    """All solids of a scene as one mesh with a sample for each of the pose."""
    n = len(scene.pose.points)
    moving = [figure(scene.pose, scene.look, scene.girth, scene.rods), *map(rod, scene.rods), *map(disc, scene.discs)]
    furniture = (box(b) for b in scene.boxes)
    return join([*moving, *(replace(m, vertices=np.repeat(m.vertices, n, axis=0)) for m in furniture)])


@lru_cache(maxsize=16)
def _room(camera: Camera, look: Look) -> tuple[Image.Image, Image.Image]:
    """The empty room lit, and all of it in shadow."""
    lit = Image.fromarray(backdrop(camera, look)).reduce(2)
    return lit, lit.point(lambda value: int(value * _SHADOW))


def _light(mesh: Mesh, corner: NDArray[np.int64], face: NDArray[np.int64], eye: Array) -> Array:
    """Brightness at the corners of each triangle, shape (samples, triangles, 3)."""
    a, b, c = (mesh.vertices[:, corner[:, i]] for i in range(3))
    normals = cross(b - a, c - a)
    at_vertices = _brightness(unit(_averaged(normals, corner, mesh)), eye - mesh.vertices)
    of_faces = _brightness(unit(normals), eye - a)
    return np.where(mesh.smooth[face][:, None], at_vertices[:, corner], of_faces[..., None])


def _averaged(normals: Array, corner: NDArray[np.int64], mesh: Mesh) -> Array:
    """Sum of the normals of the triangles around each vertex, shape (samples, vertices, 3)."""
    samples, count = normals.shape[:2]
    ones, where = np.ones(corner.size), np.repeat(np.arange(count), 3)
    around = csr_array((ones, (corner.ravel(), where)), shape=(mesh.vertices.shape[1], count))
    summed = around @ normals.transpose(1, 0, 2).reshape(count, -1)
    return np.asarray(summed.reshape(-1, samples, 3).transpose(1, 0, 2))


def _brightness(normals: Array, to_eye: Array) -> Array:
    key = np.maximum(normals @ _TO_LIGHT, 0)
    facing = np.sum(normals * unit(to_eye), axis=-1)
    return np.asarray(_AMBIENT + _SKY * normals[..., 1] + _KEY * key + _FILL * np.maximum(facing, 0))


class _Palette:
    """Every colour of a mesh in every tone, as four bytes of which the last says: covered."""

    def __init__(self, mesh: Mesh, light: float) -> None:
        colours, number = np.unique(mesh.colours, axis=0, return_inverse=True)
        tones = np.linspace(0, _BRIGHTEST, _TONES) * light
        rgb = np.clip(colours[:, None] * tones[:, None], 0, 255)
        full = np.full((*rgb.shape[:2], 1), 255)
        self.table = np.concatenate([rgb, full], axis=-1).astype(np.uint8).view(np.uint32).ravel()
        self.start = number.ravel()[triangles(mesh)[1]].astype(np.int32) * _TONES

    def colours(self, hits: Hits) -> NDArray[np.uint32]:
        """Of each hit, shape (hits,)."""
        tone = np.clip(hits.values[1] * ((_TONES - 1) / _BRIGHTEST) + 0.5, 0, _TONES - 1).astype(np.int32)
        return np.asarray(self.table[self.start[hits.triangle] + tone])


_Patch = tuple[list[float], float]
"""x y x y ... in pixels, and the width of a line or 0 for a polygon"""


def _shadowed(lit: Image.Image, dark: Image.Image, shadow: list[_Patch]) -> Image.Image:
    """The room with soft shadow on its floor."""
    frame = lit.copy()
    corners = np.concatenate([np.reshape(xy, (-1, 2)) for xy, _ in shadow])
    low = np.clip(corners.min(axis=0) - _MARGIN, 0, lit.size).astype(int)
    high = np.clip(corners.max(axis=0) + _MARGIN, 0, lit.size).astype(int)
    if (high <= low).any():
        return frame
    area = (int(low[0]), int(low[1]), int(high[0]), int(high[1]))
    mask = Image.new("L", (area[2] - area[0], area[3] - area[1]))
    draw = ImageDraw.Draw(mask)
    for xy, width in shadow:
        points = (np.reshape(xy, (-1, 2)) - low).ravel().tolist()
        if width:
            draw.line(points, fill=255, width=max(1, round(width)))
        else:
            draw.polygon(points, fill=255)
    frame.paste(dark.crop(area), area, mask.filter(ImageFilter.BoxBlur(3)))
    return frame


class _Shadow:
    """Shadows on the floor: bones and rods as thick lines, plates and benches as polygons."""

    def __init__(self, camera: Camera, scene: Scene) -> None:
        self.lines = []
        for a, b, radius in [*bones(scene.pose), *((r.a, r.b, r.radius_m) for r in scene.rods)]:
            pixels, depth = project(camera, _on_floor(np.stack([a, b], axis=1)))
            width = 2 * radius * focal(camera) / np.maximum(depth.mean(axis=1), 0.3)
            self.lines.append((pixels.reshape(-1, 4), width))
        self.polygons = []
        for d in scene.discs:
            flat = _on_floor(outline(d))
            self.polygons.append(project(camera, flat)[0].reshape(len(flat), -1))
        self.still = []
        for bench in scene.boxes:
            solid = box(bench)
            for face in solid.vertices[0][solid.faces]:
                self.still.append((project(camera, _on_floor(face))[0]).ravel().tolist())

    def at(self, k: int) -> list[_Patch]:
        """All patches of one frame."""
        return [
            *((xy[k].tolist(), float(width[k])) for xy, width in self.lines),
            *((xy[k].tolist(), 0.0) for xy in self.polygons),
            *((xy, 0.0) for xy in self.still),
        ]


def _on_floor(points: Array) -> Array:
    """Where the light throws points, on the floor."""
    return np.asarray(points - points[..., 1:2] / _LIGHT[1] * _LIGHT)
