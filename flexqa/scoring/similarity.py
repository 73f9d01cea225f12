"""How alike free answers and their references are in their words: BLEU and chrF, as in FLEX-VideoQA's paper.

Both follow from counts of n-grams that add up over answers, so each answer leaves its counts and the corpus is never
held together. They say little of what is right: another error in the same words is alike.
"""

from functools import cache, lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

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
    metrics = _metrics()
    told = _of_reference(reference)
    return tuple(
        count
        for m in (metrics["bleu"], metrics["chrf++"])
        for count in m._compute_segment_statistics(m._preprocess_segment(text), told[m])
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
        lambda c: metric._compute_score_from_stats(c.astype(int).tolist()).score, -1, sums
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


@lru_cache(256)
def _of_reference(reference: str) -> dict[Any, Any]:
    """The n-grams of a reference, by metric; all questions on the standards of an exercise share one."""
    metrics = _metrics()
    return {
        m: m._extract_reference_info([m._preprocess_segment(reference)]) for m in (metrics["bleu"], metrics["chrf++"])
    }
