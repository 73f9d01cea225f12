"""Text of strangers, numbers, and the policy of a page."""

import base64
import hashlib
import math
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flexqa.pages import numbers
from flexqa.pages.html import FOLDER, content_policy, short, shown


@given(st.text(st.characters()))
def test_what_is_shown_can_be_written_and_turns_nothing_around(text: str) -> None:
    found = shown(text)
    found.encode()
    assert len(found) == len(text)
    assert not re.search("[\x00\x1b\u202a-\u202e\u2066-\u2069]", found)


def test_long_text_is_cut_in_the_middle() -> None:
    found = shown("a" * 50_000 + "b" * 50_000, 1000)
    assert found.startswith("a" * 500)
    assert found.endswith("b" * 500)
    assert "99\u202f000 characters left out" in found
    assert short("one\n two " + "x" * 100_000, 12) == "one two xxx…"


@pytest.mark.parametrize("value", [None, math.nan, math.inf, -math.inf])
def test_what_is_no_number_is_a_dash(value: float | None) -> None:
    for written in (numbers.percent, numbers.points, numbers.amount, numbers.p_value):
        assert written(value) == "–"
    assert numbers.raw(value) == ""
    assert numbers.interval(0.1, value) == "–"


def test_numbers_are_written_for_reading() -> None:
    assert [numbers.amount(v) for v in (0.0, 0.06, 9.5, 123.4, 12_345.0)] == [
        "0",
        "0.0600",
        "9.50",
        "123",
        "12\u202f345",
    ]
    assert numbers.points(-0.0123) == "−1.2"
    assert numbers.percent(0.6149) == "61.5"
    assert numbers.interval(0.5, 0.625) == "50.0–62.5"
    assert numbers.p_value(0.0004) == "< 0.001"


def test_the_policy_names_the_hash_of_what_stands_in_the_page() -> None:
    style = (FOLDER / "page.css").read_text()
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    policy = content_policy(style, "")
    assert f"style-src 'sha256-{digest}'" in policy
    assert policy.startswith("default-src 'none';")
    assert "unsafe" not in policy
