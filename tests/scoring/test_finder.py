"""Phrases are found where their regular expressions find them."""

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from flexqa.question import AnswerFormat
from flexqa.scoring import phrases, reservations
from flexqa.scoring.extract import _extract, extract
from flexqa.scoring.finder import Finder

FINDERS = {name: f for room in (phrases, reservations) for name, f in vars(room).items() if isinstance(f, Finder)}
ASCII = st.characters(codec="ascii")
BETWEEN = st.sampled_from((" ", "", "\n", "x", "B", ". ", ", ", "'", "-", ": ", "3", "_", '"', " the ", " not "))


@st.composite
def near_phrases(draw: st.DrawFn, patterns: list[re.Pattern[str]]) -> str:
    """What these expressions match, in whatever capitals, side by side with what breaks it up."""
    said = [
        draw(st.from_regex(draw(st.sampled_from(patterns)), alphabet=ASCII)) for _ in range(draw(st.integers(1, 4)))
    ]
    return draw(BETWEEN).join(draw(st.sampled_from((s, s.upper(), s.lower(), s[1:], s[:-1]))) for s in said)


def spans(matches: object) -> list[tuple[int, int]]:
    return [m.span() for m in matches]  # type: ignore[attr-defined]


@pytest.mark.parametrize("name", FINDERS)
@settings(max_examples=100, deadline=None)
@given(data=st.data())
def test_a_finder_finds_what_its_expression_finds(name: str, data: st.DataObject) -> None:
    finder = FINDERS[name]
    text = data.draw(near_phrases([finder.pattern]))
    start = data.draw(st.integers(0, max(len(text) - 1, 0)))
    assert spans(finder.finditer(text)) == spans(finder.pattern.finditer(text))
    assert spans(finder.finditer(text, start)) == spans(finder.pattern.finditer(text, start))
    end = data.draw(st.integers(start, len(text)))
    assert finder.may_match(text, start, end) or not finder.pattern.search(text[start:end])


@pytest.mark.parametrize("name", FINDERS)
def test_no_word_of_an_expression_is_forgotten(name: str) -> None:
    finder = FINDERS[name]
    words = sorted(set(re.findall("[A-Za-z]+'?[a-z]*", finder.pattern.pattern)))
    said = [(f"{a}{between}{b}, B", a, b) for a in words for b in words for between in (" ", ", ")]
    assert not [s for s in said if spans(finder.finditer(s[0])) != spans(finder.pattern.finditer(s[0]))]


@settings(max_examples=300, deadline=None)
@given(near_phrases([f.pattern for f in FINDERS.values()]))
def test_every_finder_at_once(text: str) -> None:
    for finder in FINDERS.values():
        assert spans(finder.finditer(text)) == spans(finder.pattern.finditer(text))


WORDS = (
    "Back",
    "rounds",
    "the knees",
    "Knees cave inward",
    "B",
    "answer is",
    "is correct",
    "ſquat",
    "Squat",
    "90",
    "°",
)
OPTIONS = st.lists(st.sampled_from(("Back rounds", "Knees cave inward", "Squat", "90°", "The back", "B", "A knee")),
                   min_size=2, max_size=4, unique=True)  # fmt: skip


@settings(max_examples=500, deadline=None)
@given(
    st.lists(st.sampled_from(WORDS), max_size=6), st.sampled_from((" ", ". ", "\n", " **")), OPTIONS, st.booleans()
)
def test_options_that_a_reply_cannot_name_change_nothing(
    words: list[str], between: str, options: list[str], several: bool
) -> None:
    form = AnswerFormat.CHOICES if several else AnswerFormat.CHOICE
    text = between.join(words)
    assert extract(text, form, options) == _extract(text, form, tuple(options))
