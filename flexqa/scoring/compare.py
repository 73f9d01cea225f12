"""Compare runs on the same questions: paired, clustered, and corrected for the number of comparisons.

The difference of two runs is the mean of the differences question by question, with the interval of
`flexqa.scoring.statistics`; the p-value that belongs to it is that of Student's t with clusters - 1 degrees of
freedom. Beside it stands one that assumes nothing of distributions: were the runs equally good, the sum of a
cluster's differences could as well have the other sign (sign-flip permutation test). With few clusters it cannot be
small: of G clusters 2/2^G at the least. Holm's procedure keeps the family-wise error over all pairs of a board. A
rank interval counts the runs that are significantly better and those that are significantly worse.
"""

from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from flexqa.question import Frozen
from flexqa.scoring.statistics import Estimate, Labels, cluster_codes, estimate, portable

ALPHA = 0.05
EXACT_CLUSTERS = 16
"""with so many clusters or fewer, the sign-flip test goes through all flips"""
FLIPS = 19_999
"""random flips where there are more"""
_KEPT_CLUSTERS = 100
"""up to so many, flips are kept for the next comparison"""


class Comparison(Frozen):
    """One run against another."""

    difference: Estimate
    """accuracy of the first less that of the second, 0-1"""
    p: float | None
    """two-sided; null where the difference has no standard error"""
    p_holm: float | None
    """p after Holm's correction over all comparisons that are made together"""
    p_sign_flip: float | None = None
    """two-sided, of the sign-flip permutation test over clusters; null with fewer than 2 clusters"""
    p_sign_flip_holm: float | None = None


def compare(first: Sequence[float], second: Sequence[float], clusters: Labels) -> Comparison:
    """Compare two runs on the same questions in the same order; the corrected p-values are left null."""
    values = np.asarray(first, dtype=np.float64) - np.asarray(second, dtype=np.float64)
    difference = estimate(values, clusters, bounds=(-1, 1))
    codes, n_clusters = cluster_codes(clusters)
    sums = np.bincount(codes, weights=values, minlength=n_clusters).astype(np.float64)
    return Comparison(difference=difference, p=_p_value(difference), p_holm=None, p_sign_flip=sign_flip(sums))


def sign_flip(sums: NDArray[np.float64]) -> float | None:
    """Two-sided p-value of the hypothesis that each cluster's sum of differences could as well have the other sign.

    The statistic is the absolute sum over clusters. Exact up to `EXACT_CLUSTERS` clusters; else (1 + k) / (1 + R)
    with k of R random flips at least as large (Phipson and Smyth, Statistical Applications in Genetics 9, 2010), from
    a fixed seed.

    Args:
        sums: of the differences in each cluster, shape (clusters,).
    """
    n = len(sums)
    if n < 2:
        return None
    # Sums of differences of 0 and 1 are met exactly; the guard is for scores between.
    threshold = abs(float(sums.sum())) - 1e-9
    hits = sum(int((np.abs(flips @ sums) >= threshold).sum()) for flips in _flips(n))
    return hits / (1 << (n - 1)) if n <= EXACT_CLUSTERS else (1 + hits) / (1 + FLIPS)


def _flips(n: int) -> Iterator[NDArray[np.float64]]:
    """Signs of n clusters, in blocks of shape (flips, n)."""
    if n <= _KEPT_CLUSTERS:
        yield _kept_flips(n)
        return
    rng = np.random.default_rng(0)
    rows = max(1, 2_000_000 // n)
    for start in range(0, FLIPS, rows):
        yield _signs(rng.integers(0, 2, size=(min(rows, FLIPS - start), n)))


@lru_cache(maxsize=2)
def _kept_flips(n: int) -> NDArray[np.float64]:
    if n > EXACT_CLUSTERS:
        return _signs(np.random.default_rng(0).integers(0, 2, size=(FLIPS, n)))
    # The opposite of a flip gives as large a sum, so the last sign may stay.
    return _signs((np.arange(1 << (n - 1))[:, None] >> np.arange(n)) & 1)


def _signs(bits: NDArray[np.int64]) -> NDArray[np.float64]:
    """0 and 1 as 1 and -1."""
    signs: NDArray[np.float64] = (1 - 2 * bits).astype(np.float64)
    return signs


def corrected(comparisons: Sequence[Comparison]) -> list[Comparison]:
    """Comparisons that are made together, with both p-values after Holm's correction over all of them."""
    t, flips = (_holm([getattr(c, name) for c in comparisons]) for name in ("p", "p_sign_flip"))
    return [
        c.model_copy(update={"p_holm": a, "p_sign_flip_holm": b})
        for c, a, b in zip(comparisons, t, flips, strict=True)
    ]


def compare_all(runs: Mapping[str, Sequence[float]], clusters: Labels) -> dict[tuple[str, str], Comparison]:
    """Every ordered pair of runs, with Holm's correction over the unordered ones.

    Args:
        runs: run id -> score of each question, shape (n,), in one order for all runs.
        clusters: the cluster of each question, shape (n,).
    """
    pairs = list(combinations(sorted(runs), 2))
    both = {}
    for (a, b), c in zip(pairs, corrected([compare(runs[a], runs[b], clusters) for a, b in pairs]), strict=True):
        both[a, b], both[b, a] = c, _reversed(c)
    return both


def rank_interval(run: str, others: Sequence[str], pairs: Mapping[tuple[str, str], Comparison]) -> tuple[int, int]:
    """Best and worst rank that the comparisons leave open."""
    better = sum(_beats(pairs[other, run]) for other in others)
    worse = sum(_beats(pairs[run, other]) for other in others)
    return 1 + better, 1 + len(others) - worse


def _beats(c: Comparison) -> bool:
    return c.p_holm is not None and c.p_holm < ALPHA and (c.difference.value or 0) > 0


def _p_value(difference: Estimate) -> float | None:
    from scipy.special import stdtr

    if difference.value is None or not difference.se:
        return None
    return portable(2 * stdtr(difference.n_clusters - 1, -abs(difference.value) / difference.se))


def _holm(p_values: Sequence[float | None]) -> list[float | None]:
    """Corrected p-values (Holm, Scandinavian Journal of Statistics 6, 1979); a comparison without one takes no part.

    The k-th smallest of m is multiplied by m - k + 1, and none is smaller than that of a smaller p. This is
    statsmodels' `multipletests`, which collects garbage with each call and so takes a thousand times as long.
    """
    tested = sorted((p, i) for i, p in enumerate(p_values) if p is not None)
    found: list[float | None] = [None] * len(p_values)
    largest = 0.0
    for rank, (p, i) in enumerate(tested):
        largest = max(largest, min(1.0, (len(tested) - rank) * p))
        found[i] = largest
    return found


def _reversed(c: Comparison) -> Comparison:
    d = c.difference
    flipped = {"value": _minus(d.value), "ci_low": _minus(d.ci_high), "ci_high": _minus(d.ci_low)}
    return c.model_copy(update={"difference": d.model_copy(update=flipped)})


def _minus(value: float | None) -> float | None:
    return None if value is None else 0.0 - value
