"""A scene is built by hand, joint by joint, and its pictures are compared with where the camera sees the joints."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from flexqa.errors import BadInput
from flexqa.media import Pose
from flexqa.recordings.video import clip_info, read_clip
from flexqa.simulate.film.camera import cameras, project
from flexqa.simulate.film.mesh import box, disc, rod
from flexqa.simulate.film.render import render_clip, render_frames, resample
from flexqa.simulate.film.scene import Box, Disc, Look, Rod, Scene
from flexqa.vocabulary import JOINTS

LOOK = Look(
    skin=(224, 172, 140), shirt=(20, 60, 220), trousers=(20, 160, 20), shoes=(240, 240, 240), hair=(30, 20, 10),
    wall=(190, 190, 190), floor=(110, 105, 100),
)  # fmt: skip

STANDING = {
    "head": (0, 1.62, 0.02), "neck": (0, 1.48, 0), "spine_upper": (0, 1.4, 0),
    "shoulder": (0.19, 1.4, 0), "elbow": (0.26, 1.12, 0), "wrist": (0.28, 0.87, 0.05), "hand": (0.28, 0.79, 0.07),
    "hip": (0.1, 0.92, 0), "knee": (0.11, 0.5, 0.03), "ankle": (0.12, 0.08, 0),
    "foot_a": (0.12, 0.02, -0.05), "foot_b": (0.14, 0.02, 0.17),
}  # fmt: skip


def standing() -> NDArray[np.float64]:
    points = []
    for name in JOINTS:
        x, y, z = STANDING[name.split("_", 1)[1] if name[:2] in ("l_", "r_") else name]
        points.append((-x if name.startswith("r_") else x, y, z))
    return np.array(points, dtype=np.float64)


def scene(samples: int = 10, fps: float = 50) -> Scene:
    return Scene(Pose(np.repeat(standing()[None], samples, axis=0), fps), LOOK)


def colour_at(picture: NDArray[np.uint8], pixel: NDArray[np.float64]) -> NDArray[np.float64]:
    x, y = (int(v) for v in pixel)
    return np.asarray(picture[y - 1 : y + 2, x - 1 : x + 2].reshape(-1, 3).mean(axis=0))


@pytest.mark.parametrize("view", ["1", "2", "3", "4", "P"])
def test_clothes_are_where_the_camera_sees_the_body(view: str) -> None:
    camera = cameras(640, 360)[view]
    picture = np.asarray(next(render_frames(scene(1), camera, 50)))
    assert picture.shape == (camera.height, camera.width, 3)
    middle = {"chest": (0, 1.2, 0), "pelvis": (0, 0.9, 0), "l_hand": (0.28, 0.80, 0.07)}
    seen = {name: colour_at(picture, project(camera, np.array(at))[0]) for name, at in middle.items()}
    assert seen["chest"].argmax() == 2, "the shirt is blue"
    assert seen["pelvis"].argmax() == 1, "the shorts are green"
    if view != "3":  # which has the trunk between itself and the left hand
        assert seen["l_hand"][0] > 1.2 * seen["l_hand"][2], "a hand is of skin"


def test_what_is_nearer_hides_what_is_behind() -> None:
    camera = cameras(640, 360)["1"]
    toward = np.array(camera.position_m) * [1, 0, 1] / 3.4
    axes = np.stack([np.cross((0, 1, 0), toward), (0, 1, 0), toward])
    for where, hidden in ((0.6, True), (-0.6, False)):
        board = Box(np.array([0, 1.2, 0]) + where * toward, np.array([0.3, 0.3, 0.02]), axes, (250, 30, 30))
        picture = np.asarray(next(render_frames(replace(scene(1), boxes=(board,)), camera, 50)))
        chest = colour_at(picture, project(camera, np.array((0, 1.25, 0)))[0])
        assert chest.argmax() == (0 if hidden else 2)


def test_solids_face_outwards() -> None:
    n = np.array([[0.6, 0.0, 0.8]])
    solids = [
        box(Box(np.zeros(3), np.array([0.5, 0.1, 0.2]), np.eye(3)[[1, 2, 0]], (9, 9, 9))),
        box(Box(np.zeros(3), np.array([0.5, 0.1, 0.2]), np.eye(3)[[1, 0, 2]], (9, 9, 9))),
        disc(Disc(np.zeros((1, 3)), n, 0.2, 0.1, (9, 9, 9))),
        rod(Rod(-n, n, 0.02, (9, 9, 9))),
    ]
    for mesh in solids:
        corners = mesh.vertices[0][mesh.faces]
        normals = np.cross(corners[:, 2] - corners[:, 0], corners[:, 3] - corners[:, 1])
        assert (np.sum(normals * corners.mean(axis=1), axis=1) > -1e-12).all()


def test_resampling_keeps_length_and_moves_linearly() -> None:
    slow = scene(101, fps=50)
    points = slow.pose.points + np.linspace(0, 1, 101)[:, None, None]
    moved = resample(replace(slow, pose=Pose(points, 50)), 30)
    assert len(moved.pose.points) == 61
    np.testing.assert_allclose(moved.pose.points[:, 0, 1] - points[0, 0, 1], np.arange(61) / 30 / 2, atol=1e-9)
    assert len(resample(scene(1), 30).pose.points) == 1


def test_an_mp4_is_written_whole_and_the_same_twice(tmp_path: Path) -> None:
    camera = cameras(320, 180)["2"]
    for name in ("a", "b"):
        render_clip(scene(30, fps=50), camera, tmp_path / f"{name}.mp4", 25.0)
    assert (tmp_path / "a.mp4").read_bytes() == (tmp_path / "b.mp4").read_bytes()
    assert clip_info(tmp_path / "a.mp4", 1) == (15, 25.0, 320, 180)
    assert sorted(p.name for p in tmp_path.iterdir()) == ["a.mp4", "b.mp4"]


def test_a_frame_folder_has_flex_names_and_the_same_picture(tmp_path: Path) -> None:
    camera = cameras(320, 180)["P"]
    render_clip(scene(5, fps=50), camera, tmp_path / "View-P", 50.0)
    render_clip(scene(5, fps=50), camera, tmp_path / "View-P.mp4", 50.0)
    assert sorted(p.name for p in (tmp_path / "View-P").iterdir()) == [f"img_{i:05d}.JPG" for i in range(1, 6)]
    folder, mp4 = (read_clip(tmp_path / n, frames=5, size=320, frames_fps=50) for n in ("View-P", "View-P.mp4"))
    assert np.abs(folder.frames.astype(int) - mp4.frames.astype(int)).mean() < 4


def test_odd_sides_and_impossible_rates_are_refused(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="321x180: both sides"):
        render_clip(scene(), cameras(321, 180)["1"], tmp_path / "a.mp4", 30)
    with pytest.raises(BadInput, match="must be positive"):
        render_clip(scene(), cameras(320, 180)["1"], tmp_path / "a.mp4", 0)
