"""A reply that is read by its last sentence alone reads as it does in full."""

import re

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from flexqa.question import AnswerFormat
from flexqa.scoring.extract import _extract, extract
from flexqa.scoring.last_sentence import SHORT, last_sentence
from flexqa.scoring.yes_no import opening
from tests.scoring.prose import FORM, LIFTS, PROSE
from tests.scoring.test_finder import FINDERS, near_phrases

PATTERNS = [f.pattern for f in FINDERS.values()]
SENTENCE = re.compile(r"[^.!\n]+[.!\n]*")
SAID = [piece for text, _, _ in PROSE for piece in SENTENCE.findall(text)]
PIECES = st.one_of(
    near_phrases(PATTERNS),
    st.sampled_from(SAID),
    st.sampled_from((*LIFTS, *FORM, "A", "B", "(C)", "I", "a", "AC", "yes", "No", "true", "the bar rises",
                     "85", "7/10", "8 out of 10", "90 %", "the score is 70", "Score: 64", "ten", "eighty", "60-70",
                     "It's level", "I do see it", "wait", "not", "or", "and", "is correct")),
)  # fmt: skip
BETWEEN = st.sampled_from((". ", ". ", "! ", ".\n", "\n", "\n\n", ", ", " ", "? ", ": ", ".", "; ", ") "))
FORMATS = st.sampled_from(
    (
        (AnswerFormat.CHOICE, LIFTS),
        (AnswerFormat.CHOICE, FORM),
        (AnswerFormat.CHOICES, FORM),
        (AnswerFormat.YES_NO, ()),
        (AnswerFormat.NUMBER, ()),
    )
)


@st.composite
def replies(draw: st.DrawFn) -> str:
    """Words that commit themselves and words that do not, in sentences and lines."""
    opening = draw(st.sampled_from(("", "The lifter stands upright and grips the bar. ", "In the clip ")))
    pieces = [draw(PIECES) + draw(BETWEEN) for _ in range(draw(st.integers(1, 6)))]
    return opening + "".join(pieces) + draw(PIECES) + draw(st.sampled_from(("", ".", ".\n", "**")))


@settings(max_examples=1000, deadline=None)
@example("The lifter stands upright and moves slowly, so I take it back, wait. B, and nothing else in the clip here.",
         (AnswerFormat.CHOICE, LIFTS))  # fmt: skip
@given(replies(), FORMATS)
def test_reads_as_in_full(reply: str, asked: tuple[AnswerFormat, tuple[str, ...]]) -> None:
    form, options = asked
    longer = (
        reply if len(reply) > SHORT else "The camera stands at the side and shows the whole of the lift. " * 4 + reply
    )
    assert extract(longer, form, options) == _extract(longer, form, options)


@settings(max_examples=1000, deadline=None)
@example("No, that is wrong. It's level", ", ")
@example("Yes, the bar is not at all level", ", ")
@given(replies(), st.sampled_from((", ", ". ", ".  ", ",\n", " ", ", and ")))
def test_a_reply_that_opens_with_yes_or_no_reads_as_in_full(reply: str, between: str) -> None:
    for word in ("Yes", "no"):
        opened = word + between + reply
        assert extract(opened, AnswerFormat.YES_NO) == _extract(opened, AnswerFormat.YES_NO, ())


@pytest.mark.parametrize(
    ("reply", "answer"),
    [
        ("Yes, the bar moves up and the knees stay out.", "yes"),
        ("NO. I do not see any sign that the heels leave the floor.\n\nThe bar rises.", "no"),
        ("Yes, or perhaps no.", None),
        ("Yes the bar moves up.", None),
        ("Yes, but wait.", None),
        ("Yes, the bar moves up <b>not</b>.", None),
    ],
)
def test_the_opening_is_read_alone_where_nothing_follows_that_could_answer(reply: str, answer: str | None) -> None:
    found = opening(reply)
    assert (found and found.answer) == answer


@pytest.mark.parametrize(
    ("reply", "sentence"),
    [
        ("The bar moves up and the knees stay out. Therefore, the answer is B.", ". Therefore, the answer is B."),
        ("It's slow.\n\nI do not see the heels lift. The answer is B", ". The answer is B"),
        ("The bar moves. Wait. B", None),
        ("Deadlift is shown. The answer is B", None),
        ("B is shown here. The answer is C", None),
        ("- the bar moves. The answer is C", None),
        ("<think>The bar moves. The answer is C", None),
        ("The bar moves and stays where it is, the answer is C", None),
    ],
)
def test_the_last_sentence_is_read_alone_where_nothing_reaches_into_it(reply: str, sentence: str | None) -> None:
    found = last_sentence(reply, AnswerFormat.CHOICE, LIFTS)
    assert (found and found.text.partition("seen")[2]) == sentence
    assert found is None or reply[found.offset + len(found.text) - 1] == found.text[-1]
