"""BLEU and chrF of any text are those of sacrebleu, to the last count."""

from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from sacrebleu.metrics import BLEU, CHRF

from flexqa.scoring.similarity import COUNTS, counts_of

WORDS = st.lists(
    st.sampled_from(("the", "bar", "Bar", "knees.", "3,5", "(wide)", "背", "e\u0301", "a-b", "&amp;")), max_size=12
)
TEXTS = st.one_of(WORDS.map(" ".join), st.text(max_size=60))


def theirs(metric: Any, text: str, reference: str) -> list[int]:
    [counts] = metric._extract_corpus_statistics([text], [[reference]])
    return list(map(int, counts))


@given(TEXTS, TEXTS)
@example("", "")
@example("The bar.", "")
@example("", "The bar.")
@example("a\ud800b", "a\ud800b")
@example("aaaaaaaa", "aaaa")
def test_counts_are_those_of_sacrebleu(reference: str, text: str) -> None:
    expected = [*theirs(BLEU(), text, reference), *theirs(CHRF(word_order=2), text, reference)]
    assert list(counts_of(reference, text)) == expected
    assert len(expected) == COUNTS


def test_a_text_shares_all_with_itself() -> None:
    counts = counts_of("Keep the back flat.", "Keep the back flat.")
    assert counts[2:6] == counts[6:10] == (5, 4, 3, 2)
    assert counts[10:13] == pytest.approx((16, 16, 16))
