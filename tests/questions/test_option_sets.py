from collections import Counter, defaultdict
from collections.abc import Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flexqa.questions.draw import Draw
from flexqa.questions.option_sets import OptionSets


def near(a: str, b: str) -> float:
    return 12.0 if {a, b} == {"a", "b"} else 1.0


def asked(sets: OptionSets, answers: Mapping[str, int], times: int) -> dict[frozenset[str], Counter[str]]:
    """Set of options -> how often each member is the answer when all answers are drawn so many times."""
    found: defaultdict[frozenset[str], Counter[str]] = defaultdict(Counter)
    for answer, n in answers.items():
        for i in range(n * times):
            if others := sets.beside(answer, Draw((answer, str(i)))):
                found[frozenset((answer, *others))][answer] += 1
    return found


@pytest.mark.parametrize(
    "answers",
    [
        dict.fromkeys("abcdef", 3),
        {"a": 3, "b": 2, "c": 4, "d": 3, "e": 2, "f": 3},
        {"a": 9, "b": 1, "c": 2, "d": 1, "e": 1},
        {"a": 5, "b": 1},
    ],
    ids=["even", "uneven", "one too frequent", "two"],
)
def test_each_member_of_a_set_is_right_equally_often(answers: Mapping[str, int]) -> None:
    counts = asked(OptionSets(answers, near), answers, 400)
    for members, right in counts.items():
        share = right.total() / len(members)
        assert set(right) == members or share < 5
        assert all(abs(right[m] - share) < 5 * share**0.5 + 1 for m in members)


def test_all_are_asked_when_they_can_be_balanced() -> None:
    answers = {"a": 3, "b": 2, "c": 4, "d": 3, "e": 2, "f": 3}
    counts = asked(OptionSets(answers, near), answers, 100)
    assert sum(c.total() for c in counts.values()) > 0.99 * 100 * sum(answers.values())


def test_near_ones_are_together_more_often() -> None:
    answers = dict.fromkeys("abcdef", 1)
    counts = asked(OptionSets(answers, near, size=2), answers, 500)
    together = {members: right.total() for members, right in counts.items()}
    assert max(together, key=lambda members: together[members]) == {"a", "b"}


@given(st.dictionaries(st.sampled_from("abcdefg"), st.integers(0, 9)), st.sampled_from("abcdefg"), st.integers(0, 99))
def test_a_set_has_only_answers_that_fit(answers: dict[str, int], answer: str, key: int) -> None:
    sets = OptionSets(answers, near, fits=lambda members: not {"a", "c"} <= set(members))
    others = sets.beside(answer, Draw((str(key),)))
    assert answer not in others
    assert all(answers[o] for o in others)
    assert not {"a", "c"} <= {answer, *others}
    assert len(others) <= 3
    assert not others or answers[answer]


def test_sets_are_smaller_where_no_four_fit() -> None:
    sets = OptionSets(dict.fromkeys("abcde", 1), near, fits=lambda members: len(members) < 4)
    sizes = {len(sets.beside("a", Draw((str(i),)))) for i in range(50)}
    assert sizes == {2}


def test_alone_or_unknown_an_answer_has_no_options() -> None:
    assert OptionSets({"a": 3}, near).beside("a", Draw(("x",))) == ()
    assert OptionSets({}, near).beside("a", Draw(("x",))) == ()
    assert OptionSets({"a": 3, "b": 0}, near).beside("b", Draw(("x",))) == ()
