"""What a free answer says."""

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flexqa.question import Point
from flexqa.scoring.points import f1, said_of, sentences

WIDE = Point(names=("Grip too wide",), wanted=True)
SWING = Point(names=("Body swing", "trunk rocks to help the weights up"), wanted=True, share=0.6)
NARROW = Point(names=("Grip too narrow",), wanted=False)
POINTS = (WIDE, SWING, NARROW)


def said(point: Point, reply: str) -> str:
    return said_of(point.names, point.share, sentences(reply))


def score_of(points: Sequence[Point], reply: str) -> float:
    made = [p for p in points if said(p, reply) == "stated"]
    return f1(sum(p.wanted for p in made), len(made), sum(p.wanted for p in points))


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


@pytest.mark.parametrize(
    ("reply", "wide", "narrow"),
    [
        ("The grip is wide, not narrow.", "stated", "denied"),
        ("The grip isn't narrow; it is a wide grip.", "stated", "denied"),
        ("No narrow grip, but the grip is wide.", "stated", "denied"),
        ("A wide grip is not seen.", "denied", "unsaid"),
        ("A wide grip is absent here.", "denied", "unsaid"),
        ("The grip is not wide. The grip is wide.", "stated", "unsaid"),
        ("The grip is wide, do not lean back.", "stated", "unsaid"),
        ("Nothing to say.", "unsaid", "unsaid"),
    ],
)
def test_a_denial_reaches_forward_to_the_next_turn(reply: str, wide: str, narrow: str) -> None:
    assert (said(WIDE, reply), said(NARROW, reply)) == (wide, narrow)


def test_a_denial_that_belongs_to_the_point_is_none() -> None:
    assert score_of((Point(names=("Trunk not braced",), wanted=True),), "The trunk is not braced.") == 1


def test_naming_everything_gains_little() -> None:
    points = (WIDE, *(Point(names=(f"fault{i} here",), wanted=False) for i in range(9)))
    everything = ". ".join(name for p in points for name in p.names)
    assert score_of(points, everything) == pytest.approx(2 / 11)


@given(st.text(max_size=200))
def test_any_text_has_a_score(reply: str) -> None:
    assert 0 <= score_of(POINTS, reply) <= 1
