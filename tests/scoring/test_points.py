"""What a free answer says."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flexqa.question import Point
from flexqa.scoring.points import score_of

WIDE = Point(names=("Grip too wide",), wanted=True)
SWING = Point(names=("Body swing", "trunk rocks to help the weights up"), wanted=True, share=0.6)
NARROW = Point(names=("Grip too narrow",), wanted=False)
POINTS = (WIDE, SWING, NARROW)


@pytest.mark.parametrize(
    ("reply", "score"),
    [
        ("The grip is too wide. The body swings.", 1.0),
        ("- a wide grip\n- swinging of the body", 1.0),
        ("The trunk is rocking to help. Wide grips!", 1.0),
        ("The grip is wide.", 2 / 3),
        ("The grip is wide, then narrow. The body swings.", 4 / 5),
        ("The grip is not wide.", 0.0),
        ("There's no body swing, and the grip isn't wide.", 0.0),
        ("The lifter avoids a wide grip.", 0.0),
        ("The grip. The stance is wide.", 0.0),
        ("", 0.0),
    ],
)
def test_points_are_made_in_one_sentence_and_not_denied(reply: str, score: float) -> None:
    assert score_of(POINTS, reply) == pytest.approx(score)


def test_a_denial_that_belongs_to_the_point_is_none() -> None:
    assert score_of((Point(names=("Trunk not braced",), wanted=True),), "The trunk is not braced.") == 1


def test_naming_everything_gains_little() -> None:
    points = (WIDE, *(Point(names=(f"fault{i} here",), wanted=False) for i in range(9)))
    everything = ". ".join(name for p in points for name in p.names)
    assert score_of(points, everything) == pytest.approx(2 / 11)


@given(st.text(max_size=200))
def test_any_text_has_a_score(reply: str) -> None:
    assert 0 <= score_of(POINTS, reply) <= 1
