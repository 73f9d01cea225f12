"""The readers of numbers, of yes or no, and of text; and what holds for every reply."""

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from flexqa.question import LETTERS, AnswerFormat
from flexqa.scoring.extract import extract

NUMBERS: list[tuple[str, float | None]] = [
    ("85", 85),
    ("85.", 85),
    ("**85**", 85),
    ("85.5", 85.5),
    ("85,5", 85.5),
    ("85/100", 85),
    ("85 / 100", 85),
    ("**85**/100", 85),
    ("85 out of 100", 85),
    ("8.5/10", 85),
    ("8.5 out of 10", 85),
    ("4/5", 80),
    ("17/20", 85),
    ("85%", 85),
    ("85 %", 85),
    ("85 points", 85),
    ("８５", 85),
    ("0", 0),
    ("100", 100),
    ("100/100", 100),
    ("eighty-five", 85),
    ("Score: 85", 85),
    ("Score: 85/100", 85),
    ("**Score:** 85", 85),
    ("The score is 85.", 85),
    ("The score is about 85.", 85),
    ("I would give this repetition a score of 85 out of 100.", 85),
    ("I would rate it 8/10.", 80),
    ("I'd say 72", 72),
    ("My estimate is approximately 64.5 points.", 64.5),
    (r"\boxed{85}", 85),
    ('{"score": 85}', 85),
    ('{"score": "85/100", "reason": "3 errors"}', 85),
    ("<answer>85</answer>", 85),
    ("<think>90? 80?</think>85", 85),
    ("85 because the knees cave in 3 times", 85),
    ("The lifter makes 3 errors.\n\n85", 85),
    ("The lifter makes 3 errors.\n\nScore: 85", 85),
    ("100 - 15 = 85", 85),
    ("Total: 100 - 5 - 10 = 85", 85),
    ("The score is 80. Wait, the score is 85.", 85),
    ("Between 80 and 90, so I'd say 85.", 85),
    ("Depth score: 90\nKnee score: 80\nOverall score: 85", 85),
    ("85 ± 5", 85),
    ("I would give this an 85.", 85),
    ("答案：85", 85),
    ("85\n\nQuestion: next\n90", 85),
    ("", None),
    ("80-85", None),
    ("80–85", None),
    ("80 to 85", None),
    ("between 80 and 85", None),
    ("Score: 80-85", None),
    ("The score is between 80 and 85.", None),
    ("120", None),
    ("-5", None),
    ("Score: 120", None),
    ("12/10", None),
    ("1,000", None),
    ("above 80", None),
    ("The score is above 80.", None),
    ("at least 70", None),
    (">80", None),
    ("80+", None),
    ("3/4", None),
    ("Depth score: 90\nKnee score: 80", None),
    ("The lifter did 3 repetitions.", None),
    ("3 repetitions", None),
    ("A good squat with few errors.", None),
    ("I cannot determine the score.", None),
    ("<think>85", None),
    ("The score is 80. Wait, that's wrong.", None),
    ("nan", None),
    ("inf", None),
    ("1e5", None),
]


@pytest.mark.parametrize(("reply", "answer"), NUMBERS)
def test_a_number(reply: str, answer: float | None) -> None:
    found = extract(reply, AnswerFormat.NUMBER)
    assert found.answer == answer, found
    assert (found.status == "ok") == (answer is not None)


YES_NO: list[tuple[str, str | None]] = [
    ("yes", "yes"),
    ("Yes.", "yes"),
    ("NO", "no"),
    ("**No**", "no"),
    ("(yes)", "yes"),
    ("Yes, the knees cave inward.", "yes"),
    ("No, the back stays flat.", "no"),
    ("No. The back stays flat.", "no"),
    ("No the back stays flat", "no"),
    ("No — the back stays flat.", "no"),
    ("no\n\nThe heels stay down.", "no"),
    ("The answer is yes.", "yes"),
    ("The answer is **No**.", "no"),
    ("Answer: yes", "yes"),
    ("Answer: No, it does not", "no"),
    (r"\boxed{\text{Yes}}", "yes"),
    ('{"answer": "no"}', "no"),
    ('{"answer": true}', "yes"),
    ("<answer>no</answer>", "no"),
    ("True", "yes"),
    ("false.", "no"),
    ("y", "yes"),
    ("<think>No.</think>Yes", "yes"),
    ("Yes, at first, but the answer is no.", "no"),
    ("The knees track the toes.\n\nNo", "no"),
    ("I would say yes.", "yes"),
    ("The knees cave in, so yes.", "yes"),
    ("Yes. Wait, no.", "no"),
    ("是", "yes"),
    ("不是", "no"),
    ("Yes\nQuestion: again?\nNo", "yes"),
    ("", None),
    ("yes and no", None),
    ("Yes or no", None),
    ("yes/no", None),
    ("No error is visible.", None),
    ("No video was provided.", None),
    ("There is no error.", None),
    ("Not sure.", None),
    ("I cannot tell from the video.", None),
    ("Nothing", None),
    ("Yesterday", None),
    ("none", None),
    ("maybe", None),
    ("<think>yes", None),
    ("Is the answer yes?", None),
]


@pytest.mark.parametrize(("reply", "answer"), YES_NO)
def test_yes_or_no(reply: str, answer: str | None) -> None:
    found = extract(reply, AnswerFormat.YES_NO)
    assert found.answer == answer, found


def test_text_is_kept_without_thinking() -> None:
    found = extract("<think>hm</think>\n Keep the back flat. ", AnswerFormat.TEXT)
    assert (found.answer, found.span) == ("Keep the back flat.", (19, 38))
    assert extract(" \n", AnswerFormat.TEXT).answer is None


@pytest.mark.parametrize(
    ("reply", "status"),
    [
        ("I'm sorry, but I can't help with that.", "refusal"),
        ("A or B", "ambiguous"),
        ("The answer is J.", "outside"),
        ("B. Squat", "contradiction"),
        ("<think>B", "unfinished"),
        ("The lifter moves.", "none"),
    ],
)
def test_the_status_says_why_nothing_was_read(reply: str, status: str) -> None:
    assert extract(reply, AnswerFormat.CHOICE, ("Squat", "Deadlift")).status == status


def test_the_span_points_into_the_reply() -> None:
    reply = "<think>A</think> The answer is （Ｂ）."
    found = extract(reply, AnswerFormat.CHOICE, ("Squat", "Deadlift"))
    assert found.span is not None
    assert reply[slice(*found.span)] == "Ｂ"


_WORDS = """A B C E a b . , : ; - ( ) [ ] { } * ** _ ` $ / < > = # " ' ? ! yes no or and not 85 /100 % 80-90 5
answer is Answer: option Squat squat Deadlift The the correct wrong wait actually so I think if <think> </think>
boxed{ } <answer> {"answer": Question: 答案是 选 不是 Ｂ ﬁ İ"""
_PIECES = st.sampled_from([*_WORDS.split(), "\n", "\n\n", "\t", " ", "\\"])
_TEXTS = (
    st.lists(_PIECES, max_size=40).map(" ".join) | st.lists(_PIECES, max_size=40).map("".join) | st.text(max_size=200)
)
_OPTIONS = st.lists(st.text(max_size=20), max_size=10) | st.just(["Squat", "Deadlift", "a squat", "5"])


@given(_TEXTS, st.sampled_from(AnswerFormat), _OPTIONS)
@example("\ud800", AnswerFormat.CHOICE, ["\ud800", "*", ".", "the ", "the"])
@settings(max_examples=300, deadline=None)
def test_no_reply_makes_it_raise_and_answers_are_in_form(text: str, form: AnswerFormat, options: list[str]) -> None:
    found = extract(text, form, options)
    assert (found.answer is None) == (found.status != "ok")
    if found.span:
        assert 0 <= found.span[0] <= found.span[1] <= len(text)
    letters = LETTERS[: len(options)] or LETTERS
    match form, found.answer:
        case _, None:
            pass
        case AnswerFormat.CHOICE, answer:
            assert isinstance(answer, str)
            assert answer in tuple(letters)
        case AnswerFormat.CHOICES, answer:
            assert isinstance(answer, tuple)
            assert list(answer) == sorted(set(answer) & set(letters))
        case AnswerFormat.YES_NO, answer:
            assert answer in ("yes", "no")
        case AnswerFormat.NUMBER, answer:
            assert isinstance(answer, float)
            assert 0 <= answer <= 100


@pytest.mark.parametrize("form", [AnswerFormat.CHOICES, AnswerFormat.YES_NO, AnswerFormat.NUMBER])
@pytest.mark.parametrize(
    "piece",
    [
        *(
            "A",
            "a ",
            "answer is ",
            "answer is A, ",
            "*",
            "(",
            "\n",
            " ",
            "A\n",
            "<think>",
            "</think>",
            "</s>",
            "Q:\n",
        ),
        *("if ", "not ", "A, ", "B is ", "wait, ", "I can not ", "5-", "85 ", "score: 8 ", "=", "no ", "squat "),
        *("knees cave ", '"answer": ', "the "),
    ],
)
@pytest.mark.timeout(60)
def test_long_replies_do_not_hang(piece: str, form: AnswerFormat) -> None:
    """A reader that takes quadratic time needs hours for these."""
    options = ("Squat", "Knees cave inward", "Knees cave", "A squat")
    for size in (500, 100_000):
        extract((piece * size)[:size], form, options)


@pytest.mark.parametrize("before", [0, 100, 7_990, 8_000, 8_010, 1_000_000])
def test_the_span_is_where_the_answer_stands_however_long_the_reply(before: int) -> None:
    reply = "so " * (before // 3) + "\nThe answer is B."
    found = extract(reply, AnswerFormat.CHOICE, ("back rounded", "knee caves in"))
    assert found.answer == "B"
    assert found.span is not None
    assert reply[slice(*found.span)] == "B"
