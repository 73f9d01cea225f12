"""How alike free answers and their references are in their words: BLEU and chrF, as in FLEX-VideoQA's paper.

Both follow from counts of n-grams that add up over answers, so each answer leaves its counts and the corpus is never
held together. Words and scores are sacrebleu's; n-grams are counted here, in half the time. They say little of what
is right: another error in the same words is alike.
"""

from functools import cache, lru_cache
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from flexqa.scoring.ngrams import Grams
from flexqa.scoring.statistics import portable

_Floats = NDArray[np.float64]

_BLEU_COUNTS = 10
"""lengths of answer and reference, matching and all n-grams of 1 to 4 words"""
_CHRF_COUNTS = 18
"""n-grams in the answer, in the reference, and in both, of 1 to 6 characters"""
_CHRF_WORD_COUNTS = 6
"""the same of 1 and 2 words, which chrF++ adds"""

COUNTS = _BLEU_COUNTS + _CHRF_COUNTS + _CHRF_WORD_COUNTS


@lru_cache(4096)
def counts_of(reference: str, text: str) -> tuple[int, ...]:
    """The counts of one answer, `COUNTS` numbers; a model gives many an answer more than once."""
    told = _reference(reference)
    tokens = _tokens(text)
    of_tokens = told.tokens.shared(tokens)
    of_chars = (*told.chars.shared(_chars(text)), *told.words.shared(_words(text)))
    return (
        len(tokens),
        told.tokens.length,
        *(s.both for s in of_tokens),
        *(s.in_text for s in of_tokens),
        *(n for s in of_chars for n in (s.in_text if s.in_reference else 0, s.in_reference, s.both)),
    )


def bleu(sums: _Floats) -> _Floats:
    """BLEU, 0-100, from sums of counts, shape (..., COUNTS)."""
    return _scores("bleu", sums[..., :_BLEU_COUNTS])


def chrf(sums: _Floats) -> _Floats:
    """chrF, 0-100, from sums of counts, shape (..., COUNTS)."""
    return _scores("chrf", sums[..., _BLEU_COUNTS : _BLEU_COUNTS + _CHRF_COUNTS])


def chrf_words(sums: _Floats) -> _Floats:
    """chrF++, 0-100, from sums of counts, shape (..., COUNTS)."""
    return _scores("chrf++", sums[..., _BLEU_COUNTS:])


def signatures() -> dict[str, str]:
    """How sacrebleu says that each was computed, its version included."""
    return {name: str(m.get_signature()) for name, m in _metrics().items()}


def _scores(name: str, sums: _Floats) -> _Floats:
    metric = _metrics()[name]
    found: _Floats = np.apply_along_axis(
        lambda c: portable(metric._compute_score_from_stats(c.astype(int).tolist()).score), -1, sums
    )
    return found


@cache
def _metrics() -> dict[str, Any]:
    """The metrics; sacrebleu is imported when a text is scored."""
    from sacrebleu.metrics import BLEU, CHRF

    metrics = {"bleu": BLEU(), "chrf": CHRF(), "chrf++": CHRF(word_order=2)}
    for metric in metrics.values():
        metric.num_refs = 1  # which the signature tells; sacrebleu sets it when it is given a corpus
    return metrics


class _Reference(NamedTuple):
    """The n-grams of a reference."""

    tokens: Grams
    chars: Grams
    words: Grams


@lru_cache(64)
def _reference(text: str) -> _Reference:
    """All questions on the standards of an exercise share one."""
    return _Reference(Grams(_tokens(text), 4), Grams(_chars(text), 6), Grams(_words(text), 2))


def _tokens(text: str) -> list[str]:
    """Words as BLEU has them."""
    # Its rules look no further than to the next white space, except for what they take out.
    pieces = [text] if "-\n" in text or "<skipped>" in text else text.split()
    return [token for piece in pieces for token in _tokenized(piece)]


@lru_cache(8192)
def _tokenized(text: str) -> tuple[str, ...]:
    tokenized: str = _metrics()["bleu"]._preprocess_segment(text)
    return tuple(tokenized.split())


def _chars(text: str) -> str:
    """Characters as chrF has them: without white space."""
    return "".join(text.split())


def _words(text: str) -> list[str]:
    """Words as chrF++ has them."""
    words: list[str] = _metrics()["chrf++"]._remove_punctuation(text)
    return words
