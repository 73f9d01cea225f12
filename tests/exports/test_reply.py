"""The reader that travels with exports: plain replies, and never another answer than flexqa's own reader gives."""

import pytest

from flexqa.exports.shipped.flex_reply import read, score
from flexqa.question import AnswerFormat
from flexqa.scoring.extract import extract

FRAMES = (
    "{}", "{}.", "**{}**", "({})", "{}!", "Answer: {}", "The answer is {}.", "Final answer: {}", "I say {}",
    "It is not {}", "Not sure.\nAnswer: {}\n", "<think>C no yes 5</think>{}", "{} or D", "{}, I think",
)  # fmt: skip

OPTIONS = ["Barbell Curl", "Dumbbell Curl", "Squat", "A lunge"]


@pytest.mark.parametrize(
    ("reply", "form", "answer"),
    [
        ("B", "choice", "B"),
        ("b", "choice", "B"),
        ("(B)", "choice", "B"),
        ("**B**", "choice", "B"),
        ("B. Dumbbell Curl", "choice", "B"),
        ("(B) Dumbbell Curl", "choice", "B"),
        ("The answer is B.", "choice", "B"),
        ("The lifter bends the elbows.\nAnswer: B", "choice", "B"),
        ("dumbbell curl.", "choice", "B"),
        ("<think>A or B? A.</think>B", "choice", "B"),
        ("A, C", "choices", "A,C"),
        ("C and A", "choices", "A,C"),
        ("A, B, and C", "choices", "A,B,C"),
        ("D", "choices", "D"),
        ("none", "choices", "none"),
        ("Yes.", "yes_no", "yes"),
        ("No, the knees stay apart.", "yes_no", "no"),
        ("Answer: no", "yes_no", "no"),
        ("72", "number", "72"),
        ("72.5/100", "number", "72.5"),
        ("Score: 72 out of 100", "number", "72"),
        ("The answer is 72 points", "number", "72"),
    ],
)
def test_plain_replies_are_read(reply: str, form: str, answer: str) -> None:
    assert read(reply, form, OPTIONS if form.startswith("choice") else []) == answer


@pytest.mark.parametrize(
    ("reply", "form"),
    [
        ("", "choice"),
        ("E", "choice"),
        ("A person lifts a barbell.", "choice"),
        ("[LMMS_EVAL_REQUEST_FAILED after 5 retries] timeout", "choice"),
        ("Failed to obtain answer via API.", "choice"),
        ("<think>B", "choice"),
        ("I cannot tell.", "choice"),
        ("A, F", "choices"),
        ("Perhaps.", "yes_no"),
        ("Failed to obtain answer via API.", "yes_no"),
        ("between 60 and 70", "number"),
        ("720", "number"),
        ("HTTP 500 after 5 retries", "number"),
        ("[LMMS_EVAL_REQUEST_FAILED after 5 retries]", "number"),
        ("No error can be judged from here", "yes_no"),
    ],
)
def test_nothing_is_guessed(reply: str, form: str) -> None:
    assert read(reply, form, OPTIONS if form.startswith("choice") else []) is None
    assert score(reply, form, OPTIONS, "A" if form.startswith("choice") else "72") == 0


@pytest.mark.parametrize("form", ["choice", "choices", "yes_no", "number"])
def test_it_never_reads_another_answer_than_flexqa_does(form: str) -> None:
    words = {"choice": ["A", "B", "D"], "choices": ["A", "A, C", "B and D"], "yes_no": ["yes", "No"]}
    said = words.get(form, ["7", "72.5"])
    options = OPTIONS if form.startswith("choice") else []
    read_both = 0
    for reply in (f.format(s) for f in FRAMES for s in said):
        ours = extract(reply, AnswerFormat(form), options).answer
        theirs = read(reply, form, options)
        if theirs is None:
            continue
        read_both += 1
        if isinstance(ours, tuple):
            ours = ",".join(ours) or "none"
        assert (f"{ours:g}" if isinstance(ours, float) else ours) == theirs, reply
    assert read_both > len(said) * 5


@pytest.mark.parametrize(("reply", "right"), [("70", 1), ("75", 1), ("65", 1), ("75.1", 0), ("0", 0)])
def test_numbers_are_right_within_their_tolerance(reply: str, right: float) -> None:
    assert score(reply, "number", [], "70", 5.0) == right
