import numpy as np
import pytest
from numpy.typing import NDArray

from flexqa.recordings.stillness import Pause, find_pauses, leaves, speed
from flexqa.recordings.stroke import minimum_jerk
from flexqa.vocabulary import JOINTS

FPS = 50.0


def swinging(late: dict[str, int]) -> NDArray[np.float64]:
    """A body whose joints all go half a metre up and back, from sample 50 on and from 150 on, some joints later."""
    points = np.zeros((260, len(JOINTS), 3))
    for i, joint in enumerate(JOINTS):
        t = np.arange(260) - late.get(joint[:2], 0) * (joint.split("_")[-1] in ("elbow", "wrist", "hand"))
        points[:, i, 1] = 0.5 * (minimum_jerk((t - 50) / 90) - minimum_jerk((t - 150) / 90))
    return points


def test_a_body_rests_before_between_and_after() -> None:
    speeds = speed(swinging({}), FPS, free_hands=False)
    before, between, after = find_pauses(speeds, FPS)
    assert before.first == 0
    assert before.last == pytest.approx(50, abs=8)
    assert between.middle == pytest.approx(145, abs=2)
    assert after.last == 259
    assert between.off(145) == 0
    assert Pause(10, 20, 0.0).off(25) == 5


def test_hands_that_rest_one_after_the_other_rest_as_well() -> None:
    points = swinging({"l_": -6, "r_": 6})
    bound, free = (speed(points, FPS, free_hands=free)[145] for free in (False, True))
    assert bound > 3 * free


def test_a_movement_is_seen_to_begin_before_it_is_fast() -> None:
    speeds = speed(swinging({}), FPS, free_hands=False)
    before, between, _ = find_pauses(speeds, FPS)
    assert leaves(speeds, before.last, 1, FPS) == pytest.approx(50, abs=2)
    assert leaves(speeds, between.first, -1, FPS) == pytest.approx(140, abs=2)
    assert leaves(np.zeros(30), 10, 1, FPS) == 10
