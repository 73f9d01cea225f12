"""Sets of questions of which every answer is right once."""

from collections.abc import Mapping

from hypothesis import given
from hypothesis import strategies as st

from flexqa.questions.corpus import Annotated, Corpus
from flexqa.questions.draw import Draw
from flexqa.questions.matched_sets import matched_sets, set_id

DRAW = Draw(("test",))


def sets_of(
    group: tuple[Annotated, ...], able: Mapping[str, list[list[int]]], n: int
) -> list[tuple[int, tuple[Annotated, ...]]]:
    settings = range(len(next(iter(able.values()))))
    return list(matched_sets(DRAW, group, settings, lambda _: n, lambda a, s: able[a.id][s]))


@given(data=st.data())
def test_each_answer_is_right_once_and_each_recording_asked_once(data: st.DataObject, corpus: Corpus) -> None:
    group = corpus.by_action["A02"][:12]
    n = data.draw(st.integers(2, 4))
    answers = st.lists(st.lists(st.integers(0, n - 1), max_size=2, unique=True), min_size=3, max_size=3)
    able = {a.id: data.draw(answers) for a in group}
    found = sets_of(group, able, n)
    members = [a.id for _, chosen in found for a in chosen]
    assert len(members) == len(set(members))
    for setting, chosen in found:
        assert len(chosen) == n
        assert all(i in able[a.id][setting] for i, a in enumerate(chosen))


@given(data=st.data())
def test_no_set_is_left(data: st.DataObject, corpus: Corpus) -> None:
    """Where a recording can be asked about one answer of a setting at most."""
    group = corpus.by_action["A02"][:12]
    n = data.draw(st.integers(2, 4))
    answers = st.lists(st.lists(st.integers(0, n - 1), max_size=1), min_size=2, max_size=2)
    able = {a.id: data.draw(answers) for a in group}
    members = {a.id for _, chosen in sets_of(group, able, n) for a in chosen}
    for setting in range(2):
        left = {i for a in group if a.id not in members for i in able[a.id][setting]}
        assert len(left) < n


def test_as_many_sets_are_formed_as_there_are_recordings(corpus: Corpus) -> None:
    group = corpus.by_action["A02"][:9]
    found = sets_of(group, {a.id: [[i % 3]] for i, a in enumerate(group)}, 3)
    assert len(found) == 3


def test_a_recording_that_can_be_asked_about_one_answer_goes_first(corpus: Corpus) -> None:
    one, other = corpus.by_action["A02"][:2]
    ((_, chosen),) = sets_of((one, other), {one.id: [[0, 1]], other.id: [[0]]}, 2)
    assert chosen == (other, one)


def test_without_an_answer_there_is_no_set(corpus: Corpus) -> None:
    group = corpus.by_action["A02"][:4]
    assert sets_of(group, {a.id: [[0]] for a in group}, 2) == []


def test_a_set_is_named_after_type_and_members(corpus: Corpus) -> None:
    one, other = corpus.by_action["A02"][:2]
    assert set_id("score", (one, other)) == f"score:{one.id}~{other.id}"
