"""BLEU and chrF of any text are those of sacrebleu, to the last count."""

from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from sacrebleu.metrics import BLEU, CHRF

from flexqa.scoring import ngrams
from flexqa.scoring.ngrams import Grams
from flexqa.scoring.similarity import COUNTS, counts_of

WORDS = st.lists(
    st.sampled_from(("the", "bar", "Bar", "knees.", "3,5", "(wide)", "背", "e\u0301", "a-b", "&amp;")), max_size=12
)
MARKS = st.text(alphabet=" .,-57a\n&;<(\u00a0", max_size=30)
TEXTS = st.one_of(WORDS.map(" ".join), st.text(max_size=60), MARKS)


def theirs(metric: Any, text: str, reference: str) -> list[int]:
    [counts] = metric._extract_corpus_statistics([text], [[reference]])
    return list(map(int, counts))


@given(TEXTS, TEXTS)
@example("", "")
@example("The bar.", "")
@example("", "The bar.")
@example("a\ud800b", "a\ud800b")
@example("aaaaaaaa", "aaaa")
@example("hyphen- ated, .5", "hyphen-\nated, .5")
@example("-\n5", "-<skipped>\n5")
def test_counts_are_those_of_sacrebleu(reference: str, text: str) -> None:
    expected = [*theirs(BLEU(), text, reference), *theirs(CHRF(word_order=2), text, reference)]
    assert list(counts_of(reference, text)) == expected
    assert len(expected) == COUNTS


@given(st.text("abc", max_size=40), st.text("abcd", max_size=40))
def test_a_large_reference_is_counted_alike(reference: str, text: str) -> None:
    tabled = Grams(reference, 4).shared(text)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(ngrams, "_MOST_CELLS", 0)
        assert Grams(reference, 4).shared(text) == tabled


def test_a_text_shares_all_with_itself() -> None:
    counts = counts_of("Keep the back flat.", "Keep the back flat.")
    assert counts[2:6] == counts[6:10] == (5, 4, 3, 2)
    assert counts[10:13] == pytest.approx((16, 16, 16))
