from itertools import product

import numpy as np
import pytest

from flexqa.recordings.model import Camera
from flexqa.simulate.film.camera import axes, cameras, project
from flexqa.simulate.film.room import HALF_ROOM_M
from flexqa.vocabulary import VIEWS

STANDING = np.array([[x, y, z] for x, y, z in product((-0.45, 0.45), (0.0, 2.45), (-0.2, 0.25))])
BARBELL_OVERHEAD = np.array([[-1.1, 2.35, 0.0], [1.1, 2.35, 0.0]])
PLATES_OVERHEAD = np.array([[x, 2.2 + 0.225, 0.0] for x in (-0.75, 0.75)])
BARBELL_LOW = np.array([[-1.1, 0.25, 0.2], [1.1, 0.25, 0.2]])
LYING = np.array([[x, y, z] for x, y, z in product((-0.3, 0.3), (0.0, 1.3), (-0.8, 0.75))])


@pytest.mark.parametrize("size", [(640, 360), (320, 240), (256, 256)])
def test_every_view_holds_a_standing_a_lying_and_a_loaded_person(size: tuple[int, int]) -> None:
    for view, camera in cameras(*size).items():
        for points in (STANDING, BARBELL_OVERHEAD, PLATES_OVERHEAD, BARBELL_LOW, LYING):
            pixels, depth = project(camera, points)
            assert (depth > 1).all()
            inside = (pixels > 0) & (pixels < (camera.width, camera.height))
            assert inside.all(), f"view {view} cuts off {points[~inside.all(axis=1)]}"


def test_a_bar_overhead_fills_most_of_the_height() -> None:
    reach = np.array([[0.0, 0.0, 0.1], [0.0, 2.1 + 0.225, 0.0]])
    for view, camera in cameras(640, 360).items():
        low, high = project(camera, reach)[0][:, 1]
        share = (low - high) / camera.height
        assert 0.75 < share < 0.85 if view != "P" else share > 0.4


def test_views_stand_in_the_corners_and_p_is_upright() -> None:
    views = cameras(640, 360)
    assert tuple(views) == VIEWS
    corner = {v: (c.position_m[0] > 0, c.position_m[2] > 0) for v, c in views.items()}
    assert corner == {
        "1": (True, True),
        "P": (True, True),
        "2": (False, True),
        "3": (False, False),
        "4": (True, False),
    }
    assert (views["P"].width, views["P"].height) == (360, 640)
    for camera in views.values():
        x, y, z = camera.position_m
        assert 4.5 <= np.hypot(x, z) <= 4.7
        assert max(abs(x), abs(z)) < HALF_ROOM_M, "a camera stands in the room"
        assert 1.2 <= y <= 1.5
        assert min(abs(x), abs(z)) > 1.5, "no view is frontal or sagittal"


def test_left_is_on_the_right_of_a_picture_from_the_front() -> None:
    left, right, up = (np.array(p) for p in ([0.3, 1.0, 0.0], [-0.3, 1.0, 0.0], [0.3, 1.5, 0.0]))
    front, rear = cameras(640, 360)["1"], cameras(640, 360)["3"]
    assert project(front, left)[0][0] > project(front, right)[0][0]
    assert project(rear, left)[0][0] < project(rear, right)[0][0]
    assert project(front, up)[0][1] < project(front, left)[0][1]


def test_projection_of_a_camera_along_an_axis() -> None:
    camera = Camera(position_m=(0, 1, 4), target_m=(0, 1, 0), vertical_fov_deg=90, width=200, height=100)
    pixels, depth = project(camera, np.array([[0, 1, 0], [4, 1, 0], [0, 5, 0], [0, 1, 5.0]]))
    np.testing.assert_allclose(depth, [4, 4, 4, -1], atol=1e-12)
    np.testing.assert_allclose(pixels[:3], [[100, 50], [150, 50], [100, 0]], atol=1e-9)
    np.testing.assert_allclose(axes(camera) @ axes(camera).T, np.eye(3), atol=1e-12)
