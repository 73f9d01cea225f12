from collections import Counter

from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import chisquare

from flexqa.questions.draw import Draw

KEYS = st.tuples(st.text(max_size=5), st.text(max_size=5))
ITEMS = st.lists(st.text(max_size=4), unique=True, max_size=12)


def test_draws_never_change() -> None:
    draw = Draw(("7", "score", "A16/001"))
    assert draw.shuffled("abcdef") == ("c", "b", "e", "a", "f", "d")
    assert draw.index(1000) == 884


@given(key=KEYS, items=ITEMS, extra=st.text(max_size=4))
def test_one_more_item_does_not_reorder_the_others(key: tuple[str, str], items: list[str], extra: str) -> None:
    more = Draw(key).shuffled({*items, extra})
    assert [i for i in more if i in items] == list(Draw(key).shuffled(items))
    assert sorted(more) == sorted({*items, extra})


@given(key=KEYS, n=st.integers(1, 100))
def test_index_is_in_range(key: tuple[str, str], n: int) -> None:
    assert 0 <= Draw(key).index(n) < n


def test_index_is_uniform() -> None:
    counts = Counter(Draw(("seed", str(i))).index(4) for i in range(4000))
    assert chisquare([counts[i] for i in range(4)]).pvalue > 0.001


def test_the_heavier_come_first_in_proportion() -> None:
    first = Counter(Draw((str(i),)).weighted({"a": 6.0, "b": 3.0, "c": 1.0, "never": 0.0})[0] for i in range(4000))
    assert chisquare([first[k] for k in "abc"], [2400, 1200, 400]).pvalue > 0.001
    assert first["never"] == 0


def test_children_are_independent() -> None:
    draws = [Draw(("seed", str(i))) for i in range(2000)]
    same = sum(d.child("x").index(4) == d.child("y").index(4) for d in draws)
    assert 430 < same < 570
