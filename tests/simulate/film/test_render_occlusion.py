"""What is nearest at each sample, against a ray caster that tries every triangle, and against plain geometry."""

from collections import Counter
from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray

from flexqa.media import Pose
from flexqa.recordings.model import Camera
from flexqa.simulate.film.camera import axes, cameras, focal
from flexqa.simulate.film.figure import figure
from flexqa.simulate.film.mesh import Mesh, box, disc, join, rod, triangles
from flexqa.simulate.film.raster import Raster
from flexqa.simulate.film.scene import Box, Disc, Look, Rod, Scene
from flexqa.simulate.film.stage import SAMPLES, Stage, View, surface
from flexqa.vocabulary import JOINTS

Array = NDArray[np.float64]

LOOK = Look(
    skin=(224, 172, 140), shirt=(20, 60, 220), trousers=(20, 160, 20), shoes=(240, 240, 240), hair=(30, 20, 10),
    wall=(190, 190, 190), floor=(110, 105, 100),
)  # fmt: skip
BAR = (250, 10, 10)
STANDING = {
    "head": (0, 1.62, 0.02), "neck": (0, 1.48, 0), "spine_upper": (0, 1.4, 0),
    "shoulder": (0.19, 1.4, 0), "elbow": (0.26, 1.12, 0), "wrist": (0.28, 0.87, 0.05), "hand": (0.28, 0.79, 0.07),
    "hip": (0.1, 0.92, 0), "knee": (0.11, 0.5, 0.03), "ankle": (0.12, 0.08, 0),
    "foot_a": (0.12, 0.02, -0.05), "foot_b": (0.14, 0.02, 0.17),
}  # fmt: skip


def standing() -> Array:
    points = []
    for name in JOINTS:
        x, y, z = STANDING[name.split("_", 1)[1] if name[:2] in ("l_", "r_") else name]
        points.append((-x if name.startswith("r_") else x, y, z))
    return np.array(points, dtype=np.float64)


def bar(a: tuple[float, float, float], b: tuple[float, float, float], radius: float = 0.02) -> Rod:
    return Rod(np.array([a], dtype=np.float64), np.array([b], dtype=np.float64), radius, BAR)


def person(*rods: Rod, discs: tuple[Disc, ...] = (), boxes: tuple[Box, ...] = ()) -> Scene:
    return Scene(Pose(standing()[None], 50), LOOK, rods, discs, boxes)


PLATE = Disc(np.array([[0.1, 1.0, 0.05]]), np.array([[0.6, 0.0, 0.8]]), 0.25, 0.05, BAR)
BENCH = Box(np.array([0.0, 0.45, -0.1]), np.array([0.15, 0.04, 0.5]), np.eye(3), BAR)
SCENES = {
    "before the thighs": person(bar((-1, 0.7, 0.16), (1, 0.7, 0.16))),
    "behind the thighs": person(bar((-1, 0.7, -0.16), (1, 0.7, -0.16))),
    "touching the thighs": person(bar((-1, 0.7, 0.1), (1, 0.7, 0.1))),
    "before one leg and behind the other": person(bar((-0.5, 0.4, -0.6), (0.5, 0.5, 0.6))),
    "through the chest": person(bar((-1, 1.2, -0.5), (1, 1.3, 0.5))),
    "a plate and a bench cut the body": person(discs=(PLATE,), boxes=(BENCH,)),
}


def cast(camera: Camera, mesh: Mesh, samples: Array) -> Array:
    """Depth along the view axis, inf where there is nothing, at columns and rows of samples."""
    corner, _ = triangles(mesh)
    a, b, c = (mesh.vertices[0][corner[:, i]] for i in range(3))
    f = focal(camera) * SAMPLES
    middle = np.array([camera.width, camera.height]) * SAMPLES / 2
    offsets = (samples + 0.5 - middle) / f
    rays = np.column_stack([offsets, np.ones(len(offsets))]) @ axes(camera)
    depth = np.empty(len(rays))
    ab, ac, start = b - a, c - a, np.asarray(camera.position_m) - a
    q = np.cross(start, ab)
    for i, ray in enumerate(rays):
        p = np.cross(ray, ac)
        det = np.sum(ab * p, axis=1)
        det = np.where(np.abs(det) < 1e-15, np.nan, det)
        u, v, t = np.sum(start * p, axis=1) / det, q @ ray / det, np.sum(ac * q, axis=1) / det
        depth[i] = np.where((u >= 0) & (v >= 0) & (u + v <= 1) & (t > 0), t, np.inf).min()
    return depth


def whole_depth(camera: Camera, view: View) -> Array:
    """Depth of every sample of the picture, inf where there is nothing."""
    part = np.full(view.size[0] * view.size[1], np.inf)
    part[view.hits.sample] = 1 / view.hits.values[0].astype(np.float64)
    picture = np.full((camera.height * SAMPLES, camera.width * SAMPLES), np.inf)
    picture[view.top : view.top + view.size[1], view.left : view.left + view.size[0]] = part.reshape(view.size[::-1])
    return picture


@pytest.mark.parametrize("view", ["1", "4", "P"])
@pytest.mark.parametrize("name", SCENES)
def test_depth_is_what_a_ray_caster_finds(name: str, view: str) -> None:
    camera = cameras(320, 180)[view]
    mesh = surface(SCENES[name])
    seen = next(Stage(camera, LOOK).views(mesh))
    depth = whole_depth(camera, seen)
    rng = np.random.default_rng(5)
    samples = np.column_stack(
        [
            rng.integers(seen.left, seen.left + seen.size[0], 800),
            rng.integers(seen.top, seen.top + seen.size[1], 800),
        ]
    )
    ours = depth[samples[:, 1], samples[:, 0]]
    theirs = cast(camera, mesh, samples.astype(np.float64))
    np.testing.assert_array_equal(np.isfinite(ours), np.isfinite(theirs))
    hit = np.isfinite(ours)
    assert 60 < hit.sum() < 800, "the sample holds body and background"
    np.testing.assert_allclose(ours[hit], theirs[hit], atol=2e-5)


def bar_columns(scene: Scene, camera: Camera) -> Array:
    """1 for the columns in the middle of the picture that show the bar, 0 for the others."""
    mesh = surface(scene)
    face = triangles(mesh)[1]
    seen = next(Stage(camera, LOOK).views(mesh))
    grid = np.full(seen.size[0] * seen.size[1], -1, dtype=np.intp)
    grid[seen.hits.sample] = seen.hits.triangle
    red = np.flatnonzero((mesh.colours[face] == np.array(BAR)).all(axis=1))
    shown = np.asarray(np.isin(grid, red).reshape(seen.size[::-1]).any(axis=0))
    return shown[int(seen.size[0] * 0.2) : int(seen.size[0] * 0.8)].astype(np.float64)


def test_a_bar_is_whole_before_the_legs_and_broken_behind_them() -> None:
    front = Camera(position_m=(0, 0.8, 4), target_m=(0, 0.8, 0), vertical_fov_deg=35, width=320, height=180)
    before, behind, through = (
        bar_columns(SCENES[name], front)
        for name in ("before the thighs", "behind the thighs", "before one leg and behind the other")
    )
    assert before.all()
    assert 0.5 < behind.mean() < 0.95, "it shows on both sides of the legs and between them"
    # Seen from ahead, this bar runs from behind the right leg (left in the picture) to before the left one.
    half = len(through) // 2
    assert through[half:].mean() > through[:half].mean()


def test_surfaces_are_closed_and_face_outwards() -> None:
    pose = Pose(standing()[None], 50)
    solids = {
        "figure": figure(pose, LOOK, 1.0),
        "rod": rod(bar((0, 0, 0), (0, 1, 1))),
        "disc": disc(PLATE),
        "box": box(BENCH),
    }
    for name, mesh in solids.items():
        corner, _ = triangles(mesh)
        points = [tuple(p) for p in np.round(mesh.vertices[0], 7)]
        ends = [(points[t[i]], points[t[(i + 1) % 3]]) for t in corner for i in range(3)]
        edges = Counter(e for e in ends if e[0] != e[1])
        assert all(edges[b, a] == n for (a, b), n in edges.items()), name
        a, b, c = (mesh.vertices[0][corner[:, i]] for i in range(3))
        assert np.sum(a * np.cross(b, c)) > 0, f"{name}: its signed volume"


def test_neighbours_leave_no_gap_and_outside_is_left_out() -> None:
    rng = np.random.default_rng(3)
    grid = np.stack(np.meshgrid(np.arange(9.0), np.arange(9.0)), axis=-1) * 8 - 4
    grid += rng.uniform(-3, 3, grid.shape)
    grid[[0, -1], :, 1] = [[-9], [80]]
    grid[:, [0, -1], 0] = [-9, 80]
    quads = np.stack([grid[:-1, :-1], grid[:-1, 1:], grid[1:, 1:], grid[1:, :-1]], axis=2).reshape(-1, 4, 2)
    corners = np.concatenate([quads[:, [0, 1, 2]], quads[:, [0, 2, 3]]])
    raster = Raster()
    for values in (1.0, 2.0):
        hits = raster.draw(corners, np.full((len(corners), 3, 1), values), (64, 48))
        np.testing.assert_array_equal(hits.sample, np.arange(64 * 48))
        np.testing.assert_allclose(hits.values, values, rtol=1e-6)
    assert not len(raster.draw(corners + 500, np.ones((len(corners), 3, 1)), (64, 48)).sample)


def test_values_are_linear_over_the_picture() -> None:
    corners = np.array([[[2.0, 1.0], [30.0, 5.0], [9.0, 28.0]]])
    values = np.stack([1 + 0.01 * corners[..., 0], 3 - 0.02 * corners[..., 1]], axis=-1)
    hits = Raster().draw(corners, values, (32, 32))
    row, column = np.divmod(hits.sample, 32)
    np.testing.assert_allclose(hits.values[0], 1 + 0.01 * (column + 0.5), rtol=1e-6)
    np.testing.assert_allclose(hits.values[1], 3 - 0.02 * (row + 0.5), rtol=1e-6)


def test_edges_are_soft() -> None:
    board = Box(np.array([0.0, 1.0, 0.0]), np.array([0.5, 0.3, 0.02]), np.eye(3), (0, 0, 0))
    front = Camera(position_m=(0, 1.0, 4), target_m=(0, 1.0, 0), vertical_fov_deg=20.1, width=320, height=180)
    scene = replace(person(boxes=(board,)), pose=Pose(standing()[None] + [0, 30, 0], 50))
    picture = np.asarray(next(Stage(front, LOOK).shoot(scene))).astype(int).sum(axis=2)
    column = picture[:, 160]
    inside = np.flatnonzero(column < 30)
    edge = column[[inside[0] - 1, inside[-1] + 1]]
    assert (edge > 60).any(), "a pixel that is covered in part is mixed"
    assert (edge < column[inside[0] - 3]).any()


def test_parts_join_in_order() -> None:
    parts = [box(BENCH), rod(bar((0, 0, 0), (0, 1, 1)))]
    whole = join(parts)
    assert len(whole.faces) == len(whole.smooth) == len(whole.colours) == sum(len(m.faces) for m in parts)
    assert whole.faces.max() == whole.vertices.shape[1] - 1
