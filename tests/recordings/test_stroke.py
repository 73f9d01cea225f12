import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from flexqa.recordings.stroke import fit_stroke, fit_strokes, minimum_jerk


@given(
    begin=st.integers(0, 80), length=st.integers(20, 150), way=st.floats(-200, 200).filter(lambda w: abs(w) > 0.01)
)
def test_the_ends_of_a_minimum_jerk_movement_are_found(begin: int, length: int, way: float) -> None:
    course = 7 + way * minimum_jerk((np.arange(begin + length + 1) - begin) / length)
    stroke = fit_stroke(course)
    assert stroke is not None
    assert stroke.begin == pytest.approx(begin, abs=0.5)
    assert stroke.end == pytest.approx(begin + length, abs=0.5)
    assert stroke.skew == 0
    assert stroke.misfit < 0.005


@pytest.mark.parametrize("power", [1.5, 2.0, 3.0])
def test_a_movement_that_starts_slowly_is_skewed(power: float) -> None:
    stroke = fit_stroke(minimum_jerk((np.arange(150) / 149) ** power))
    assert stroke is not None
    assert stroke.skew == pytest.approx(np.log(power))
    assert stroke.begin == pytest.approx(0, abs=2)


def test_what_goes_nowhere_is_no_movement() -> None:
    assert fit_stroke(np.zeros(50)) is None
    assert fit_stroke(np.array([0.0, 1.0])) is None
    assert fit_stroke(np.array([0.0, np.nan, np.nan])) is None


def test_a_movement_of_two_sides_is_their_mean() -> None:
    sides = np.stack([minimum_jerk((np.arange(120) - begin) / 100) for begin in (0, 10)], axis=1)
    both = fit_strokes(sides)
    assert both is not None
    assert both.begin == pytest.approx(5, abs=0.5)
    assert fit_strokes(np.stack([sides[:, 0], np.ones(120)], axis=1)) is None
