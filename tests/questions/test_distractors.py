from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import chisquare

from flexqa.question import Option
from flexqa.questions.distractors import Candidate, Case, choose, place
from flexqa.questions.draw import Draw


def candidates(*names: str, weight: float = 1.0) -> tuple[Candidate, ...]:
    return tuple(Candidate(n, f"text {n}", "random", weight) for n in names)


def case(i: int, answer: str, others: tuple[Candidate, ...]) -> Case:
    return Case(Draw(("seed", str(i))), answer, f"text {answer}", others, "test")


@given(
    n_candidates=st.integers(0, 8),
    seed=st.integers(0, 999),
    weights=st.lists(st.floats(0, 20), min_size=8, max_size=8),
)
def test_options_are_unique_and_hold_the_answer_once(n_candidates: int, seed: int, weights: list[float]) -> None:
    others = tuple(Candidate(str(i), f"text {i}", "random", w) for i, w in enumerate(weights[:n_candidates]))
    (choice,) = choose([case(seed, "a", others)])
    if n_candidates == 0:
        assert choice is None
        return
    assert choice is not None
    texts = [o.text for o in choice.options]
    assert len(set(texts)) == len(texts) == min(4, n_candidates + 1)
    assert choice.options["ABCD".index(choice.answer)] == Option(text="text a", kind="answer")
    assert choice.chance == 1 / len(texts)


def test_what_reads_like_the_answer_is_left_out() -> None:
    others = (*candidates("b"), Candidate("twin", "Text A", "random", 1.0), Candidate("c", "TEXT B", "random", 1.0))
    (choice,) = choose([case(1, "a", others)])
    assert choice is not None
    assert {o.text for o in choice.options} == {"text a", "text b"}


def test_weightless_candidates_fill_up_only() -> None:
    others = (*candidates("b", "c"), *candidates("never", "nor", weight=0.0))
    (choice,) = choose([case(1, "a", others)])
    assert choice is not None
    assert {"text a", "text b", "text c"} < {o.text for o in choice.options}


def test_the_answer_stands_anywhere() -> None:
    distractors = [Option(text=t, kind="random") for t in "xyz"]
    places = Counter(place(Draw((str(i),)), Option(text="a", kind="answer"), distractors).answer for i in range(4000))
    assert chisquare([places[letter] for letter in "ABCD"]).pvalue > 0.001


def test_no_node_is_offered_often_and_seldom_right() -> None:
    """Even where one node is near to all others and the answers are unequal."""
    names = "abcdefgh"
    answers = [names[i % 8] for i in range(400)] + ["a"] * 50
    hub = [
        case(i, a, tuple(Candidate(n, f"text {n}", "random", 12.0 if n == "h" else 1.0) for n in names if n != a))
        for i, a in enumerate(answers)
    ]
    offered: Counter[str] = Counter()
    right: Counter[str] = Counter()
    for choice in choose(hub):
        assert choice is not None
        offered.update(o.text for o in choice.options)
        right.update(o.text for o in choice.options if o.kind == "answer")
    rates = {n: right[n] / offered[n] for n in offered}
    assert rates == pytest.approx(dict.fromkeys(rates, 0.25), abs=0.05)
