"""Questions of heart and breath rate: recomputed from the files, guarded, and each set asked about once."""

from collections import Counter, defaultdict
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from flexqa.media import Physio
from flexqa.question import Question
from flexqa.questions.bundles import answer_text
from flexqa.questions.context import Context
from flexqa.questions.corpus import Annotated, Corpus
from flexqa.questions.question_set import QuestionSet
from flexqa.questions.rates import stands_for_set
from flexqa.questions.types.heart_rate_trend import HeartRateTrend
from flexqa.recordings.flex_layout import read_physio
from tests.questions.sets import context_of, of_type

TRENDS = {"heart_rate_trend": ("heart_bpm", 3.0), "breath_rate_trend": ("breath_per_min", 1.5)}


def rates(a: Annotated, name: str) -> NDArray[np.float64]:
    return np.asarray(getattr(read_physio(a.recording), name))


def change(values: NDArray[np.float64]) -> float:
    third = len(values) // 3
    return float(np.mean(values[len(values) - third :]) - np.mean(values[:third]))


@pytest.mark.parametrize("name", TRENDS)
def test_a_bound_is_surpassed_or_not_by_the_guard(
    question_set: QuestionSet, by_id: dict[str, Annotated], name: str
) -> None:
    rate, guard = TRENDS[name]
    for q in of_type(question_set, name):
        found = change(rates(by_id[q.media[0].recording], rate))
        over = (found if q.prompt["change"] == "rise" else -found) - int(q.prompt["by"])
        assert (over > 0) == (q.answer == "yes")
        assert abs(over) >= guard
        assert int(q.prompt["by"]) >= 2


@pytest.mark.parametrize("name", TRENDS)
def test_each_bound_is_asked_about_twice(question_set: QuestionSet, by_id: dict[str, Annotated], name: str) -> None:
    pairs = defaultdict(list)
    for q in of_type(question_set, name):
        pairs[q.groups["matched_pair"]].append(q)
    for one, other in pairs.values():
        assert one.prompt == other.prompt
        assert one.wording == other.wording
        assert {one.answer, other.answer} == {"yes", "no"}
        assert by_id[one.media[0].recording].truth.action == by_id[other.media[0].recording].truth.action


def series(a: Annotated) -> bytes:
    return rates(a, "heart_bpm").tobytes() + rates(a, "breath_per_min").tobytes()


def test_a_set_is_asked_about_once(question_set: QuestionSet, by_id: dict[str, Annotated]) -> None:
    for name in TRENDS:
        shown = [series(by_id[q.media[0].recording]) for q in of_type(question_set, name)]
        assert len(shown) == len(set(shown))
    pairs = [
        frozenset(series(by_id[m.recording]) for m in q.media) for q in of_type(question_set, "higher_heart_rate")
    ]
    assert len(pairs) == len(set(pairs))
    assert all(len(pair) == 2 for pair in pairs)


def test_one_repetition_stands_for_its_set(contexts: dict[str, Context]) -> None:
    context = contexts["A02"]
    found = [a for a in context.annotated if stands_for_set(context, a)]
    assert len(found) < len(context.annotated)
    assert {series(a) for a in found} == {series(a) for a in context.annotated}
    assert len({series(a) for a in found}) == len(found)


def test_the_higher_rate_is_higher_by_the_guard(question_set: QuestionSet, by_id: dict[str, Annotated]) -> None:
    for q in of_type(question_set, "higher_heart_rate"):
        means = {m.label: rates(by_id[m.recording], "heart_bpm").mean() for m in q.media}
        assert answer_text(q) == max(means, key=lambda label: means[label])
        assert abs(means["Set 1"] - means["Set 2"]) >= 5


def test_places_are_balanced(question_set: QuestionSet) -> None:
    counts: defaultdict[object, Counter[str]] = defaultdict(Counter)
    for q in of_type(question_set, "higher_heart_rate"):
        counts[q.action, q.split][answer_text(q)] += 1
    assert all(c["Set 1"] == c["Set 2"] for c in counts.values())


def test_without_rates_nothing_is_asked(tmp_path: Path, corpus: Corpus, monkeypatch: pytest.MonkeyPatch) -> None:
    context = context_of(corpus, "A02")
    monkeypatch.setattr(Context, "physio", lambda *_: None)
    assert not [*HeartRateTrend().generate(context)]
    assert not any(stands_for_set(context, a) for a in context.annotated)


@given(st.lists(st.floats(50, 190), min_size=3, max_size=40))
def test_a_change_is_the_difference_of_thirds(values: list[float]) -> None:
    heart = np.array(values)
    physio = Physio(np.arange(len(values), dtype=np.float64), heart, heart)
    assert HeartRateTrend()._change(physio) == pytest.approx(change(heart))


def test_two_values_have_no_trend() -> None:
    two = np.array([80.0, 90.0])
    assert HeartRateTrend()._change(Physio(two, two, two)) is None


def question_of(question_set: QuestionSet, recording: str) -> Question:
    return next(q for q in of_type(question_set, "heart_rate_trend") if q.media[0].recording == recording)


def test_a_fall_beyond_its_bound_is_told_as_a_fall() -> None:
    kind = HeartRateTrend()
    assert kind._beyond(-9.0, -5) == (1,)
    assert kind._beyond(-1.0, -5) == (0,)
    assert kind._beyond(-6.0, -5) == ()
    assert kind._bounds([-12.0, 4.0]) == [-4, -5, -3, -6, -2, -7, -8, -9]
    assert kind._bounds([]) == []
